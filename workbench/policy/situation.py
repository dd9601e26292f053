"""Plays a recording up to one signal, and explains what was decided on that."""

import collections
from collections.abc import Iterator
from datetime import datetime
from typing import Any, override

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.around import Around, Asks
from kedge.domain.decision import Decision, State
from kedge.domain.run import Monitor
from kedge.domain.signal import AnySignal, Change, Ignored
from kedge.domain.target import Target
from kedge.intake import case_of
from kedge.policy.asking import asks_of
from kedge.policy.correlation import fleet_of
from kedge.policy.decide import decide
from kedge.policy.explain import Explained, explain
from kedge.policy.rules import Policy
from kedge.ports import Surroundings
from workbench.recordings.recording import Line, Recording
from workbench.replay.delivering import Delivered, Deliveries
from workbench.replay.ledger import MemoryLedger
from workbench.replay.side import Side


class Situation(Struct, frozen=True, kw_only=True):
    """One signal, when it was decided on, and why so; or why there is nothing to explain."""

    signal: AnySignal | None
    at: datetime | None
    explained: Explained | None
    nothing: str = ""


class Unexplained(Exception):
    """What was explained is not what was decided: a fault of Kedge."""


class OneEvent(Recording):
    """A recording of one event; its answers are those of the folder."""

    event: Any = None
    at: datetime

    @override
    def lines(self) -> Iterator[Line]:
        """The event, as if it arrived now."""
        yield Line(number=1, stamp=self.at.isoformat(), at=self.at, event=self.event)


def situations(recording: Recording, policy: Policy, number: int | None) -> list[Situation]:
    """What became of the signals of one line of signals.jsonl (from 1; the last signal that was decided on, where None)."""
    deliveries = Deliveries(recording)
    ledger = _Ledger()
    side = Side(policy, deliveries.reader, ledger)
    found: list[Situation] = []
    for delivered in deliveries.play():
        if number is not None and delivered.line is not None and delivered.line > number:
            break
        if delivered.arrived is not None:
            collections.deque(side.until(delivered.arrived), maxlen=0)
        situation = _situation(side, ledger, delivered)
        if number is None and situation.explained is not None:
            found = [situation]
        elif delivered.line == number:
            found.append(situation)
    return found


def _situation(side: Side, ledger: "_Ledger", delivered: Delivered) -> Situation:
    signal, now = delivered.read, delivered.now
    if signal is None or now is None:
        return Situation(signal=None, at=now, explained=None, nothing=str(delivered.fault or delivered.dead))
    if isinstance(signal, Ignored):
        return Situation(signal=None, at=now, explained=None, nothing=f"ignored: {signal}")
    ledger.forget()
    outcome = [happened.outcome for happened in side.take(signal, now)][-1]
    decision = outcome.decision if outcome is not None else None
    if decision is None:
        return Situation(signal=signal, at=now, explained=None, nothing="it is kept, and nothing is decided on it")
    return Situation(signal=signal, at=now, explained=_explained(side.policy, ledger, signal, now, decision))


def _explained(policy: Policy, ledger: "_Ledger", signal: AnySignal, now: datetime, decision: Decision) -> Explained:
    upstream = ledger.load(fleet_of(signal.target), Monitor.FLEET)[0].incident
    for state in ledger.states(signal.target, case_of(signal)):
        for alone in (Around(), Around(upstream=upstream)):
            asks = asks_of(policy, decide(policy, state, signal, now, alone))
            around = ledger.around(asks, alone) if asks is not None else alone
            explained = explain(policy, state, signal, now, around)
            if explained.decision == decision:
                return explained
    raise Unexplained(f"{signal.id} was decided otherwise than it can be explained; please report the recording")


class _Ledger(MemoryLedger):
    """Remembers what was asked of it for one signal."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: list[tuple[Target, Monitor | Change, State]] = []
        self._found: list[tuple[Asks, Around]] = []

    def forget(self) -> None:
        """Begin with the next signal."""
        self._loaded, self._found = [], []

    def states(self, target: Target, monitor: Monitor | Change) -> list[State]:
        """The states in which the case was loaded; of a detector's, also those of the cases that it might have been."""
        own = [state for known, case, state in self._loaded if known == target and case == monitor]
        return own[:1] + [state for known, case, state in self._loaded if known == target and case != monitor]

    def around(self, asks: Asks, alone: Around) -> Around:
        """What was found when exactly this was asked for."""
        found = [around for asked, around in self._found if asked == asks]
        return replace(found[-1], upstream=alone.upstream) if found else alone

    @override
    def load(self, target: Target, monitor: Monitor | Change) -> tuple[State, int]:
        loaded = super().load(target, monitor)
        self._loaded.append((target, monitor, loaded[0]))
        return loaded

    @override
    def surroundings(self, asks: Asks) -> Surroundings:
        found = super().surroundings(asks)
        self._found.append((asks, found.around))
        return found
