"""The one loader of the folder `events`."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[2] / "events"


def names() -> list[str]:
    """Return the name of every sample event, without `.json`."""
    return sorted(path.stem for path in EVENTS.glob("*.json"))


def event(name: str) -> Any:
    """Return a fresh copy of one sample event."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def report(name: str) -> bytes:
    """Return the bytes of one sample report."""
    return (EVENTS / "reports" / f"{name}.json").read_bytes()
