"""What a pass stores for the next one."""

from datetime import timedelta

import pytest

from kedge.domain.errors import Conflict, Permanent
from kedge.lambdas.watch import WatchFunction
from kedge.services.watch.check_steps import StepWatch
from kedge.services.watch.executions import ExecutionWatch
from kedge.services.watch.schedules import ScheduleWatch
from kedge.services.watch.sending import LostSignals
from kedge.services.watch.watching import RESERVE, Watch
from tests.fakes.listings import FakeListings, FakeReceived
from tests.fakes.policies import FakeShelf
from tests.fakes.queue import MemoryQueue
from tests.support.ledgers import NOW
from tests.unit.services.watch.test_executions import HOME, MINUTE, execution

PLENTY = timedelta(minutes=5)


class Story:
    """A watch with its stored progress."""

    def __init__(self, *listed, size: int = 100) -> None:
        self.now = NOW
        self.listings, self.queue = FakeListings(*listed, size=size), MemoryQueue()
        self.stored = FakeShelf()
        lost = LostSignals(FakeReceived(), self.queue)
        parts = (self.listings, lost, HOME, lambda: self.now)
        self.watch = Watch(ExecutionWatch(*parts), ScheduleWatch(*parts), StepWatch(*parts), self.stored)


def test_the_progress_is_stored_and_the_next_pass_lists_only_what_came_since():
    story = Story(execution(55))
    assert story.watch.look(lambda: PLENTY).sent == 1
    story.now = NOW + 10 * MINUTE
    assert story.watch.look(lambda: PLENTY).listed == 0


def test_a_progress_of_another_release_begins_anew():
    story = Story(execution(55))
    story.stored.keep("[]", 0)
    assert story.watch.look(lambda: PLENTY).sent == 1


def test_a_pass_ends_in_time_to_store_its_progress():
    story = Story(*[execution(number + 1) for number in range(20)], size=10)
    done = story.watch.look(lambda: RESERVE - timedelta(seconds=1))
    assert (done.listed, done.unfinished) == (10, True)


def test_of_two_passes_at_once_the_later_one_stores_nothing():
    story = Story(execution())
    keep = story.stored.keep

    def overtaken(text: str, over: int) -> None:
        keep(text, over)
        keep(text, over)

    story.stored.keep = overtaken
    with pytest.raises(Conflict):
        story.watch.look(lambda: PLENTY)


def test_a_refusal_of_aws_is_stored_counted_and_then_raised_for_the_alarm():
    story = Story(execution())
    story.listings.failing = Permanent("denied")
    with pytest.raises(Permanent, match="denied"):
        WatchFunction(story.watch).look(lambda: 300_000)
    story.listings.failing = None
    assert WatchFunction(story.watch).look(lambda: 300_000) == {
        "listed": 1, "sent": 1, "failed": 0, "unfinished": False,
    }  # fmt: skip
