"""The hosts of one job: what each shares with all others, and what the first one collects.

Hosts of a Processing job have no folder in common, but they reach each other by name, also without a way to the network
outside. So the others connect to the first host. A folder takes the place of the connections where hosts share one.
"""

import socket
import struct
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol, Self, override

import msgspec

from kedge_monitor.engines.processing_job import Host
from kedge_monitor.errors import MonitorError

_LENGTH: Final = struct.Struct(">Q")
_LONGEST: Final = 4 * 1024**3
_PAUSE: Final = 0.05
_FAILED: Final = "failed"


class HostMissing(MonitorError):
    """A host that did not send its part in time, or that failed. The text names it."""


class Hosts(Protocol):
    """The hosts of a job. All of them call the same methods in the same order."""

    def share(self, name: str, data: bytes) -> list[bytes]:
        """Give something to all hosts, and return what each gave, in the order of the hosts.

        Raises:
            HostMissing: a host failed, or did not come in time.
        """

    def collect(self, name: str, data: bytes) -> list[bytes] | None:
        """Give something to the first host; return what each gave, on the first host only.

        Raises:
            HostMissing: a host failed, or did not come in time.
        """

    def fail(self, reason: str) -> None:
        """Report to the other hosts that this one has failed."""

    def __enter__(self) -> Self:
        """Return the hosts."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what connects them."""


class _Base:
    def __init__(self, host: Host, seconds: float) -> None:
        self._host, self._seconds = host, seconds

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what connects the hosts."""

    def _missing(self, hosts: Sequence[str], name: str) -> HostMissing:
        return HostMissing(
            f"No {name} came from {', '.join(hosts)} within {self._seconds:g} s. "
            "Read the log of that host, or raise kedge_host_seconds."
        )


class SingleHost(_Base):
    """A job on one host."""

    def share(self, name: str, data: bytes) -> list[bytes]:  # noqa: ARG002  as the other hosts
        """Return what the host gives."""
        return [data]

    def collect(self, name: str, data: bytes) -> list[bytes] | None:  # noqa: ARG002
        """Return what the host gives."""
        return [data]

    def fail(self, reason: str) -> None:
        """Do nothing: no other host waits."""


class FolderHosts(_Base):
    """Hosts that share a folder. Each job needs a folder of its own."""

    def __init__(self, host: Host, seconds: float, folder: Path) -> None:
        """Take the folder, and the time limit for each wait in seconds."""
        super().__init__(host, seconds)
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def share(self, name: str, data: bytes) -> list[bytes]:
        """Write a file, and return the files of all hosts."""
        self._write(name, data)
        return self._read(name)

    def collect(self, name: str, data: bytes) -> list[bytes] | None:
        """Write a file; on the first host return the files of all hosts."""
        self._write(name, data)
        return self._read(name) if self._host.is_leader else None

    def fail(self, reason: str) -> None:
        """Write the reason, for hosts that wait."""
        self._write(_FAILED, reason.encode())

    def _write(self, name: str, data: bytes) -> None:
        file = self._file(name, self._host.current)
        unfinished = file.with_suffix(".tmp")
        unfinished.write_bytes(data)
        unfinished.rename(file)

    def _read(self, name: str) -> list[bytes]:
        end = time.monotonic() + self._seconds
        while absent := [host for host in self._host.hosts if not self._file(name, host).exists()]:
            for host in absent:
                if (failed := self._file(_FAILED, host)).exists():
                    raise HostMissing(f"Host {host} failed: {failed.read_text(encoding='utf-8')}")
            if time.monotonic() > end:
                raise self._missing(absent, name)
            time.sleep(_PAUSE)
        return [self._file(name, host).read_bytes() for host in self._host.hosts]

    def _file(self, name: str, host: str) -> Path:
        return self._folder / f"{host}.{name}.part"


class _Frame(msgspec.Struct, frozen=True, array_like=True):
    job: str
    host: str
    name: str
    data: bytes


_ENCODER: Final = msgspec.msgpack.Encoder()
_FRAMES: Final = msgspec.msgpack.Decoder(_Frame)
_PARTS: Final = msgspec.msgpack.Decoder(list[bytes])


class NetworkHosts(_Base):
    """Hosts that connect to the first one, by its name and a port."""

    def __init__(self, host: Host, seconds: float, port: int, job: str) -> None:
        """Listen on the first host, or connect to it.

        Args:
            host: this host.
            seconds: the time limit for each wait.
            port: the port of the first host.
            job: the job's ARN: a host of another job is refused.
        """
        super().__init__(host, seconds)
        self._job, self._address = job, (host.hosts[0], port)
        self._peers: dict[str, socket.socket] = {}
        self._first: dict[str, _Frame] = {}
        self._listener = socket.create_server(self._address) if host.is_leader else None
        if self._listener is None:
            self._peers[host.hosts[0]] = self._connect()

    def share(self, name: str, data: bytes) -> list[bytes]:
        """Send to the first host, which answers with what all hosts sent."""
        if self._listener is None:
            self._send(self._leader, self._frame(name, data))
            return _PARTS.decode(self._receive(self._host.hosts[0], name))
        parts = self._gather(name, data)
        answer = _ENCODER.encode(parts)
        for peer in self._peers.values():
            self._send(peer, answer)
        return parts

    def collect(self, name: str, data: bytes) -> list[bytes] | None:
        """Send to the first host, which returns what all hosts sent."""
        if self._listener is None:
            self._send(self._leader, self._frame(name, data))
            return None
        return self._gather(name, data)

    def fail(self, reason: str) -> None:
        """Send the reason to the first host. The others notice that the first host ends."""
        if self._listener is None:
            self._send(self._leader, self._frame(_FAILED, reason.encode()))

    @override
    def close(self) -> None:
        """Close all connections."""
        for peer in self._peers.values():
            peer.close()
        if self._listener is not None:
            self._listener.close()

    @property
    def _leader(self) -> socket.socket:
        return self._peers[self._host.hosts[0]]

    def _frame(self, name: str, data: bytes) -> bytes:
        return _ENCODER.encode(_Frame(self._job, self._host.current, name, data))

    def _connect(self) -> socket.socket:
        end = time.monotonic() + self._seconds
        while True:
            try:
                found = socket.create_connection(self._address, timeout=self._seconds)
            except OSError as error:  # the first host does not listen yet, or its name is not known yet
                if time.monotonic() > end:
                    raise self._missing([self._host.hosts[0]], f"connection ({error})") from None
                time.sleep(_PAUSE)
            else:
                return found

    def _gather(self, name: str, data: bytes) -> list[bytes]:
        """Return what all hosts sent under a name, this one included."""
        end = time.monotonic() + self._seconds
        self._accept(name, end)
        return [data if host == self._host.current else self._part(host, name, end) for host in self._host.hosts]

    def _accept(self, name: str, end: float) -> None:
        """Wait until each host is connected. Its first frame says which host it is."""
        while absent := [host for host in self._host.hosts[1:] if host not in self._peers]:
            if self._listener is None or (left := end - time.monotonic()) <= 0:
                raise self._missing(absent, name)
            self._listener.settimeout(left)
            try:
                peer, _ = self._listener.accept()
            except TimeoutError:
                raise self._missing(absent, name) from None
            peer.settimeout(left)
            try:
                frame = _FRAMES.decode(_read_frame(peer))
            except (OSError, msgspec.DecodeError, EOFError):  # no host of this job: nothing is lost
                peer.close()
                continue
            if frame.job != self._job or frame.host not in absent:
                peer.close()
                continue
            self._peers[frame.host], self._first[frame.host] = peer, frame

    def _part(self, host: str, name: str, end: float) -> bytes:
        self._peers[host].settimeout(max(end - time.monotonic(), _PAUSE))
        frame = self._first.pop(host, None) or _FRAMES.decode(self._receive(host, name))
        if frame.name == _FAILED:
            raise HostMissing(f"Host {host} failed: {frame.data.decode()}")
        return frame.data

    def _receive(self, host: str, name: str) -> bytes:
        try:
            return _read_frame(self._peers[host])
        except TimeoutError:
            raise self._missing([host], name) from None
        except (OSError, EOFError):
            raise HostMissing(f"Host {host} ended before it sent its {name}. Read the log of that host.") from None

    def _send(self, peer: socket.socket, data: bytes) -> None:
        try:
            peer.sendall(_LENGTH.pack(len(data)) + data)
        except OSError as error:
            raise HostMissing(f"A connection between hosts broke: {error}. Read the logs of the other hosts.") from None


def _read_frame(peer: socket.socket) -> bytes:
    """Return the bytes of one frame.

    Raises:
        EOFError: the connection ended.
        OSError: it broke, or it took too long.
    """
    (length,) = _LENGTH.unpack(_read(peer, _LENGTH.size))
    if length > _LONGEST:
        raise EOFError
    return _read(peer, length)


def _read(peer: socket.socket, size: int) -> bytes:
    found = bytearray()
    while len(found) < size:
        block = peer.recv(min(size - len(found), 1 << 20))
        if not block:
            raise EOFError
        found += block
    return bytes(found)


def connect_hosts(host: Host, seconds: float, port: int, job: str, folder: Path | None) -> Hosts:
    """Return the hosts of a job: by a shared folder if there is one, else by the network."""
    if len(host.hosts) == 1:
        return SingleHost(host, seconds)
    if folder is not None:
        return FolderHosts(host, seconds, folder)
    return NetworkHosts(host, seconds, port, job)
