"""What lies beside a dead letter."""

from kedge.adapters.messaging.queues import DeadLetterQueue
from kedge.domain.errors import MalformedSignal

URL = "https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters"


def test_a_body_is_kept_as_it_came_with_its_fault_beside_it(stubbed):
    client, stubber = stubbed("sqs")
    told = {"fault": "MalformedSignal", "path": "$", "why": "is not JSON?"}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in told.items()}
    expected = {"QueueUrl": URL, "MessageBody": "{broken", "MessageAttributes": attributes}
    stubber.add_response("send_message", {"MessageId": "m-1"}, expected)
    assert DeadLetterQueue(client, URL).keep("{broken", MalformedSignal("$", "is not JSON\x00")) == "m-1"
