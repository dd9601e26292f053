"""The table of sample events in docs/local.md, made from what the code makes of them.

    python -m tests.unit.docs.event_table

writes it between the two marks in that page; a test fails while page and code differ.
"""

from pathlib import Path
from typing import Any

from kedge.domain.signal import (
    AlarmChanged,
    ConfigMarked,
    DecisionMade,
    Ignored,
    RunFinished,
    ScheduleChanged,
    SilenceChanged,
)
from tests import samples
from tests.unit.sources.test_samples import told, world

PAGE = Path(__file__).parents[3] / "docs" / "local.md"
BEGIN, END = "<!-- events: begin (from the code) -->", "<!-- events: end -->"
KEPT = (RunFinished, AlarmChanged, ScheduleChanged, DecisionMade, ConfigMarked, SilenceChanged)


def becomes(found: Any) -> str:
    """What an event becomes, as the answer of the function words it."""
    if isinstance(found, Ignored):
        return f"ignored: `{found}`"
    keys = ("verdict", "status", "approval", "act")
    words = [str(getattr(found, key)).replace("_", " ") for key in keys if hasattr(found, key)]
    return ", ".join([f"`{type(found).__name__}`", *words[:1]])


def row(name: str) -> str:
    """One sample event: its file, what it becomes, whom it makes Kedge ask, whether the table hears of it."""
    by = world()
    found = told(name, by)
    asked = {
        "SageMaker": by.monitors.calls,
        "CloudWatch": by.alarms.calls,
        "S3": by.objects.reads,
    }
    asks = ", ".join(service for service, calls in asked.items() if calls) or "nothing"
    kept = "kept" if isinstance(found, KEPT) else "not kept"
    return f"| `events/{name}.json` | {becomes(found)} | {asks} | {kept} |"


def table() -> str:
    """All sample events."""
    rows = ("| event | becomes | asks | |", "| --- | --- | --- | --- |", *map(row, samples.names()))
    return "\n".join(rows)


def page_with(table: str, page: str) -> str:
    """The page with this table."""
    return between(BEGIN, END, table, page)


def between(first: str, last: str, made: str, page: str) -> str:
    """The page with something made between two marks. Raises ValueError where the marks are missing."""
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the marks {first} and {last} are missing")
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
