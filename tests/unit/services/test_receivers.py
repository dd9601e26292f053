"""Receivers that no confirmed subscription can hear are found, and dispatch knows them."""

import json
from datetime import timedelta

import pytest

from kedge.domain.effect import ChannelName
from kedge.domain.errors import Permanent
from kedge.ports.channels import Subscription, SubscriptionStatus
from kedge.services.receivers import ReceiverCheck, StoredAudience, UnheardReceivers, is_heard
from kedge.services.self_check import EVERY, SOON, SelfCheck
from tests.fakes.policies import FakeShelf
from tests.fakes.reading import FakeAudience
from tests.support.ledgers import NOW
from tests.support.stories import policy_of

CONFIRMED, PENDING, DELETED = SubscriptionStatus
MAIL, PROGRAMS = ChannelName.MAIL, ChannelName.PROGRAMS
EVERYTHING = Subscription(CONFIRMED)


def only(*values, key="receiver"):
    return Subscription(CONFIRMED, json.dumps({key: list(values)}))


class Topic:
    def __init__(self, *subscriptions):
        self.subscriptions, self.asked, self.failing = subscriptions, 0, None

    def every(self):
        self.asked += 1
        if self.failing is not None:
            raise self.failing
        return self.subscriptions


class World:
    """A policy with three receivers: for all channels, for mail alone, and for programs alone."""

    def __init__(self):
        receivers = [
            {"name": "ml-oncall"},
            {"name": "data", "channels": ["mail"]},
            {"name": "pager", "channels": ["programs"]},
        ]
        self.policy = policy_of(receivers=receivers)
        self.now, self.shelf, self.complaints = NOW, FakeShelf(), []
        self.mail, self.programs = Topic(EVERYTHING), Topic(EVERYTHING)
        topics = {MAIL: self.mail, PROGRAMS: self.programs}
        self.check = ReceiverCheck(lambda: self.policy, topics, self.shelf, lambda: self.now)
        self.stored = StoredAudience(self.shelf, lambda: self.now, self.complaints.append)

    def unheard(self):
        return self.check.look().by_channel


@pytest.fixture
def world():
    return World()


def test_an_address_without_a_filter_is_enough_for_every_receiver(world):
    assert world.unheard() == {}


def test_a_receiver_is_heard_by_its_own_filter_only(world):
    world.mail.subscriptions = (only("data"),)
    assert world.unheard() == {MAIL: ("ml-oncall",)}


@pytest.mark.parametrize("status", [PENDING, DELETED])
def test_a_subscription_that_is_not_confirmed_hears_nothing(world, status):
    world.mail.subscriptions = (Subscription(status), only("data"))
    assert world.unheard() == {MAIL: ("ml-oncall",)}


def test_the_topic_for_programs_counts_only_for_a_receiver_that_names_it(world):
    world.programs.subscriptions = ()
    assert world.unheard() == {PROGRAMS: ("pager",)}
    world.policy = policy_of()
    assert world.unheard() == {}


def test_a_topic_is_not_read_if_no_receiver_needs_it(world):
    world.policy = policy_of()
    world.check.look()
    assert (world.mail.asked, world.programs.asked) == (1, 0)


@pytest.mark.parametrize(
    ("subscription", "heard"),
    [
        (only("ml-oncall"), True),
        (only("ML-ONCALL"), False),
        (only("data", "ml-oncall"), True),
        (only({"prefix": "ml-"}), True),
        (only({"prefix": "data-"}), False),
        (only({"suffix": "oncall"}), True),
        (only({"equals-ignore-case": "ML-OnCall"}), True),
        (only({"anything-but": ["ml-oncall"]}), False),
        (only({"anything-but": "data"}), True),
        (only({"anything-but": {"prefix": "ml-"}}), False),
        (only({"exists": True}), True),
        (only({"exists": False}), False),
        (only(), False),
        (only("critical", key="severity"), True),
        (only({"of-a-later-year": 1}), True),
        (Subscription(CONFIRMED, "not JSON"), True),
    ],
)
def test_a_filter_is_read_as_sns_reads_it_and_one_that_cannot_be_read_raises_no_alarm(subscription, heard):
    assert is_heard((subscription,), "ml-oncall") is heard


def test_dispatch_knows_what_was_found_for_three_hours_and_reads_it_once_a_minute(world):
    world.mail.subscriptions = (only("data"),)
    assert not world.stored.is_unheard("ml-oncall", MAIL)
    world.check.look()
    assert not world.stored.is_unheard("ml-oncall", MAIL)  # read less than a minute ago
    world.now += timedelta(minutes=1)
    assert world.stored.is_unheard("ml-oncall", MAIL)
    assert not world.stored.is_unheard("ml-oncall", PROGRAMS)
    assert not world.stored.is_unheard("data", MAIL)
    world.now += timedelta(hours=3)
    assert not world.stored.is_unheard("ml-oncall", MAIL)


@pytest.mark.parametrize("text", ['{"other": 1}', "[]"])
def test_what_another_release_kept_says_nothing(world, text):
    world.shelf.keep(text, 0)
    assert not world.stored.is_unheard("ml-oncall", MAIL)


def test_what_cannot_be_read_stops_no_delivery(world):
    class Denied:
        def load(self):
            raise Permanent("denied")

    stored = StoredAudience(Denied(), lambda: NOW, world.complaints.append)
    assert not stored.is_unheard("ml-oncall", MAIL)
    assert [str(error) for error in world.complaints] == ["denied"]


def test_no_address_and_no_filter_is_kept(world):
    world.mail.subscriptions = (only("data"),)
    world.check.look()
    assert UnheardReceivers(at=NOW, by_channel={MAIL: ("ml-oncall",)}) == world.check.look()
    assert "data" not in world.shelf.load()[0]


def test_while_a_receiver_has_no_subscriber_it_is_looked_at_again_soon(world):
    check = SelfCheck(FakeAudience(), (), lambda: world.now, world.check, world.complaints.append)
    world.mail.subscriptions = ()
    assert check.look().receivers == ("data", "ml-oncall")
    world.now += SOON
    world.mail.subscriptions = (EVERYTHING,)
    assert check.look().receivers == ()
    world.now += EVERY - timedelta(seconds=1)
    assert check.look() is None


def test_subscriptions_that_cannot_be_read_hide_nothing_else(world):
    world.mail.failing = Permanent("denied")
    check = SelfCheck(FakeAudience(listening=False), (), lambda: world.now, world.check, world.complaints.append)
    looked = check.look()
    assert (looked.unheard, looked.receivers) == (True, ())
    assert [str(error) for error in world.complaints] == ["denied"]
