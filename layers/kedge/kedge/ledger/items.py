"""The items of the table: what Kedge remembers, and under which key.

    pk                        sk                       kind        body       listed           at     lives
    CASE#<target>#<monitor>   STATE                    case        State      due              due    for ever
    CASE#<source>#Speaker     SPOKEN#<part>            spoken      Spoken                             400 days after it was kept
    INCIDENT#<incident>       INCIDENT                 incident    Incident   incident/<open>  since  for ever
    INCIDENT#<incident>       ENTRY#<revision>#…       entry       Entry                              for ever
    INCIDENT#<incident>       DELIVERY#<effect>        delivery    Delivery                           for ever
    EFFECT#<effect>           EFFECT                   effect      Effect                             30 days
    EFFECT#start/<plan>/<made> EFFECT                  effect      Start                              30 days
    EFFECT#wake/<wake>        EFFECT                   effect      Wake                               30 days
    EFFECT#heartbeat/<event>  EFFECT                   effect      Heartbeat                          a day
    NOTICES#<receiver>        <notice>#<what it holds> notice      Notice     notice           due    until it is told
    RECEIVER#<receiver>       PACE                     pace        Pace                               for ever
    GROUP#<group>             GROUP                    group       Group                              a week
    INHIBITION#<key>          <incident>               inhibition  Inhibits                           90 days, or until freed
    POLICY                    KEPT                     policy      KeptPolicy                         for ever
    SILENCES                  SILENCE#<silence>        silence     Silence                            30 days after its end
    ACTION#<digest>           ACTION                   action      Action     action/open      made   for ever
    ACTION#<digest>           TOKEN#<wait>             token       (a token)                          2 days longer than it may be needed
    VOTES#<digest>            <round>#<number>         vote        Vote                               for ever
    REGISTER#<region>         REGISTER                 register    Register                           for ever
    ENDPOINTS#<region>        ENDPOINT#<endpoint>      endpoint    (nothing)                          90 days after it was heard of
    EFFICACY#<target>         <remedy>                 efficacy    Efficacy                           for ever
    AWAITED#<name>            <digest>                 awaited     Awaited                            90 days, or until it came
    RUNS#<target>#<monitor>   <end of window>#<source> run         Measured                           90 days

One Query of `INCIDENT#<incident>` is its whole story; `<region>` is `<account>/<region>`. IAM tells partitions apart, and nothing
within one: a partition holds what the same functions may write (docs/security.md). Older releases kept endpoints in the partition of
the register, and votes in the body of their action; both are still read. Every `body` is JSON, every item has a `version` that counts its
writes. Items with `listed` and `at` (a moment, UTC, as text that sorts) stand in the index `ByTime`, which holds keys only:
a body may be a hundred times their size, and whoever found an item there must read it anew before acting on it anyway,
because the index lags behind.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import WorkflowRequest
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.errors import Permanent

INDEX: Final = "ByTime"
"""The index of what is listed: `listed` is its hash key, `at` its range key."""


class ItemKind(StrEnum):
    """What an item is."""

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
    ACTION = "action"
    TOKEN = "token"  # noqa: S105  a word for what it is
    VOTE = "vote"
    REGISTER = "register"
    ENDPOINT = "endpoint"
    EFFICACY = "efficacy"
    AWAITED = "awaited"
    SPOKEN = "spoken"
    RUN = "run"


class Listing(StrEnum):
    """What the index lists, each in the order of time."""

    DUE = "due"
    NOTICE = "notice"
    OPEN = "incident/open"
    RESOLVED = "incident/resolved"
    ACTION = "action/open"


class Key(Struct, frozen=True, order=True):
    """Where an item lies."""

    pk: str
    sk: str


class Listed(Struct, frozen=True):
    """Where the index lists an item."""

    under: Listing
    at: datetime


class Item(Struct, frozen=True, kw_only=True):
    """One item. `expires_at` is in seconds since 1970, None for what is kept until it is deleted."""

    key: Key
    kind: ItemKind
    version: int
    body: str
    expires_at: int | None = None
    listed: Listed | None = None


class Write(Struct, frozen=True, kw_only=True):
    """An item to put, if what is there has the version `over`: 0 where there must be nothing, None whatever is there.

    Where `newest`, whatever is there unless its version is higher.
    """

    item: Item
    over: int | None = None
    newest: bool = False

    @property
    def key(self) -> Key:
        """Where it writes."""
        return self.item.key


class Delete(Struct, frozen=True, kw_only=True):
    """An item to take away. Where `must_exist`, not finding it means that somebody else was first."""

    key: Key
    must_exist: bool = False


type Change = Write | Delete


def size_of(change: Change) -> int:
    """Return how many bytes of keys and body a change holds. What is taken away was counted when it was written."""
    keys = len(change.key.pk.encode()) + len(change.key.sk.encode())
    return keys if isinstance(change, Delete) else keys + len(change.item.body.encode())


def stamp(at: datetime) -> str:
    """A moment as text that sorts like the moments do."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def moment(text: str) -> datetime:
    """The moment that `stamp` wrote."""
    return datetime.fromisoformat(text)


def encode(value: Struct) -> str:
    """A body."""
    text = msgspec.json.encode(value).decode()
    # SQS refuses these two characters; inside a JSON string, and they are nowhere else, an escape says the same.
    return text.replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")


def decode[T](item: Item, what: type[T]) -> T:
    """What the body of an item holds. Raises Permanent where it holds something else."""
    try:
        return msgspec.json.decode(item.body, type=what)
    except msgspec.DecodeError as error:
        raise Permanent(f"the item {item.key.pk} {item.key.sk} cannot be read: {error}") from error


def effect_of(body: str | bytes) -> Effect:
    """The effect that a body of the outbox holds. Raises msgspec.DecodeError where it holds none."""
    return msgspec.json.decode(body, type=Effect)


_HEARTBEAT: Final = "heartbeat"


class _Tagged(Struct, frozen=True):
    """What tells the bodies of the outbox apart: an effect has no `kind`."""

    kind: str = ""


def heartbeat_of(body: str | bytes) -> Heartbeat | None:
    """The heartbeat that a body of the outbox holds, None where it holds something else. Raises msgspec.DecodeError for what is no JSON object."""
    is_one = msgspec.json.decode(body, type=_Tagged).kind == _HEARTBEAT
    return msgspec.json.decode(body, type=Heartbeat) if is_one else None


def errand_of(body: str | bytes) -> WorkflowRequest | None:
    """The errand that a body of the outbox holds, None where it holds something else: an effect, or nothing that is known.

    Raises msgspec.DecodeError where it is no JSON object, or says that it is an errand and is none that is known here.
    """
    return msgspec.json.decode(body, type=WorkflowRequest) if msgspec.json.decode(body, type=_Tagged).kind else None
