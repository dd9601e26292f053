"""Names that are too long to be anybody's.

Names come out of events, and whoever may send one decides what is in it. They are kept with the case, in keys of which
DynamoDB takes 2 KB and in items of which it takes 400 KB: a few names of 100 KB would have it refuse all that follows.
"""

from collections.abc import Iterator
from typing import Final

from kedge.domain.signal import (
    AlarmChanged,
    AnySignal,
    ConfigMarked,
    DecisionMade,
    RunFinished,
    ScheduleChanged,
    SilenceChanged,
)
from kedge.sources.place import Place

LONGEST_NAME: Final = 1_024
"""Bytes. S3's limit for keys, and more than any other name of AWS has."""

LONGEST_ID: Final = 4 * LONGEST_NAME
"""Bytes. An id holds some names: a bucket, a key and a version at most."""


def within_bounds[S: AnySignal](signal: S, root: Place) -> S:
    """The signal, if every name in it has a length that AWS gives names. Raises MalformedSignal otherwise."""
    for what, text, most in _names(signal):
        size = len(text.encode(errors="replace"))
        if size > most:
            raise root.fault(f"holds {what} of {size} bytes; nobody has one above {most}")
    return signal


def _names(signal: AnySignal) -> Iterator[tuple[str, str, int]]:
    yield "the name of a target", signal.target.name, LONGEST_NAME
    match signal:
        case RunFinished():
            yield "the name of a schedule", signal.source, LONGEST_NAME
            yield "the ARN of a job", signal.job or "", LONGEST_NAME
        case ScheduleChanged():
            yield "the name of a schedule", signal.source, LONGEST_NAME
        case AlarmChanged():
            yield "the name of an alarm", signal.alarm, LONGEST_NAME
        case DecisionMade():
            yield "the name of a person", signal.by, LONGEST_NAME
            yield "the id of an incident", signal.incident, LONGEST_NAME
        case ConfigMarked():
            yield "the name of a person", signal.by, LONGEST_NAME
        case SilenceChanged():
            yield "the name of a person", signal.silence.author, LONGEST_NAME
            yield "the id of a silence", signal.silence.id, LONGEST_NAME
        case _:
            pass
    yield "an id", signal.id, LONGEST_ID
