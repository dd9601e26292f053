"""A queue that keeps its messages."""

from collections.abc import Mapping


class MemoryQueue:
    """`bodies` holds the sent messages, in order. A message whose id is in `refused` is not accepted."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.refused: set[str] = set()

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        for name, body in bodies.items():
            if name not in self.refused:
                self.bodies.append(body)
        return self.refused & bodies.keys()
