"""Everything that is stored, sent or printed as JSON, encoded once. `python -m tests.contracts.wire` writes the file anew.

A name that leaks into the table, a message or a program's output is part of the contract with older releases and with
readers.
"""

import json
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from kedge.domain.action import Action, ActionRegister, Efficacy, RemedyStatus, StartWorkflow, Vote, WakeWorkflow
from kedge.domain.decision import CaseState, Inhibits
from kedge.domain.effect import Effect, Heartbeat
from kedge.domain.incident import Incident
from kedge.domain.notification import GroupState, QueuedNotification, SendRate
from kedge.domain.plan import PlanAction
from kedge.domain.run import MeasuredRun
from kedge.domain.silence import Silence
from kedge.domain.source_case import SourceCase
from kedge.ledger.delivery import Delivery
from kedge.ledger.items import Awaited
from kedge.ledger.timeline import Entry
from kedge.messages import chat
from kedge.messages.programs import document as programs
from kedge.services.policy_store.stored import KeptDocument
from kedge.services.receivers import UnheardReceivers

PLACE: Final = Path(__file__).with_name("wire.json")

STORED: Final = (
    CaseState, SourceCase, Incident, Entry, Delivery, Effect, StartWorkflow, WakeWorkflow, Heartbeat, QueuedNotification, SendRate, GroupState, Inhibits, KeptDocument, Silence, Action, RemedyStatus,
    Vote, ActionRegister, Efficacy, Awaited, MeasuredRun, UnheardReceivers, *get_args(PlanAction.__value__),
)  # fmt: skip
SENT: Final = (programs.Notification, chat.ChatNotification)

_AT: Final = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
"""The moment of every example."""


def example(kind: inspect.Type, name: str) -> Any:
    """Return a value of a type with every field: a collection has one item, a text is its field's name."""
    match kind:
        case inspect.StructType(cls=cls, fields=fields):
            return cls(**{field.name: example(field.type, field.encode_name) for field in fields})
        case inspect.UnionType(types=types):
            return example(next(each for each in types if not isinstance(each, inspect.NoneType)), name)
        case inspect.EnumType(cls=cls):
            return next(iter(cls))
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.DictType(key_type=key, value_type=value):
            return {example(key, "key"): example(value, name)}
        case (
            inspect.VarTupleType(item_type=item)
            | inspect.ListType(item_type=item)
            | inspect.FrozenSetType(item_type=item)
        ):
            return _COLLECTIONS[type(kind)]([example(item, name)])
        case inspect.TupleType(item_types=items):
            return tuple(example(item, name) for item in items)
        case inspect.Metadata(type=inner):
            return example(inner, name)
        case _:
            return _PLAIN[type(kind)](name)


_COLLECTIONS: Final = {inspect.VarTupleType: tuple, inspect.ListType: list, inspect.FrozenSetType: frozenset}
_PLAIN: Final = {
    inspect.StrType: lambda name: name,
    inspect.IntType: lambda _: 7,
    inspect.FloatType: lambda _: 0.5,
    inspect.BoolType: lambda _: True,
    inspect.DateTimeType: lambda _: _AT,
    inspect.TimeDeltaType: lambda _: timedelta(minutes=5),
    inspect.AnyType: lambda name: name,
    inspect.RawType: lambda _: msgspec.Raw(b"{}"),
}


def words(kinds: tuple[type, ...]) -> dict[str, list[str]]:
    """Return the words of each enum inside some types."""
    found: dict[str, list[str]] = {}
    _collect(inspect.multi_type_info(kinds), found, set())
    return dict(sorted(found.items()))


def _collect(kinds: Any, found: dict[str, list[str]], seen: set[type]) -> None:
    for kind in kinds:
        match kind:
            case inspect.StructType(cls=cls, fields=fields) if cls not in seen:
                seen.add(cls)
                _collect((field.type for field in fields), found, seen)
            case inspect.EnumType(cls=cls):
                found[cls.__name__] = [str(member.value) for member in cls if isinstance(member, Enum)]
            case inspect.UnionType(types=types) | inspect.TupleType(item_types=types):
                _collect(types, found, seen)
            case inspect.DictType(key_type=key, value_type=value):
                _collect((key, value), found, seen)
            case (
                inspect.VarTupleType(item_type=item)
                | inspect.ListType(item_type=item)
                | inspect.FrozenSetType(item_type=item)
            ):
                _collect((item,), found, seen)
            case inspect.Metadata(type=inner):
                _collect((inner,), found, seen)


def snapshot() -> str:
    """Return the file: the encoding of each type, and the words of each enum."""
    of = {kind: json.loads(msgspec.json.encode(example(inspect.type_info(kind), ""))) for kind in (*STORED, *SENT)}
    document = {
        "stored": {kind.__name__: of[kind] for kind in STORED},
        "sent": {f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}": of[kind] for kind in SENT},
        "words": words((*STORED, *SENT)),
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(snapshot(), encoding="utf-8")
