"""Which results of the watchdog are sent, and what a pass keeps for the next one."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.errors import Transient
from kedge.services.watch.executions import PassResult
from kedge.services.watch.watchdog import Watchdog
from kedge.watchdog.facts import SubscriptionState
from tests.fakes.policies import FakeShelf
from tests.fakes.queue import MemoryQueue
from tests.unit.services.watch.test_monitoring import HOME, TOPIC, MonitorDefinitions, MonitoringReader, an_account
from tests.unit.watchdog.planted import CONFIG, ENDPOINT, HOUR, NOW, OFF

DAY = timedelta(days=1)


class Story:
    """A watchdog with its account. The first pass finds nothing and is over."""

    def __init__(self) -> None:
        self.now = NOW
        self.account, self.queue, self.stored = an_account(), MemoryQueue(), FakeShelf()
        # search-prod captures data for no monitor: it is left out.
        del self.account.of_endpoints["search-prod"]
        # Without requests, no captured object is missed while the story goes on.
        self.account.traffic.clear()
        account = self.account
        reader = MonitoringReader(account, account, account, account, MonitorDefinitions, (TOPIC,), HOME)
        self.watchdog = Watchdog(reader, self.queue, self.stored, HOME, lambda: self.now)
        self.look()
        self.queue.bodies.clear()

    def look(self, after: timedelta = HOUR) -> PassResult:
        done = PassResult()
        self.now += after
        self.watchdog.look(lambda: True, done)
        return done

    def lose_capture(self) -> None:
        endpoint = self.account.of_endpoints["churn-prod"]
        self.account.of_endpoints["churn-prod"] = replace(endpoint, config=replace(CONFIG, capture=OFF))

    def gain_capture(self) -> None:
        endpoint = self.account.of_endpoints["churn-prod"]
        self.account.of_endpoints["churn-prod"] = replace(endpoint, config=CONFIG)

    def leave_alone(self) -> None:
        facts = replace(ENDPOINT, name="lonely", config=replace(CONFIG, capture=OFF))
        self.account.of_endpoints["lonely"] = facts

    @property
    def sent(self) -> list[tuple[str, list[str]]]:
        """Return target and checks of each signal that was sent, and forget them."""
        details = [json.loads(body)["detail"] for body in self.queue.bodies]
        self.queue.bodies.clear()
        return [(each["name"], [fault["check"] for fault in each["faults"]]) for each in details]


LOST = ("churn-prod", ["capture_off_check"])


def test_the_first_pass_says_of_each_target_that_it_is_well():
    story = Story()
    story.stored.text = None
    story.look()
    assert sorted(story.sent) == [("churn-prod", []), ("monitoring", []), ("unwatched-endpoints", [])]


def test_a_target_that_was_well_and_is_well_costs_no_signal():
    story = Story()
    assert story.look().sent == 0


def test_a_fault_is_sent_once_and_its_end_once():
    story = Story()
    story.lose_capture()
    assert story.look().sent == 1
    assert story.sent == [LOST]
    assert story.look().sent == 0
    story.gain_capture()
    story.look()
    assert story.sent == [("churn-prod", [])]
    assert story.look().sent == 0


def test_an_unchanged_fault_is_sent_again_once_a_day():
    story = Story()
    story.lose_capture()
    story.look()
    story.queue.bodies.clear()
    assert [story.look().sent for _ in range(25)] == [0] * 23 + [1, 0]


def test_the_checks_run_once_in_an_hour_of_the_clock():
    story = Story()
    story.lose_capture()
    assert story.look(timedelta(minutes=59)).sent == 0
    assert story.look(timedelta(minutes=1)).sent == 1


def test_what_could_not_be_read_is_neither_well_nor_new():
    story = Story()
    story.lose_capture()
    story.look()
    story.queue.bodies.clear()
    story.account.failing["churn-prod"] = Transient("throttled")
    assert [what for what, _ in story.look().unread] == ["read endpoint churn-prod"]
    assert story.sent == []
    del story.account.failing["churn-prod"]
    story.gain_capture()
    story.look()
    assert story.sent == [("churn-prod", [])]


def test_a_list_that_fails_ends_no_fault_of_the_account():
    story = Story()
    topic = story.account.of_topics[TOPIC]
    pending = replace(topic, subscriptions=(replace(topic.subscriptions[0], state=SubscriptionState.PENDING),))
    story.account.of_topics[TOPIC] = pending
    story.look()
    assert story.sent == [("monitoring", ["subscription_check", "subscription_check"])]
    story.account.failing["topic"] = Transient("throttled")
    assert story.look().sent == 0
    del story.account.failing["topic"]
    story.account.of_topics[TOPIC] = topic
    story.look()
    assert story.sent == [("monitoring", [])]


def test_a_deleted_endpoint_ends_its_fault():
    story = Story()
    story.lose_capture()
    story.look()
    story.queue.bodies.clear()
    del story.account.of_endpoints["churn-prod"]
    story.look()
    assert ("churn-prod", []) in story.sent


def test_the_digest_comes_once_in_7_days_and_ends_at_once():
    story = Story()
    story.leave_alone()
    story.look()
    digest = ("unwatched-endpoints", ["unwatched_endpoint_check"])
    assert story.sent == [digest]
    assert [story.look(DAY).sent for _ in range(7)] == [0, 0, 0, 0, 0, 0, 1]
    assert story.sent == [digest]
    del story.account.of_endpoints["lonely"]
    story.look()
    assert story.sent == [("unwatched-endpoints", [])]
    story.leave_alone()
    assert story.look(DAY).sent == 0
    assert story.look(6 * DAY).sent == 1


def test_a_queue_that_refuses_leaves_the_pass_to_the_next_one():
    story = Story()
    story.lose_capture()
    story.queue.refused = {"111122223333/us-east-1/endpoint/churn-prod"}
    with pytest.raises(Transient):
        story.look()
    story.queue.refused = set()
    assert story.look(timedelta(minutes=10)).sent == 1


def test_a_state_of_another_release_begins_anew():
    story = Story()
    story.stored.text = "[]"
    assert story.look().sent == 3
