"""The possible locations of a run's report."""

import re
from functools import lru_cache
from typing import Final

from msgspec import Struct

from kedge.reports.fault import ReportFault, shown

# The prebuilt containers write the first, AWS's documentation names the second, the MonitoringCustomMetrics package
# writes the third.
NAMES: Final = ("constraint_violations.json", "constraints_violations.json", "community_constraint_violations.json")
STATISTICS: Final = "statistics.json"

_USUAL: Final = "s3://"
_SCHEME: Final = re.compile(r"s3[an]?://", re.IGNORECASE)
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", re.ASCII)
_LONGEST_BUCKET: Final = 255
_LONGEST_KEY: Final = 1024  # bytes of UTF-8, S3's own limit


class Location(Struct, frozen=True):
    """A bucket, and the possible keys of the report, the most likely first."""

    bucket: str
    keys: tuple[str, ...]

    @property
    def statistics(self) -> str:
        """Return the key of the statistics beside the report."""
        return beside(self.keys[0], STATISTICS)


def beside(key: str, name: str) -> str:
    """Return the key of another file in the same folder."""
    folder, slash, _ = key.rpartition("/")
    return f"{folder}{slash}{name}"


def locate(uri: str) -> Location | ReportFault:
    """Return bucket and candidate keys of a report whose S3 URI names the file or its folder.

    An S3 URI is not a URL: `#`, `?`, `+`, `%` and spaces are normal characters of the key. A URI that ends in `.json`
    names a file. If the file has one of the known names, the others beside it are candidates, too.
    """
    if uri.startswith(_USUAL):  # nearly every one
        rest = uri[len(_USUAL) :]
    elif (scheme := _SCHEME.match(uri)) is not None:
        rest = uri[scheme.end() :]
    else:
        return ReportFault(shown(uri), "this is no S3 URI; it should read s3://bucket/prefix")
    bucket, _, key = rest.partition("/")
    if len(bucket) > _LONGEST_BUCKET or not _is_bucket(bucket):
        return ReportFault(shown(uri), "the URI names no S3 bucket; it should read s3://bucket/prefix")
    keys = _candidates(key)
    try:
        longest = max(map(len, keys if uri.isascii() else map(str.encode, keys)))
    except UnicodeEncodeError:
        return ReportFault(shown(uri), "the key has half of a surrogate pair, which S3 cannot store")
    if longest > _LONGEST_KEY:
        return ReportFault(shown(uri), f"the key has {longest} bytes; S3 has none above {_LONGEST_KEY}")
    return Location(bucket, keys)


# A team has few buckets, and each run names one.
@lru_cache(maxsize=64)
def _is_bucket(name: str) -> bool:
    return _BUCKET.fullmatch(name) is not None


def _candidates(key: str) -> tuple[str, ...]:
    if not key.lower().endswith(".json"):
        folder = key if not key or key.endswith("/") else f"{key}/"
        return tuple([f"{folder}{name}" for name in NAMES])
    if key.rpartition("/")[2] not in NAMES:
        return (key,)
    return (key, *(other for name in NAMES if (other := beside(key, name)) != key))
