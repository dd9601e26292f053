"""Plays a recording in virtual time: every event as the queue would deliver it, again where the queue would try again."""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from msgspec import Struct

from kedge.domain.decision import Reason
from kedge.domain.effect import ChannelName
from kedge.domain.signal import Ignored
from kedge.errors import InputError, KedgeError, NotYet, Transient
from kedge.intake import Intake, Outcome
from kedge.policy.document import Policy
from kedge.sources.reader import bodies
from workbench.recordings.clients import AnswerUnreadable, RecordedAws
from workbench.recordings.recording import Fault, Line, Recording
from workbench.recordings.shapes import Owner
from workbench.replay.home import home_of, owner_of
from workbench.replay.ledger import MemoryLedger
from workbench.replay.subject import subject_of
from workbench.replay.wiring import reader_of

VISIBILITY: Final = timedelta(minutes=6)
"""How long the signals queue waits before it delivers again what intake could not handle (template.yaml)."""

RECEIVES: Final = 5
"""How often the signals queue delivers before it gives up (template.yaml)."""


class Played(Struct, frozen=True, kw_only=True):
    """What came of one signal. Exactly one of `outcome`, `fault` and `dead` is there.

    `stamp` is the recording's own spelling of the time of arrival. `fault` is what could not be read; `dead` says why an
    event ended among the dead letters. `again` marks what became readable only when the queue delivered it again, after
    it had been told as not terminal. `about` names what an ignored event is about, as far as that is in plain sight.
    """

    stamp: str | None
    outcome: Outcome | None = None
    fault: Fault | None = None
    dead: str | None = None
    again: bool = False
    about: str = ""

    @property
    def failed(self) -> bool:
        """Whether Kedge could not handle it."""
        return self.outcome is None


class _Waiting(Struct, order=True):
    """An event in the queue, invisible until `due`; of two that are due at once, the first to wait has the first turn."""

    due: datetime
    turn: int
    receive: int
    line: Line
    body: object


class Replay:
    """One recording under one policy."""

    def __init__(self, recording: Recording, policy: Policy) -> None:
        """Nothing is read before `play`."""
        self._recording = recording
        self._now = datetime.min.replace(tzinfo=UTC)
        self._home = home_of(recording)
        self._asking: object = None
        self._aws = RecordedAws(recording.folder, self._owner, lambda: self._now)
        self._waiting: list[_Waiting] = []
        self._turns = count()
        self._intake = Intake(
            reader=reader_of(self._aws, self._home),
            ledger=MemoryLedger(),
            policy=policy,
            channels=(ChannelName.MAIL,),
            environment="replay",
            clock=lambda: self._now,
        )

    @property
    def faults(self) -> list[Fault]:
        """What cannot be read in the recording besides its signals. Complete once everything was played."""
        return self._aws.faults

    def play(self) -> Iterator[Played]:
        """Every signal in order of arrival, one at a time; memory grows with the cases, not with the recording."""
        try:
            for line in self._recording.lines():
                if isinstance(line, Fault):
                    yield Played(stamp=line.stamp, fault=line)
                    continue
                yield from self._deliver_again(until=line.at)
                for body in bodies(line.event):
                    yield from self._deliver(line, body)
            yield from self._deliver_again(until=None)
        finally:
            self._aws.close()

    def _deliver(self, line: Line, body: object) -> Iterator[Played]:
        trouble = ""
        for receive in range(RECEIVES):
            self._now = line.at + receive * VISIBILITY
            try:
                yield from self._take_in(line, body)
            except NotYet:
                yield Played(stamp=line.stamp, outcome=Outcome(ignored=Ignored.NOT_TERMINAL), about=subject_of(body))
                self._wait(line, body, receive + 1)
            except Transient as error:
                trouble = str(error)
                continue
            return
        yield Played(stamp=line.stamp, dead=f"given up after {RECEIVES} deliveries: {trouble}")

    def _take_in(self, line: Line, body: object, *, again: bool = False) -> Iterator[Played]:
        where = f"signals.jsonl:{line.number}"
        self._asking = body
        try:
            outcomes = self._intake.take_in(body, line.at)
        except Transient:
            raise
        except AnswerUnreadable as error:
            yield Played(stamp=line.stamp, fault=error.fault)
        except InputError as error:
            yield Played(stamp=line.stamp, fault=Fault(where=where, path=error.path, why=error.why))
        except KedgeError as error:
            yield Played(stamp=line.stamp, dead=str(error))
        else:
            for outcome in outcomes:
                about = subject_of(body) if outcome.ignored is not None else ""
                yield Played(stamp=line.stamp, outcome=outcome, again=again, about=about)

    def _owner(self) -> Owner:
        """Whose account an abbreviated answer comes from: that of the event that made Kedge ask."""
        owner = owner_of(self._asking, self._home)
        return Owner(owner.account, owner.region)

    def _wait(self, line: Line, body: object, receive: int) -> None:
        if receive < RECEIVES:
            due = line.at + receive * VISIBILITY
            heapq.heappush(self._waiting, _Waiting(due, next(self._turns), receive, line, body))

    def _deliver_again(self, until: datetime | None) -> Iterator[Played]:
        """What waited in the queue and is visible again. It is told only if it brings news."""
        while self._waiting and (until is None or self._waiting[0].due <= until):
            waiting = heapq.heappop(self._waiting)
            self._now = waiting.due
            try:
                for played in self._take_in(waiting.line, waiting.body, again=True):
                    if _is_news(played):
                        yield played
            except Transient:
                self._wait(waiting.line, waiting.body, waiting.receive + 1)


def _is_news(played: Played) -> bool:
    if played.outcome is None:
        return True
    decision = played.outcome.decision
    return decision is not None and decision.reason is not Reason.DUPLICATE
