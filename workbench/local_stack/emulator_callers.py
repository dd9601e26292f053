"""Limits the callers of the workbench's servers to programs of this machine, without pages in a browser.

Both interpreters import it, MiniStack's and ours, so it imports nothing of ours.

A page of a foreign site can reach a port of this machine in two ways. It sends a request there itself; then the browser
adds `Origin` or `Sec-Fetch-Site`. Or it resolves its own name to 127.0.0.1; then that name is in `Host`. AWS SDKs and
curl do not send the first two.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

type Asgi = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

# The last is Docker's name for this machine in a container; `.internal` is reserved, so a site cannot have it.
HOSTS = ("127.0.0.1", "localhost", "host.docker.internal")
_TYPED = "none"  # the browser's word for an address that its user typed


def refusal(headers: Mapping[str, str], port: int) -> str | None:
    """Return why a request is refused, or None. The names of `headers` are in lower case."""
    host = headers.get("host", "")
    if host.lower() not in {f"{name}:{port}" for name in HOSTS}:
        return f"This server answers to 127.0.0.1:{port}, not to the host {host[:80]!r}."
    if "origin" in headers or headers.get("sec-fetch-site", _TYPED) != _TYPED:
        return "This server refuses requests of web pages, and this one has the header Origin or Sec-Fetch-Site."
    return None


def only_for_this_machine(app: Asgi, port: int) -> Asgi:
    """Return `app` behind a guard that refuses every request of anything but a program of this machine."""

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await app(scope, receive, send)
            return
        why = refusal(
            {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}, port
        )
        if why is None:
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": why})
        else:
            headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": why.encode()})

    return answer
