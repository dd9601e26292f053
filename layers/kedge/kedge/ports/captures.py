"""The port of a measurement: captured data is listed and streamed, and reports are written."""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Protocol

from msgspec import Struct


class StoredObject(Struct, frozen=True, kw_only=True):
    """An object of S3. `etag` changes with its content; `modified` is when it was written (UTC)."""

    key: str
    etag: str
    size: int
    modified: datetime


class CaptureConfig(Struct, frozen=True, kw_only=True):
    """The data capture of an endpoint: whether it is on, and the S3 prefix that it writes below."""

    is_on: bool
    destination: str


class CaptureConfigs(Protocol):
    """The data capture of endpoints."""

    def capture_of(self, endpoint: str) -> CaptureConfig | None:
        """Return the data capture of an endpoint, or None if there is no endpoint of this name."""


class Captures(Protocol):
    """Captured data, baselines, labels and reports.

    Each method raises Transient if a later try may succeed. It raises Permanent if S3 refuses; the error names the
    missing permission.
    """

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects whose keys begin with a prefix, in the order of their keys."""

    def folders(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """Return the names of the folders directly below a prefix that ends with a slash, in their order."""

    def open(self, bucket: str, found: StoredObject) -> BinaryIO:
        """Return an object as a stream that reads pieces, so that memory does not grow with the object.

        A read raises Transient if the object changed after it was listed.
        """

    def read(self, bucket: str, key: str) -> bytes | None:
        """Return a whole object, or None if there is none."""

    def write(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """Write an object. A repetition writes the same object again."""
