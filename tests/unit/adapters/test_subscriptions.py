"""The subscriptions of a topic: their status and filters, and never an address."""

import pytest

from kedge.adapters.messaging.topics import MOST_SUBSCRIPTIONS, TopicSubscriptions
from kedge.domain.errors import Permanent
from kedge.ports.channels import Subscription, SubscriptionStatus

TOPIC = "arn:aws:sns:us-east-1:111122223333:kedge-people"
CONFIRMED, PENDING, DELETED = SubscriptionStatus


@pytest.fixture
def sns(stubbed):
    client, stubber = stubbed("sns")
    return TopicSubscriptions(client, TOPIC), stubber


def lists(stubber, *arns, token=None, more=None):
    asked = {"TopicArn": TOPIC} | ({"NextToken": token} if token else {})
    told = {"Subscriptions": [{"SubscriptionArn": arn, "Endpoint": "ana@example.com"} for arn in arns]}
    stubber.add_response("list_subscriptions_by_topic", told | ({"NextToken": more} if more else {}), asked)


def has(stubber, arn, **attributes):
    stubber.add_response("get_subscription_attributes", {"Attributes": attributes}, {"SubscriptionArn": arn})


def test_a_subscription_is_confirmed_pending_or_deleted(sns):
    subscriptions, stubber = sns
    lists(stubber, f"{TOPIC}:1", "PendingConfirmation", "Deleted", more="next")
    lists(stubber, f"{TOPIC}:2", token="next")
    has(stubber, f"{TOPIC}:1", PendingConfirmation="false", FilterPolicy='{"receiver": ["ml-oncall"]}')
    has(stubber, f"{TOPIC}:2", PendingConfirmation="true")
    assert subscriptions.every() == (
        Subscription(CONFIRMED, '{"receiver": ["ml-oncall"]}'),
        Subscription(PENDING),
        Subscription(DELETED),
        Subscription(PENDING),
    )


def test_a_topic_with_very_many_subscriptions_costs_a_bounded_number_of_calls(sns):
    subscriptions, stubber = sns
    lists(stubber, *["PendingConfirmation"] * (MOST_SUBSCRIPTIONS + 50), more="next")
    found = subscriptions.every()
    assert found == (*[Subscription(PENDING)] * MOST_SUBSCRIPTIONS, Subscription(CONFIRMED))


def test_a_refusal_is_said_to_the_caller(sns):
    subscriptions, stubber = sns
    stubber.add_client_error("list_subscriptions_by_topic", "AuthorizationError", "no", 403)
    with pytest.raises(Permanent):
        subscriptions.every()
