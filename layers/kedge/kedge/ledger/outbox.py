"""Turns gathered notices into messages to send."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.decision import Decision, Notify, Queued
from kedge.domain.effect import ChannelName, Effect
from kedge.domain.finding import worst_first
from kedge.domain.incident import Incident
from kedge.domain.notification import IncidentSummary, QueuedNotification

_ROOM: Final = 2_500_000
"""The maximum bytes of JSON for the incidents in a decision's notices; the transaction holds other items, too."""

type Channels = tuple[ChannelName, ...]
type ChannelsOf = Mapping[str, Channels]

EVERYWHERE: Final[ChannelsOf] = {}
"""The channels of a receiver without its own list: all channels."""


def outbox(
    decision: Decision, channels: Channels, environment: str, now: datetime, of_receivers: ChannelsOf = EVERYWHERE
) -> tuple[Effect, ...]:
    """Return the effects of a decision to perform now, one per receiver and channel, named by their content.

    `channels` are the configured ones. `of_receivers` are the channels of each receiver.
    """
    incident = decision.incident
    if incident is None:
        return ()
    return tuple(
        Effect(
            id=effect_id(incident.id, incident.revision, notify.receiver, channel),
            channel=channel,
            receiver=notify.receiver,
            why=notify.why,
            incident=incident,
            because=decision.because,
            policy=decision.policy,
            at=now,
            environment=environment,
            first=notify.first,
        )
        for notify in decision.effects
        if isinstance(notify, Notify)
        for channel in channels
        if channel in of_receivers.get(notify.receiver, channels)
    )


def notices(decision: Decision, environment: str) -> tuple[QueuedNotification, ...]:
    """Return the notices of a decision for later, one per receiver."""
    incident = decision.incident
    later = [effect for effect in decision.effects if isinstance(effect, Queued)]
    if incident is None or not later:
        return ()
    whole = _that_fits(incident, _ROOM // len(later))
    slim = _slim(incident) if any(gathered.digest for gathered in later) else whole
    return tuple(
        QueuedNotification(
            id=f"{incident.id}/{incident.revision}/{gathered.receiver}",
            receiver=gathered.receiver,
            group=gathered.group,
            due=gathered.due,
            why=gathered.why,
            because=decision.because,
            policy=decision.policy,
            briefs=(IncidentSummary.of(incident, gathered.why, gathered.receiver),),
            environment=environment,
            digest=gathered.digest,
            first=gathered.first,
            said=decision.said,
            incident=slim if gathered.digest else whole,
        )
        for gathered in later
    )


def first_of(effect: Effect) -> Effect:
    """Return the effect that first notified the same receiver of the incident through this channel, by its id only."""
    revision = effect.first or effect.incident.told.get(effect.receiver, 1)
    return msgspec.structs.replace(effect, id=effect_id(effect.incident.id, revision, effect.receiver, effect.channel))


def _slim(incident: Incident) -> Incident:
    """Return the parts of an incident that a line of a digest needs: 10,000 of them must be read at once."""
    problem = msgspec.structs.replace(incident.problem, worst=worst_first(incident.problem.worst)[:1])
    return msgspec.structs.replace(incident, problem=problem, sources=(), waiting={}, inhibits=())


def _that_fits(incident: Incident, room: int) -> Incident:
    """Return the incident with as many findings and features as fit; usually all of them."""
    if _size(incident) <= room:
        return incident
    worst, features = worst_first(incident.problem.worst), incident.features
    slim = msgspec.structs.replace(_slim(incident), features=())
    # The worst finding is always included, even if it is large.
    left = room - _size(slim)
    kept = (*worst[:1], *_first(worst[1:], left // 2))
    features = tuple(_first(features, left // 2))
    return msgspec.structs.replace(slim, problem=msgspec.structs.replace(slim.problem, worst=kept), features=features)


def _first[T](many: tuple[T, ...], room: int) -> Iterator[T]:
    """Yield the first items that fit."""
    for each in many:
        room -= _size(each) + 1
        if room < 0:
            return
        yield each


def _size(what: object) -> int:
    return len(msgspec.json.encode(what))


def effect_id(incident: str, revision: int, receiver: str, channel: ChannelName) -> str:
    """Return the name of an effect, which identifies repetitions."""
    return f"{incident}/{revision}/{receiver}/{channel}"


def effects_of(
    message: QueuedNotification, channels: Channels, of_receivers: ChannelsOf, now: datetime
) -> tuple[Effect, ...]:
    """Return the effects of a message, one per channel, named by its first incident.

    `channels` are the configured ones. `of_receivers` are the channels of each receiver. A message about one incident
    lists no incidents, and is handled alike.
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
