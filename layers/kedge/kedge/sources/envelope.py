"""Splits batches, removes wrappings, and recognizes the shape of a delivery.

An alarm reaches Kedge in three shapes (EventBridge, SNS, direct Lambda action), each bare or inside an SQS body or an
SNS message. Shapes: docs/aws-behaviour.md.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from kedge.domain.signal import Ignored
from kedge.sources.json_path import JsonValue
from kedge.sources.timestamps import moment

# An SQS record holds a body, the body an SNS notification, its message an event: no sender wraps deeper.
_DEEPEST = 5
# Nearly every delivery has none of them, which one check shows.
_WRAPPINGS = frozenset(
    {"Records", "Sns", "body", "eventSource", "Type", "TopicArn", "Message", "requestContext", "requestPayload"}
)


class Shape(StrEnum):
    """The four shapes of a delivery."""

    EVENT = "EventBridge event"
    ALARM_MESSAGE = "alarm notification as SNS carries it"
    ALARM_ACTION = "direct Lambda action of an alarm"
    REQUEST = "a detector's own call"


class DeliveredBody(Struct, frozen=True):
    """One delivered item.

    `topic`, `message_id` and `published` are those of its wrapping (SNS, else SQS) if it has one.
    """

    shape: Shape
    root: JsonValue
    topic: str | None = None
    message_id: str | None = None
    published: datetime | None = None


def bodies(raw: object) -> tuple[object, ...]:
    """Return the records of a batch (SQS or SNS event), each to be read separately; anything else alone.

    A record keeps the wrapping of its body, which holds its time and message id. It also keeps its place in the batch,
    so that a fault in it names the right path.
    """
    if isinstance(raw, dict) and "Records" not in raw:
        return (raw,)
    return tuple(JsonValue(raw).at("Records").each()) or (raw,)


def deliveries(place: JsonValue, depth: int = 0) -> Iterator[DeliveredBody | Ignored]:
    """Yield everything in a raw delivery, in order.

    Raises:
        MalformedSignal: a part is not JSON or not a known shape; carries its JSON path.
    """
    root = place.parsed().must_be_object()
    if depth > _DEEPEST:
        raise root.fault(f"is wrapped more than {_DEEPEST} times; send the event itself")
    if isinstance(root.value, dict) and _WRAPPINGS.isdisjoint(root.value):
        yield _single(root)
    elif root.has("Records"):
        yield from _records(root.at("Records"), depth)
    elif root.has("Sns") or root.has("body") or root.has("eventSource"):
        yield from _record(root, depth)
    elif root.text("Type") and (root.has("TopicArn") or root.has("Message")):
        yield from _notification(root, depth)
    elif root.has("requestContext") and root.has("requestPayload"):
        # A direct call that failed, as Lambda puts it into the dead-letter queue; a redrive of the queue returns it.
        yield from deliveries(root.at("requestPayload"), depth + 1)
    else:
        yield _single(root)


def _single(root: JsonValue) -> DeliveredBody | Ignored:
    if root.has("alarmData"):
        return DeliveredBody(Shape.ALARM_ACTION, root)
    if root.has("detail-type"):
        return DeliveredBody(Shape.EVENT, root)
    if root.has("AlarmName") or root.has("NewStateValue"):
        return DeliveredBody(Shape.ALARM_MESSAGE, root)
    if any(root.has(key) for key in ("violationReport", "monitoringScheduleName")):
        return DeliveredBody(Shape.REQUEST, root)
    if root.has("source") and root.has("detail"):
        return Ignored.UNKNOWN_SOURCE
    raise root.fault(
        "is no event: it has neither detail-type, alarmData, AlarmName, Records nor monitoringScheduleName"
    )


def _records(records: JsonValue, depth: int) -> Iterator[DeliveredBody | Ignored]:
    found = list(records.each())
    if not found:
        raise records.fault("must be a list with at least one record in it")
    for record in found:
        yield from _record(record.must_be_object(), depth)


def _record(record: JsonValue, depth: int) -> Iterator[DeliveredBody | Ignored]:
    if record.has("Sns"):
        yield from _notification(record.at("Sns").must_be_object(), depth)
    elif record.has("body") or record.text("eventSource") == "aws:sqs":
        record.need("body", "the message's body")
        sent = moment(record.at("attributes", "SentTimestamp").value)
        for inner in deliveries(record.at("body"), depth + 1):
            yield _told_by(inner, None, record.text("messageId"), sent)
    elif record.has("eventSource"):
        yield Ignored.UNKNOWN_SOURCE
    else:
        raise record.fault("is no record of SQS (body) or SNS (Sns)")


def _notification(note: JsonValue, depth: int) -> Iterator[DeliveredBody | Ignored]:
    if note.text("Type") in {"SubscriptionConfirmation", "UnsubscribeConfirmation"}:
        yield Ignored.UNKNOWN_SOURCE
        return
    message = note.at("Message")
    if not isinstance(message.value, dict):
        note.need("Message", "the notification's text, a JSON object")
    published = moment(note.at("Timestamp").value)
    for inner in deliveries(message, depth + 1):
        yield _told_by(inner, note.text("TopicArn"), note.text("MessageId"), published)


def _told_by(
    inner: DeliveredBody | Ignored, topic: str | None, message_id: str | None, published: datetime | None
) -> DeliveredBody | Ignored:
    """Return a delivery with the knowledge of its wrapping; of two wrappings, the inner one is nearer to the source.

    The topic is the outer wrapping's: it delivered, and the inner one is a text that anyone may write.
    """
    if isinstance(inner, Ignored):
        return inner
    return DeliveredBody(
        inner.shape,
        inner.root,
        topic=topic or inner.topic,
        message_id=inner.message_id or message_id,
        published=inner.published or published,
    )
