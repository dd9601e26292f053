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
        while (execution := self._due()) is not None:
            execution.due = None
            if execution.token is None:
                self._walk(execution)
            elif execution.is_answered:
                self._resumed(execution)
            else:
                execution.token = None
                self._failed(execution, _TIMEOUT, "the approval expired")
                self._walk(execution)

    def _due(self) -> Execution | None:
        now = self._clock()
        due = [(each.due, name) for name, each in self.executions.items() if each.due is not None and each.due <= now]
        # If several are due at one moment, the one that began first is next.
        return self.executions[min(due, key=lambda each: each[0])[1]] if due else None

    def _walk(self, execution: Execution) -> None:
        """Run state after state, until the execution waits or ends."""
        while execution.due is None and execution.ended is None:
            self._step(execution)

    def _resumed(self, execution: Execution) -> None:
        state = self._definition.states[execution.state]
        result, execution.token, execution.answer, execution.is_answered = execution.answer, None, None, False
        self._to(execution, state, placed(result, state, execution.data))
        execution.due = self._clock()

    def _step(self, execution: Execution) -> None:
        state = self._definition.states[execution.state]
        execution.steps += 1
        if execution.steps > _MOST_STEPS:
            raise NotPlayed(f"execution {execution.name} goes round and round")
        if not execution.path or execution.path[-1] != execution.state:
            execution.path.append(execution.state)
        match state["Type"]:
            case "Task":
                self._call(execution, state)
            case "Choice":
                execution.state = chosen(state, execution.data)
            case "Wait":
                self._wait(execution, state)
            case "Pass":
                self._to(execution, state, placed(state.get("Result", execution.data), state, execution.data))
            case "Succeed":
                execution.ended = "SUCCEEDED"
            case _:
                execution.ended = "FAILED"

    def _wait(self, execution: Execution, state: State) -> None:
        if execution.is_waited:
            execution.is_waited = False
            self._to(execution, state, execution.data)
            return
        seconds = state["Seconds"] if "Seconds" in state else found(state["SecondsPath"], execution.data, {})
        execution.is_waited, execution.due = True, self._clock() + timedelta(seconds=seconds)

    def _call(self, execution: Execution, state: State) -> None:
        is_waiting = state["Resource"].endswith(_WAITS)
        token = f"{execution.name}/{execution.steps}" if is_waiting else None
        context = {"Execution": {"Input": execution.input, "Name": execution.name}, "Task": {"Token": token}}
        try:
            parameters = filled(state["Parameters"], execution.data, context)
            execution.token = token
            if is_waiting:
                execution.due = self._clock() + timedelta(seconds=_timeout(state, execution.data))
            result = plain(self._functions[_named(parameters["FunctionName"])](parameters["Payload"]))
        except NoSuchPath as error:
            execution.token, execution.due, execution.is_answered = None, None, False
            self._failed(execution, "States.Runtime", str(error))
        except Exception as error:  # noqa: BLE001  whatever a function raises is what Lambda tells the state machine
            execution.token, execution.due, execution.is_answered = None, None, False
            self._failed(execution, type(error).__name__, str(error))
        else:
            if not is_waiting:
                self._to(execution, state, placed({"Payload": result}, state, execution.data))

    def _to(self, execution: Execution, state: State, data: Any) -> None:
        execution.data, execution.retries = data, {}
        execution.state = state["Next"]

    def _failed(self, execution: Execution, error: str, cause: str) -> None:
        state = self._definition.states[execution.state]
        for number, retry in enumerate(state.get("Retry", ())):
            if _is_of(error, retry):
                before = execution.retries.get(number, 0)
                if before < retry.get("MaxAttempts", 3):
                    execution.retries[number] = before + 1
                    execution.due = self._clock() + _pause(retry, before)
                    return
                break
        for catch in state.get("Catch", ()):
            if _is_of(error, catch):
                told = {"Error": error, "Cause": cause}
                execution.data, execution.retries = (
                    placed(told, {"ResultPath": catch.get("ResultPath", "$")}, execution.data),
                    {},
                )
                execution.state = catch["Next"]
                return
        execution.ended, execution.due = "FAILED", None


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
