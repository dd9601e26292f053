"""The items of the table and their keys.

    pk                          sk                        kind        body                listed           at     kept
    CASE#<target>#<monitor>     STATE                     case        CaseState           due              due    permanent
    CASE#<source>#Speaker       SPOKEN#<part>             spoken      SourceCase                                  400 days after the write
    INCIDENT#<incident>         INCIDENT                  incident    Incident            incident/<open>  since  permanent
    INCIDENT#<incident>         ENTRY#<revision>#…        entry       Entry                                       permanent
    INCIDENT#<incident>         DELIVERY#<effect>         delivery    Delivery                                    permanent
    EFFECT#<effect>             EFFECT                    effect      Effect              effect           made   30 days
    EFFECT#start/<plan>/<made>  EFFECT                    effect      StartWorkflow                               30 days
    EFFECT#wake/<wake>          EFFECT                    effect      WakeWorkflow                                30 days
    EFFECT#heartbeat/<event>    EFFECT                    effect      Heartbeat                                   1 day
    NOTICES#<receiver>          <notice>#<what it holds>  notice      QueuedNotification  notice           due    until it is sent
    RECEIVER#<receiver>         PACE                      pace        SendRate                                    permanent
    GROUP#<group>               GROUP                     group       GroupState                                  1 week
    INHIBITION#<key>            <incident>                inhibition  Inhibits                                    90 days, or until released
    POLICY                      KEPT                      policy      KeptDocument                                permanent
    MONITORS                    KEPT                      monitors    KeptDocument                                permanent
    MONITORS                    SENT                      monitors    (moments by monitor)                        permanent
    WATCH                       PROGRESS                  watch       WatchState                                  permanent
    WATCH                       WATCHDOG                  watch       WatchdogState                               permanent
    AUDIENCE                    UNHEARD                   audience    UnheardReceivers                            permanent
    SILENCES                    SILENCE#<silence>         silence     Silence                                     30 days after its end
    ACTION#<digest>             ACTION                    action      Action              action/open      made   permanent
    ACTION#<digest>             TOKEN#<wait>              token       (a token)                                   2 days longer than valid
    VOTES#<digest>              <round>#<number>          vote        Vote                                        permanent
    REGISTER#<region>           REGISTER                  register    ActionRegister                              permanent
    ENDPOINTS#<region>          ENDPOINT#<endpoint>       endpoint    (nothing)                                   90 days after the last signal
    EFFICACY#<target>           <remedy>                  efficacy    Efficacy                                    permanent
    AWAITED#<name>              <digest>                  awaited     Awaited                                     90 days, or until received
    RUNS#<target>#<monitor>     <end of window>#<source>  run         MeasuredRun                                 90 days

One Query of `INCIDENT#<incident>` returns its whole story; `<region>` is `<account>/<region>`.

IAM separates partitions, and nothing within one: a partition holds what the same functions may write
(docs/security.md). Older releases stored endpoints in the partition of the register, and votes in the body of their
action; both are still read.

Every `body` is JSON, and every item has a `version` that counts its writes. Items with `listed` and `at` (a moment, UTC,
as text that sorts) are in the index `ByTime`, which holds keys only. A body may be 100 times their size. The index lags
behind, so a caller reads the item again before it acts on it.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import WorkflowRequest
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.errors import Permanent

INDEX: Final = "ByTime"
"""The index of listed items: `listed` is its hash key, `at` its range key."""


class ItemKind(StrEnum):
    """The kind of an item."""

    CASE = "case"
    INCIDENT = "incident"
    ENTRY = "entry"
    EFFECT = "effect"
    DELIVERY = "delivery"
    NOTICE = "notice"
    PACE = "pace"
    GROUP = "group"
    INHIBITION = "inhibition"
    SILENCE = "silence"
    POLICY = "policy"
    MONITORS = "monitors"
    AUDIENCE = "audience"
    ACTION = "action"
    TOKEN = "token"  # noqa: S105  a word for what it is
    VOTE = "vote"
    REGISTER = "register"
    ENDPOINT = "endpoint"
    EFFICACY = "efficacy"
    AWAITED = "awaited"
    SPOKEN = "spoken"
    RUN = "run"
    WATCH = "watch"


class Listing(StrEnum):
    """The lists of the index, each ordered by time."""

    DUE = "due"
    NOTICE = "notice"
    EFFECT = "effect"
    OPEN = "incident/open"
    RESOLVED = "incident/resolved"
    ACTION = "action/open"


class Key(Struct, frozen=True, order=True):
    """The key of an item."""

    pk: str
    sk: str


class Listed(Struct, frozen=True):
    """An item's entry in the index."""

    under: Listing
    at: datetime


class Item(Struct, frozen=True, kw_only=True):
    """One item. `expires_at` is in seconds since 1970, None if it is kept until it is deleted."""

    key: Key
    kind: ItemKind
    version: int
    body: str
    expires_at: int | None = None
    listed: Listed | None = None


class Write(Struct, frozen=True, kw_only=True):
    """An item to put if the stored one has the version `over`: 0 for no item, None for any version.

    With `newest`, it replaces any item except one with a higher version.
    """

    item: Item
    over: int | None = None
    newest: bool = False

    @property
    def key(self) -> Key:
        """Return the key that it writes to."""
        return self.item.key


class Delete(Struct, frozen=True, kw_only=True):
    """An item to delete. With `must_exist`, a missing item means that another worker was first."""

    key: Key
    must_exist: bool = False


type Change = Write | Delete


def size_of(change: Change) -> int:
    """Return the bytes of keys and body in a change. A deleted item was counted when it was written."""
    keys = len(change.key.pk.encode()) + len(change.key.sk.encode())
    return keys if isinstance(change, Delete) else keys + len(change.item.body.encode())


def stamp(at: datetime) -> str:
    """Return a moment as text that sorts by time."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return f"{utc.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def moment(text: str) -> datetime:
    """Return the moment that `stamp` wrote."""
    return datetime.fromisoformat(text)


def encode(value: Struct) -> str:
    """Return the body of a value."""
    text = msgspec.json.encode(value).decode()
    # SQS refuses these two characters. They occur only inside JSON strings, and an escape means the same there.
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def decode[T](item: Item, what: type[T]) -> T:
    """Return the content of an item's body. Raises Permanent if it holds something else."""
    try:
        return msgspec.json.decode(item.body, type=what)
    except msgspec.DecodeError as error:
        raise Permanent(f"the item {item.key.pk} {item.key.sk} cannot be read: {error}") from error


def effect_of(body: str | bytes) -> Effect:
    """Return the effect in a body of the outbox. Raises msgspec.DecodeError if it does not hold one."""
    return msgspec.json.decode(body, type=Effect)


_HEARTBEAT: Final = "heartbeat"


class _Tagged(Struct, frozen=True):
    """The field that separates the bodies of the outbox: an effect has no `kind`."""

    kind: str = ""


def heartbeat_of(body: str | bytes) -> Heartbeat | None:
    """Return the heartbeat in a body of the outbox; None if it holds something else.

    Raises:
        msgspec.DecodeError: the body is not a JSON object.
    """
    is_one = msgspec.json.decode(body, type=_Tagged).kind == _HEARTBEAT
    return msgspec.json.decode(body, type=Heartbeat) if is_one else None


def workflow_request_of(body: str | bytes) -> WorkflowRequest | None:
    """Return the workflow request in a body of the outbox; None if it holds an effect or an unknown kind.

    Raises:
        msgspec.DecodeError: the body is not a JSON object, or its workflow request is of an unknown form.
    """
    return msgspec.json.decode(body, type=WorkflowRequest) if msgspec.json.decode(body, type=_Tagged).kind else None


class Awaited(Struct, frozen=True, kw_only=True):
    """The entry of an action that waits, and since when."""

    digest: str
    since: datetime


def newest(waiting: Iterable[Awaited]) -> str | None:
    """Return the digest of the action that began to wait last, or None.

    One action at a time acts on a target. If a crash left an older one behind, the newer one must continue.
    """
    last = max(waiting, key=lambda each: (each.since, each.digest), default=None)
    return None if last is None else last.digest
