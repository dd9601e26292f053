"""The account and region a recording comes from, for events that name neither."""

import re
from typing import Final

from kedge.sources.origin import Home
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
    for path in files:
        with path.open("rb") as file:
            for line in file:
                account, region = _ACCOUNT.search(line), _REGION.search(line)
                if account and region:
                    return Home(account[1].decode(), region[1].decode())
                if arn := _ARN.search(line):
                    return Home(arn[2].decode(), arn[1].decode())
    return _NOBODYS
