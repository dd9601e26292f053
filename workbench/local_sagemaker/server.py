"""The local SageMaker's sockets: AWS's JSON 1.1 protocol on 127.0.0.1, and the workbench's own route under /_kedge/."""

import json
import re
import sys
import threading
import time
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, override

from workbench.local_sagemaker.control import Control
from workbench.local_sagemaker.errors import ApiError, ConnectionDropped, WrongAnswer
from workbench.local_sagemaker.protocol import CONTENT_TYPE, operation_of
from workbench.local_sagemaker.routes import drive
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_stack.emulator_callers import refusal

CONTROL_PREFIX = "/_kedge/"
_TICK = 0.1
# The signature is not checked; it only identifies the caller.
_KEY = re.compile(r"Credential=([^/,\s]+)")


class SageMakerServer:
    """Serves one local SageMaker from a thread of this process, on a free port of 127.0.0.1.

    It is a context manager; `url` is the value for boto3's `endpoint_url`. A second thread lets time pass, so that due
    changes happen without a call.
    """

    def __init__(self, service: LocalSageMaker, port: int = 0) -> None:
        self.service = service
        self.control = Control(service)
        self._http = _Http(("127.0.0.1", port), partial(_Handler, service, self.control))
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True),
            threading.Thread(target=self._let_time_pass, daemon=True),
        ]

    @property
    def url(self) -> str:
        """Return `http://127.0.0.1:<port>`."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> Self:
        """Start to answer."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Stop to answer, free the port, and wait for the threads. It can be called twice, or without a start."""
        self._stopped.set()
        started = [thread for thread in self._threads if thread.is_alive()]
        if started:
            self._http.shutdown()
        self._http.server_close()
        for thread in started:
            thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _let_time_pass(self) -> None:
        while not self._stopped.wait(_TICK):
            self.service.tick()


class _Http(ThreadingHTTPServer):
    """Answers each connection in a thread that does not delay the end of the process."""

    daemon_threads = True
    request_queue_size = 128

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Print an error, unless the caller closed the connection."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # typeshed wants a socket; it only prints


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body are two writes; without this the second waits for the client's delayed acknowledgement.
    disable_nagle_algorithm = True

    def __init__(self, service: LocalSageMaker, control: Control, *rest: object) -> None:
        self._service = service
        self._control = control
        super().__init__(*rest)  # type: ignore[arg-type]  # the socket, the address and the server, passed on as they came

    def do_POST(self) -> None:
        """Perform one call of SageMaker or of the workbench."""
        if self._refuses():
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            self._answer(200, self._perform(body))
        except ApiError as error:
            self._answer(error.status, {"__type": error.code, "message": error.message})
        except WrongAnswer as bug:
            self._answer(500, {"__type": "InternalFailure", "message": f"bug in the local SageMaker: {bug}"})
        except ConnectionDropped as fault:
            time.sleep(fault.after)
            self.close_connection = True

    def do_GET(self) -> None:
        """Answer `/_kedge/health`, which shows that the server runs."""
        if self._refuses():
            return
        known = self.path == f"{CONTROL_PREFIX}health"
        self._answer(200 if known else 404, {"status": "running"} if known else {"message": "not found"})

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the callers know their requests."""

    def _refuses(self) -> bool:
        """Refuse a request that no program of this machine sent, before any of it is read."""
        headers = {name.lower(): value for name, value in self.headers.items()}
        why = refusal(headers, self.connection.getsockname()[1])
        if why is None:
            return False
        self.close_connection = True  # the body stays unread, and would be read as the next request
        self._answer(403, {"__type": "AccessDeniedException", "message": why})
        return True

    def _perform(self, body: bytes) -> object:
        try:
            document = json.loads(body or b"{}")
        except ValueError as fault:
            raise ApiError("SerializationException", f"The request is not JSON: {fault}") from fault
        if self.path.startswith(CONTROL_PREFIX):
            return drive(self._control, self.path.removeprefix(CONTROL_PREFIX), document)
        operation = operation_of(self.headers.get("X-Amz-Target", ""))
        signed_by = _KEY.search(self.headers.get("Authorization", ""))
        return self._service.call(operation, document, signed_by.group(1) if signed_by else "")

    def _answer(self, status: int, document: object) -> None:
        written = json.dumps(document, default=_iso).encode()
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
