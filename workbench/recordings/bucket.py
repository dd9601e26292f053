"""The answers of S3 to readers of objects, from the files of a recording."""

import hashlib
import re
from collections.abc import Mapping
from typing import IO, Any, Final, cast

from workbench.recordings.answer import ErrorAnswer
from workbench.recordings.objects import Shelf, Slice, Stored

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
_PAGE: Final = 1000
_NO_SUCH_KEY: Final = ErrorAnswer("NoSuchKey", "The specified key does not exist.")


class Bucket:
    """The reading operations of S3. Other operations have no answer here."""

    def __init__(self, shelf: Shelf) -> None:
        """Keep `shelf`, which holds the objects of all buckets."""
        self._shelf = shelf

    def answer(self, operation: str, asked: Mapping[str, object]) -> dict[str, Any] | ErrorAnswer | None:
        """Return a response, an error, or None for an operation that files cannot answer."""
        match operation:
            case "GetObject":
                return self._get(asked)
            case "HeadObject":
                return self._head(asked)
            case "ListObjectsV2":
                return self._list(asked)
            case _:
                return None

    def _get(self, asked: Mapping[str, object]) -> dict[str, Any] | ErrorAnswer:
        stored = self._shelf.find(str(asked["Bucket"]), str(asked["Key"]))
        if stored is None:
            return _NO_SUCH_KEY
        start, length, extra = 0, stored.size, {}
        if (span := asked.get("Range")) is not None:
            part = _part(str(span), stored.size)
            if isinstance(part, ErrorAnswer):
                return part
            if part is not None:
                start, length = part
                extra = {"ContentRange": f"bytes {start}-{start + length - 1}/{stored.size}"}
        from botocore.response import StreamingBody

        body = StreamingBody(cast("IO[bytes]", Slice(stored.path, start, length)), length)
        return {**_headers(stored), **extra, "ContentLength": length, "Body": body}

    def _head(self, asked: Mapping[str, object]) -> dict[str, Any] | ErrorAnswer:
        stored = self._shelf.find(str(asked["Bucket"]), str(asked["Key"]))
        # A HEAD answer has no body and so no code: botocore derives one from the status.
        return ErrorAnswer("404", "Not Found") if stored is None else _headers(stored)

    def _list(self, asked: Mapping[str, object]) -> dict[str, Any]:
        bucket, prefix = str(asked["Bucket"]), str(asked.get("Prefix", ""))
        after = str(asked.get("ContinuationToken") or asked.get("StartAfter") or "")
        keys = [key for key in self._shelf.keys(bucket, prefix) if key > after]
        page = keys[: int(str(asked.get("MaxKeys", _PAGE)))]
        contents = []
        for key in page:
            stored = self._shelf.find(bucket, key)
            if stored is not None:
                contents.append({"Key": key, "Size": stored.size, "LastModified": stored.modified})
        more = len(page) < len(keys)
        following = {"NextContinuationToken": page[-1]} if more and page else {}
        return {"Name": bucket, "Prefix": prefix, "KeyCount": len(page), "IsTruncated": more,
                "Contents": contents, **following}  # fmt: skip


def _headers(stored: Stored) -> dict[str, Any]:
    name = hashlib.sha256(f"{stored.path}:{stored.size}".encode()).hexdigest()[:32]
    return {
        "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}, "RetryAttempts": 0},
        "AcceptRanges": "bytes",
        "ContentLength": stored.size,
        "ContentType": "binary/octet-stream",
        "ETag": f'"{name}"',
        "LastModified": stored.modified,
    }


def _part(span: str, size: int) -> tuple[int, int] | ErrorAnswer | None:
    """Return start and length of an HTTP range within `size` bytes; None if S3 would send the whole object."""
    found = _RANGE.fullmatch(span)
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
    if start >= size or end < start:
        return ErrorAnswer("InvalidRange", "The requested range is not satisfiable")
    return start, end - start + 1
