"""Whether anybody is subscribed to a topic and has confirmed it."""

import pytest

from kedge.adapters.messaging.topics import TopicAudience
from kedge.domain.errors import Permanent, Transient

TOPIC = "arn:aws:sns:us-east-1:111122223333:kedge-people"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def sns(stubbed, clock, complaints):
    client, stubber = stubbed("sns")
    return TopicAudience(client, TOPIC, clock, complaints.append), stubber


def tells(stubber, confirmed, pending="0"):
    told = {"Attributes": {"SubscriptionsConfirmed": confirmed, "SubscriptionsPending": pending}}
    stubber.add_response("get_topic_attributes", told, {"TopicArn": TOPIC})


@pytest.mark.parametrize(("confirmed", "listens"), [("0", False), ("1", True), ("12", True)])
def test_only_a_confirmed_subscriber_listens(sns, confirmed, listens):
    audience, stubber = sns
    tells(stubber, confirmed, pending="1")
    assert audience.listens() is listens


def test_a_storm_of_messages_asks_once_a_minute(sns, clock):
    audience, stubber = sns
    tells(stubber, "0")
    assert not any(audience.listens() for _ in range(100))
    clock.seconds = 61
    tells(stubber, "1")
    assert all(audience.listens() for _ in range(100))


@pytest.mark.parametrize(("code", "kind"), [("AuthorizationError", Permanent), ("Throttled", Transient)])
def test_where_sns_does_not_say_somebody_listens_and_it_is_asked_again(sns, complaints, code, kind):
    audience, stubber = sns
    stubber.add_client_error("get_topic_attributes", code)
    assert audience.listens()
    assert [type(error) for error in complaints] == [kind]
    tells(stubber, "0")
    assert not audience.listens()
