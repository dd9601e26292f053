"""Finds the cause of a case, with its evidence: the violated checks, and the deployments at the time."""

from typing import Final

from msgspec import Struct

from kedge.decide.evaluation import Evaluation
from kedge.decide.regression import RegressionVerdict, Verdicts, of_alarm, of_run, suspicious
from kedge.domain.cause import Cause
from kedge.domain.run import Verdict
from kedge.domain.signal import AlarmChanged, RunFinished

# A deployment does not cause the others: input drift, a schema break, a broken monitor. It is mentioned, and the cause
# stays.
_OF_QUALITY: Final = frozenset({Cause.CONCEPT_DRIFT})
# A deployment may cause these, too. Their name stays, and a retraining waits for a person.
_OF_THE_MODEL: Final = frozenset({Cause.BIAS_DRIFT, Cause.ATTRIBUTION_DRIFT})
_BESIDE: Final = frozenset({Cause.SCHEMA_BREAK, Cause.INPUT_DRIFT})


class ExplainedCause(Struct, frozen=True):
    """A cause, its evidence, the suspected config, and other explanations as ends of a question."""

    cause: Cause
    evidence: tuple[str, ...] = ()
    suspect: str | None = None
    others: tuple[str, ...] = ()


def explain_cause(case: Evaluation, cause: Cause) -> ExplainedCause:
    """Return the cause after an evaluation of the endpoint's deployments.

    Without known deployments the cause is that of the checks. A report that SageMaker contradicts shows no cause, and
    neither does an unreadable, unconfirmed one.
    """
    if isinstance(case.signal, RunFinished) and (shown := _of_no_use(case, case.signal, cause)) is not None:
        return shown
    endpoint_context = case.context.endpoint_context
    if endpoint_context is None or endpoint_context.deployments.current is None:
        return ExplainedCause(cause)
    if isinstance(case.signal, AlarmChanged):
        if cause not in _OF_QUALITY and cause is not Cause.INCONCLUSIVE:
            return ExplainedCause(cause)
        found = of_alarm(case, endpoint_context.deployments)
        if cause in _OF_QUALITY or suspicious(case.signal):
            return _weighed(cause, found)
        # The team knows what its own alarm measures.
        return ExplainedCause(cause, suspect=found.suspect)
    if case.verdict is not Verdict.VIOLATED or cause is Cause.MONITOR_FAULT:
        return ExplainedCause(cause)
    found = of_run(case, endpoint_context.deployments)
    if cause in _OF_QUALITY:
        return _weighed(cause, found)
    if cause in _OF_THE_MODEL:
        return ExplainedCause(cause, found.evidence, found.suspect, found.others)
    # The deployment may have broken the data: a person is asked about both, unless the evidence clears it.
    suspect = found.suspect if cause is Cause.SCHEMA_BREAK else None
    return ExplainedCause(cause, found.evidence if cause in _BESIDE else (), suspect)


def _of_no_use(case: Evaluation, run: RunFinished, cause: Cause) -> ExplainedCause | None:
    """Return the cause of a violation with a contradicted or unreadable report; None for any other run."""
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
