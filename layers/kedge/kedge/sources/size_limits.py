"""The limits of a signal for all readers: the length of its names, and the range of its times.

A sender chooses the names and times in its event. Names are stored with the case. DynamoDB accepts 2 KB in a key and
400 KB in an item. A few names of 100 KB would make it refuse all later signals. A run with a date in the future would
hide the runs after it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain
from operator import attrgetter
from typing import Any, Final

import msgspec

from kedge.domain.signal import (
    AlarmChanged,
    AnySignal,
    ConfigMarked,
    DecisionMade,
    DeploymentChanged,
    DrillRequested,
    EndpointChanged,
    ModelPackageChanged,
    PipelineFinished,
    RunFinished,
    ScheduleChanged,
    Signal,
    SilenceChanged,
)
from kedge.domain.target import TargetKind
from kedge.formatting import format_time
from kedge.sources.data_window import fault_of
from kedge.sources.json_path import JsonValue
from kedge.sources.operator_fields import LONGEST_COMMENT
from kedge.sources.timestamps import impossible

LONGEST_NAME: Final = 1_024
"""Bytes. S3's limit for keys, and AWS has no longer name: an alarm's has 255 characters, of 4 bytes at most."""

LONGEST_ID: Final = 4 * LONGEST_NAME
"""Bytes. An id holds some names: at most a bucket, a key and a version."""

LONGEST_TEXT: Final = 2_048
"""Characters of a sentence. AWS writes up to 1,024 into reasons, descriptions and exit messages."""

MOST_DIMENSIONS: Final = 30
"""CloudWatch's limit for a metric."""

# A word of a closed list, such as a status; SageMaker may add longer ones.
_LONGEST_WORD: Final = 256
# SageMaker's limit is 63; a detector may monitor another kind of endpoint. An endpoint's name is part of a sort key,
# which has room for 1,024 bytes in all.
_LONGEST_ENDPOINT: Final = 256

# An id holds the other names: it comes last, so that a fault names the one that is too long.
_OF_ALL: Final = (
    ("an account", "target.account", _LONGEST_WORD),
    ("a Region", "target.region", _LONGEST_WORD),
    ("the name of a target", "target.name", LONGEST_NAME),
    ("an id", "id", LONGEST_ID),
)
# The names in each signal that an event can make: description, path, and maximum bytes.
_OF: Final[Mapping[type[Signal], tuple[tuple[str, str, int], ...]]] = {
    RunFinished: (("the name of a schedule", "source", LONGEST_NAME), ("the ARN of a job", "job", LONGEST_NAME)),
    ScheduleChanged: (("the name of a schedule", "source", LONGEST_NAME), ("a status", "status", _LONGEST_WORD)),
    AlarmChanged: (
        ("the name of an alarm", "alarm", LONGEST_NAME),
        ("a namespace", "namespace", LONGEST_NAME),
        ("the name of a metric", "metric", LONGEST_NAME),
        ("an account", "alarm_account", _LONGEST_WORD),
        ("the id of a contributor", "contributor", LONGEST_NAME),
    ),
    EndpointChanged: (("a status", "status", _LONGEST_WORD), ("a config", "config", LONGEST_NAME)),
    DeploymentChanged: (
        ("a status", "status", _LONGEST_WORD),
        ("a stage", "stage", _LONGEST_WORD),
        ("a config", "config", LONGEST_NAME),
        ("a config", "pending", LONGEST_NAME),
    ),
    PipelineFinished: (
        ("the ARN of an execution", "execution", LONGEST_NAME),
        ("a status", "status", _LONGEST_WORD),
    ),
    ModelPackageChanged: (
        ("the ARN of a model package", "package", LONGEST_NAME),
        ("an approval", "approval", _LONGEST_WORD),
        ("the name of what made a model package", "made_by", LONGEST_NAME),
    ),
    DecisionMade: (
        ("the name of a person", "by", LONGEST_NAME),
        ("the id of an incident", "incident", LONGEST_NAME),
        ("a comment", "comment", LONGEST_COMMENT),
    ),
    DrillRequested: (
        ("the name of a person", "by", LONGEST_NAME),
        ("the name of a receiver", "receiver", _LONGEST_WORD),
        ("a comment", "comment", LONGEST_COMMENT),
    ),
    ConfigMarked: (
        ("the name of a person", "by", LONGEST_NAME),
        ("a config", "config", LONGEST_NAME),
        ("a comment", "comment", LONGEST_COMMENT),
    ),
    SilenceChanged: (
        ("the name of a person", "silence.author", LONGEST_NAME),
        ("the id of a silence", "silence.id", LONGEST_NAME),
        ("a comment", "silence.comment", LONGEST_COMMENT),
    ),
}


def _at_once(names: Iterable[tuple[str, str, int]]) -> tuple[tuple[tuple[str, int], ...], Callable[[Signal], Any]]:
    """Return the description and the maximum bytes of each name, and the getter of all names of a signal."""
    return tuple((what, most) for what, _, most in names), attrgetter(*(path for _, path, _ in names))


_READ_OF_ALL: Final = _at_once(_OF_ALL)
_READ: Final = {kind: _at_once((*names, *_OF_ALL)) for kind, names in _OF.items()}
_SENTENCES: Final[Mapping[type[Signal], tuple[str, ...]]] = {
    AlarmChanged: ("reason", "description", "suppressed_by", "suppressed_why"),
    RunFinished: ("said",),
    ScheduleChanged: ("said",),
}


def within_bounds[S: AnySignal](signal: S, root: JsonValue, received: datetime) -> S:
    """Return the signal if its names and times are possible; its sentences are cut to LONGEST_TEXT.

    `received` (UTC) is the time of arrival, by Kedge's own queue or clock: never a time that the sender wrote.

    Raises:
        MalformedSignal: a name or a time is impossible.
    """
    for what, text, most in _odd_names(signal):
        size = len(_writable(text).encode())
        if size > most:
            raise root.fault(f"holds {what} of {size} bytes; the limit is {most}")
        if _writable(text) != text:
            raise root.fault(f"holds {what} with half of a surrogate pair, which nothing can hold")
    if (most := _dimensions_of(signal)) > MOST_DIMENSIONS:
        raise root.fault(f"holds a metric of {most} dimensions; the limit is {MOST_DIMENSIONS}")
    if isinstance(signal, RunFinished) and (why := _wrong_time(signal, received)) is not None:
        raise root.fault(f"{why}: check the clock or the folder's date")
    return _cut(signal)


def _wrong_time(run: RunFinished, received: datetime) -> str | None:
    """Return what is impossible about the time that orders a run.

    The end of a job is SageMaker's statement, which Kedge may read some time after the event arrived; it is not checked
    here.
    """
    if run.window is not None:
        why = fault_of(run.window, received)
        return f"holds a window that {why}" if why is not None else None
    if run.job is not None:
        return None
    why = impossible(run.at, received)
    return f"holds a run that ended at {format_time(run.at)}{why}" if why is not None else None


def _cut[S: AnySignal](signal: S) -> S:
    """Return the signal with shortened sentences. They are a detail of a message, never a reason not to send it."""
    changed = {}
    for name in _SENTENCES.get(type(signal), ()):
        text = getattr(signal, name)
        if text and (len(text) > LONGEST_TEXT or not text.isascii()):
            changed[name] = _fit(text)
    return msgspec.structs.replace(signal, **changed) if changed else signal


def _fit(sentence: str) -> str:
    return _writable(sentence if len(sentence) <= LONGEST_TEXT else f"{sentence[: LONGEST_TEXT - 1]}…")


def _writable(text: str) -> str:
    """Return a text that UTF-8 can hold. Delivered text already is one, but an answer of AWS's API may not be."""
    return text.encode(errors="replace").decode()


def _named_values(alarm: AlarmChanged) -> tuple[dict[str, str], ...]:
    """Return the dimensions of an alarm's metric, and the attributes of its contributor, which are dimensions, too."""
    return alarm.dimensions, alarm.attributes


def _dimensions_of(signal: AnySignal) -> int:
    """Return the larger number of an alarm's dimensions and attributes; 0 for another signal."""
    return max(map(len, _named_values(signal))) if type(signal) is AlarmChanged else 0


def _odd_names(signal: AnySignal) -> list[tuple[str, str, int]]:
    """Return the names of a signal that may be too long, or hold invalid text: hardly any does."""
    odd: list[tuple[str, str, int]] = []
    if type(signal) is AlarmChanged:
        for name, value in chain.from_iterable(each.items() for each in _named_values(signal)):
            odd += ("the name of a dimension", name, LONGEST_NAME), ("the value of a dimension", value, LONGEST_NAME)
    target = signal.target
    if target.kind is TargetKind.ENDPOINT and (len(target.name) > _LONGEST_ENDPOINT or not target.name.isascii()):
        odd.append(("the name of an endpoint", target.name, _LONGEST_ENDPOINT))
    names, texts_in = _READ.get(type(signal), _READ_OF_ALL)
    for (what, most), text in zip(names, texts_in(signal), strict=True):
        if text and (len(text) > most or not text.isascii()):
            odd.append((what, text, most))
    return odd
