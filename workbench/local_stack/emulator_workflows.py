"""What MiniStack's Step Functions leaves out. Loaded by `emulator`, and like it imports nothing of ours.

* A definition may be YAML, as in AWS; MiniStack reads JSON alone.
* `TimeoutSecondsPath` counts; with MiniStack such a step waits for ever.
* A function that fails when a wait is to begin fails the step; with MiniStack nobody hears of it, and the step waits on.
* The workflow's role is asked whether it may call a function.
* Who hands back a task token is asked for a right to that workflow, as in AWS; MiniStack asks for one to everything.
* How many executions do something, rather than wait for somebody, is known.

MiniStack lets `Wait` and the pauses between tries pass faster by `SFN_WAIT_SCALE`; here a wait for a sign of an outcome does
(`$.wait`). All other lengths that the state's input gives are promises to people, and last as long as they say.
"""

# ruff: noqa: SLF001  mending MiniStack means reaching into it
import json
import os
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import yaml

type Document = dict[str, Any]

_PACED = "$.wait"

_execution: ContextVar[Document | None] = ContextVar("execution", default=None)
_token: ContextVar[str | None] = ContextVar("token", default=None)


def read_yaml(provisioners: Any) -> None:
    """Let CloudFormation take a definition in YAML."""
    written = provisioners._sfn_definition

    def definition(properties: Document) -> str:
        text: str = written(properties)
        return text if text.lstrip().startswith("{") else json.dumps(yaml.safe_load(text))

    provisioners._sfn_definition = definition


class Workflows:
    """MiniStack's executions, mended. `note` is told of every call: principal, action, resource, and whether it was allowed."""

    def __init__(self, states: Any, policies: Any, note: Callable[[str, str, str, bool], None]) -> None:
        self._states = states
        self._policies = policies
        self._note = note
        self._machines: dict[str, str] = {}  # by token: the state machine whose step waits, or waited
        self._waiting: set[str] = set()
        # A function that has yet to start takes a core for itself: ten at once would all be late.
        self._room = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        states._execute_task = self._timed(states._execute_task)
        states._invoke_with_callback = self._heard(states._invoke_with_callback)
        states._call_lambda = self._allowed(states._call_lambda)

    def under_way(self) -> int:
        """How many executions do something, or are about to: all that run but those that wait for a token."""
        running = [one for one in list(self._states._executions.values()) if one["status"] == "RUNNING"]
        still = [self._states._task_tokens.get(token) for token in list(self._waiting)]
        return len(running) - len([info for info in still if info is not None and not info["event"].is_set()])

    def judge_answers(self, actions: Any) -> None:
        """Let SendTask* ask for a right to the workflow whose step has the token."""
        resource_of = actions.extract_resource_arn

        def extract_resource_arn(service: str, method: str, path: str, headers: Any, body: bytes, *request: Any) -> Any:
            token = json.loads(body or b"{}").get("taskToken") if service == "states" else ""
            return self._machines.get(str(token)) or resource_of(service, method, path, headers, body, *request)

        actions.extract_resource_arn = extract_resource_arn

    def _timed(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        def task(state: Document, given: Any, execution: Document, context: Document) -> Any:
            before = _execution.set(execution)
            try:
                return execute(self._with_its_timeout(state, given), given, execution, context)
            finally:
                _execution.reset(before)

        return task

    def _with_its_timeout(self, state: Document, given: Any) -> Document:
        if path := state.get("TimeoutSecondsPath"):
            seconds = self._states._resolve_path(path, given)
            if not isinstance(seconds, int) or seconds <= 0:
                why = f"The path {path} of TimeoutSecondsPath gives {seconds!r}, which is no number of seconds"
                raise self._states._ExecutionError("States.Runtime", why)
            return state | {"TimeoutSeconds": seconds * (self._states._SFN_WAIT_SCALE if path == _PACED else 1)}
        return state

    def _heard(self, invoke: Callable[..., Any]) -> Callable[..., Any]:
        def wait(resource: str, given: Any, token: str, state: Document) -> Any:
            before = _token.set(token)
            self._machines[token] = (_execution.get() or {}).get("stateMachineArn", "*")
            try:
                return invoke(resource, given, token, state)
            finally:
                self._waiting.discard(token)
                _token.reset(before)

        return wait

    def _allowed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def call_lambda(function: str, event: Any) -> Any:
            execution, token = _execution.get(), _token.get()
            try:
                if execution is not None:
                    self._ask_the_role(execution, function)
                with self._room:
                    answer = call(function, event)
            except self._states._ExecutionError as error:
                if token is not None:
                    info = self._states._task_tokens[token]
                    info["error"] = {"Error": error.error, "Cause": error.cause}
                    info["event"].set()
                raise
            if token is not None:
                self._waiting.add(token)
            return answer

        return call_lambda

    def _ask_the_role(self, execution: Document, function: str) -> None:
        machine = self._states._state_machines[execution["stateMachineArn"]]
        _, _, _, region, account, *_ = machine["stateMachineArn"].split(":")
        role = machine["roleArn"].rpartition("/")[2]
        asked = self._policies.EvalContext(
            principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{machine['name']}",
            principal_type="AssumedRole",
            principal_account=account,
            action="lambda:InvokeFunction",
            resource_arn=function,
            region=region,
        )
        verdict = self._policies.evaluate(asked, self._policies._gather_role_policies(role, account))
        self._note(asked.principal_arn, asked.action, function, verdict.decision == "Allow")
        if verdict.decision != "Allow":
            why = f"{asked.principal_arn} is not authorized to perform: lambda:InvokeFunction on resource: {function}"
            raise self._states._ExecutionError("States.Permissions", why)
