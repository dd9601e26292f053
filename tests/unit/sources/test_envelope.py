"""Wrappings, batches, and what is no event at all."""

import json
from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal
from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import Ignored
from kedge.sources.reader import bodies
from tests.support import samples
from tests.unit.sources.world import World

ALARM = samples.event("sns.alarm.metric")
EVENT = samples.event("eventbridge.alarm.alarm")


def fault(raw: object) -> MalformedSignal:
    """The fault that is found in a delivery."""
    with pytest.raises(MalformedSignal) as caught:
        World().reads(raw)
    return caught.value


def sqs(*texts: str) -> dict[str, Any]:
    """An SQS event of messages with these bodies."""
    return {"Records": [{"messageId": str(n), "body": text, "eventSource": "aws:sqs"} for n, text in enumerate(texts)]}


def note(message: str, **more: str) -> dict[str, Any]:
    """An SNS notification as it lies in a queue."""
    return {"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:EXAMPLE", "Message": message, **more}


def test_a_batch_is_read_in_its_order():
    other = samples.event("eventbridge.alarm.ok")
    found = World().reads(sqs(json.dumps(EVENT), json.dumps(other)))
    assert [signal.verdict.value for signal in found] == ["alarm", "ok"]


def test_every_record_of_an_sns_event_counts():
    assert len(World().reads({"Records": ALARM["Records"] * 3})) == 3


def test_a_batch_can_be_taken_apart_so_that_one_bad_record_harms_no_other():
    batch = sqs(json.dumps(EVENT), "nonsense", json.dumps(EVENT))
    parts = bodies(batch)
    assert len(parts) == 3
    assert World().one(parts[0]).id == World().one(parts[2]).id
    assert fault(parts[1]).path == "$.Records[1].body"


@pytest.mark.parametrize("raw", [EVENT, {"Records": []}, {"Records": "x"}, [1], "text", None])
def test_what_is_no_batch_stays_whole(raw: object):
    assert bodies(raw) == (raw,)


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(json.dumps, id="the body of a queue's message alone"),
        pytest.param(lambda event: json.dumps(event).encode(), id="the same in bytes"),
        pytest.param(lambda event: "\ufeff" + json.dumps(event), id="with a byte order mark"),
        pytest.param(lambda event: sqs(json.dumps(event)), id="in a queue"),
        pytest.param(lambda event: note(json.dumps(event)), id="in a notification"),
        pytest.param(lambda event: sqs(json.dumps(note(json.dumps(event)))), id="in a notification in a queue"),
        pytest.param(
            lambda event: {"Records": [{"EventSource": "aws:sns", "Sns": note(json.dumps(event))}]},
            id="in SNS's Lambda form",
        ),
        pytest.param(lambda event: {**event, "detail": json.dumps(event["detail"])}, id="with its detail as text"),
        pytest.param(
            lambda event: sqs(
                json.dumps({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": event})
            ),
            id="redriven after a direct call failed",
        ),
    ],
)
def test_an_event_is_the_same_in_every_wrapping(wrap: Any):
    assert World().one(wrap(EVENT)) == World().one(EVENT)


@pytest.mark.parametrize("kind", ["SubscriptionConfirmation", "UnsubscribeConfirmation"])
def test_a_topics_own_messages_are_nobodys_news(kind: str):
    assert World().one(note("You have chosen …", Type=kind)) is Ignored.UNKNOWN_SOURCE


@pytest.mark.parametrize(
    "event",
    [
        EVENT | {"detail-type": "CloudWatch Alarm Configuration Change"},
        EVENT | {"detail-type": "SageMaker Training Job State Change", "source": "aws.sagemaker"},
        EVENT | {"source": "com.example"},
        {"source": "aws.ec2", "detail": {}},
        {"Records": [{"eventSource": "aws:dynamodb", "dynamodb": {}}]},
    ],
)
def test_events_of_others_are_ignored(event: object):
    assert World().one(event) is Ignored.UNKNOWN_SOURCE


@pytest.mark.parametrize("entry_point", [EntryPoint.EVENTS, EntryPoint.DIRECT])
def test_an_event_that_names_no_source_is_no_services_event(entry_point: EntryPoint):
    event = samples.event("eventbridge.alarm.alarm")
    del event["source"]
    assert World().by(entry_point).one(event) is Ignored.UNKNOWN_SOURCE


@pytest.mark.parametrize("raw", [None, 3, True, [], ["x"], {}, {"hello": "world"}])
def test_what_is_no_event_at_all_is_malformed(raw: object):
    assert fault(raw).path == "$"


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("", "$"),
        ("not json", "$"),
        (b"\xff\xfe", "$"),
        ("[" * 100_000, "$"),
        ('{"n": ' + "9" * 5000 + "}", "$"),
        (sqs("not json"), "$.Records[0].body"),
        (sqs("{}", "x"), "$.Records[0].body"),
        (sqs(json.dumps(EVENT), "x"), "$.Records[1].body"),
        (sqs('{"Type": "Notification", "Message": "hello"}'), "$.Records[0].body.Message"),
        ({"Records": []}, "$.Records"),
        ({"Records": "x"}, "$.Records"),
        ({"Records": [None]}, "$.Records[0]"),
        ({"Records": [{}]}, "$.Records[0]"),
        ({"Records": [{"body": {}}]}, "$.Records[0].body"),
        ({"Records": [{"Sns": "x"}]}, "$.Records[0].Sns"),
        ({"Records": [{"Sns": {}}]}, "$.Records[0].Sns.Message"),
        ({"Records": [{"Sns": {"Message": "Hello from SNS!"}}]}, "$.Records[0].Sns.Message"),
        ({"Records": [{"Sns": {"Message": '{"message": "hello"}'}}]}, "$.Records[0].Sns.Message"),
        (EVENT | {"detail-type": 7}, "$.detail-type"),
        (EVENT | {"source": 7}, "$.source"),
        (EVENT | {"detail": "x"}, "$.detail"),
    ],
)
def test_a_fault_is_told_with_its_place(raw: object, path: str):
    assert fault(raw).path == path


def test_wrappings_without_end_are_refused():
    raw: object = EVENT
    for _ in range(20):
        raw = sqs(json.dumps(raw))
    assert "wrapped" in fault(raw).why
