"""Whether the signals queue knows a message that claims to come out of it."""

import pytest
from botocore.exceptions import EndpointConnectionError

from kedge.adapters.messaging.queues import VISIBILITY, SqsReceipts, queue_arn
from kedge.domain.errors import Permanent, Transient

URL = "https://sqs.us-east-1.amazonaws.com/111122223333/kedge-signals"
ARN = "arn:aws:sqs:us-east-1:111122223333:kedge-signals"


def test_the_queue_of_a_function_lies_in_its_account_and_region():
    assert queue_arn("arn:aws:lambda:us-east-1:111122223333:function:kedge-intake", URL) == ARN


@pytest.fixture
def complaints():
    return []


@pytest.fixture
def sqs(stubbed, complaints):
    client, stubber = stubbed("sqs")
    return SqsReceipts(client, URL, ARN, complaints.append), stubber


def test_a_receipt_that_the_queue_has_handed_out_is_known(sqs):
    receipts, stubber = sqs
    asked = {"QueueUrl": URL, "ReceiptHandle": "receipt", "VisibilityTimeout": VISIBILITY}
    stubber.add_response("change_message_visibility", {}, asked)
    assert receipts.knows(ARN, "receipt")


@pytest.mark.parametrize(
    "code",
    [
        "ReceiptHandleIsInvalid",
        "MessageNotInflight",
        "AWS.SimpleQueueService.MessageNotInflight",
        "InvalidParameterValue",
    ],
)
def test_a_receipt_that_sqs_does_not_know_is_that_of_a_direct_call(sqs, complaints, code):
    receipts, stubber = sqs
    stubber.add_client_error("change_message_visibility", code, "The receipt handle is invalid.", 400)
    assert not receipts.knows(ARN, "invented")
    assert complaints == []


@pytest.mark.parametrize(
    "queue",
    [None, "", "arn:aws:sqs:us-east-1:111122223333:another", "arn:aws:sqs:us-east-1:999900001111:kedge-signals"],
)
def test_a_message_of_another_queue_is_not_asked_about(sqs, queue):
    receipts, _ = sqs
    assert not receipts.knows(queue, "receipt")


@pytest.mark.parametrize("receipt", [None, "", 7, {}])
def test_a_message_without_a_receipt_is_not_asked_about(sqs, receipt):
    receipts, _ = sqs
    assert not receipts.knows(ARN, receipt)


def test_a_message_stays_in_the_queue_while_sqs_asks_for_patience(sqs):
    receipts, stubber = sqs
    stubber.add_client_error("change_message_visibility", "RequestThrottled", "Rate exceeded", 403)
    with pytest.raises(Transient):
        receipts.knows(ARN, "receipt")


def test_a_message_stays_in_the_queue_while_sqs_cannot_be_reached(complaints):
    class Unreachable:
        def change_message_visibility(self, **_):
            raise EndpointConnectionError(endpoint_url=URL)

    with pytest.raises(Transient):
        SqsReceipts(Unreachable(), URL, ARN, complaints.append).knows(ARN, "receipt")


def test_a_refusal_for_good_costs_the_voucher_and_not_the_notification(sqs, complaints):
    receipts, stubber = sqs
    stubber.add_client_error("change_message_visibility", "AccessDenied", "not authorized", 403)
    assert not receipts.knows(ARN, "receipt")
    assert [type(each) for each in complaints] == [Permanent]
