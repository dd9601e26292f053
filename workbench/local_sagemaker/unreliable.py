"""EventBridge under bad conditions: events are dropped, repeated, delayed, reordered; the same for the same seed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from workbench.local_sagemaker.world import Document

type Sink = Callable[[Document], None]


@dataclass(kw_only=True)
class Unreliable:
    """A sink in front of another. Probabilities are between 0 and 1 and independent of each other.

    A repeated event has a new envelope, as SageMaker's do. A delayed one waits until up to `patience` later events have
    passed it, or until `release`, so that the order changes, too.
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
        """Pass an event on: never, once, twice, or later."""
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
        """Pass on all delayed events, in random order."""
        held, self._held = [event for _, event in self._held], []
        self.random.shuffle(held)
        for event in held:
            self.sink(event)

    def _pass_or_hold(self, event: Document) -> None:
        if self.random.random() < self.delay:
            self._held.append((self.random.randint(1, self.patience), event))
        else:
            self.sink(event)
