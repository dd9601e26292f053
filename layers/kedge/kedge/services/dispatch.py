"""Performs the outbox: effects, which are claimed, written, sent and recorded, and workflow requests of remedies."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from kedge.domain.action import WorkflowRequest
from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName, Effect, Heartbeat
from kedge.domain.errors import Busy, MalformedSignal, Permanent, Transient
from kedge.ledger.items import effect_of, heartbeat_of, workflow_request_of
from kedge.ledger.outbox import first_of
from kedge.messages import write
from kedge.ports.channels import Audience, Channels, KnownAudience
from kedge.ports.storage import Deliveries
from kedge.services.receivers import NO_SUBSCRIBER
from kedge.services.workflow.start import WorkflowStarter

LEASE_SECONDS: Final = 60
"""Longer than the function may run (30 s), so that a worker who lost a claim has ended.

Shorter than the queue hides a message (180 s), so that a crash costs one try and not two.
"""


_NOBODY: Final = f"accepted, {NO_SUBSCRIBER}: confirm the subscription of the topic"


class Performed(StrEnum):
    """The result of an effect."""

    SENT = "sent"
    KNOWN = "known"  # it was sent before: a repetition
    RUN = "run"  # a workflow was started or woken
    UNHEARD = "unheard"  # it was sent, but the topic has no subscriber
    ACCEPTED = "accepted"  # it was sent, but its receiver has no confirmed subscriber
    BEAT = "beat"  # a heartbeat that went the whole ring round


class Dispatch:
    """The second half of the ring: it takes an effect, sends its message, and records the delivery."""

    def __init__(
        self,
        deliveries: Deliveries,
        channels: Channels,
        runbook_url: str,
        clock: Callable[[], datetime],
        workflow_starter: WorkflowStarter,
        audience: Audience,
        receivers: KnownAudience,
    ) -> None:
        """Connect the ports. `channels` are the configured ones, by ChannelName; `runbook_url` may be empty.

        `workflow_starter` runs workflow requests, and `audience` is that of the mails. `receivers` are those that a
        check found without a confirmed subscriber.
        """
        self._deliveries = deliveries
        self._channels = channels
        self._runbook_url = runbook_url
        self._clock = clock
        self._workflow_starter = workflow_starter
        self._audience = audience
        self._receivers = receivers

    def perform(self, body: str, *, last: bool) -> Performed:
        """Perform the content of an outbox body. `last` says that the queue will not deliver it again.

        If the last try fails, the timeline records that the message was not sent.

        Raises:
            MalformedSignal: the body is neither an effect nor a workflow request.
            Busy: another worker performs it, or it would overtake the message that it ends.
            Transient: it could not be sent now.
            Permanent: it could not be sent.
        """
        effect = _read(body)
        if isinstance(effect, Heartbeat):
            return Performed.BEAT
        if not isinstance(effect, Effect):
            # If it fails permanently, the incident itself reports in time that its remedy has no result.
            return Performed.RUN if self._workflow_starter.run(effect) else Performed.KNOWN
        if effect.why is Reason.RESOLVED and not last and self._deliveries.failed_so_far(first_of(effect)):
            # In the other order, the last message would say that a resolved incident fires.
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
        unheard = self._receivers.is_unheard(effect.receiver, effect.channel)
        self._deliveries.delivered(effect, message_id, self._clock(), NO_SUBSCRIBER if unheard else None)
        return Performed.ACCEPTED if unheard else Performed.SENT

    def _send(self, effect: Effect) -> str:
        channel = self._channels.get(effect.channel)
        if channel is None:
            raise Permanent(f"the channel {effect.channel} is not configured")
        return channel.send(write(effect, self._runbook_url))


def _read(body: str) -> Effect | WorkflowRequest | Heartbeat:
    try:
        if (heartbeat := heartbeat_of(body)) is not None:
            return heartbeat
        workflow_request = workflow_request_of(body)
        return effect_of(body) if workflow_request is None else workflow_request
    except msgspec.DecodeError as error:
        why, _, path = str(error).partition(" - at ")
        raise MalformedSignal(path.strip("`") or "$", f"is nothing that can be performed: {why}") from error
