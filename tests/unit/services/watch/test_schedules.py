"""Schedules that are overdue, stopped or failed: what a pass sends, and how few calls it makes."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from kedge.domain.errors import Permanent, Throttled
from kedge.domain.ids import mark, overdue_id, schedule_id, stamp
from kedge.domain.run import Monitor
from kedge.ports.watched import ListedSchedule, ScheduleTimes
from kedge.services.watch.progress import ListingProgress, PassResult
from kedge.services.watch.schedules import ScheduleWatch
from kedge.services.watch.sending import LostSignals
from tests.fakes.listings import FakeListings, FakeReceived
from tests.fakes.queue import MemoryQueue
from tests.support.ledgers import CHURN, NOW
from tests.unit.services.watch.test_executions import HOME, HOUR, MINUTE

HOURLY = "cron(0 * ? * * *)"
ARN = "arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/"


class Story:
    """Passes over schedules in memory."""

    def __init__(self, size: int = 100) -> None:
        self.listings, self.received, self.queue = FakeListings(size=size), FakeReceived(), MemoryQueue()
        self.now = NOW
        self.progress: ListingProgress | None = ListingProgress(since=NOW - 10 * MINUTE)
        self.restart()

    def restart(self) -> None:
        """Begin with a process that remembers nothing."""
        lost = LostSignals(self.received, self.queue)
        self.watch = ScheduleWatch(self.listings, lost, HOME, lambda: self.now)

    def schedule(
        self, name: str = "churn-dq", *, made: timedelta = 30 * HOUR, ran: timedelta | None = None, **changes: Any
    ) -> "Story":
        """Add a schedule that was made and ran last so long ago."""
        expression = changes.pop("expression", HOURLY)
        usual = {"arn": ARN + name, "status": "Scheduled", "endpoint": CHURN.name, "monitoring_type": "DataQuality"}
        created = NOW - made
        one = ListedSchedule(**(usual | {"name": name, "created": created, "modified": created} | changes))
        self.listings.all_schedules = [each for each in self.listings.all_schedules if each.name != name] + [one]
        newest = None if ran is None else NOW - ran
        self.listings.described[name] = ScheduleTimes(expression=expression, began=one.modified, newest=newest)
        return self

    def look(self, at: datetime | None = None, *, pages: int = 1_000) -> PassResult:
        self.now = at or self.now
        done, begun = PassResult(), self.listings.pages
        self.progress = self.watch.look(self.progress, lambda: self.listings.pages - begun < pages, done)
        return done

    @property
    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.queue.bodies]


def test_a_schedule_that_never_ran_is_overdue_from_its_creation():
    story = Story().schedule(made=5 * HOUR)
    assert story.look().sent == 1
    (body,) = story.sent
    assert (body["source"], body["detail-type"]) == ("kedge.watch", "Kedge Monitoring Schedule Overdue")
    assert (body["detail"]["MissedRuns"], body["detail"]["HasRun"], body["detail"]["IsLast"]) == (4, False, False)
    assert body["id"] == overdue_id("churn-dq", NOW - 5 * HOUR)


def test_a_schedule_that_ran_before_is_overdue_from_its_newest_run():
    story = Story().schedule(ran=4 * HOUR)
    story.look()
    assert [each["id"] for each in story.sent] == [overdue_id("churn-dq", NOW - 4 * HOUR)]


def test_a_schedule_that_was_started_again_counts_from_then():
    story = Story().schedule(ran=20 * HOUR, modified=NOW - 25 * MINUTE)
    assert story.look().sent == 0
    assert story.look(NOW + 31 * MINUTE).sent == 1


@pytest.mark.parametrize("ran", [timedelta(), HOUR])
def test_a_schedule_that_ran_when_it_was_due_is_not_overdue(ran):
    assert Story().schedule(ran=ran).look(NOW + 29 * MINUTE).sent == 0


@pytest.mark.parametrize("status", ["Stopped", "Pending", "Failed"])
def test_a_schedule_that_does_not_run_is_never_overdue(status):
    story = Story().schedule(status=status)
    assert (story.look().sent, story.listings.calls) == (0, 1)


def test_a_schedule_that_was_deleted_between_two_calls_is_left_alone():
    story = Story().schedule()
    story.listings.described.clear()
    assert story.look().sent == 0


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_a_schedule_that_stopped_or_failed_since_the_last_pass_is_sent_with_its_status(status):
    story = Story().schedule(status=status, modified=NOW - 5 * MINUTE)
    assert story.look().sent == 1
    (body,) = story.sent
    assert (body["detail-type"], body["detail"]["MonitoringScheduleStatus"]) == (
        "Kedge Monitoring Schedule Found",
        status,
    )
    assert body["id"] == schedule_id(HOME.account, HOME.region, "churn-dq", status, stamp(NOW - 5 * MINUTE))


def test_a_schedule_that_stopped_before_the_stack_existed_is_not_sent():
    story = Story().schedule(status="Stopped", modified=NOW - 30 * HOUR)
    story.progress = None
    assert story.look().sent == 0


def test_what_the_ring_has_received_is_not_sent():
    story = Story().schedule("stopped", status="Stopped", modified=NOW - 5 * MINUTE).schedule("late", made=5 * HOUR)
    known = (
        schedule_id(HOME.account, HOME.region, "stopped", "Stopped", stamp(NOW - 5 * MINUTE)),
        overdue_id("late", NOW - 5 * HOUR),
    )
    story.received.marks[CHURN, Monitor.DATA_QUALITY] = frozenset(map(mark, known))
    assert story.look().sent == 0


def test_a_schedule_is_described_again_only_when_its_next_run_may_be_missing():
    story = Story().schedule(ran=timedelta())
    for minutes in range(0, 90, 10):
        story.look(NOW + minutes * MINUTE)
    assert story.listings.calls == 9 + 1
    story.look(NOW + 90 * MINUTE)
    assert story.listings.calls == 10 + 2


def test_a_schedule_that_was_changed_is_described_again():
    story = Story().schedule(ran=timedelta())
    story.look()
    story.schedule(ran=timedelta(), modified=NOW)
    story.look()
    assert story.listings.calls == 2 + 2


def test_a_pass_over_many_schedules_with_nothing_new_costs_at_most_1_2_calls_for_each():
    story = Story()
    for number in range(300):
        story.schedule(f"churn-{number}", ran=timedelta())
    assert story.look().sent == 0
    assert story.listings.calls <= 1.2 * 300
    again = story.listings.calls
    story.look()
    assert story.listings.calls - again <= 3


def test_a_pass_whose_time_is_up_continues_where_it_ended():
    story = Story(size=10)
    for number in range(30):
        story.schedule(f"churn-{number:02}", made=(100 - number) * HOUR)
    assert story.look(pages=1).unfinished
    story.look()
    assert {each["detail"]["MonitoringScheduleName"] for each in story.sent} == {f"churn-{n:02}" for n in range(30)}
    assert story.progress == ListingProgress(since=NOW)


@pytest.mark.parametrize("error", [Throttled("slow down"), Permanent("denied")])
def test_a_failed_call_ends_the_pass_and_the_next_one_finds_the_same(error):
    story = Story().schedule()
    story.listings.failing, story.listings.pages_before = error, 1
    assert [failed for _, failed in story.look().failed] == [error]
    story.listings.failing = None
    assert story.look().sent == 1


def test_a_process_that_has_just_begun_finds_what_the_one_before_found():
    story = Story().schedule()
    story.look()
    story.restart()
    story.look()
    assert [each["id"] for each in story.sent] == [overdue_id("churn-dq", NOW - 30 * HOUR)] * 2
