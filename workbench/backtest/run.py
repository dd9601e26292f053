"""Plays recordings once, under two policies at the same time."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kedge.domain.signal import Ignored, RunFinished
from kedge.policy.compiled import Policy
from workbench.backtest.tally import Tally
from workbench.recordings.recording import Recording
from workbench.replay.delivering import Delivered, Deliveries
from workbench.replay.side import Happened, Side

if TYPE_CHECKING:
    from datetime import datetime


class Backtest:
    """Two policies over the same recordings. Each recording begins with an empty state."""

    def __init__(self, old: Policy, new: Policy) -> None:
        """Keep the policies. Nothing is read before `play`."""
        self.tally = Tally(old, new)
        self.signals = 0
        self.runs = 0
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self.faults: list[str] = []

    def play(self, recordings: Sequence[Recording]) -> None:
        """Play all recordings. `faults` has what could not be read, each with its recording."""
        for recording in recordings:
            deliveries = Deliveries(recording)
            sides = tuple(Side(policy, deliveries) for policy in self.tally.policies)
            for delivered in deliveries.play():
                self._note(recording, delivered)
                for number, side in enumerate(sides):
                    self._hear(number, _taken(side, delivered))
            for number, side in enumerate(sides):
                self._hear(number, side.to_the_end())
            self.tally.close()
            self.faults += [f"{recording.folder}: {fault}" for fault in deliveries.faults]

    def _hear(self, number: int, happened: Iterator[Happened]) -> None:
        for each in happened:
            self.tally.hear(number, each)

    def _note(self, recording: Recording, delivered: Delivered) -> None:
        self.signals += not delivered.again
        self.runs += isinstance(delivered.read, RunFinished)
        if delivered.arrived is not None:
            self.began = min(self.began or delivered.arrived, delivered.arrived)
            self.ended = max(self.ended or delivered.arrived, delivered.arrived)
        if delivered.read is None:
            self.faults.append(f"{recording.folder}: {delivered.fault or delivered.dead}")


def _taken(side: Side, delivered: Delivered) -> Iterator[Happened]:
    if delivered.arrived is not None:
        yield from side.until(delivered.arrived)
    if delivered.read is not None and delivered.now is not None and not isinstance(delivered.read, Ignored):
        yield from side.take(delivered.read, delivered.now)
