"""The signals queue in virtual time: it delivers every event of a recording, again if the queue would retry."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from typing import Final

from msgspec import Struct

from kedge.domain.errors import InputError, KedgeError, NotYet, Transient
from kedge.domain.signal import AnySignal, Ignored
from kedge.domain.statement import PROOF
from kedge.sources.json_path import JsonValue
from kedge.sources.operator_fields import Person
from kedge.sources.operator_requests import is_personal, read_person
from kedge.sources.reader import bodies
from workbench.recordings.clients import AnswerUnreadable, RecordedAws
from workbench.recordings.recording import Fault, Line, Recording
from workbench.recordings.shapes import Owner
from workbench.replay.entry_points import NamedBuckets, entry_point_of
from workbench.replay.facts import confirming_of, facts_of
from workbench.replay.gone import ending_of
from workbench.replay.home import home_of, owner_of
from workbench.replay.wiring import reader_of

VISIBILITY: Final = timedelta(minutes=6)
"""The wait of a replay before it delivers a failed event again: the longest wait of the queue (template.yaml)."""

RECEIVES: Final = 5
"""The number of deliveries in a replay.

The queue tries earlier and more often, within the same half hour. A replay keeps the number that recordings were made
and expected with.
"""


# Code that reads 64 events in a row stays in the processor's caches. Between two decisions, it does not.
_TOGETHER: Final = 64


class Delivered(Struct, frozen=True, kw_only=True, gc=False):
    """One event that was read, or not. Exactly one of `read`, `fault` and `dead` is set.

    `line` is the number of its line in signals.jsonl. `stamp` is the recording's own spelling of the time of arrival,
    and `arrived` that time (UTC), None if the line lacks one. `now` is the time of the successful delivery. `body` is
    the delivered content. `again` marks a repeated delivery of an event that was reported as not terminal.
    """

    line: int | None
    stamp: str | None
    arrived: datetime | None = None
    now: datetime | None = None
    body: object = None
    read: AnySignal | Ignored | None = None
    fault: Fault | None = None
    dead: str | None = None
    again: bool = False


class _Waiting(Struct, order=True):
    """An event in the queue, invisible until `due`; of two that are due at once, the first to wait comes first."""

    due: datetime
    turn: int
    receive: int
    line: Line
    body: object


class Deliveries:
    """One recording, read once for all decisions on it."""

    def __init__(self, recording: Recording) -> None:
        """Prepare a recording; reading begins with `play`."""
        self._recording = recording
        self._now = datetime.min.replace(tzinfo=UTC)
        self._home = home_of(recording)
        self._asking: object = None
        self._aws = RecordedAws(recording.folder, self._owner, lambda: self._now)
        self._waiting: list[_Waiting] = []
        self._turns = count()
        buckets = NamedBuckets(recording.folder / "s3", lambda: owner_of(self._asking, self._home))
        self.reader = reader_of(self._aws, self._home, buckets)
        self.facts = facts_of(self._aws, lambda: self._now, self._home)
        self.confirming = confirming_of(self._aws)
        self.ending = ending_of(self._aws, self._home)

    def now_is(self, moment: datetime) -> None:
        """Set the moment of the answers.

        It may be before the next event, which is read before everything that is due until then.
        """
        self._now = moment

    @property
    def faults(self) -> list[Fault]:
        """Return the faults of the recording besides its signals. They are complete after everything was played."""
        return [*self._aws.faults, *self.facts.faults]

    def play(self) -> Iterator[Delivered]:
        """Yield every event in order of arrival, one at a time, as signals or as its other result.

        Some events are read ahead of the decisions on them: the result of reading never depends on a decision.
        """
        try:
            for some in batched(self._each(), _TOGETHER, strict=False):
                for delivered in some:
                    if delivered.body is not None:
                        self._asking = delivered.body
                    yield delivered
        finally:
            self._aws.close()

    def _each(self) -> Iterator[Delivered]:
        for line in self._recording.lines():
            if not isinstance(line, Line):
                yield Delivered(line=None, stamp=line.stamp, fault=line)
                continue
            if self._waiting:
                yield from self._deliver_again(until=line.at)
            for body in bodies(line.event):
                yield from self._deliver(line, body)
        yield from self._deliver_again(until=None)

    def _deliver(self, line: Line, body: object) -> Iterator[Delivered]:
        trouble = ""
        for receive in range(RECEIVES):
            self._now = line.at + receive * VISIBILITY if receive else line.at
            try:
                yield from self._read(line, line.at, body)
            except NotYet:
                read = Ignored.NOT_TERMINAL
                yield Delivered(
                    line=line.number, stamp=line.stamp, arrived=line.at, now=self._now, body=body, read=read
                )
                self._wait(line, body, receive + 1)
            except Transient as error:
                trouble = str(error)
                continue
            return
        yield Delivered(
            line=line.number,
            stamp=line.stamp,
            arrived=line.at,
            dead=f"given up after {RECEIVES} deliveries: {trouble}",
            body=body,
        )

    def _read(self, line: Line, arrived: datetime, body: object, *, again: bool = False) -> list[Delivered]:
        """Return the content of a delivery, or its fault. Raises Transient if it must be delivered again."""
        self._asking = body
        try:
            found = self._signals(body, line.at)
        except Transient:
            raise
        except AnswerUnreadable as error:
            return [Delivered(line=line.number, stamp=line.stamp, arrived=arrived, fault=error.fault, body=body)]
        except InputError as error:
            fault = Fault(where=f"signals.jsonl:{line.number}", path=error.path, why=error.why)
            return [Delivered(line=line.number, stamp=line.stamp, arrived=arrived, fault=fault, body=body)]
        except KedgeError as error:
            return [Delivered(line=line.number, stamp=line.stamp, arrived=arrived, dead=str(error), body=body)]
        now, number, stamp = self._now, line.number, line.stamp
        return [
            Delivered(line=number, stamp=stamp, arrived=arrived, now=now, body=body, read=read, again=again)
            for read in found
        ]

    def _signals(self, body: object, arrived: datetime) -> tuple[AnySignal | Ignored, ...]:
        """Return the content of a delivery. People's decisions have their own entry point.

        A recording keeps of them only that their author proved the identity.
        """
        # A line of a recording was decoded by msgspec, which refuses what `parsed` replaces.
        event = (body if isinstance(body, JsonValue) else JsonValue(body, sound=True)).parsed()
        if is_personal(event):
            return (read_person(event, self._home, arrived, Person(proven=isinstance(event.at(PROOF).value, dict))),)
        # An object needs no second check whether it can be stored. Text within text is read as JSON twice, as before.
        raw = event if isinstance(event.value, (dict, list)) else body
        return self.reader.read(raw, arrived, entry_point_of(raw))

    def _owner(self) -> Owner:
        """Return the account of an abbreviated answer: that of the event that made Kedge ask."""
        owner = owner_of(self._asking, self._home)
        return Owner(owner.account, owner.region)

    def _wait(self, line: Line, body: object, receive: int) -> None:
        if receive < RECEIVES:
            due = line.at + receive * VISIBILITY
            heapq.heappush(self._waiting, _Waiting(due, next(self._turns), receive, line, body))

    def _deliver_again(self, until: datetime | None) -> Iterator[Delivered]:
        """Yield the events in the queue that are visible again."""
        while self._waiting and (until is None or self._waiting[0].due <= until):
            waiting = heapq.heappop(self._waiting)
            self._now = waiting.due
            try:
                yield from self._read(waiting.line, waiting.due, waiting.body, again=True)
            except Transient:
                self._wait(waiting.line, waiting.body, waiting.receive + 1)
