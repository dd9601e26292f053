"""Runs that never began: watch counts them by the schedule, and the policy says how many are a fault."""

from datetime import timedelta

import pytest

from kedge.domain.ids import overdue_id
from kedge.domain.provenance import OWN
from kedge.domain.reason import Reason
from kedge.domain.run import Evidence, MissedRuns, Monitor, Reading, Verdict
from kedge.domain.signal import RunFinished
from tests.support.stories import CHURN, Story, hour, policy_of, run

POLICY = policy_of()
NEVER = policy_of(evidence={"overdue": None})


def missed(count: int, since: str = "10:00", *, is_last: bool = False) -> RunFinished:
    """Return the missed runs of an hourly schedule, found half an hour after the last of them was due."""
    began = hour(since)
    return RunFinished(
        id=overdue_id("churn-dq", began),
        at=began,
        target=CHURN,
        monitor=Monitor.DATA_QUALITY,
        source="churn-dq",
        verdict=Verdict.NO_DATA,
        finished=began + timedelta(hours=count, minutes=30),
        evidence=Evidence(reading=Reading.ABSENT),
        said="The schedule never ran.",
        provenance=OWN,
        missed=MissedRuns(count=count, is_last=is_last),
    )


def test_a_monitor_that_never_ran_is_a_fault_after_the_policys_number_of_runs():
    story = Story(POLICY).tell(missed(1), missed(2), missed(3), missed(4))
    assert story.reasons == [Reason.NOTHING_DUE, Reason.NOTHING_DUE, Reason.FIRST_SEEN, Reason.DUPLICATE]
    assert [decision.changed for decision in story.decisions] == [False, False, True, False]
    assert story.incident.cause == "monitor_fault"


def test_the_only_run_of_a_schedule_is_a_fault_at_once():
    assert Story(POLICY).tell(missed(1, is_last=True)).reasons == [Reason.FIRST_SEEN]


@pytest.mark.parametrize("is_last", [False, True])
def test_a_policy_without_a_number_of_missed_runs_has_none_that_count(is_last):
    assert Story(NEVER).tell(missed(99, is_last=is_last)).reasons == [Reason.NOTHING_DUE]


def test_the_first_run_after_it_ends_the_fault():
    story = Story(POLICY).tell(missed(3), run("14:00", Verdict.CLEAN))
    assert story.reasons == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_missed_runs_that_arrive_after_a_newer_run_open_nothing():
    story = Story(POLICY).tell(run("14:00", Verdict.CLEAN), missed(3))
    assert story.reasons[-1] is Reason.SUPERSEDED


@pytest.mark.parametrize("watch_is_first", [True, False])
def test_a_monitor_that_its_timer_and_watch_both_miss_is_told_of_once(watch_is_first):
    story = Story(POLICY).tell(*[run(f"{at:02}:00", Verdict.CLEAN) for at in range(4, 11)])
    if watch_is_first:
        story.tell(missed(3), clock=lambda: hour("13:30"))
        story.wake("14:00")
    else:
        story.wake("14:00")
        story.tell(missed(3), clock=lambda: hour("14:10"))
    assert story.told == [Reason.FIRST_SEEN]
