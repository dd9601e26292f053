"""Messages to a topic."""

import pytest

from kedge.adapters.messaging.topics import SnsTopic, printable
from kedge.domain.errors import Permanent, Transient
from kedge.ports.channels import Message

ARN = "arn:aws:sns:us-east-1:111122223333:kedge-people"


@pytest.fixture
def sns(stubbed):
    client, stubber = stubbed("sns")
    return SnsTopic(client, ARN), stubber


def test_a_message_goes_with_subject_and_attributes(sns):
    topic, stubber = sns
    asked = {
        "TopicArn": ARN,
        "Subject": "[CRITICAL] churn-prod: 7 of 24 features drifted (FIRING)",
        "Message": "churn-prod …",
        "MessageAttributes": {"severity": {"DataType": "String", "StringValue": "critical"}},
    }
    stubber.add_response("publish", {"MessageId": "m-1"}, asked)
    message = Message(
        body="churn-prod …",
        subject="[CRITICAL] churn-prod: 7 of 24 features drifted (FIRING)",
        # An empty value would have SNS refuse the whole message.
        attributes={"severity": "critical", "environment": ""},
    )
    assert topic.send(message) == "m-1"


def test_an_attribute_with_several_values_is_a_list_of_which_a_filter_policy_may_ask_for_each(sns):
    topic, stubber = sns
    targets = {"DataType": "String.Array", "StringValue": '["größe-prod", "churn-prod"]'}
    asked = {"TopicArn": ARN, "Message": "{}", "MessageAttributes": {"target": targets}}
    stubber.add_response("publish", {"MessageId": "m-1"}, asked)
    assert topic.send(Message(body="{}", attributes={"target": ("größe-prod", "churn-prod")})) == "m-1"


def test_a_message_without_a_subject_has_none(sns):
    topic, stubber = sns
    stubber.add_response("publish", {"MessageId": "m-1"}, {"TopicArn": ARN, "Message": "{}", "MessageAttributes": {}})
    assert topic.send(Message(body="{}")) == "m-1"


@pytest.mark.parametrize(
    ("subject", "sent"),
    [
        ("two\nlines\tand   spaces ", "two lines and spaces"),
        ("größe \U0001f6a2", "gr??e ?"),
        ("x" * 120, "x" * 99),
        ("\n", ""),
    ],
)
def test_a_subject_is_what_sns_takes(subject, sent):
    assert printable(subject) == sent


def test_a_topic_that_is_gone_is_permanent(sns):
    topic, stubber = sns
    stubber.add_client_error("publish", "NotFound", "Topic does not exist", 404)
    with pytest.raises(Permanent):
        topic.send(Message(body="x"))


def test_a_throttled_topic_is_transient(sns):
    topic, stubber = sns
    stubber.add_client_error("publish", "Throttled", "Rate exceeded", 429)
    with pytest.raises(Transient):
        topic.send(Message(body="x"))
