"""The progress on stderr: a spinner on a terminal, and otherwise a line from time to time."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console

if TYPE_CHECKING:
    from rich.status import Status

# Seconds between two lines: a log of hundreds of schedules would be too long to read.
_PACE: Final = 10.0


class Progress:
    """The display of the current work."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep `clock`, which returns monotonic seconds."""
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status: Status | None = None
        self._clock = clock
        self._next = 0.0
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the display."""
        if self._console.is_terminal:
            self._status = self._stack.enter_context(self._console.status("…"))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the display."""
        self._stack.close()

    def say(self, what: str) -> None:
        """Show the current work."""
        if self._status is not None:
            self._status.update(what)
        elif self._clock() >= self._next:
            self._next = self._clock() + _PACE
            self._console.print(f"kedge record: {what}", markup=False)
