"""Evaluates the verdict of a signal."""

from typing import Final

import msgspec

from kedge.decide.evaluation import Evaluation
from kedge.decide.incident_parts import shown_by
from kedge.decide.record_counts import shows_schema
from kedge.decide.watch import is_disabled
from kedge.domain.decision import Decision, Reason
from kedge.domain.finding import SCHEMA_CHECKS
from kedge.domain.incident import SourceFindings
from kedge.domain.provenance import OWN
from kedge.domain.run import FAULTS, Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import PolicyRead, RunFinished, ScheduleChanged

_BROKEN_SCHEDULES: Final = {"Failed": Verdict.FAILED, "Stopped": Verdict.STOPPED}


def fault_of_schedule(signal: ScheduleChanged) -> RunFinished | None:
    """Return the fault of a failed or stopped schedule, as a run that measured nothing; else None."""
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
    """Return a read of the policy as a run of its monitor: broken rules are a fault like any other."""
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


def judge(case: Evaluation) -> Evaluation | Decision:
    """Only record signals without a statement: a run on too few records, an alarm without data.

    The state of its source stays, so that an older signal with a statement still counts. Such a run only shows that the
    monitor runs and, with more records, that the schema is whole again.
    """
    if isinstance(case.signal, RunFinished) and (few := _too_few_missed(case, case.signal)):
        return case.quiet(Reason.NOTHING_DUE, few)
    if isinstance(case.signal, RunFinished) and case.signal.unchecked:
        return case.record(Reason.NOT_CHECKED, f"{case.source}: {case.signal.unchecked}")
    if is_disabled(case.policy, case.signal):
        return case.record(Reason.CHECK_DISABLED, f"{case.source}: the policy disables the check of this failure")
    if case.verdict is Verdict.INCONCLUSIVE:
        if case.is_thin and _answers(case):
            return msgspec.structs.replace(case, verdict=Verdict.CLEAN)
        return case.record_heard(Reason.TOO_FEW_RECORDS, _why_inconclusive(case))
    if case.verdict is Verdict.INSUFFICIENT_DATA:
        return case.record(Reason.INSUFFICIENT_DATA, f"{case.source} has no data to judge by")
    return case


def _too_few_missed(case: Evaluation, signal: RunFinished) -> str:
    """Return why missed runs are no fault yet; empty if they are, or if none was missed."""
    missed, most = signal.missed, case.policy.missed_runs
    if missed is None or (most is not None and (missed.is_last or missed.count >= most)):
        return ""
    limit = "no number of missed runs counts" if most is None else f"{most} count"
    return f"{case.source} missed {missed.count} {'run' if missed.count == 1 else 'runs'}, and {limit}"


def _answers(case: Evaluation) -> bool:
    """Return whether a run on few records ends all findings of its source: monitor faults, a broken schema."""
    if case.open_incident is None or case.last is None or not case.last.bad:
        return False
    shown = shown_by(case.open_incident, case.source)
    return bool(shown) and all(_is_over(case, each) for each in shown)


def _is_over(case: Evaluation, shown: SourceFindings) -> bool:
    if shown.verdict in FAULTS:
        return True
    checks = [part.check for part in shown.parts]
    of_schema = bool(checks) and all(each and SCHEMA_CHECKS.issuperset(each) for each in checks)
    return of_schema and shows_schema(case.policy, case.signal)


def _why_inconclusive(case: Evaluation) -> str:
    if isinstance(case.signal, RunFinished) and case.is_thin:
        return f"{case.signal.evidence.records} records are fewer than {case.policy.minimum_records}"
    return "the run itself was inconclusive"
