"""Performs what the outbox holds: effects, which are claimed, written, sent and recorded, and errands for the workflows of remedies."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from kedge.domain.action import WorkflowRequest
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName, Effect, Heartbeat
from kedge.domain.errors import Busy, MalformedSignal, Permanent, Transient
from kedge.ledger.items import effect_of, errand_of, heartbeat_of
from kedge.ledger.outbox import first_of
from kedge.messages import write
from kedge.ports.channels import Audience, Channels
from kedge.ports.storage import Deliveries
from kedge.services.workflow.start import WorkflowStarter

LEASE_SECONDS: Final = 60
"""Longer than the function may run (30 s), so that nobody who lost a claim is still at it; shorter than the queue hides
a message (180 s), so that a crash costs one try and not two."""


_NOBODY: Final = "SNS took the message, but no subscriber of the topic has confirmed: confirm the subscription"


class Performed(StrEnum):
    """What came of an effect."""

    SENT = "sent"
    KNOWN = "known"  # it was sent before: a repetition
    RUN = "run"  # an errand: a workflow was started or woken
    UNHEARD = "unheard"  # it was sent, and nobody is there who could have heard it
    BEAT = "beat"  # a heartbeat, which went the whole ring round


class Dispatch:
    """The second half of the ring: an effect in, somebody told, the delivery recorded."""

    def __init__(
        self,
        deliveries: Deliveries,
        channels: Channels,
        runbook_url: str,
        clock: Callable[[], datetime],
        errands: WorkflowStarter,
        audience: Audience,
    ) -> None:
        """`channels` are those that are configured, by ChannelName; `runbook_url` may be empty; `errands` runs what is no message.

        `audience` is that of the mails.
        """
        self._deliveries = deliveries
        self._channels = channels
        self._runbook_url = runbook_url
        self._clock = clock
        self._errands = errands
        self._audience = audience

    def perform(self, body: str, *, last: bool) -> Performed:
        """Perform what a body of the outbox describes. `last` tells that the queue will not offer it again.

        Raises MalformedSignal where the body is neither effect nor errand, Busy while somebody else performs it or while it would overtake
        the message that it ends, Transient and Permanent where it could not be sent; of the last try, the timeline then
        tells that it was not.
        """
        effect = _read(body)
        if isinstance(effect, Heartbeat):
            return Performed.BEAT
        if not isinstance(effect, Effect):
            # Where it fails for good, the incident itself says in time that nothing was heard of its remedy.
            return Performed.RUN if self._errands.run(effect) else Performed.KNOWN
        if effect.why is Reason.RESOLVED and not last and self._deliveries.failed_so_far(first_of(effect)):
            # Told the other way round, the last that people hear is that something fires which is long over.
            raise Busy(f"{effect.id} waits for the message that the incident began")
        if self._deliveries.claim(effect, self._clock(), LEASE_SECONDS).done:
            return Performed.KNOWN
        try:
            message_id = self._send(effect)
        except (Transient, Permanent) as error:
            self._deliveries.failed(effect, str(error), self._clock(), final=last)
            raise
        if effect.channel is ChannelName.MAIL and not self._audience.listens():
            self._deliveries.failed(effect, _NOBODY, self._clock(), final=True)
            return Performed.UNHEARD
        # A crash here repeats the message, with the same effect id; recording before sending would lose it.
        self._deliveries.delivered(effect, message_id, self._clock())
        return Performed.SENT

    def _send(self, effect: Effect) -> str:
        channel = self._channels.get(effect.channel)
        if channel is None:
            raise Permanent(f"the channel {effect.channel} is not configured")
        return channel.send(write(effect, self._runbook_url))


def _read(body: str) -> Effect | WorkflowRequest | Heartbeat:
    try:
        if (heartbeat := heartbeat_of(body)) is not None:
            return heartbeat
        errand = errand_of(body)
        return effect_of(body) if errand is None else errand
    except msgspec.DecodeError as error:
        why, _, path = str(error).partition(" - at ")
        raise MalformedSignal(path.strip("`") or "$", f"is nothing that can be performed: {why}") from error
