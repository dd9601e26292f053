"""Reads the messages to people, programs and chat back, and writes them to files.

An SNS mail cannot be read back from the emulator, so each topic also has a queue beside its real subscribers.
"""

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedge.domain.effect import ChannelName
from workbench import private
from workbench.local_sagemaker.world import Document
from workbench.local_stack.local_stack import LocalStack

CHANNELS = {str(channel): f"{channel.topic.title()}TopicArn" for channel in ChannelName}


def channels(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the topics of a deployment's channels, from its outputs. Chat is optional."""
    return {channel: outputs[name] for channel, name in CHANNELS.items() if name in outputs}


@dataclass(frozen=True, kw_only=True)
class Message:
    """One publication. `channel` is the name of its topic, `id` is SNS's, and filter policies see `attributes`."""

    id: str
    channel: str
    number: int
    subject: str
    body: str
    attributes: dict[str, str]
    sent: str


class Inbox:
    """Listens to topics from its creation on. `topics` maps a channel (`mail`, `programs`, `chat`) to a topic's ARN."""

    def __init__(self, stack: LocalStack, topics: Mapping[str, str]) -> None:
        self._sqs: Any = stack.client("sqs")
        self._queues: dict[str, str] = {}
        self.messages: list[Message] = []
        for channel, topic in topics.items():
            url = self._sqs.create_queue(QueueName=f"inbox-{channel}-{uuid.uuid4().hex[:8]}")["QueueUrl"]
            attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
            policy = _let_in(attributes["QueueArn"], topic)
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
            stack.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])
            self._queues[channel] = url

    @property
    def channels(self) -> set[str]:
        """Return the names of the topics it listens to."""
        return set(self._queues)

    def read(self) -> list[Message]:
        """Return the messages since the last read, in order of sending within each channel, and add them to `messages`."""
        new = [message for channel, url in self._queues.items() for message in self._read(channel, url)]
        self.messages += new
        return new

    def write(self, folder: Path) -> list[Path]:
        """Write every message so far as a file: `mail/001-<subject>.txt`, and for other channels `<channel>/001.json`."""
        return [write(message, folder) for message in self.messages]

    def _read(self, channel: str, url: str) -> list[Message]:
        notifications: list[Document] = []
        while True:
            received = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            if not received:
                break
            notifications += [json.loads(message["Body"]) for message in received]
            entries = [
                {"Id": str(place), "ReceiptHandle": message["ReceiptHandle"]} for place, message in enumerate(received)
            ]
            self._sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        notifications.sort(key=lambda notification: notification["Timestamp"])
        known = sum(message.channel == channel for message in self.messages)
        return [_message(channel, known + place, found) for place, found in enumerate(notifications, 1)]


def _let_in(queue: str, topic: str) -> Document:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


def _message(channel: str, number: int, notification: Document) -> Message:
    attributes = notification.get("MessageAttributes", {})
    return Message(
        id=notification["MessageId"],
        channel=channel,
        number=number,
        subject=notification.get("Subject") or "",
        body=notification["Message"],
        attributes={name: attribute["Value"] for name, attribute in attributes.items()},
        sent=notification["Timestamp"],
    )


def write(message: Message, folder: Path) -> Path:
    """Write a message below a folder, readable only by its owner, and return the file."""
    place = folder / message.channel
    private.make_folder(place)
    if message.channel != "mail":
        path = place / f"{message.number:03d}.json"
        private.write_text(path, _indented(message.body))
        return path
    path = place / f"{message.number:03d}-{_slug(message.subject)}.txt"
    private.write_text(path, f"Subject: {message.subject}\nDate: {message.sent}\n\n{message.body}\n")
    return path


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False) + "\n"
    except ValueError:
        return body


def _slug(subject: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", subject.lower()).strip("-")[:60] or "no-subject"
