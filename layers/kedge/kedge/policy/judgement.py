"""What a verdict is worth."""

from typing import Final

from kedge.domain.decision import Decision, Reason
from kedge.domain.provenance import OWN
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import PolicyRead, RunFinished, ScheduleChanged
from kedge.policy.case import Case, Judged
from kedge.policy.rules import Policy

_COUNTED: Final = frozenset({Verdict.CLEAN, Verdict.VIOLATED})
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
        provenance=signal.provenance,
    )


def run_of_policy(signal: PolicyRead) -> RunFinished:
    """A look at the policy, as a run of a monitor that watches it: broken rules are a fault like any other."""
    return RunFinished(
        id=signal.id,
        at=signal.at,
        target=signal.target,
        monitor=Monitor.POLICY,
        source=signal.target.name,
        verdict=Verdict.CLEAN if signal.fault is None else Verdict.FAILED,
        finished=signal.at,
        evidence=Evidence(reading=Reading.ABSENT),
        said=signal.fault,
        provenance=OWN,
    )


def weigh(policy: Policy, signal: Judged) -> Verdict:
    """What a signal's verdict is worth: that of a run on too few records is inconclusive, whatever it says."""
    if isinstance(signal, RunFinished) and signal.verdict in _COUNTED and _too_few(policy, signal):
        return Verdict.INCONCLUSIVE
    return signal.verdict


def judge(case: Case) -> Case | Decision:
    """Record, and no more, what says nothing: a run on too few records, an alarm without data.

    It leaves what is known of its source as it was, so that something older which does say something is still heard.
    """
    if isinstance(case.signal, RunFinished) and case.signal.unchecked:
        return case.record(Reason.NOT_CHECKED, f"{case.source}: {case.signal.unchecked}")
    if case.verdict is Verdict.INCONCLUSIVE:
        return case.record(Reason.TOO_FEW_RECORDS, _why_inconclusive(case))
    if case.verdict is Verdict.INSUFFICIENT_DATA:
        return case.record(Reason.INSUFFICIENT_DATA, f"{case.source} has no data to judge by")
    return case


def _too_few(policy: Policy, run: RunFinished) -> bool:
    records = run.evidence.records
    return records is not None and records < policy.minimum_records


def _why_inconclusive(case: Case) -> str:
    if isinstance(case.signal, RunFinished) and _too_few(case.policy, case.signal):
        return f"{case.signal.evidence.records} records are fewer than {case.policy.minimum_records}"
    return "the run itself was inconclusive"
