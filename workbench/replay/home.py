"""The account and Region of a recording, for events that do not name them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from kedge.sources.event_header import Home
from kedge.sources.json_path import JsonValue
from workbench.recordings.recording import Recording

_NOBODYS: Final = Home("000000000000", "us-east-1")
# SageMaker's own bucket, which every account has in each Region.
_BUCKET: Final = re.compile(rb"\bsagemaker-([a-z]{2}(?:-[a-z]+)+-\d)-(\d{12})\b")
# Any ARN with region and account, or an EventBridge envelope's own two fields.
_ARN: Final = re.compile(rb"arn:aws[\w-]*:[\w-]+:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):")
_ACCOUNT: Final = re.compile(rb'"account(?:Id)?"\s*:\s*"(\d{12})"')
_REGION: Final = re.compile(rb'"region"\s*:\s*"([a-z]{2}(?:-[a-z]+)+-\d)"')


def home_of(recording: Recording) -> Home:
    """Return the first account and Region in the signals, or else in the answers; a placeholder without any.

    In AWS a Lambda knows its own. A recording only contains them in its content. If no event and no ARN names them,
    SageMaker's default bucket does.
    """
    by_bucket: Home | None = None
    for line in _lines(recording.folder):
        if found := _envelope_in(line) or _arn_in(line):
            return found
        by_bucket = by_bucket or _bucket_in(line)
    return by_bucket or _bucket_among(recording.folder / "s3") or _NOBODYS


def _lines(folder: Path) -> Iterator[bytes]:
    files = [folder / "signals.jsonl", *sorted((folder / "aws").glob("*.jsonl"))]
    for path in filter(Path.is_file, files):
        with path.open("rb") as file:
            yield from file


def _bucket_among(folder: Path) -> Home | None:
    buckets = sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []
    return next((found for name in buckets if (found := _bucket_in(name.encode()))), None)


def _bucket_in(text: bytes) -> Home | None:
    found = _BUCKET.search(text)
    return Home(found[2].decode(), found[1].decode()) if found else None


def owner_of(event: object, home: Home) -> Home:
    """Return the account and Region of an event's resources: by its first ARN, its envelope, or else `home`."""
    text = msgspec.json.encode(event.value if isinstance(event, JsonValue) else event)
    return _arn_in(text) or _envelope_in(text) or home


def _envelope_in(text: bytes) -> Home | None:
    account, region = _ACCOUNT.search(text), _REGION.search(text)
    return Home(account[1].decode(), region[1].decode()) if account and region else None


def _arn_in(text: bytes) -> Home | None:
    found = _ARN.search(text)
    return Home(found[2].decode(), found[1].decode()) if found else None
