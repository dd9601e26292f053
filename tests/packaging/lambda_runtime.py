"""A built function under the Lambda Runtime Interface Emulator that ships with the SAM command line.

The function gets its own environment: the interpreter without site-packages. Its path has only its folder, its layers and
the folder that stands for Lambda's runtime. A dependency that was not built is missing here too.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

_ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64"}[os.uname().machine]
_HANDLER = "handler.lambda_handler"
_PATIENCE = 240.0
_INIT = re.compile(r"INIT REPORT\(durationMs: ([\d.]+)")


class EmulatorFailed(Exception):
    """The emulator ended, or did not answer; the message contains the output of emulator and function."""


class Answer(NamedTuple):
    """The answer of an invocation as JSON. A failed one has `errorType`, `errorMessage` and `stackTrace`."""

    body: Any

    @property
    def error(self) -> str | None:
        """Return class and message of the exception that ended the invocation, None if there was none."""
        failed = isinstance(self.body, dict) and "errorType" in self.body
        return f"{self.body['errorType']}: {self.body['errorMessage']}" if failed else None


class LambdaRuntime:
    """A context manager around one execution environment of a function. It runs one invocation at a time: two kill the emulator."""

    def __init__(self, folder: Path, path: str, variables: Mapping[str, str], name: str = "function") -> None:
        """Prepare an environment: `folder` holds handler.py, `path` is its PYTHONPATH, and `variables` are its other variables."""
        self._folder = folder
        self._variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": path,
            # Lambda's folders are read-only: a run must not change the build.
            "PYTHONDONTWRITEBYTECODE": "1",
            "LAMBDA_TASK_ROOT": str(folder),
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **variables,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._port, self._api_port = _free_ports()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when this is left

    def invoke(self, event: object) -> Answer:
        """Run the function once, and return its answer. Raises EmulatorFailed if its process ended without an answer."""
        address = f"http://127.0.0.1:{self._port}/2015-03-31/functions/function/invocations"
        request = urllib.request.Request(address, json.dumps(event).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310  our own loopback address
                return Answer(json.load(answer))
        except urllib.error.HTTPError as error:
            raise EmulatorFailed(f"{error}: {error.read().decode(errors='replace')}\n{self.log}") from error

    @property
    def log(self) -> str:
        """Return the output of emulator and function so far."""
        self._log.flush()
        return os.pread(self._log.fileno(), 10_000_000, 0).decode(errors="replace")

    @property
    def init_ms(self) -> float:
        """Return the milliseconds of INIT: the interpreter's start and the import of the handler. It happens at the first invocation."""
        found = _INIT.search(self.log)
        if found is None:
            raise EmulatorFailed(f"no INIT yet:\n{self.log}")
        return float(found[1])

    def __enter__(self) -> Self:
        command = [
            *(_emulator(), "--log-level", "info"),
            *("--runtime-interface-emulator-address", f"127.0.0.1:{self._port}"),
            *("--runtime-api-address", f"127.0.0.1:{self._api_port}"),
            # No site-packages, neither this environment's nor the user's.
            *(_interpreter(), "-S", "-s", "-m", "awslambdaric", _HANDLER),
        ]
        self._process = subprocess.Popen(
            command,
            env=self._variables,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            # Its own process group includes the function that the emulator starts.
            start_new_session=True,
        )
        limit = time.monotonic() + _PATIENCE
        while not _listens(self._port):
            if self._process.poll() is not None or time.monotonic() > limit:
                said = self.log
                self.__exit__(None, None, None)
                raise EmulatorFailed(said)
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._log.close()


def _emulator() -> str:
    """Return the path of the emulator inside the package of the SAM command line."""
    found = find_spec("samcli")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "local" / "rapid" / f"aws-lambda-rie-{_ARCHITECTURE}")


def _interpreter() -> str:
    """Return the interpreter that made this virtual environment."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_ports() -> tuple[int, int]:
    # Both ports are reserved at once: the system can assign a port again as soon as it is released.
    with socket.socket() as one, socket.socket() as another:
        for probe in (one, another):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], another.getsockname()[1]
