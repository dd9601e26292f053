"""Mail that leaves at a pace."""

from kedge.adapters.messaging.topics import RateLimitedChannel
from kedge.ports.channels import Message
from tests.fakes.channels import MemoryChannel


def test_a_message_waits_before_it_is_sent_and_not_after():
    mail, waited = MemoryChannel(), []

    def sleep(seconds):
        waited.append((seconds, len(mail.sent)))

    paced = RateLimitedChannel(mail, 0.25, sleep)
    ids = [paced.send(Message(body=body)) for body in ("one", "two")]
    assert waited == [(0.25, 0), (0.25, 1)]
    assert [message.body for message in mail.sent] == ["one", "two"]
    assert len(set(ids)) == 2
