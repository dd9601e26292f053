"""Dead letters that a test can read."""

from kedge.domain.errors import InputError


class MemoryDeadLetters:
    """`kept` holds the dead letters, each with its fault. If `failing` is set, it is raised instead."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, InputError]] = []
        self.failing: Exception | None = None

    def keep(self, body: str, fault: InputError) -> str:
        if self.failing is not None:
            raise self.failing
        self.kept.append((body, fault))
        return f"dead-{len(self.kept)}"
