"""What a decision wants done, written down so that nothing of it can be lost."""

from datetime import datetime

import msgspec

from kedge.domain.decision import Decision
from kedge.domain.effect import ChannelName, Effect


def outbox(
    decision: Decision, channels: tuple[ChannelName, ...], policy: str, environment: str, now: datetime
) -> tuple[Effect, ...]:
    """The effects of a decision, one for each receiver and channel, named by what they are."""
    incident = decision.incident
    if incident is None:
        return ()
    return tuple(
        Effect(
            id=_id(incident.id, incident.revision, notify.receiver, channel),
            channel=channel,
            receiver=notify.receiver,
            why=notify.why,
            incident=incident,
            because=decision.because,
            policy=policy,
            at=now,
            environment=environment,
        )
        for notify in decision.effects
        for channel in channels
    )


def first_of(effect: Effect) -> Effect:
    """The effect by which the same receiver heard of the incident first, through the same channel; known by its id only."""
    return msgspec.structs.replace(effect, id=_id(effect.incident.id, 1, effect.receiver, effect.channel))


def _id(incident: str, revision: int, receiver: str, channel: ChannelName) -> str:
    return f"{incident}/{revision}/{receiver}/{channel}"
