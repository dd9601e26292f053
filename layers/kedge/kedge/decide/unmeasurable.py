"""Reports once that a target stays unmeasurable, because its windows have too few records week after week."""

from typing import Final

import msgspec

from kedge.decide.diagnosis import describe_incident
from kedge.decide.evaluation import Evaluation
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, Decision, SourceState
from kedge.domain.finding import Check
from kedge.domain.ids import incident_id, mark
from kedge.domain.incident import Incident, IncidentState, Problem, Severity
from kedge.domain.reason import Reason
from kedge.domain.run import Verdict
from kedge.domain.signal import RunFinished
from kedge.formatting import format_time
from kedge.routing.pipeline import IncidentUpdate

_RUNS: Final = 3
"""The minimum number of consecutive runs: after its first one, a weekly monitor is not unmeasurable for long yet."""


def unmeasurable(case: Evaluation, decision: Decision) -> IncidentUpdate | None:
    """Return the news that no run of a source could be evaluated for too long.

    None if it was reported, or does not hold.

    `decision` is the result of the run otherwise. While another incident is open, the news waits for its end.
    """
    after, signal = case.policy.unmeasurable_after, case.signal
    if decision.reason is not Reason.TOO_FEW_RECORDS or after is None or case.open_incident is not None:
        return None
    if Check.TOO_FEW_RECORDS in case.policy.disabled_checks:
        return None
    last = decision.state.last_of(case.source, confirmed=case.is_confirmed)
    thin = last.thin if last is not None else None
    if last is None or thin is None or not isinstance(signal, RunFinished):
        return None
    if thin.told or thin.runs < _RUNS or thin.finished - thin.since < after:
        return None
    before, records = case.state.incident, signal.evidence.records
    said = (
        f"{thin.runs} runs since {format_time(thin.since)}, and none on the {case.policy.minimum_records} records "
        f"that it takes; the last had {records}."
    )
    incident = Incident(
        id=incident_id(case.at, str(signal.target), signal.monitor, before.id if before is not None else ""),
        target=signal.target,
        monitor=signal.monitor,
        state=IncidentState.FIRING,
        severity=Severity.WARNING,
        cause=Cause.INCONCLUSIVE,
        since=thin.since,
        changed=case.now,
        problem=Problem(
            source=signal.source,
            verdict=Verdict.INCONCLUSIVE,
            said=said,
            job=signal.job,
            window=signal.window,
            records=records,
        ),
        sources=(mark(case.source),),
        tags=dict(signal.tags),
        provenance=signal.provenance,
    )
    because = f"{signal.source} could not be judged for {(thin.finished - thin.since).days} days: {said}"
    told = msgspec.structs.replace(last, bad=True, thin=msgspec.structs.replace(thin, told=True))
    return IncidentUpdate(
        state=_with(decision.state, case, told),
        reason=Reason.FIRST_SEEN,
        because=because,
        incident=describe_incident(case.policy, incident),
        tells=True,
        verdict=case.verdict,
    )


def _with(state: CaseState, case: Evaluation, last: SourceState) -> CaseState:
    known = state.sources if case.is_confirmed else state.unconfirmed
    changed = {**known, case.source: last}
    if case.is_confirmed:
        return msgspec.structs.replace(state, sources=changed)
    return msgspec.structs.replace(state, unconfirmed=changed)
