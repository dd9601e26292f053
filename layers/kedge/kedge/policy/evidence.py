"""The cause of what a case shows, and the evidence for it: the checks that were violated, and the deployments around them."""

from typing import Final

from kedge.domain.incident import Cause
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged
from kedge.policy.case import Case
from kedge.policy.regression import Finding, Verdicts, of_alarm, of_run, suspicious

# What a deployment does not cause: drift of what comes in, a schema, a monitor that broke. It is told, and the cause stays.
_OF_QUALITY: Final = frozenset({Cause.CONCEPT_DRIFT})
_BESIDE: Final = frozenset({Cause.SCHEMA_BREAK, Cause.BIAS_DRIFT, Cause.INPUT_DRIFT, Cause.ATTRIBUTION_DRIFT})


def explained(case: Case, cause: Cause) -> tuple[Cause, tuple[str, ...]]:
    """The cause with what the endpoint's deployments make of it, and the evidence in words and numbers.

    Without anything known of deployments the cause is what the checks show.
    """
    here = case.around.here
    if here is None or here.deployments.current is None:
        return cause, ()
    if isinstance(case.signal, AlarmChanged):
        about_quality = cause in _OF_QUALITY or (cause is Cause.INCONCLUSIVE and suspicious(case.signal))
        found = of_alarm(case, here.deployments) if about_quality else Finding(Verdicts.CLEARED)
        return _weighed(cause, found)
    if case.verdict is not Verdict.VIOLATED:
        return cause, ()
    found = of_run(case, here.deployments)
    if cause in _OF_QUALITY:
        return _weighed(cause, found)
    return cause, found.evidence if cause in _BESIDE else ()


def _weighed(cause: Cause, found: Finding) -> tuple[Cause, tuple[str, ...]]:
    match found.verdict:
        case Verdicts.BLAMED:
            return Cause.DEPLOYMENT_REGRESSION, found.evidence
        case Verdicts.UNSURE:
            return Cause.INCONCLUSIVE, found.evidence
        case _:
            return cause, found.evidence
