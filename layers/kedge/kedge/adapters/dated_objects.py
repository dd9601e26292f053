"""S3 for the watchdog: when objects were written, and the columns in the files of a baseline. It reads no captured data."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.adapters.calls import Client, ask, utc
from kedge.adapters.s3 import S3Objects
from kedge.domain.errors import Permanent

_LARGEST: Final = 4 * 1024 * 1024
_SCHEME: Final = "s3://"


class _Feature(Struct):
    name: str = ""


class _File(Struct):
    features: list[_Feature] = []


class S3DatedObjects:
    """Dates of objects, read with ListObjectsV2, and columns, read with GetObject."""

    def __init__(self, s3: Client) -> None:
        """Keep `s3`, boto3's client or a double of it."""
        self._s3 = s3
        self._objects = S3Objects(s3)

    def after(self, uri: str, folder: str, since: datetime) -> datetime | None:
        """Return when an object in `<uri>/<folder>/YYYY/MM/DD/HH/` from the hour of `since` on was written; None without one.

        Keys are in the order of time, so that one call answers. Raises Transient or Permanent.
        """
        bucket, prefix = _parts(uri)
        below = "/".join(filter(None, (prefix, folder))) + "/"
        return self._first(bucket, f"{below}2", f"{below}{since:%Y/%m/%d/%H}")

    def written(self, uri: str) -> datetime | None:
        """Return when an object was written; None if it does not exist. Raises Transient or Permanent."""
        bucket, key = _parts(uri)
        return self._first(bucket, key)

    def columns(self, uri: str) -> tuple[str, ...] | None:
        """Return the names of the features in a file; None without one that this role may read. Raises Transient.

        The role may read such files of the bucket of reports only.
        """
        bucket, key = _parts(uri)
        try:
            piece = self._objects.read(bucket, key, _LARGEST)
        except Permanent:
            return None
        if piece is None or piece.size > _LARGEST:
            return None
        try:
            return tuple(each.name for each in msgspec.json.decode(piece.data, type=_File).features) or None
        except msgspec.DecodeError:
            return None

    def _first(self, bucket: str, prefix: str, start: str | None = None) -> datetime | None:
        more = {} if start is None else {"StartAfter": start}
        try:
            page = ask(self._s3.list_objects_v2, Bucket=bucket, Prefix=prefix, MaxKeys=1, **more)
        except Permanent as error:
            raise Permanent(f"s3:ListBucket on s3://{bucket}: {error}") from error
        found = (page or {}).get("Contents", ())
        return utc(found[0]["LastModified"]) if found else None


def _parts(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix(_SCHEME).partition("/")
    return bucket, key.strip("/")
