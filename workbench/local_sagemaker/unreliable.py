"""EventBridge on a bad day: events dropped, repeated, delayed, out of order; the same every time for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from workbench.local_sagemaker.world import Document

type Sink = Callable[[Document], None]


@dataclass(kw_only=True)
class Unreliable:
    """A sink in front of another. Chances are between 0 and 1 and independent of each other.

    A repeated event comes in a new envelope, as SageMaker's do. A delayed one waits until up to `patience` later events have
    passed it, or until `release`; that is also how order is lost.
    """

    sink: Sink
    random: Random
    drop: float = 0.0
    repeat: float = 0.0
    delay: float = 0.0
    patience: int = 3
    dropped: list[Document] = field(default_factory=list)
    _held: list[tuple[int, Document]] = field(default_factory=list)

    def __call__(self, event: Document) -> None:
        """Pass an event on, or not, or twice, or later."""
        self._held = [(left - 1, held) for left, held in self._held]
        if self.random.random() < self.drop:
            self.dropped.append(event)
        else:
            self._pass_or_hold(event)
            if self.random.random() < self.repeat:
                self._pass_or_hold({**event, "id": f"{self.random.getrandbits(128):032x}"})
        due = [held for left, held in self._held if left <= 0]
        self._held = [(left, held) for left, held in self._held if left > 0]
        for held in due:
            self.sink(held)

    def release(self) -> None:
        """Let everything pass that is still held, in chance order."""
        held, self._held = [event for _, event in self._held], []
        self.random.shuffle(held)
        for event in held:
            self.sink(event)

    def _pass_or_hold(self, event: Document) -> None:
        if self.random.random() < self.delay:
            self._held.append((self.random.randint(1, self.patience), event))
        else:
            self.sink(event)
