"""Starts MiniStack and the local SageMaker together, and stops them together after every outcome."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from workbench.local_sagemaker.protocol import SERVICES
from workbench.local_sagemaker.server import SageMakerServer
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_sagemaker.story_clock import StoryClock
from workbench.local_sagemaker.unreliable import Sink
from workbench.local_sagemaker.world import Document, World
from workbench.local_stack import environment
from workbench.local_stack.bus import Bus

ROOT = Path(__file__).parents[2]
_EMULATOR = Path(__file__).with_name("emulator.py")
_PATIENCE = 120.0


class StackDidNotStart(Exception):
    """MiniStack ended or did not answer; the message contains the end of its output."""


class LocalStack:
    """A context manager with MiniStack and the local SageMaker on 127.0.0.1.

    Inside it `endpoint` and `sagemaker` answer, and `bus` reaches the template's rules. `clock` belongs only to the
    local SageMaker: if it is set back, its events happen in the past. `log` is the output of MiniStack and the
    functions. At the end it is deleted, with all other files of the stack.
    """

    def __init__(self, python: Path = ROOT / ".tools/stack/bin/python") -> None:
        self._python = python
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()
        self.folder = Path(tempfile.mkdtemp(prefix="kedge-stack-"))
        self.log = self.folder / "ministack.log"
        self.clock = StoryClock()
        self.world = World(
            clock=self.clock,
            account=environment.ACCOUNT,
            region=environment.REGION,
            put_object=self._put_object,
            has_object=self._has_object,
            remove_object=self._remove_object,
            alarm_state=self._alarm_state,
        )
        self.service = LocalSageMaker(self.world, authorize=self._may)
        self.server = SageMakerServer(self.service)
        self.port = _free_port()
        self.bus = Bus(self.client)
        self.service.sink = self.bus.put_event

    @property
    def endpoint(self) -> str:
        """Return MiniStack's address, for all services except the local SageMaker's."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sagemaker(self) -> str:
        """Return the local SageMaker's address, which also serves Application Auto Scaling and CodePipeline."""
        return self.server.url

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment for a tool such as sam, which reaches this stack and nothing else."""
        # sam leaves a file for every package that it has uploaded.
        return environment.for_tools(self.endpoint, self.sagemaker) | {"TMPDIR": str(self.folder)}

    def send_events_to(self, sink: Sink) -> None:
        """Send SageMaker's events to `sink` from now on, instead of the bus."""
        self.service.sink = sink

    def client(self, service: str) -> Any:
        """Return a boto3 client of this stack; each service has one, made at the first request."""
        # SageMaker's thread for the passage of time uses S3 and CloudWatch; two threads must not make clients at once.
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._client(service)
            return self._clients[service]

    def calls(self) -> list[Document]:
        """Return the functions' calls to AWS: principal, action, resource, `partitions`, `allowed`, and count."""
        found: list[Document] = self.ask("calls")
        return found

    def invocations(self) -> dict[str, dict[str, float]]:
        """Return by function how many `times` it ran, and the `seconds` of these runs with cold starts."""
        found: dict[str, dict[str, float]] = self.ask("invocations")
        return found

    def let_fail(self, function: str, action: str, code: str, **more: str) -> None:
        """Let calls of a function (`kedge-dispatch`) fail, with `code` or by `crash`.

        `emulator_faults` explains more words.
        """
        self.ask("fault", function=function, action=action, code=code, **more)

    def mend(self) -> dict[str, int]:
        """Remove all faults. Returns how often each call with a fault was made, by action."""
        made: dict[str, int] = self.ask("mend")
        return made

    def ask(self, route: str, **query: str) -> Any:
        """Return the answer of one of our routes in the emulator; see `emulator`."""
        url = f"{self.endpoint}/_kedge/{route}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310  our own loopback address
            return json.load(answer)

    def start(self) -> Self:
        """Start both and wait until they answer. Raises StackDidNotStart after both are stopped again."""
        try:
            self.server.start()
            self._start_emulator()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything this stack started, by process id, and remove its files. It can be called twice."""
        self.server.stop()
        if self._process is not None:
            _end(self._process)
            self._process = None
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _start_emulator(self) -> None:
        if not self._python.exists():
            raise StackDidNotStart(f"{self._python} is missing; `make setup` makes it")
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [self._python, _EMULATOR],
                env=environment.for_emulator(self.port, self.sagemaker, self.folder),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                # A group of its own: Ctrl-C reaches only us, and we end the emulator with all functions it has started.
                start_new_session=True,
            )
        limit = time.monotonic() + _PATIENCE
        while not _answers(f"{self.endpoint}/_ministack/health"):
            if self._process.poll() is not None or time.monotonic() > limit:
                said = self.log.read_text(errors="replace")[-2000:]
                raise StackDidNotStart(f"MiniStack did not start on {self.endpoint}; it said:\n{said}")
            time.sleep(0.05)

    def _may(self, key: str, action: str, resource: str, tags: dict[str, str]) -> bool:
        if key in ("", environment.CREDENTIALS["AWS_ACCESS_KEY_ID"]):
            return True
        return bool(self.ask("may", key=key, action=action, resource=resource, tags=json.dumps(tags))["allowed"])

    def _put_object(self, bucket: str, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def _client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]  # any service: that is what `client` is for
            region_name=environment.REGION,
            endpoint_url=self.sagemaker if service in SERVICES else self.endpoint,
            aws_access_key_id=environment.CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}, max_pool_connections=32),
        )

    def _has_object(self, bucket: str, key: str) -> bool:
        s3 = self.client("s3")
        try:
            if key.endswith("/"):
                return bool(s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1)["KeyCount"])
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            return False
        return True

    def _remove_object(self, bucket: str, key: str) -> None:
        self.client("s3").delete_object(Bucket=bucket, Key=key)

    def _alarm_state(self, alarm: str) -> str:
        found = self.client("cloudwatch").describe_alarms(
            AlarmNames=[alarm], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
        states = [one["StateValue"] for one in found["MetricAlarms"] + found["CompositeAlarms"]]
        return states[0] if states else "INSUFFICIENT_DATA"


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    for way in (signal.SIGTERM, signal.SIGKILL):
        try:
            # The group that we made for this process contains only the functions that it started.
            os.killpg(process.pid, way)
        except ProcessLookupError:
            break
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310  our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
