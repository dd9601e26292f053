"""S3 for measurements: objects are listed, streamed in pieces, and written."""

import io
from collections.abc import Iterator
from datetime import UTC
from typing import Final, override

from botocore.exceptions import BotoCoreError, ClientError

from kedge.adapters.calls import Absent, Client, Response, ask, in_our_words, pages
from kedge.adapters.errors import code_of
from kedge.domain.errors import KedgeError, Permanent, Transient
from kedge.ports.captures import StoredObject

PIECE: Final = 8 * 1024 * 1024
"""Bytes of one request. A request that breaks is repeated alone, so a stream of any length survives it."""

_CHANGED: Final = frozenset({"PreconditionFailed", "412"})
_DENIED: Final = frozenset({"AccessDenied", "403", "Forbidden"})
_ACTIONS: Final = {
    "s3:ListBucket": "add the bucket to the parameter MonitoredBucketArns",
    "s3:GetObject": "add the prefix to the parameter MonitoredObjectArns, and its KMS key to MonitorReportsKeyArn",
    "s3:PutObject": "check the bucket policy and the KMS key of the bucket of the monitoring reports",
}


class S3Captures:
    """Objects of S3: ListObjectsV2, GetObject with a range, PutObject."""

    def __init__(self, s3: Client) -> None:
        """Keep `s3`, boto3's client or a double of it."""
        self._s3 = s3

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the objects below a prefix in the order of their keys. Raises Transient or Permanent."""
        try:
            yield from self._listed(bucket, prefix)
        except Permanent as error:
            raise _refusal(error, error.__cause__, "s3:ListBucket", f"s3://{bucket}") from error

    def _listed(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        for page in self._pages(Bucket=bucket, Prefix=prefix):
            for each in page.get("Contents", ()):
                modified = each["LastModified"].astimezone(UTC)
                yield StoredObject(key=each["Key"], etag=each["ETag"], size=int(each["Size"]), modified=modified)

    def folders(self, bucket: str, prefix: str) -> tuple[str, ...]:
        """Return the names of the folders directly below a prefix. Raises Transient or Permanent."""
        found: list[str] = []
        try:
            for page in self._pages(Bucket=bucket, Prefix=prefix, Delimiter="/"):
                found += [each["Prefix"].removeprefix(prefix).strip("/") for each in page.get("CommonPrefixes", ())]
        except Permanent as error:
            raise _refusal(error, error.__cause__, "s3:ListBucket", f"s3://{bucket}") from error
        return tuple(found)

    def _pages(self, **parameters: str) -> Iterator[Response]:
        return pages(self._s3.list_objects_v2, "NextContinuationToken", asked_as="ContinuationToken", **parameters)

    def open(self, bucket: str, found: StoredObject) -> io.BufferedReader:
        """Return an object as a buffered stream of range requests."""
        return io.BufferedReader(_Ranges(self._s3, bucket, found), buffer_size=1024 * 1024)

    def read(self, bucket: str, key: str) -> bytes | None:
        """Return a whole object, or None. Raises Transient or Permanent."""
        try:
            answer = ask(self._s3.get_object, Bucket=bucket, Key=key)
            if answer is None:
                return None
            with answer["Body"] as body:
                data: bytes = body.read()
        except (ClientError, BotoCoreError) as error:
            raise in_our_words(error, f"s3://{bucket}/{key}") from error
        except Permanent as error:
            raise _refusal(error, error.__cause__, "s3:GetObject", f"s3://{bucket}/{key}") from error
        return data

    def write(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        """Write an object. Raises Transient or Permanent."""
        try:
            self._s3.put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type)
        except (ClientError, BotoCoreError) as error:
            place = f"s3://{bucket}/{key}"
            raise _refusal(in_our_words(error, place), error, "s3:PutObject", place) from error


class _Ranges(io.RawIOBase):
    """One object, read with requests of PIECE bytes."""

    def __init__(self, s3: Client, bucket: str, found: StoredObject) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._found = found
        self._at = 0
        self._piece = memoryview(b"")

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # any writable buffer
        if not self._piece and self._at < self._found.size:
            self._piece = memoryview(self._next())
        length = min(len(buffer), len(self._piece))
        buffer[:length] = self._piece[:length]
        self._piece = self._piece[length:]
        return length

    def _next(self) -> bytes:
        end = min(self._at + PIECE, self._found.size)
        place = f"s3://{self._bucket}/{self._found.key}"
        try:
            answer = self._s3.get_object(
                Bucket=self._bucket, Key=self._found.key, IfMatch=self._found.etag, Range=f"bytes={self._at}-{end - 1}"
            )
            with answer["Body"] as body:
                data: bytes = body.read()
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and code_of(error) in _CHANGED:
                raise Transient(f"{place} changed while it was read") from error
            told = in_our_words(error, place)
            if isinstance(told, Absent):
                raise Transient(f"{place} was removed while it was read") from error
            raise _refusal(told, error, "s3:GetObject", place) from error
        if not data:
            raise Transient(f"{place} ended before its size")
        self._at += len(data)
        return data


def _refusal(told: KedgeError, cause: BaseException | None, permission: str, place: str) -> KedgeError:
    """Return the same error; of a missing permission, one that names the permission and the action."""
    if isinstance(told, Permanent) and isinstance(cause, ClientError) and code_of(cause) in _DENIED:
        return Permanent(f"S3 refuses {place}: {_ACTIONS[permission]}")
    return told
