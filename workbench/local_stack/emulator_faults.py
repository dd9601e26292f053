"""Lets calls of the functions fail on demand. `emulator` loads it, and it imports nothing of ours either."""

# ruff: noqa: SLF001  the end of a worker needs its internals
from collections import Counter
from collections.abc import Callable
from typing import Any


class Faults:
    """Calls that fail on demand.

    A rule names a `function` and an `action`, and optionally the `resource` (an ARN) and the `operation` that encloses
    the action (`TransactWriteItems`). First `skip` such calls pass. Then `times` of them (empty for all) receive the
    error `code`. If the code is `crash`, they never receive an answer: the function's process is killed first.
    """

    def __init__(self, workers: dict[Any, Any], error: Callable[[str, str], Any]) -> None:
        self._workers = workers
        self._error = error
        self._rules: list[dict[str, str]] = []
        self._seen: Counter[int] = Counter()

    def add(self, rule: dict[str, str]) -> dict[str, str]:
        """Activate a rule and return it."""
        self._rules.append(rule)
        return rule

    def mend(self, _: dict[str, str]) -> dict[str, int]:
        """Remove all rules. Returns how often each rule's call was made, by action."""
        seen = {rule["action"]: self._seen[place] for place, rule in enumerate(self._rules)}
        self._rules, self._seen = [], Counter()
        return seen

    def strike(self, **call: str) -> Any:
        """Return the error of a call of `function`, or None."""
        for place, rule in enumerate(self._rules):
            if any(rule.get(key, value) != value for key, value in call.items()):
                continue
            number = self._seen[place] - int(rule.get("skip", 0))
            self._seen[place] += 1
            if number < 0 or (rule.get("times") and number >= int(rule["times"])):
                continue
            if rule["code"] == "crash":
                self._kill(call["function"])
            return self._error(rule["code"], "Refused on demand.")
        return None

    def _kill(self, function: str) -> None:
        for worker in [worker for pool in self._workers.values() for worker in pool]:
            if worker.func_name == function and worker.in_use:
                worker._proc.kill()
