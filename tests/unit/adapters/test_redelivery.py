"""A message that failed comes again sooner than its queue would offer it."""

import pytest

from kedge.adapters.messaging.queues import SqsRedelivery
from kedge.domain.errors import Permanent, Transient

URL = "https://sqs.us-east-1.amazonaws.com/111122223333/kedge-signals"
ASKED = {"QueueUrl": URL, "AttributeNames": ["VisibilityTimeout"]}


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def sqs(stubbed, complaints):
    client, stubber = stubbed("sqs")
    return SqsRedelivery(client, URL, complaints.append), stubber


def hides_for(stubber, seconds):
    stubber.add_response("get_queue_attributes", {"Attributes": {"VisibilityTimeout": str(seconds)}}, ASKED)


@pytest.mark.parametrize(("receive", "seconds"), [(1, 15), (2, 30), (3, 60), (4, 120), (5, 240)])
def test_the_more_often_a_message_failed_the_later_it_comes_again(sqs, complaints, receive, seconds):
    redelivery, stubber = sqs
    hides_for(stubber, 360)
    asked = {"QueueUrl": URL, "ReceiptHandle": "receipt", "VisibilityTimeout": seconds}
    stubber.add_response("change_message_visibility", {}, asked)
    redelivery.hasten("receipt", receive)
    assert complaints == []


@pytest.mark.parametrize(("receive", "hidden"), [(6, 360), (10, 360), (1, 15), (1, 1)])
def test_it_never_comes_later_than_the_queue_would_offer_it(sqs, complaints, receive, hidden):
    redelivery, stubber = sqs
    hides_for(stubber, hidden)
    redelivery.hasten("receipt", receive)
    assert complaints == []


@pytest.mark.parametrize("operation", ["get_queue_attributes", "change_message_visibility"])
@pytest.mark.parametrize(("code", "kind"), [("AccessDenied", Permanent), ("ThrottlingException", Transient)])
def test_where_sqs_refuses_the_message_comes_when_the_queue_offers_it(sqs, complaints, operation, code, kind):
    redelivery, stubber = sqs
    if operation == "change_message_visibility":
        hides_for(stubber, 360)
    stubber.add_client_error(operation, code)
    redelivery.hasten("receipt", 1)
    assert [type(error) for error in complaints] == [kind]
