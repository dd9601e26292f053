"""The account and region a recording comes from, for events that name neither."""

import re
from pathlib import Path
from typing import Final

import msgspec

from kedge.sources.origin import Home
from kedge.sources.place import Place
from workbench.recordings.recording import Recording

_NOBODYS: Final = Home("000000000000", "us-east-1")
# Any ARN with region and account, or an EventBridge envelope's own two fields.
_ARN: Final = re.compile(rb"arn:aws[\w-]*:[\w-]+:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):")
_ACCOUNT: Final = re.compile(rb'"account(?:Id)?"\s*:\s*"(\d{12})"')
_REGION: Final = re.compile(rb'"region"\s*:\s*"([a-z]{2}(?:-[a-z]+)+-\d)"')


def home_of(recording: Recording) -> Home:
    """The first account and region that the signals, or else the answers, name; nobody's where none do.

    In AWS a Lambda knows its own; a recording carries that knowledge only in what it saw.
    """
    files = [recording.folder / "signals.jsonl", *sorted((recording.folder / "aws").glob("*.jsonl"))]
    for path in filter(Path.is_file, files):
        with path.open("rb") as file:
            for line in file:
                if found := _envelope_in(line) or _arn_in(line):
                    return found
    return _NOBODYS


def owner_of(event: object, home: Home) -> Home:
    """Whose things an event tells of: its first ARN says, or its envelope, or else `home`."""
    text = msgspec.json.encode(event.value if isinstance(event, Place) else event)
    return _arn_in(text) or _envelope_in(text) or home


def _envelope_in(text: bytes) -> Home | None:
    account, region = _ACCOUNT.search(text), _REGION.search(text)
    return Home(account[1].decode(), region[1].decode()) if account and region else None


def _arn_in(text: bytes) -> Home | None:
    found = _ARN.search(text)
    return Home(found[2].decode(), found[1].decode()) if found else None
