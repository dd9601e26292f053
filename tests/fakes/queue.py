"""A queue that keeps what it was given."""

from collections.abc import Mapping


class MemoryQueue:
    """`bodies` holds what was sent, in order; those whose id is in `refused` are not taken."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.refused: set[str] = set()

    def send(self, bodies: Mapping[str, str]) -> set[str]:
        for name, body in bodies.items():
            if name not in self.refused:
                self.bodies.append(body)
        return self.refused & bodies.keys()
