"""Reads the items of the table back into types."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.action import Action, ActionRecord, ActionRegister, Efficacy, Vote
from kedge.domain.context import Context, ContextRequest
from kedge.domain.decision import CaseState, Inhibits
from kedge.domain.ids import mark
from kedge.domain.incident import Incident
from kedge.domain.notification import GroupState, QueuedNotification, SendRate
from kedge.domain.remedy import RemedyName
from kedge.domain.run import MeasuredRun
from kedge.domain.silence import Silence
from kedge.domain.source_case import SourceCase
from kedge.ledger.delivery import Delivery
from kedge.ledger.items import Awaited, Item, ItemKind, Key, decode
from kedge.ledger.keys import group_key, is_of_round, pace_key, remedy_of
from kedge.ledger.known_endpoints import endpoint_of
from kedge.ledger.timeline import Entry
from kedge.ports.actions import VersionedAction
from kedge.ports.storage import VersionedContext


class IncidentHistory(Struct, frozen=True, kw_only=True):
    """Everything that is stored about an incident: its current state, its history, and its deliveries."""

    incident: Incident
    entries: tuple[Entry, ...]
    deliveries: tuple[Delivery, ...]


def state_of(item: Item) -> CaseState:
    """Return the state of a case. Raises Permanent if the item does not hold one."""
    return decode(item, CaseState)


def spoken_in(item: Item) -> SourceCase:
    """Return the case that a source last reported on. Raises Permanent if the item does not hold one."""
    return decode(item, SourceCase)


def delivery_of(item: Item) -> Delivery:
    """Return the delivery of an effect. Raises Permanent if the item does not hold one."""
    return decode(item, Delivery)


def measured_of(item: Item) -> MeasuredRun:
    """Return a run with its values. Raises Permanent if the item does not hold one."""
    return decode(item, MeasuredRun)


def incident_of(item: Item) -> Incident:
    """Return the current state of an incident. Raises Permanent if the item does not hold one."""
    return decode(item, Incident)


def notice_of(item: Item) -> QueuedNotification:
    """Return a pending notice. Raises Permanent if the item does not hold one."""
    return decode(item, QueuedNotification)


def silence_of(item: Item) -> Silence:
    """Return a silence. Raises Permanent if the item does not hold one."""
    return decode(item, Silence)


def action_of(item: Item) -> Action:
    """Return the current state of an action. Raises Permanent if the item does not hold one."""
    return decode(item, Action)


def held_in(item: Item, votes: Iterable[Item], register: ActionRegister) -> VersionedAction:
    """Return an action with its votes, as it was when the item was written.

    Votes within the item are believed only if an older release reserved the plan. Every function that moves a plan
    writes its item, and only approvals may say who approved it.

    Raises:
        Permanent: an item holds something else.
    """
    action = decode(item, Action)
    known = next((each for each in register.taken if each.digest == action.digest), None)
    written = action.votes if known is not None and not known.votes_apart else ()
    # One transaction writes a vote with its action. A vote newer than the item was read too late to belong to it.
    apart = (each for each in votes if each.version <= item.version and is_of_round(each.key, action.round))
    return VersionedAction(
        replace(action, votes=(*written, *(decode(each, Vote) for each in apart))), item.version, written
    )


def unfinished(register: ActionRegister) -> tuple[str, ...]:
    """Return the digests of the plans that have a place in a register and were not done."""
    return tuple(each.digest for each in register.taken if not each.stage.is_done)


def without_those_over(register: ActionRegister, actions: Iterable[Action]) -> ActionRegister:
    """Return a register without the plans that ended and were not done: a rejection does not write the register."""
    if not register.taken:
        return register
    over = {action.digest for action in actions if action.is_over and not action.stage.is_done}
    return replace(register, taken=tuple(each for each in register.taken if not _is_free(each, over)))


def _is_free(taken: ActionRecord, over: set[str]) -> bool:
    return not taken.stage.is_done and taken.digest in over


def register_in(items: Iterable[Item]) -> tuple[ActionRegister, int]:
    """Return the register among the items, with the known endpoints, and its version (0 for none).

    Raises:
        Permanent: the register cannot be read.
    """
    register, version, endpoints = ActionRegister(), 0, []
    for item in items:
        if item.kind is ItemKind.REGISTER:
            register, version = decode(item, ActionRegister), item.version
        elif item.kind is ItemKind.ENDPOINT:
            endpoints.append(mark(endpoint_of(item.key)))
    return replace(register, endpoints=tuple(dict.fromkeys(endpoints))), version


def efficacies_in(items: Iterable[Item]) -> dict[RemedyName, Efficacy]:
    """Return how well each remedy has worked, without unknown remedies. Raises Permanent."""
    known = ((remedy_of(item.key), item) for item in items)
    return {remedy: decode(item, Efficacy) for remedy, item in known if remedy is not None}


def awaited_of(item: Item) -> Awaited:
    """Return which action waits. Raises Permanent if the item does not hold it."""
    return decode(item, Awaited)


def story_of(items: tuple[Item, ...]) -> IncidentHistory | None:
    """Return the story in an incident's partition, in the order of its records; None for an empty partition."""
    incident = next((incident_of(item) for item in items if item.kind is ItemKind.INCIDENT), None)
    if incident is None:
        return None
    entries = sorted(
        (decode(item, Entry) for item in items if item.kind is ItemKind.ENTRY), key=lambda entry: entry.recorded
    )
    deliveries = tuple(delivery_of(item) for item in items if item.kind is ItemKind.DELIVERY)
    return IncidentHistory(incident=incident, entries=tuple(entries), deliveries=deliveries)


def memories_asked(asks: ContextRequest) -> tuple[Key, ...]:
    """Return the keys of the recent messages to the receivers and groups in `asks`."""
    return (*map(pace_key, asks.receivers), *map(group_key, asks.groups))


def context_of(
    asks: ContextRequest,
    silences: Iterable[Item],
    memories: Mapping[Key, Item],
    inhibitions: Mapping[str, Iterable[Item]],
) -> VersionedContext:
    """Return the context of a case from their items. Raises Permanent if an item cannot be read."""
    paces = {name: item for name in asks.receivers if (item := memories.get(pace_key(name))) is not None}
    groups = {name: item for name in asks.groups if (item := memories.get(group_key(name))) is not None}
    context = Context(
        silences=tuple(map(silence_of, silences)),
        inhibitors={
            key: tuple(decode(item, Inhibits).incident for item in items) for key, items in inhibitions.items()
        },
        paces={name: decode(item, SendRate) for name, item in paces.items()},
        groups={name: decode(item, GroupState) for name, item in groups.items()},
    )
    return VersionedContext(
        context=context,
        paces={name: item.version for name, item in paces.items()},
        groups={name: item.version for name, item in groups.items()},
    )
