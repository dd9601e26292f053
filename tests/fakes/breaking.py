"""Ports that fail once: before a call is made, or after it was made and before its answer arrives."""

from collections.abc import Callable
from typing import Any

from kedge.domain.errors import Permanent


class Crash(Exception):
    """The function ended without an answer."""


class Breaks:
    """Counts the calls of all ports that go through it; `fail_at` makes one of them fail."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self._at: int | None = None
        self._after = False
        self._error: Callable[[], Exception] = Crash
        self._denied: str | None = None

    def deny(self, name: str) -> None:
        """Let every call of this name fail permanently from now on."""
        self._denied = name

    def fail_at(self, number: int | None, *, after: bool = False, error: Callable[[], Exception] = Crash) -> None:
        """Let the call of this number (from 0) fail, counted from now on; None removes the fault."""
        self.calls.clear()
        self._at, self._after, self._error = number, after, error

    def through(self, name: str, port: object) -> Any:
        return _Through(self, name, port)

    def call(self, name: str, do: Callable[[], Any]) -> Any:
        mine = len(self.calls)
        self.calls.append(name)
        if name == self._denied:
            raise Permanent(f"denied: {name}")
        if mine != self._at:
            return do()
        if self._after:
            do()
        raise self._error()


class _Through:
    def __init__(self, breaks: Breaks, name: str, port: object) -> None:
        self._breaks, self._name, self._port = breaks, name, port

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._port, method)
        return lambda *given, **named: self._breaks.call(f"{self._name}.{method}", lambda: real(*given, **named))
