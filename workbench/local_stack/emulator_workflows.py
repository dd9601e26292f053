"""Adds parts that MiniStack's Step Functions lacks. `emulator` loads it, and it imports nothing of ours either.

* A definition may be YAML, as in AWS; MiniStack only reads JSON.
* `TimeoutSecondsPath` counts; with MiniStack such a step waits without end.
* A function that fails at the start of a wait fails the step; with MiniStack the failure is lost, and the step
  continues to wait.
* The workflow's role must allow the call of a function.
* A caller that returns a task token needs a permission for that workflow, as in AWS; MiniStack requires one for
  everything.
* The number of executions that work, rather than wait for a person, is known.

MiniStack shortens `Wait` and the pauses between tries by `SFN_WAIT_SCALE`. Here it also shortens a wait for a sign of
an outcome (`$.wait`). All other durations in the state's input are promises to people, and keep their length.
"""

# ruff: noqa: SLF001  changes of MiniStack need its internals
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
    """Let CloudFormation accept a definition in YAML."""
    written = provisioners._sfn_definition

    def definition(properties: Document) -> str:
        text: str = written(properties)
        return text if text.lstrip().startswith("{") else json.dumps(yaml.safe_load(text))

    provisioners._sfn_definition = definition


class Workflows:
    """MiniStack's executions with the missing parts.

    `note` receives every call: principal, action, resource, and result.
    """

    def __init__(self, states: Any, policies: Any, note: Callable[[str, str, str, bool], None]) -> None:
        self._states = states
        self._policies = policies
        self._note = note
        self._machines: dict[str, str] = {}  # by token: the state machine of the step that waits or waited
        self._waiting: set[str] = set()
        # A function that still has to start uses a whole core: ten at once would all be late.
        self._room = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))
        states._execute_task = self._timed(states._execute_task)
        states._invoke_with_callback = self._heard(states._invoke_with_callback)
        states._call_lambda = self._allowed(states._call_lambda)

    def under_way(self) -> int:
        """Return the number of executions that work or are about to.

        These are all running executions, except those that wait for a token.
        """
        running = [one for one in list(self._states._executions.values()) if one["status"] == "RUNNING"]
        still = [self._states._task_tokens.get(token) for token in list(self._waiting)]
        return len(running) - len([info for info in still if info is not None and not info["event"].is_set()])

    def judge_answers(self, actions: Any) -> None:
        """Let SendTask* require a permission for the workflow whose step has the token."""
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
