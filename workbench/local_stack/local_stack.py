"""MiniStack and the local SageMaker, started together and stopped together, whatever happens in between."""

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
    """MiniStack ended, or gave no answer; the message carries the end of what it said."""


class LocalStack:
    """A context manager. Inside it `endpoint` and `sagemaker` answer on 127.0.0.1, and `bus` reaches the template's rules.

    `clock` is the local SageMaker's alone: turned back, what happens there happened then. `log` is what MiniStack and the functions
    said; it and everything else that the stack wrote is gone afterwards.
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
        """Where MiniStack answers for everything but what the local SageMaker answers for."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sagemaker(self) -> str:
        """Where the local SageMaker answers, for Application Auto Scaling and CodePipeline too."""
        return self.server.url

    @property
    def environment(self) -> dict[str, str]:
        """What a tool such as sam needs in its environment to reach this stack and nothing else."""
        # sam leaves a file for every package that it has uploaded.
        return environment.for_tools(self.endpoint, self.sagemaker) | {"TMPDIR": str(self.folder)}

    def send_events_to(self, sink: Sink) -> None:
        """Give SageMaker's events to `sink` from now on, instead of the bus."""
        self.service.sink = sink

    def client(self, service: str) -> Any:
        """A boto3 client of this stack; one a service, made when first asked for."""
        # The thread that lets time pass in SageMaker asks for S3 and CloudWatch; making a client is not safe in two threads.
        with self._making:
            if service not in self._clients:
                self._clients[service] = self._client(service)
            return self._clients[service]

    def calls(self) -> list[Document]:
        """What the functions asked AWS for: principal, action, resource, `partitions`, whether it was allowed, and how many times."""
        found: list[Document] = self.ask("calls")
        return found

    def invocations(self) -> dict[str, dict[str, float]]:
        """By function: how many `times` it ran, and the `seconds` that took, cold starts included."""
        found: dict[str, dict[str, float]] = self.ask("invocations")
        return found

    def let_fail(self, function: str, action: str, code: str, **more: str) -> None:
        """Let calls of a function (`kedge-dispatch`) go wrong, with `code` or by `crash`; for more words see `emulator_faults`."""
        self.ask("fault", function=function, action=action, code=code, **more)

    def mend(self) -> dict[str, int]:
        """No call fails on demand any more; how often each that was to fail has been made, by action."""
        made: dict[str, int] = self.ask("mend")
        return made

    def ask(self, route: str, **query: str) -> Any:
        """One of the emulator's routes of ours; see `emulator`."""
        url = f"{self.endpoint}/_kedge/{route}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310  our own loopback address
            return json.load(answer)

    def start(self) -> Self:
        """Start both and wait until they answer. Raises StackDidNotStart; then nothing is left running."""
        try:
            self.server.start()
            self._start_emulator()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop everything this stack started, by process id, and remove what it wrote. Safe to call twice."""
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
            # The group that we made for this process: the functions that it started are in it and nothing else is.
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
