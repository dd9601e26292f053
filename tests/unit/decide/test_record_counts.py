"""Few records show that a column is missing, and nothing of drift; a target that stays unmeasurable is told once."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.fleet import sighting_of
from kedge.decide.record_counts import believed_measurements, effective_verdict
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import RunFinished
from tests.support.stories import BY_NOBODY, BY_SAGEMAKER, DAY, Story, drift, hour, missing, policy_of, run

VIOLATED, CLEAN = Verdict.VIOLATED, Verdict.CLEAN
POLICY = policy_of()


def of_check(check: str) -> tuple[Finding, ...]:
    return (Finding(check=check, feature="plan", said="x"),)


def thin(at: str, verdict: Verdict = CLEAN, findings: tuple[Finding, ...] | None = (), **more: object) -> RunFinished:
    """A run on 212 records."""
    return run(at, verdict, findings, **{"records": 212, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize("check", [Check.MISSING_COLUMN, Check.EXTRA_COLUMN, Check.DATA_TYPE, Check.COMPLETENESS])
@pytest.mark.parametrize(
    ("records", "reason"), [(212, Reason.FIRST_SEEN), (100, Reason.FIRST_SEEN), (99, Reason.TOO_FEW_RECORDS)]
)
def test_a_broken_schema_needs_few_records(check: str, records: int, reason: Reason):
    story = Story().tell(run("10:00", VIOLATED, of_check(check), records=records))
    assert story.reasons == [reason]
    assert (story.state.incident is not None) is (reason is Reason.FIRST_SEEN)


@pytest.mark.parametrize(
    ("monitor", "check"),
    [
        (Monitor.DATA_QUALITY, Check.DRIFT),
        (Monitor.DATA_QUALITY, Check.CATEGORIES),
        (Monitor.MODEL_QUALITY, Check.BELOW),
        (Monitor.MODEL_BIAS, Check.BIAS_DRIFT),
        (Monitor.MODEL_EXPLAINABILITY, Check.ATTRIBUTION_DRIFT),
    ],
)
def test_what_is_a_matter_of_distributions_needs_many(monitor: Monitor, check: str):
    assert Story().tell(thin("10:00", VIOLATED, of_check(check), monitor=monitor)).reasons == [Reason.TOO_FEW_RECORDS]


def test_of_a_small_window_only_the_schema_is_believed():
    story = Story().tell(thin("10:00", VIOLATED, (*drift("age", "income"), *missing("plan"))))
    assert story.incident.cause is Cause.SCHEMA_BREAK
    assert story.incident.features == ("plan",)
    assert story.incident.problem.findings == 1
    assert story.incident.problem.checks == {Check.MISSING_COLUMN: 1}


def test_each_policy_has_its_own_minimum():
    policy = policy_of(evidence={"minimum_schema_records": 300})
    assert Story(policy).tell(thin("10:00", VIOLATED, missing("plan"))).reasons == [Reason.TOO_FEW_RECORDS]


def test_a_report_that_cannot_be_read_may_list_a_missing_column():
    unread = thin("10:00", VIOLATED)
    unread = msgspec.structs.replace(
        unread, evidence=Evidence(reading=Reading.UNREADABLE, why="truncated", records=212)
    )
    assert Story().tell(unread).reasons == [Reason.FIRST_SEEN]


@pytest.mark.parametrize("signal", [thin("11:00"), thin("11:00", VIOLATED, drift("age"))])
def test_a_small_window_whose_schema_is_whole_ends_a_broken_schema(signal: RunFinished):
    story = Story().tell(thin("10:00", VIOLATED, missing("plan")), signal)
    assert story.reasons == [Reason.FIRST_SEEN, Reason.RESOLVED]


@pytest.mark.parametrize(
    "before",
    [
        (run("10:00", VIOLATED, drift("age")),),
        (run("10:00", VIOLATED, (*drift("age"), *missing("plan"))),),
        (run("09:00", VIOLATED, drift("age")), thin("10:00", VIOLATED, missing("plan"))),
        (run("09:00", VIOLATED, drift("age"), source="other"), run("10:00", VIOLATED, drift("age"))),
    ],
)
def test_a_small_window_ends_nothing_that_only_a_large_one_can(before: tuple[RunFinished, ...]):
    story = Story().tell(*before, thin("11:00"))
    assert story.reasons[-1] is Reason.TOO_FEW_RECORDS
    assert story.incident.is_open
    assert Story().tell(*before, thin("11:00"), run("12:00", CLEAN)).reasons[-1] in (
        Reason.RESOLVED,
        Reason.OTHERS_FIRING,
    )


@pytest.mark.parametrize("fault", [Verdict.FAILED, Verdict.STOPPED, Verdict.NO_DATA])
def test_a_monitor_that_runs_on_few_records_works_again(fault: Verdict):
    assert Story().tell(run("10:00", fault), thin("11:00")).reasons[-1] is Reason.RESOLVED


def test_a_schema_that_is_too_small_to_tell_ends_nothing():
    story = Story().tell(thin("10:00", VIOLATED, missing("plan")), thin("11:00", records=5))
    assert story.reasons[-1] is Reason.TOO_FEW_RECORDS


def hours(first: int, last: int, **more: object) -> list[RunFinished]:
    """A run an hour, which ends twelve minutes after it."""
    return [run(f"{each}:00", CLEAN, **more) for each in range(first, last)]  # type: ignore[arg-type]


def told_in_time(story: Story, signals: list[RunFinished]) -> Story:
    """Let each signal arrive when its run ends, and the timer fire whenever the case is due until then."""
    for signal in signals:
        while story.state.due is not None and story.state.due < signal.finished:
            due = story.state.due
            story.wake(f"{(due - DAY) // timedelta(hours=1)}:{due:%M}")
            if story.state.due == due:
                break
        story.tell(signal, clock=lambda at=signal.finished: at)  # type: ignore[misc]
    return story


@pytest.mark.parametrize("provenance", [BY_SAGEMAKER, BY_NOBODY])
def test_a_quiet_night_is_no_monitor_that_did_not_run(provenance: object):
    day, night = hours(8, 20, provenance=provenance), hours(20, 32, records=40, provenance=provenance)
    story = told_in_time(Story(), [*day, *night, *hours(32, 36, provenance=provenance)])
    assert story.told == []
    assert Reason.FIRST_SEEN not in story.reasons


def test_a_monitor_that_stops_in_a_quiet_night_is_overdue_from_its_last_run():
    story = told_in_time(Story(), [*hours(8, 20), *hours(20, 24, records=40)])
    assert story.state.due is not None
    missed = story.wake("27:00")
    assert missed.reason is Reason.FIRST_SEEN
    assert story.incident.problem.said.startswith("No run ended since 2026-11-20 23:12 UTC")


def test_a_monitor_that_never_had_enough_records_is_overdue_too():
    story = told_in_time(Story(), hours(8, 20, records=40))
    assert story.wake("24:00").reason is Reason.FIRST_SEEN
    assert story.incident.cause is Cause.MONITOR_FAULT
    again = told_in_time(story, hours(25, 26, records=40))
    assert again.reasons[-1] is Reason.RESOLVED


def test_an_older_run_that_can_be_judged_is_heard_after_small_ones():
    story = told_in_time(Story(), hours(8, 12, records=40))
    late = run("10:30", VIOLATED, drift("age"))
    assert story.tell(late, clock=lambda: hour("12:30")).reasons[-1] is Reason.FIRST_SEEN


def test_a_target_that_stays_unmeasurable_is_told_once_as_that():
    story = told_in_time(Story(), hours(0, 24 * 10, records=212))
    assert story.told == [Reason.FIRST_SEEN]
    incident = story.incident
    assert (incident.cause, incident.severity) == (Cause.INCONCLUSIVE, Severity.WARNING)
    assert incident.problem.verdict is Verdict.INCONCLUSIVE
    assert "none on the 500 records that it takes; the last had 212" in incident.problem.said
    assert story.state.due is None or story.wake(f"{24 * 12}:00").effects == () or incident.reminders == {}
    assert incident.reminders == {}


@pytest.mark.parametrize("monitor", list(Monitor)[:5])
def test_what_cannot_be_measured_is_no_emergency_of_any_monitor(monitor: Monitor):
    story = told_in_time(Story(), [run(f"{each * 24}:00", CLEAN, records=1, monitor=monitor) for each in range(9)])
    assert story.incident.severity is Severity.WARNING


def test_a_weekend_is_not_long_enough():
    assert told_in_time(Story(), [*hours(0, 24), *hours(24, 24 * 6, records=212)]).told == []


def test_two_runs_are_not_enough_however_far_apart():
    runs = [run(f"{each * 24 * 14}:00", CLEAN, records=212) for each in range(2)]
    assert told_in_time(Story(), runs).told == []


@pytest.mark.parametrize(
    ("signal", "reason"),
    [
        (run("240:00", CLEAN), Reason.RESOLVED),
        (run("240:00", VIOLATED, drift("age")), Reason.CAUSE_CHANGED),
        (thin("240:00", VIOLATED, missing("plan")), Reason.CAUSE_CHANGED),
        (thin("240:00"), Reason.TOO_FEW_RECORDS),
        (run("240:00", CLEAN, source="other"), Reason.OTHERS_FIRING),
    ],
)
def test_what_ends_being_unmeasurable(signal: RunFinished, reason: Reason):
    story = told_in_time(Story(), [*hours(0, 24 * 9, records=212), signal])
    assert story.reasons[-1] is reason


def test_after_it_was_told_only_a_large_window_begins_the_count_anew():
    story = told_in_time(Story(), [*hours(0, 24 * 9, records=212), *hours(24 * 9, 24 * 9 + 1)])
    assert story.incident.state is IncidentState.RESOLVED
    told_in_time(story, hours(24 * 9 + 1, 24 * 17 + 1, records=212))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.FIRST_SEEN]


def test_nobody_hears_of_it_where_the_policy_says_never():
    policy = policy_of(evidence={"unmeasurable_after": None})
    assert told_in_time(Story(policy), hours(0, 24 * 9, records=212)).told == []


def test_drift_on_few_records_is_no_drift_of_the_fleet():
    assert sighting_of(POLICY, CaseState(), thin("10:00", VIOLATED, drift("age")), DAY) is None
    found = sighting_of(POLICY, CaseState(), thin("10:00", VIOLATED, (*drift("age"), *missing("plan"))), DAY)
    assert found is not None
    assert found.features == ("plan",)


def test_a_run_of_which_nobody_counted_the_records_counts_as_it_is():
    signal = run("10:00", VIOLATED, drift("age"), records=None)
    assert believed_measurements(POLICY, signal) is signal
    assert effective_verdict(POLICY, signal) is VIOLATED
