"""A pass over the executions: what it sends, where the next one continues, and that nothing is lost in between."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from kedge.domain.errors import Throttled, Transient
from kedge.domain.ids import execution_id, mark, run_id
from kedge.domain.run import Monitor
from kedge.ports.watched import MonitoringExecution
from kedge.services.watch import executions as module
from kedge.services.watch.executions import ExecutionWatch
from kedge.services.watch.progress import FIRST, OVERLAP, ListingProgress, PassResult
from kedge.services.watch.sending import LostSignals
from kedge.sources.event_header import Home
from tests.fakes.listings import FakeListings, FakeReceived
from tests.fakes.queue import MemoryQueue
from tests.support.ledgers import CHURN, NOW

HOME = Home("111122223333", "us-east-1")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def execution(minutes_ago: float = 5, **changes: Any) -> MonitoringExecution:
    """Return an execution that ended some minutes ago."""
    ended = NOW - MINUTE * minutes_ago
    job = f"arn:aws:sagemaker:us-east-1:111122223333:processing-job/job-{minutes_ago}"
    usual = {
        "schedule": "churn-dq",
        "scheduled": ended - 10 * MINUTE,
        "status": "CompletedWithViolations",
        "created": ended - 5 * MINUTE,
        "modified": ended,
        "job": job,
        "endpoint": CHURN.name,
        "monitoring_type": "DataQuality",
    }
    return MonitoringExecution(**(usual | changes))


class Story:
    """Passes over lists in memory."""

    def __init__(self, *listed: MonitoringExecution, size: int = 100) -> None:
        self.listings = FakeListings(*listed, size=size)
        self.received = FakeReceived()
        self.queue = MemoryQueue()
        self.now = NOW
        self.progress: ListingProgress | None = ListingProgress(since=NOW - HOUR)
        self.watch = ExecutionWatch(self.listings, LostSignals(self.received, self.queue), HOME, lambda: self.now)

    def look(self, *, pages: int = 1_000, at: datetime | None = None) -> PassResult:
        """Run a pass that has time for some pages."""
        self.now = at or self.now
        done, begun = PassResult(), self.listings.pages
        self.progress = self.watch.look(self.progress, lambda: self.listings.pages - begun < pages, done)
        return done

    @property
    def sent(self) -> list[str]:
        """The ids of the sent events, in order."""
        return [json.loads(body)["id"] for body in self.queue.bodies]


def ids(*found: MonitoringExecution) -> list[str]:
    return [run_id(each.job or "", each.job_status or "") for each in found]


def test_an_execution_that_the_ring_did_not_receive_is_sent_as_the_end_of_its_job():
    story = Story(execution())
    assert story.look().sent == 1
    (body,) = map(json.loads, story.queue.bodies)
    assert (body["source"], body["account"], body["region"]) == ("kedge.watch", HOME.account, HOME.region)
    assert body["detail"]["ProcessingJobStatus"] == "Completed"


def test_an_execution_that_the_ring_has_received_is_not_sent():
    one = execution()
    story = Story(one)
    story.received.marks[CHURN, Monitor.DATA_QUALITY] = frozenset(map(mark, ids(one)))
    assert (story.look().sent, story.sent) == (0, [])


def test_an_execution_without_a_job_is_known_by_its_schedule_and_time():
    one = execution(job=None, status="Failed", failure_reason="Job inputs had no data")
    story = Story(one)
    story.look()
    name = execution_id(HOME.account, HOME.region, "churn-dq", one.scheduled.strftime("%FT%T.000Z"))
    assert story.sent == [name]
    story.received.marks[CHURN, Monitor.DATA_QUALITY] = frozenset({mark(name)})
    assert story.look().sent == 0


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Stopping"])
def test_an_execution_that_still_runs_is_left_for_the_pass_after_its_end(status):
    story = Story(execution(status=status))
    assert (story.look().listed, story.sent) == (1, [])
    story.listings.listed = [execution(modified=NOW + 3 * MINUTE)]
    assert story.look(at=NOW + 10 * MINUTE).sent == 1


def test_a_new_stack_looks_an_hour_back_and_not_at_the_weeks_before():
    story = Story(execution(50), execution((FIRST + OVERLAP) / MINUTE + 1))
    story.progress = None
    story.look()
    assert story.sent == ids(execution(50))


def test_after_a_pause_of_a_week_every_execution_of_the_week_is_sent_oldest_first():
    week = [execution(60 * hour + 5) for hour in range(24 * 7)]
    story = Story(*week)
    story.progress = ListingProgress(since=NOW - 7 * 24 * HOUR)
    story.look()
    assert story.sent == ids(*reversed(week))
    assert story.progress == ListingProgress(since=NOW)


def test_a_change_that_the_list_shows_late_is_found_by_the_overlap():
    story = Story()
    story.look()
    story.listings.listed = [execution(OVERLAP / MINUTE - 1)]
    assert story.look(at=NOW + 10 * MINUTE).sent == 1


def test_a_pass_whose_time_is_up_leaves_the_rest_to_the_next_and_loses_nothing():
    many = [execution(number + 1) for number in range(40)]
    story = Story(*many, size=10)
    assert story.look(pages=2).unfinished
    assert story.progress is not None
    assert story.progress.since == NOW - HOUR
    later = execution(-3)
    story.listings.listed.append(later)
    assert not story.look(at=NOW + 10 * MINUTE).unfinished
    assert set(story.sent) == set(ids(*many, later))


def test_a_pass_has_a_largest_number_of_executions(monkeypatch):
    monkeypatch.setattr(module, "MOST", 30)
    story = Story(*[execution(number + 1) for number in range(50)], size=10)
    listed = [story.look().listed for _ in range(3)]
    assert listed[0] == 30
    assert len(set(story.sent)) == 50


def test_executions_of_one_moment_that_fill_more_than_a_pass_do_not_stop_it(monkeypatch):
    monkeypatch.setattr(module, "MOST", 10)
    same = NOW - 20 * MINUTE
    many = [execution(number / 100, created=same) for number in range(30)]
    story = Story(*many, size=10)
    story.look()
    assert story.progress is not None
    assert story.progress.made_after == same
    story.look()
    assert set(story.sent) == set(ids(*many))


def test_a_throttled_list_ends_the_pass_and_the_next_continues_where_it_ended():
    many = [execution(number + 1) for number in range(30)]
    story = Story(*many, size=10)
    story.listings.failing, story.listings.pages_before = Throttled("slow down"), 1
    done = story.look()
    assert (done.sent, [type(error) for _, error in done.failed]) == (10, [Throttled])
    story.listings.failing = None
    story.look(at=NOW + 10 * MINUTE)
    assert set(story.sent) == set(ids(*many))
    assert story.progress == ListingProgress(since=NOW + 10 * MINUTE)


def test_a_list_that_fails_at_once_is_listed_again_up_to_the_time_of_the_next_pass():
    story = Story(execution())
    story.listings.failing = Throttled("slow down")
    story.look()
    assert story.progress == ListingProgress(since=NOW - HOUR)


def test_what_the_queue_did_not_accept_is_sent_again():
    one, two = execution(1), execution(2)
    story = Story(one, two)
    story.queue.refused = set(ids(one))
    done = story.look()
    assert [type(error) for _, error in done.failed] == [Transient]
    story.queue.refused = set()
    story.look()
    assert set(story.sent) == set(ids(one, two))


def test_a_crash_before_the_progress_was_stored_sends_the_same_again():
    story = Story(execution())
    before = story.progress
    story.look()
    story.progress = before
    story.look()
    assert story.sent == ids(execution()) * 2


def test_a_stored_moment_in_the_future_of_a_clock_that_was_set_back_hides_nothing():
    story = Story(execution())
    story.progress = ListingProgress(since=NOW + HOUR)
    story.look()
    assert story.sent == ids(execution())
