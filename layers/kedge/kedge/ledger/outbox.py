"""What was gathered, written down as messages to be sent."""

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
"""Bytes of JSON that the incidents of all notices of a decision may take: the transaction holds state and incident, too."""

type Channels = tuple[ChannelName, ...]
type ChannelsOf = Mapping[str, Channels]

EVERYWHERE: Final[ChannelsOf] = {}
"""For receivers of whom nothing is said: every channel there is."""


def outbox(
    decision: Decision, channels: Channels, environment: str, now: datetime, of_receivers: ChannelsOf = EVERYWHERE
) -> tuple[Effect, ...]:
    """The effects of a decision that are to be performed now, one for each receiver and channel, named by what they are.

    `channels` are those that are configured, `of_receivers` those that each receiver listens to.
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
    """What of a decision is to be told later, one for each receiver."""
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
    """The effect by which the same receiver heard of the incident first, through the same channel; known by its id only."""
    revision = effect.first or effect.incident.told.get(effect.receiver, 1)
    return msgspec.structs.replace(effect, id=effect_id(effect.incident.id, revision, effect.receiver, effect.channel))


def _slim(incident: Incident) -> Incident:
    """What of an incident a line of a digest needs: ten thousand of them must be read at once."""
    problem = msgspec.structs.replace(incident.problem, worst=worst_first(incident.problem.worst)[:1])
    return msgspec.structs.replace(incident, problem=problem, sources=(), waiting={}, inhibits=())


def _that_fits(incident: Incident, room: int) -> Incident:
    """The incident with as many of its findings and features as there is room for; of what is ordinary, all."""
    if _size(incident) <= room:
        return incident
    worst, features = worst_first(incident.problem.worst), incident.features
    slim = msgspec.structs.replace(_slim(incident), features=())
    # The worst finding is told whatever it takes.
    left = room - _size(slim)
    kept = (*worst[:1], *_first(worst[1:], left // 2))
    features = tuple(_first(features, left // 2))
    return msgspec.structs.replace(slim, problem=msgspec.structs.replace(slim.problem, worst=kept), features=features)


def _first[T](many: tuple[T, ...], room: int) -> Iterator[T]:
    """As many as fit."""
    for each in many:
        room -= _size(each) + 1
        if room < 0:
            return
        yield each


def _size(what: object) -> int:
    return len(msgspec.json.encode(what))


def effect_id(incident: str, revision: int, receiver: str, channel: ChannelName) -> str:
    """The name of an effect: whoever sees it twice has seen it before."""
    return f"{incident}/{revision}/{receiver}/{channel}"


def effects_of(
    message: QueuedNotification, channels: Channels, of_receivers: ChannelsOf, now: datetime
) -> tuple[Effect, ...]:
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
