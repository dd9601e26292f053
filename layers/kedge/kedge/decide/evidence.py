"""The cause of what a case shows, and the evidence for it: the checks that were violated, and the deployments around them."""

from typing import Final

from msgspec import Struct

from kedge.decide.alarm_regression import of_alarm
from kedge.decide.evaluation import Evaluation
from kedge.decide.regression import RegressionVerdict, Verdicts, of_run, suspicious
from kedge.domain.cause import Cause
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, RunFinished

# What a deployment does not cause: drift of what comes in, a schema, a monitor that broke. It is told, and the cause stays.
_OF_QUALITY: Final = frozenset({Cause.CONCEPT_DRIFT})
# A deployment may cause these, too; what they are called stays, and nothing is retrained before somebody has looked.
_OF_THE_MODEL: Final = frozenset({Cause.BIAS_DRIFT, Cause.ATTRIBUTION_DRIFT})
_BESIDE: Final = frozenset({Cause.SCHEMA_BREAK, Cause.INPUT_DRIFT})


class ExplainedCause(Struct, frozen=True):
    """A cause, the evidence for it in words and numbers, the config that may be to blame, and other explanations as ends of a question."""

    cause: Cause
    evidence: tuple[str, ...] = ()
    suspect: str | None = None
    others: tuple[str, ...] = ()


def explain_cause(case: Evaluation, cause: Cause) -> ExplainedCause:
    """The cause with what the endpoint's deployments make of it.

    Without anything known of deployments the cause is what the checks show. A report that SageMaker contradicts, or that nobody could
    read and no authority confirms, shows no cause.
    """
    if isinstance(case.signal, RunFinished) and (shown := _of_no_use(case, case.signal, cause)) is not None:
        return shown
    here = case.around.here
    if here is None or here.deployments.current is None:
        return ExplainedCause(cause)
    if isinstance(case.signal, AlarmChanged):
        if cause not in _OF_QUALITY and cause is not Cause.INCONCLUSIVE:
            return ExplainedCause(cause)
        found = of_alarm(case, here.deployments)
        if cause in _OF_QUALITY or suspicious(case.signal):
            return _weighed(cause, found)
        # What an alarm of the team's own measures, its team knows.
        return ExplainedCause(cause, suspect=found.suspect)
    if case.verdict is not Verdict.VIOLATED:
        return ExplainedCause(cause)
    found = of_run(case, here.deployments)
    if cause in _OF_QUALITY:
        return _weighed(cause, found)
    if cause in _OF_THE_MODEL:
        return ExplainedCause(cause, found.evidence, found.suspect, found.others)
    # Broken data may be the deployment's doing: a person is asked about both, unless the evidence clears it.
    suspect = found.suspect if cause is Cause.SCHEMA_BREAK else None
    return ExplainedCause(cause, found.evidence if cause in _BESIDE else (), suspect)


def _of_no_use(case: Evaluation, run: RunFinished, cause: Cause) -> ExplainedCause | None:
    """The cause of a violation whose report SageMaker contradicts, or could not be read; None for any other run."""
    if case.verdict is Verdict.VIOLATED and run.disputed:
        return ExplainedCause(Cause.INCONCLUSIVE, (run.disputed,))
    if not case.is_unread:
        return None
    said = f"the report could not be read ({run.evidence.why or 'there is no report'}), so it is evidence for no cause"
    return ExplainedCause(cause if case.is_confirmed else Cause.INCONCLUSIVE, (said,))


def _weighed(cause: Cause, found: RegressionVerdict) -> ExplainedCause:
    match found.verdict:
        case Verdicts.BLAMED:
            return ExplainedCause(Cause.DEPLOYMENT_REGRESSION, found.evidence, found.suspect)
        case Verdicts.UNSURE:
            return ExplainedCause(Cause.INCONCLUSIVE, found.evidence, found.suspect, found.others)
        case _:
            return ExplainedCause(cause, found.evidence)
