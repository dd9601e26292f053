"""The faults of a call of any port: it is refused, its answer is lost, the caller dies, or another caller was first."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from kedge.domain.errors import Busy, Conflict, Permanent, Throttled, Transient

# The faults, each with the only calls at which it can happen; without names, any call.
WRITES = ("ledger.commit", "ledger.tell", "actions.keep")
UPDATE = ("sagemaker.roll_back",)
READS = ("sagemaker.endpoint", "sagemaker.config", "sagemaker.tags", "sagemaker.model")
FAULTS: dict[str, tuple[str, ...]] = {
    "throttled": (),
    "timed out": (),
    "its answer is lost": (),
    "the caller dies before it": (),
    "the caller dies after it": (),
    "the update's answer is lost": UPDATE,
    "the caller of the update dies before it": UPDATE,
    "the caller of the update dies after it": UPDATE,
    "the update is throttled": UPDATE,
    "the update is busy": UPDATE,
    "the update is denied": UPDATE,
    "reading is denied": READS,
    "somebody was first": WRITES,
    "something else happens just before it": (),
    "something else happens just after it": (),
}
_REFUSED: dict[str, Callable[[str], Exception]] = {
    "throttled": Throttled,
    "timed out": Transient,
    "the update is throttled": Throttled,
    "the update is busy": Busy,
    "the update is denied": Permanent,
    "reading is denied": Permanent,
    "somebody was first": Conflict,
}


class Died(Exception):
    """The function ended, and nothing in it catches this."""


class Faults:
    """Pending faults, and services that are out of order until a time; `happened` lists the faults that happened."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._coming: list[list[Any]] = []
        self.out_until: dict[str, datetime] = {}
        self.happened: list[str] = []

    def add(self, fault: str, after: int, times: int = 1, meanwhile: Callable[[], None] | None = None) -> None:
        """Let a fault happen after `after` calls, at the first call where it can, and at the ones that follow."""
        self._coming.append([fault, after, times, meanwhile])

    def end(self) -> None:
        """Remove all faults."""
        self._coming.clear()
        self.out_until.clear()

    def through(self, name: str, port: object) -> Any:
        """Return a port whose calls may fail."""
        return _Through(self, name, port)

    def call(self, name: str, do: Callable[[], Any]) -> Any:
        """Make one call."""
        port = name.partition(".")[0]
        if port in self.out_until and self._clock() < self.out_until[port]:
            self.happened.append(f"out of order {name}")
            raise Throttled(f"{name}: {port} is out of order")
        fault, meanwhile = self._due(name)
        if fault is None:
            return do()
        self.happened.append(f"{fault} {name}")
        return self._go_wrong(fault, meanwhile, name, do)

    def _go_wrong(self, fault: str, meanwhile: Callable[[], None], name: str, do: Callable[[], Any]) -> Any:
        if fault in _REFUSED:
            raise _REFUSED[fault](f"{name}: {fault}")
        if "dies before" in fault:
            raise Died(name)
        if fault.endswith("just before it"):
            meanwhile()
            return do()
        answer = do()
        if fault.endswith("just after it"):
            meanwhile()
            return answer
        raise Died(name) if "dies" in fault else Transient(f"{name}: {fault}")

    def _due(self, name: str) -> tuple[str | None, Any]:
        due = None
        for each in list(self._coming):
            fault, after, times, meanwhile = each
            each[1] = after - 1
            if due is None and after <= 0 and name in (FAULTS[fault] or (name,)):
                due = fault, meanwhile
                each[2] = times - 1
                if each[2] == 0:
                    self._coming.remove(each)
        return due or (None, None)


class _Through:
    def __init__(self, faults: Faults, name: str, port: object) -> None:
        self._faults, self._name, self._port = faults, name, port

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._port, method)
        return lambda *given, **named: self._faults.call(f"{self._name}.{method}", lambda: real(*given, **named))
