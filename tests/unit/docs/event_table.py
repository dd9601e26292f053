"""The table of sample events in docs/local.md, made from the code's result for each event.

    python -m tests.unit.docs.event_table

writes it between the two marks in that page; a test fails while page and code differ.
"""

from pathlib import Path
from typing import Any

from kedge.domain.effect import ChannelName
from kedge.domain.signal import AnySignal, Ignored
from kedge.policy.compiled import Policy, default_policy
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.fact_reader import FactReader
from kedge.services.intake import Intake
from tests.fakes.ledger import MemoryLedger
from tests.support import samples
from tests.unit.sources.test_samples import told, world
from tests.unit.sources.world import RECEIVED, World

PAGE = Path(__file__).parents[3] / "docs" / "local.md"
_TABLE = "DynamoDB"
_SERVICES = ("SageMaker", "CloudWatch", "S3", "SQS")
BEGIN, END = "<!-- events: begin (from the code) -->", "<!-- events: end -->"


def becomes(found: Any) -> str:
    """Return the result of an event in the words of the function's answer."""
    if isinstance(found, Ignored):
        return f"ignored: `{found}`"
    keys = ("verdict", "status", "approval", "act")
    words = [str(getattr(found, key)).replace("_", " ") for key in keys if hasattr(found, key)]
    return ", ".join([f"`{type(found).__name__}`", *words[:1]])


def row(name: str) -> str:
    """Return the row of a sample event: its file, its result, the services that Kedge asks, and whether the table is asked."""
    by = world()
    found = told(name, by)
    asked = set() if isinstance(found, Ignored) else _asked_to_decide(found, by)
    asked |= {
        service
        for service, calls in {
            "SageMaker": by.monitors.calls,
            "CloudWatch": by.alarms.calls,
            "S3": by.objects.reads,
            "SQS": by.asked,
        }.items()
        if calls
    }
    kept = "kept" if _TABLE in asked else "not kept"
    asks = ", ".join(service for service in _SERVICES if service in asked) or "nothing"
    return f"| `events/{name}.json` | {becomes(found)} | {asks} | {kept} |"


class _Noting:
    """A port that answers as the one behind it does, or with "unknown", and records each call."""

    def __init__(self, asked: set[str], service: str, behind: object = None) -> None:
        self._asked, self._service, self._behind = asked, service, behind

    def __getattr__(self, name: str) -> Any:
        def call(*args: object, **more: object) -> object:
            self._asked.add(self._service)
            return getattr(self._behind, name)(*args, **more) if self._behind is not None else None

        return call


def _asked_to_decide(signal: AnySignal, by: World) -> set[str]:
    """Return the ports that the first decision on a signal asks, if nothing is known before."""
    asked: set[str] = set()

    def policy() -> Policy:
        asked.add(_TABLE)
        return default_policy()

    ledger: Any = _Noting(asked, _TABLE, MemoryLedger())
    facts: Any = (_Noting(asked, service) for service in ("SageMaker", "S3", "SageMaker"))
    Intake(
        by.reader,
        ledger,
        policy,
        (ChannelName.MAIL,),
        "",
        lambda: RECEIVED,
        FactReader(*facts, lambda: RECEIVED),
        confirming=AlarmConfirmation(by.alarms),
    ).settle(signal)
    return asked


def table() -> str:
    """Return the table of all sample events."""
    rows = ("| event | becomes | asks | |", "| --- | --- | --- | --- |", *map(row, samples.names()))
    return "\n".join(rows)


def page_with(table: str, page: str) -> str:
    """Return the page with this table."""
    return between(BEGIN, END, table, page)


def between(first: str, last: str, made: str, page: str) -> str:
    """Return the page with a generated text between two marks. Raises ValueError if the marks are missing."""
    before, begin, rest = page.partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"the marks {first} and {last} are missing")
    return f"{before}{begin}\n\n{made}\n\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table(), PAGE.read_text(encoding="utf-8")), encoding="utf-8")
