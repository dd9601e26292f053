"""Who may call the workbench's servers: programs of this machine, never a page that a browser shows.

Both interpreters import it, MiniStack's and ours, so it imports nothing.

A page of a foreign site reaches a port of this machine in two ways: it sends a request there itself, and then the browser adds
`Origin` or `Sec-Fetch-Site`, or it lets its own name lead to 127.0.0.1, and then that name stands in `Host`. No AWS SDK and no
curl sends any of the first two.
"""

from collections.abc import Mapping

# The last is this machine as a container of Docker calls it; `.internal` is reserved, so that no site can have the name.
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
