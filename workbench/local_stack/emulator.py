"""MiniStack with the differences that the workbench needs.

Runs in MiniStack's own interpreter, and imports nothing of ours but the modules beside it whose names begin with
`emulator_`.

* PutEvents accepts `aws.*` sources and an entry's `Time`, so that a SageMaker event passes through the template's own
  rules. AWS, and MiniStack, refuse the first from an account.
* A function's exception keeps the name of its class, as in AWS; MiniStack calls them all `Runtime.HandlerError`.
* DescribeAlarms requires a permission for all alarms, as in AWS; MiniStack requires one for everything.
* Policies may name the partition keys of a request to DynamoDB (see `emulator_tables`).
* The loopback address counts as TLS: policies that refuse plain HTTP would refuse everything here.
* Queues and streams offer again what was not accepted (see `emulator_queues`).
* AppConfig asks the validators of a policy, and checks the permission to read it (see `emulator_policies`).
* The workers of functions share the unpacked layers (see `emulator_layers`).
* Step Functions reads YAML, ends waits in time, receives faults and applies policies (see `emulator_workflows`).
* A Slack channel's configuration and its buttons deploy without an effect: Amazon Q does not exist here.
* `GET /_kedge/activity` returns the number of running functions, of stream records that wait for one, and of busy
  workflows. It also returns the content of each queue.
* `GET /_kedge/invocations` returns how often and how long each function has run.
* `GET /_kedge/calls` returns each function's calls: action, resource, count, and whether its role allowed them (see
  `emulator_calls`).
* `GET /_kedge/may?key=…&action=…&resource=…&tags={…}` answers the same for a service that is not MiniStack's.
* `GET /_kedge/fault?function=…&action=…` lets calls of a function fail (see `emulator_faults`); `GET /_kedge/mend` ends
  that.
* Requests with a foreign Host, and those of web pages, are refused (see `emulator_callers`).
* It ends when its standard input ends: when the process that started it is gone, for any reason.
"""

# ruff: noqa: SLF001  mending MiniStack means reaching into it
import importlib
import json
import os
import re
import shutil
import signal
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

type Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

_RAISED = re.compile(r"^(?:[\w.]*\.)?(\w+)(?::|$)")
_times: ContextVar[deque[float | None] | None] = ContextVar("times", default=None)


class Running:
    """How many functions run now, and how often and how long each has run so far."""

    def __init__(self) -> None:
        self.count = 0
        self.times: Counter[str] = Counter()
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def watch(self, execute: Callable[..., Any]) -> Callable[..., Any]:
        """Return `execute` with a count of its runs; its second argument is the function's configuration."""

        def watched(function: Any, config: dict[str, Any], *rest: Any) -> Any:
            name, began = config.get("FunctionName", ""), time.monotonic()
            with self._lock:
                self.count += 1
            try:
                return execute(function, config, *rest)
            finally:
                with self._lock:
                    self.count -= 1
                    self.times[name] += 1
                    self.seconds[name] += time.monotonic() - began

        return watched

    def listed(self) -> dict[str, dict[str, float]]:
        """Return by function the `times` it was run, and the `seconds` of these runs with their starts."""
        with self._lock:
            return {name: {"times": times, "seconds": self.seconds[name]} for name, times in self.times.items()}


def accept_service_events(eventbridge: Any) -> None:
    """Let PutEvents accept events that only AWS's own services may send."""
    put, view_of = eventbridge._put_events, eventbridge._pattern_event_view
    put.__defaults__ = (True,)

    def put_events(data: dict[str, Any], allow_aws_source: bool = True) -> Any:
        token = _times.set(deque(entry.get("Time") for entry in data.get("Entries", [])))
        try:
            return put(data, allow_aws_source)
        finally:
            _times.reset(token)

    def pattern_event_view(event: dict[str, Any]) -> Any:
        # This is the first object made of an accepted entry, and the one that rules and targets then read.
        times = _times.get()
        happened = times.popleft() if times else None
        if happened is not None:
            event["Time"] = int(happened)
        return view_of(event)

    eventbridge._put_events, eventbridge._pattern_event_view = put_events, pattern_event_view


def keep_class_names(lambdas: Any) -> None:
    """Put the exception's class at AWS's place for it."""
    execute = lambdas._execute_function_warm

    def execute_warm(*arguments: Any) -> Any:
        result = execute(*arguments)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            body["errorType"] = raised(result.get("log", "")) or body["errorType"]
        return result

    lambdas._execute_function_warm = execute_warm


def raised(log: str) -> str | None:
    """Return the class of the last exception with a traceback in `log`, without its module."""
    _, marker, traceback = log.rpartition("Traceback (most recent call last):\n")
    if not marker:
        return None
    last = next((line for line in traceback.splitlines() if line and not line[0].isspace()), "")
    found = _RAISED.match(last)
    return found.group(1) if found else None


def with_routes(app: Asgi, routes: dict[str, Callable[[dict[str, str]], Any]]) -> Asgi:
    """Return `app` behind our own routes; each receives the query and returns JSON."""

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        route = routes.get(scope["path"]) if scope["type"] == "http" else None
        if route is None:
            await app(scope, receive, send)
            return
        body = json.dumps(route(dict(parse_qsl(scope["query_string"].decode())))).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def end_with_parent(folder: str) -> None:
    """Remove the files in `folder` and stop every function, as soon as standard input is closed."""

    def wait() -> None:
        sys.stdin.buffer.read()
        # Repeated until the folder is empty: functions that are starting still copy themselves into it.
        limit = time.monotonic() + 5
        while Path(folder).exists() and time.monotonic() < limit:
            shutil.rmtree(folder, ignore_errors=True)
            time.sleep(0.2)
        os.killpg(os.getpgrp(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def know_slack_channels(handlers: dict[str, Any]) -> None:
    """Let CloudFormation accept a Slack channel's configuration and its custom actions; only the names are kept."""
    chatbot = f"arn:aws:chatbot::{os.environ['MINISTACK_ACCOUNT_ID']}"

    def channel(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        arn = f"{chatbot}:chat-configuration/slack-channel/{stack}-{logical_id}"
        return arn, {"Arn": arn} | {key: value for key, value in properties.items() if key == "ConfigurationName"}

    def action(logical_id: str, properties: dict[str, Any], stack: str) -> tuple[str, dict[str, str]]:
        del logical_id, stack
        arn = f"{chatbot}:custom-action/{properties['ActionName']}"
        return arn, {"CustomActionArn": arn}

    for kind, create in {"SlackChannelConfiguration": channel, "CustomAction": action}.items():
        handlers[f"AWS::Chatbot::{kind}"] = {"create": create, "delete": lambda *_: None}


def know_expressions(provisioners: Any) -> None:
    """Let CloudFormation accept an alarm with an expression; it is kept as an alarm on the first metric in it."""
    record_of = provisioners._cw_metric_alarm_record

    def record(name: str, properties: dict[str, Any]) -> Any:
        stats = [each["MetricStat"] for each in properties.get("Metrics", ()) if "MetricStat" in each]
        if stats:
            first = {"Statistic": stats[0]["Stat"], "Period": stats[0]["Period"], **stats[0]["Metric"]}
            properties = {key: value for key, value in properties.items() if key != "Metrics"} | first
        return record_of(name, properties)

    provisioners._cw_metric_alarm_record = record


def main() -> None:
    """Adapt MiniStack, then run its own command."""
    app: Any = importlib.import_module("ministack.app")
    lambdas: Any = importlib.import_module("ministack.services.lambda_svc")
    dynamodb = importlib.import_module("ministack.services.dynamodb")
    accept_service_events(importlib.import_module("ministack.services.eventbridge"))
    keep_class_names(lambdas)
    of_queues: Any = importlib.import_module("emulator_queues")
    of_queues.offer_again(lambdas)
    of_queues.start_no_more_than_there_are_cores(lambdas)
    sqs: Any = importlib.import_module("ministack.services.sqs")
    of_queues.hide_no_longer_than_the_queue(sqs)
    watching: Any = importlib.import_module("emulator_watching")
    watching.show_pending_subscriptions(importlib.import_module("ministack.services.sns"))
    cloudwatch: Any = importlib.import_module("ministack.services.cloudwatch")
    provisioners: Any = importlib.import_module("ministack.services.cloudformation.provisioners")
    know_slack_channels(provisioners._RESOURCE_HANDLERS)
    know_expressions(provisioners)
    runtime: Any = importlib.import_module("ministack.core.lambda_runtime")
    policies: Any = importlib.import_module("ministack.core.iam_evaluator")
    # It is beside this file, the first place where Python finds a script's modules.
    importlib.import_module("emulator_layers").unpack_once(runtime, Path(os.environ["KEDGE_STACK_FOLDER"]) / "layers")
    faults: Any = importlib.import_module("emulator_faults").Faults(runtime._workers, policies.AuthError)
    of_policies: Any = importlib.import_module("emulator_policies")
    appconfig: Any = importlib.import_module("ministack.services.appconfig")
    of_policies.ask_validators(appconfig, lambdas)
    of_policies.simulate_roles(importlib.import_module("ministack.services.iam"), policies)
    actions: Any = importlib.import_module("ministack.core.iam_actions")
    of_policies.judge_readers(appconfig, actions)
    of_policies.judge_subscriptions(actions)
    of_tables: Any = importlib.import_module("emulator_tables")
    of_tables.tell_partition_keys(actions, dynamodb)
    running, calls = Running(), importlib.import_module("emulator_calls").Calls(faults, of_tables)
    of_workflows: Any = importlib.import_module("emulator_workflows")
    of_workflows.read_yaml(provisioners)
    states = importlib.import_module("ministack.services.stepfunctions")
    workflows = of_workflows.Workflows(states, policies, calls.note)
    workflows.judge_answers(actions)
    lambdas._execute_function_dispatch = running.watch(lambdas._execute_function_dispatch)
    policies.enforce = calls.watch(policies.enforce, importlib.import_module("ministack.services.sts")._sessions)

    pin_origin = app.pin_request_origin
    app.pin_request_origin = lambda address, _: pin_origin(address, True)

    def moving() -> dict[str, int]:
        # Waiting records come first: a record that is taken in between counts twice rather than never.
        waiting = of_queues.waiting_records(lambdas, dynamodb)
        return {"waiting": waiting, "running": running.count, "working": workflows.under_way()}

    def activity(_: dict[str, str]) -> dict[str, Any]:
        # Functions are read first and last: work moves on meanwhile.
        before, queues, after = moving(), of_queues.queues(sqs), moving()
        return {key: max(count, after[key]) for key, count in before.items()} | {"queues": queues}

    def may(query: dict[str, str]) -> dict[str, bool]:
        action = query["action"]
        region = os.environ["MINISTACK_REGION"]
        denied = policies.enforce(
            query["key"],
            action,
            action.split(":")[0],
            region,
            resource_arn=query["resource"],
            service_context=of_policies.tags_as_conditions(action, query.get("tags", "")),
        )
        return {"allowed": denied is None}

    routes: dict[str, Callable[[dict[str, str]], Any]] = {
        "/_kedge/activity": activity,
        "/_kedge/invocations": lambda _: running.listed(),
        "/_kedge/calls": lambda _: calls.listed(),
        "/_kedge/may": may,
        "/_kedge/fault": faults.add,
        "/_kedge/mend": faults.mend,
        "/_kedge/older_alarm": lambda query: watching.make_alarm_older(cloudwatch, query),
    }
    callers: Any = importlib.import_module("emulator_callers")
    app.app = callers.only_for_this_machine(with_routes(app.app, routes), int(os.environ["GATEWAY_PORT"]))
    end_with_parent(os.environ["KEDGE_STACK_FOLDER"])
    app.main()


if __name__ == "__main__":
    main()
