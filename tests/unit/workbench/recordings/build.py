"""Makes recordings in a temporary folder, as small as a test needs them."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from workbench.recordings.clients import RecordedAws
from workbench.recordings.shapes import Owner

OWNER = Owner("111122223333", "us-east-1")


def hour(text: str) -> datetime:
    """`10:30` of the day on which the tests play."""
    return datetime.fromisoformat(f"2026-11-20T{text}:00+00:00").astimezone(UTC)


def answers(folder: Path, operation: str, *entries: dict[str, object]) -> Path:
    """Write `aws/<operation>.jsonl`."""
    file = folder / "aws" / f"{operation}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    return file


def signals(folder: Path, lines: Iterable[str]) -> Path:
    """Write `signals.jsonl`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signals.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return folder


def aws(folder: Path, at: str = "10:00") -> RecordedAws:
    """What AWS said, at a time."""
    return RecordedAws(folder, lambda: OWNER, lambda: hour(at))
