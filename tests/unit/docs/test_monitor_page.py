"""docs/monitor.md: its table of visible distances is the code's, and its forms and outcomes are all."""

from kedge_monitor.compare.promise import allows_two_of_three, find_budget
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.compare.significance import compute_effective, find_smallest_ks
from kedge_monitor.compare.verdict import Outcome
from tests.unit.docs.pages import ROOT, table, text_of
from workbench.cli.monitor.options import DataForm

PAGE = ROOT / "docs" / "monitor.md"
CHECKS, BASELINE = 60, 50_000


def visible(records: int, runs_per_week: float) -> str:
    budget = find_budget(CompareSettings(runs_per_week=runs_per_week))
    repeated = allows_two_of_three(records, BASELINE)
    level = budget.find_repeated(CHECKS) if repeated else budget.find_at_once(CHECKS)
    return f"{find_smallest_ks(float(compute_effective(records, BASELINE)), level):.3f}"


def test_the_table_of_visible_distances_is_what_the_code_computes():
    rows = table(PAGE, "records in a window")
    assert len(rows) == 6
    for records, hourly, daily in rows:
        number = int(records.replace(",", ""))
        assert (hourly, daily) == (visible(number, 168), visible(number, 7))


def test_the_levels_of_the_page_are_what_the_code_computes():
    budget = find_budget(CompareSettings())
    text = " ".join(text_of(PAGE).split())
    assert f"which is {budget.find_at_once(CHECKS):.1e}".replace("e-0", "e-") in text
    assert f"a level of {budget.find_repeated(CHECKS):.1e}".replace("e-0", "e-") in text
    assert f"{168 * 26 * CHECKS:,} checks" in text


def test_the_page_names_each_form_and_each_outcome():
    assert {form for row in table(PAGE, "form") for form in row[0].split(", ")} == set(DataForm)
    assert {row[0].replace(" ", "_") for row in table(PAGE, "outcome")} == set(Outcome)
