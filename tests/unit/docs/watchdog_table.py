"""The table of checks in docs/watchdog.md, made from the code.

    python -m tests.unit.docs.watchdog_table

writes it between the two marks in that page; a test fails while page and code differ.
"""

from typing import Final

from kedge.domain.finding import FAULT_CHECKS, Check
from kedge.watchdog.checks import text_of
from tests.unit.docs.event_table import between
from tests.unit.docs.pages import ROOT

PAGE: Final = ROOT / "docs" / "watchdog.md"
BEGIN, END = "<!-- checks: begin (from the code) -->", "<!-- checks: end -->"
OF_RUNS: Final = frozenset(
    {
        Check.SCHEDULE_OVERDUE,
        Check.SCHEDULE_STOPPED,
        Check.SCHEDULE_FAILED,
        Check.TOO_FEW_RECORDS,
        *(check for check in FAULT_CHECKS if check.startswith("run_")),
    }
)
"""The checks that belong to the incident of a monitor's own run."""


def rows(*, of_runs: bool) -> str:
    """Return the table of one kind of checks, in the order of the code."""
    found = [check for check in Check if check in FAULT_CHECKS and (check in OF_RUNS) is of_runs]
    lines = [f"| `{check}` | {text_of(check).found} | {text_of(check).fix} |" for check in found]
    return "\n".join(("| check | found when | fix |", "| --- | --- | --- |", *lines))


def page_with(page: str) -> str:
    """Return the page with these tables."""
    whole = f"### Checks of a target\n\n{rows(of_runs=False)}\n\n### Checks of a run without a result\n\n{rows(of_runs=True)}"
    return between(BEGIN, END, whole, page)


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
