"""Plays a recording up to one signal, and explains the decision on it."""

import collections
from collections.abc import Iterator
from datetime import datetime
from typing import Any, override

from msgspec import Struct

from kedge.domain.signal import AnySignal, Ignored
from kedge.explain.explain import Explanation, explain
from kedge.policy.compiled import Policy
from kedge.services.intake import IntakeOutcome
from workbench.recordings.recording import Line, Recording
from workbench.replay.delivering import Delivered, Deliveries
from workbench.replay.side import Side


class Situation(Struct, frozen=True, kw_only=True):
    """One signal, the time of its decision, and the reasons; or why there is nothing to explain."""

    signal: AnySignal | None
    at: datetime | None
    explained: Explanation | None
    nothing: str = ""


class Unexplained(Exception):
    """The explanation differs from the decision: a fault of Kedge."""


class OneEvent(Recording):
    """A recording of one event; its answers come from the folder."""

    event: Any = None
    at: datetime

    @override
    def lines(self) -> Iterator[Line]:
        """Yield the event, as if it arrived now."""
        yield Line(number=1, stamp=self.at.isoformat(), at=self.at, event=self.event)


def situations(recording: Recording, policy: Policy, number: int | None) -> list[Situation]:
    """Return the situations of one line of signals.jsonl.

    Lines count from 1; None means the last signal with a decision.
    """
    deliveries = Deliveries(recording)
    side = Side(policy, deliveries)
    found: list[Situation] = []
    for delivered in deliveries.play():
        if number is not None and delivered.line is not None and delivered.line > number:
            break
        if delivered.arrived is not None:
            collections.deque(side.until(delivered.arrived), maxlen=0)
        situation = _situation(side, delivered)
        if number is None and situation.explained is not None:
            found = [situation]
        elif delivered.line == number:
            found.append(situation)
    return found


def _situation(side: Side, delivered: Delivered) -> Situation:
    signal, now = delivered.read, delivered.now
    if signal is None or now is None:
        return Situation(signal=None, at=now, explained=None, nothing=str(delivered.fault or delivered.dead))
    if isinstance(signal, Ignored):
        return Situation(signal=None, at=now, explained=None, nothing=f"ignored: {signal}")
    outcome = [happened.outcome for happened in side.take(signal, now)][-1]
    if outcome is None or outcome.decision is None or outcome.before is None:
        return Situation(signal=signal, at=now, explained=None, nothing="it is kept, and nothing is decided on it")
    return Situation(signal=signal, at=now, explained=_explained(side.policy, outcome, now))


def _explained(policy: Policy, outcome: IntakeOutcome, now: datetime) -> Explanation:
    signal, before, context = outcome.signal, outcome.before, outcome.context
    if signal is None or before is None or context is None:
        raise Unexplained("nothing is known of what was decided")
    explained = explain(policy, before, signal, now, context)
    if explained.decision != outcome.decision:
        raise Unexplained(f"{signal.id} was decided otherwise than it can be explained; please report the recording")
    return explained
