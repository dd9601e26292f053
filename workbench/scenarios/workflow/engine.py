"""Executions in virtual time: calls, waits, task tokens, retries and catches happen when they would in AWS."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from workbench.scenarios.workflow.definition import Definition, NotPlayed, State
from workbench.scenarios.workflow.execution import Execution
from workbench.scenarios.workflow.paths import NoSuchPath, chosen, filled, found, placed, plain

type Function = Callable[[dict[str, Any]], object]

_WAITS: Final = ".waitForTaskToken"
_ALL: Final = "States.ALL"
_TIMEOUT: Final = "States.Timeout"
_A_MOMENT: Final = timedelta(seconds=1)
"""The time between a decision and the first step of its workflow.

All other decisions of that moment come before the step.
"""

_MOST_STEPS: Final = 10_000


class Engine:
    """Starts executions and runs them. Each name runs once."""

    def __init__(
        self, definition: Definition, functions: Mapping[str, Function], clock: Callable[[], datetime]
    ) -> None:
        """Connect a definition to its functions. Their names are the placeholders of their ARNs, without `${}`."""
        self._definition = definition
        self._functions = functions
        self._clock = clock
        self.executions: dict[str, Execution] = {}

    def begin(self, name: str, given: Any) -> bool:
        """Start an execution, which runs as time passes. Returns False if the name was used before."""
        if name in self.executions:
            return False
        self.executions[name] = Execution(
            name=name, input=given, state=self._definition.start, data=given, due=self._clock() + _A_MOMENT
        )
        return True

    def go_on(self, token: str, output: object) -> bool:
        """Give a waiting step its output. Returns False if that step does not wait any more."""
        for each in self.executions.values():
            if each.token == token and not each.is_answered:
                each.answer, each.is_answered, each.due = plain(output), True, self._clock()
                return True
        return False

    def next_due(self) -> datetime | None:
        """Return when the next execution continues; None if all of them wait for a token or have ended."""
        return min((each.due for each in self.executions.values() if each.due is not None), default=None)

    def run(self) -> None:
        """Run everything that is due, as far as it goes without a wait."""
        while (here := self._due()) is not None:
            here.due = None
            if here.token is None:
                self._walk(here)
            elif here.is_answered:
                self._answered(here)
            else:
                here.token = None
                self._failed(here, _TIMEOUT, "the approval expired")
                self._walk(here)

    def _due(self) -> Execution | None:
        now = self._clock()
        due = [(each.due, name) for name, each in self.executions.items() if each.due is not None and each.due <= now]
        # If several are due at one moment, the one that began first is next.
        return self.executions[min(due, key=lambda each: each[0])[1]] if due else None

    def _walk(self, here: Execution) -> None:
        """Run state after state, until the execution waits or ends."""
        while here.due is None and here.ended is None:
            self._step(here)

    def _answered(self, here: Execution) -> None:
        state = self._definition.states[here.state]
        result, here.token, here.answer, here.is_answered = here.answer, None, None, False
        self._to(here, state, placed(result, state, here.data))
        here.due = self._clock()

    def _step(self, here: Execution) -> None:
        state = self._definition.states[here.state]
        here.steps += 1
        if here.steps > _MOST_STEPS:
            raise NotPlayed(f"execution {here.name} goes round and round")
        if not here.path or here.path[-1] != here.state:
            here.path.append(here.state)
        match state["Type"]:
            case "Task":
                self._call(here, state)
            case "Choice":
                here.state = chosen(state, here.data)
            case "Wait":
                self._wait(here, state)
            case "Pass":
                self._to(here, state, placed(state.get("Result", here.data), state, here.data))
            case "Succeed":
                here.ended = "SUCCEEDED"
            case _:
                here.ended = "FAILED"

    def _wait(self, here: Execution, state: State) -> None:
        if here.is_waited:
            here.is_waited = False
            self._to(here, state, here.data)
            return
        seconds = state["Seconds"] if "Seconds" in state else found(state["SecondsPath"], here.data, {})
        here.is_waited, here.due = True, self._clock() + timedelta(seconds=seconds)

    def _call(self, here: Execution, state: State) -> None:
        is_waiting = state["Resource"].endswith(_WAITS)
        token = f"{here.name}/{here.steps}" if is_waiting else None
        context = {"Execution": {"Input": here.input, "Name": here.name}, "Task": {"Token": token}}
        try:
            parameters = filled(state["Parameters"], here.data, context)
            here.token = token
            if is_waiting:
                here.due = self._clock() + timedelta(seconds=_timeout(state, here.data))
            result = plain(self._functions[_named(parameters["FunctionName"])](parameters["Payload"]))
        except NoSuchPath as error:
            here.token, here.due, here.is_answered = None, None, False
            self._failed(here, "States.Runtime", str(error))
        except Exception as error:  # noqa: BLE001  whatever a function raises is what Lambda tells the state machine
            here.token, here.due, here.is_answered = None, None, False
            self._failed(here, type(error).__name__, str(error))
        else:
            if not is_waiting:
                self._to(here, state, placed({"Payload": result}, state, here.data))

    def _to(self, here: Execution, state: State, data: Any) -> None:
        here.data, here.retries = data, {}
        here.state = state["Next"]

    def _failed(self, here: Execution, error: str, cause: str) -> None:
        state = self._definition.states[here.state]
        for number, retry in enumerate(state.get("Retry", ())):
            if _is_of(error, retry):
                before = here.retries.get(number, 0)
                if before < retry.get("MaxAttempts", 3):
                    here.retries[number] = before + 1
                    here.due = self._clock() + _pause(retry, before)
                    return
                break
        for catch in state.get("Catch", ()):
            if _is_of(error, catch):
                told = {"Error": error, "Cause": cause}
                here.data, here.retries = placed(told, {"ResultPath": catch.get("ResultPath", "$")}, here.data), {}
                here.state = catch["Next"]
                return
        here.ended, here.due = "FAILED", None


def _named(function: str) -> str:
    return function.removeprefix("${").removesuffix("}")


def _timeout(state: State, data: Any) -> float:
    if "TimeoutSecondsPath" in state:
        return float(found(state["TimeoutSecondsPath"], data, {}))
    seconds = state.get("TimeoutSeconds")
    if not isinstance(seconds, int | float):
        raise NotPlayed(f"a wait of {seconds}")
    return float(seconds)


def _is_of(error: str, rule: Mapping[str, Any]) -> bool:
    return _ALL in rule["ErrorEquals"] or error in rule["ErrorEquals"]


def _pause(retry: Mapping[str, Any], before: int) -> timedelta:
    seconds = retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2.0) ** before
    return timedelta(seconds=min(seconds, retry.get("MaxDelaySeconds", seconds)))
