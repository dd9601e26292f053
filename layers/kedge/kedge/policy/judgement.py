"""What a verdict is worth."""

from typing import Final

import msgspec

from kedge.domain.decision import Decision, Reason
from kedge.domain.run import Evidence, Reading, Verdict
from kedge.domain.signal import RunFinished, ScheduleChanged
from kedge.policy.case import Case

_COUNTED: Final = frozenset({Verdict.CLEAN, Verdict.VIOLATED})
BAD: Final = frozenset({Verdict.VIOLATED, Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED, Verdict.ALARM})
FAULTS: Final = frozenset({Verdict.FAILED, Verdict.NO_DATA, Verdict.STOPPED})


_BROKEN_SCHEDULES: Final = {"Failed": Verdict.FAILED, "Stopped": Verdict.STOPPED}


def fault_of_schedule(signal: ScheduleChanged) -> RunFinished | None:
    """The fault that a schedule shows by having failed or been stopped, as a run that measured nothing; else None."""
    verdict = _BROKEN_SCHEDULES.get(signal.status)
    if verdict is None:
        return None
    return RunFinished(
        id=signal.id,
        at=signal.at,
        target=signal.target,
        monitor=signal.monitor,
        source=signal.source,
        verdict=verdict,
        finished=signal.at,
        evidence=Evidence(reading=Reading.ABSENT),
        said=signal.said,
    )


def judge(case: Case) -> Case | Decision:
    """Record, and no more, what says nothing: a run on too few records, an alarm without data."""
    signal = case.signal
    if case.verdict in _COUNTED and isinstance(signal, RunFinished):
        records = signal.evidence.records
        if records is not None and records < case.policy.minimum_records:
            few = msgspec.structs.replace(case, verdict=Verdict.INCONCLUSIVE)
            return _record(
                few, Reason.TOO_FEW_RECORDS, f"{records} records are fewer than {case.policy.minimum_records}"
            )
    if case.verdict is Verdict.INCONCLUSIVE:
        return _record(case, Reason.TOO_FEW_RECORDS, "the run itself was inconclusive")
    if case.verdict is Verdict.INSUFFICIENT_DATA:
        return _record(case, Reason.INSUFFICIENT_DATA, f"{case.source} has no data to judge by")
    return case


def _record(case: Case, reason: Reason, because: str) -> Decision:
    return case.record(reason, because, bad=case.last is not None and case.last.bad)
