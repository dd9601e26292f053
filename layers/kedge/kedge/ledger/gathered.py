"""What was gathered, written down as messages to be sent."""

from datetime import datetime

from kedge.domain.effect import Effect
from kedge.domain.notification import Notice
from kedge.ledger.outbox import Channels, ChannelsOf, effect_id


def effects_of(message: Notice, channels: Channels, of_receivers: ChannelsOf, now: datetime) -> tuple[Effect, ...]:
    """The effects of a message, one for each channel, named by the incident that it tells of first.

    `channels` are those that are configured, `of_receivers` those that each receiver listens to. A message about one
    incident is like any other: it lists none.
    """
    alone = len(message.briefs) == 1 and not message.tally.incidents
    incident = message.incident
    return tuple(
        Effect(
            id=effect_id(incident.id, incident.revision, message.receiver, channel),
            channel=channel,
            receiver=message.receiver,
            why=message.briefs[0].why if alone else message.why,
            incident=incident,
            because=message.because,
            policy=message.policy,
            at=now,
            environment=message.environment,
            first=message.first if alone else None,
            briefs=() if alone else message.briefs,
            tally=message.tally,
        )
        for channel in channels
        if channel in of_receivers.get(message.receiver, channels)
    )
