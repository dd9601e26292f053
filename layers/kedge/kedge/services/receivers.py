"""Finds the receivers of the policy without a confirmed subscriber, and keeps them for dispatch."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, KedgeError
from kedge.ports.channels import Subscription, Subscriptions, SubscriptionStatus
from kedge.ports.storage import StoredDocument

if TYPE_CHECKING:
    from kedge.policy.compiled import Policy, Receiver
    # dispatch reads what was found, and loads no policy

NO_SUBSCRIBER: Final = "no confirmed subscriber"
"""The words of timelines for a message that a topic accepted and that no subscriber received."""

_BELIEVED: Final = timedelta(hours=3)
"""How long the result of a check is used. Reconcile checks once an hour."""

_CACHED: Final = timedelta(minutes=1)
"""How long dispatch uses what it has read: many messages cause one read a minute."""


class UnheardReceivers(Struct, frozen=True, kw_only=True):
    """The receivers without a confirmed subscriber, by channel, and the time of the check (UTC)."""

    at: datetime
    by_channel: dict[ChannelName, tuple[str, ...]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return each of the receivers once, in order."""
        return tuple(sorted({name for names in self.by_channel.values() for name in names}))


def checked_channels(receiver: "Receiver") -> tuple[ChannelName, ...]:
    """Return the channels of a receiver that must have a subscriber.

    Mail is one of them. The topic for programs has no subscriber by default, so it counts only if the policy names it
    for this receiver. The subscriber of the chat topic is a service of AWS.
    """
    named = receiver.channels if receiver.channels != tuple(ChannelName) else (ChannelName.MAIL,)
    return tuple(each for each in named if each is not ChannelName.CHAT)


def is_heard(subscriptions: tuple[Subscription, ...], receiver: str) -> bool:
    """Return whether a confirmed subscription can receive messages to a receiver."""
    return any(
        each.status is SubscriptionStatus.CONFIRMED and _accepts(each.filter_policy, receiver) for each in subscriptions
    )


def _accepts(filter_policy: str | None, receiver: str) -> bool:
    """Return whether a filter policy can accept messages to a receiver; True if Kedge cannot read it.

    Only its key `receiver` counts: other keys select some messages to the receiver.
    Source: SNS developer guide, "Filter policies: string value matching".
    """
    try:
        found = json.loads(filter_policy or "{}")
    except ValueError:
        return True
    wanted = found.get("receiver") if isinstance(found, dict) else None
    return not isinstance(wanted, list) or any(_matches(each, receiver) for each in wanted)


def _matches(condition: object, value: str) -> bool:
    match condition:
        case str():
            return condition == value
        case {"prefix": str(start)}:
            return value.startswith(start)
        case {"suffix": str(end)}:
            return value.endswith(end)
        case {"equals-ignore-case": str(name)}:
            return value.casefold() == name.casefold()
        case {"exists": bool(exists)}:
            return exists
        case {"anything-but": list() | str() | dict() as others}:
            return not any(_matches(each, value) for each in (others if isinstance(others, list) else [others]))
        case _:
            return True


class ReceiverCheck:
    """Compares the receivers of the policy with the subscriptions of the topics."""

    def __init__(
        self,
        policy: "Callable[[], Policy]",
        subscriptions: Mapping[ChannelName, Subscriptions],
        kept: StoredDocument,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. Dispatch reads the result from the item `kept`."""
        self._policy = policy
        self._subscriptions = subscriptions
        self._kept = kept
        self._clock = clock

    def look(self) -> UnheardReceivers:
        """Return the receivers without a confirmed subscriber, and keep them. Raises Transient or Permanent."""
        receivers = tuple(self._policy().receivers.values())
        by_channel = {name: tuple(self._unheard(name, receivers)) for name in self._subscriptions}
        found = UnheardReceivers(at=self._clock(), by_channel={name: them for name, them in by_channel.items() if them})
        _, version = self._kept.load()
        try:
            self._kept.keep(msgspec.json.encode(found).decode(), version)
        except Conflict:
            return found  # another round has kept what it found
        return found

    def _unheard(self, channel: ChannelName, receivers: "tuple[Receiver, ...]") -> Iterator[str]:
        names = [each.name for each in receivers if channel in checked_channels(each)]
        subscriptions = self._subscriptions[channel].every() if names else ()
        return (name for name in names if not is_heard(subscriptions, name))


class StoredAudience:
    """The result of the last check, as dispatch reads it."""

    def __init__(
        self, kept: StoredDocument, clock: Callable[[], datetime], failed: Callable[[KedgeError], None]
    ) -> None:
        """Keep the item, the clock (UTC) and `failed`, which is called if the item cannot be read."""
        self._kept = kept
        self._clock = clock
        self._failed = failed
        self._read_at: datetime | None = None
        self._known: UnheardReceivers | None = None

    def is_unheard(self, receiver: str, channel: ChannelName) -> bool:
        """Return whether a receiver has no confirmed subscriber in a channel; False if this is unknown. Never raises."""
        now = self._clock()
        if self._read_at is None or now - self._read_at >= _CACHED:
            self._read_at, self._known = now, self._load()
        known = self._known
        return known is not None and now - known.at < _BELIEVED and receiver in known.by_channel.get(channel, ())

    def _load(self) -> UnheardReceivers | None:
        try:
            text, _ = self._kept.load()
            return None if text is None else msgspec.json.decode(text, type=UnheardReceivers)
        except KedgeError as error:
            self._failed(error)
        except msgspec.DecodeError:
            return None  # of another release
        return None
