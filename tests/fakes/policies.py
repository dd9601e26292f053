"""The published and the stored policy, as a test sets them."""

from typing import TYPE_CHECKING

from kedge.domain.errors import Conflict
from kedge.ports.storage import Published

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError


class FakePublished:
    """AppConfig with one policy."""

    def __init__(self) -> None:
        self.policy: Published | None = None
        self.failing: KedgeError | None = None

    def publish(self, text: str, label: str | None = None) -> None:
        """Publish a policy."""
        self.policy = Published(text.encode(), label)

    def newest(self) -> Published | None:
        if self.failing is not None:
            raise self.failing
        return self.policy


class FakeShelf:
    """A shelf in memory; `writes` counts the writes."""

    def __init__(self) -> None:
        self.text: str | None = None
        self.writes = 0
        self.reads = 0
        self.failing: KedgeError | None = None

    def load(self) -> tuple[str | None, int]:
        self.reads += 1
        if self.failing is not None:
            raise self.failing
        return self.text, self.writes

    def keep(self, text: str, over: int) -> None:
        if over != self.writes:
            raise Conflict("somebody else kept one")
        self.text, self.writes = text, over + 1
