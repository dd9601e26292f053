"""The bill adds up, and the page shows the prices and the resources of today."""

import re

import pytest

from tests.benchmarks.bill import DOCUMENTS, FLEET, MINUTES, Line, added, million, minutes, moving, standing, total
from tests.benchmarks.cost_page import PAGE, page
from tests.benchmarks.counted import FUNCTIONS, MINUTE, Usage
from tests.benchmarks.measured_windows import OBJECTS, Look, WindowUsage
from tests.benchmarks.prices import KNOWN_ON, PRICES
from tests.benchmarks.window_bill import model_monitor, windows

NOTHING = dict.fromkeys(FUNCTIONS, 0.0)
LOOK = Look(calls={}, seconds=0.0, read=0.0, written=0.0)
WINDOW = WindowUsage(first=LOOK, second=LOOK)
QUIET = Usage(calls={}, invocations=NOTHING, seconds=NOTHING, written=0, stored=0, logged=0)


def test_a_free_tier_counts_once_for_all_lines_of_a_price():
    bill = added([Line("kms requests", 15_000, "queues")], [Line("kms requests", 15_000, "table")])
    assert total(bill, free_tier=True) == pytest.approx(0.03)
    assert total(bill, free_tier=False) == pytest.approx(0.09)


def test_a_million_signals_are_a_million_of_the_same_mix():
    fleet = million(FLEET)
    assert sum(fleet.values()) == pytest.approx(1_000_000, abs=len(fleet))
    assert fleet["clean run"] / fleet["merge job"] == pytest.approx(FLEET["clean run"] / FLEET["merge job"], rel=0.001)


def test_signals_that_do_nothing_cost_nothing_but_their_way_through_the_queue():
    bill = {line.price: line.units for line in moving(dict.fromkeys(FLEET, QUIET), FLEET)}
    assert {price for price, units in bill.items() if units} == {"sqs requests", "events of AWS"}


def test_a_minute_costs_a_look_and_what_the_look_asks_for():
    minute = QUIET._replace(calls={"dynamodb:GetItem": 1, "dynamodb:Query": 2, "appconfig:GetLatestConfiguration": 1})
    bill = {line.price: line.units for line in minutes(minute) if "intake" not in line.why}
    assert (bill["lambda requests"], bill["appconfig requests"]) == (MINUTES, DOCUMENTS * MINUTES)
    assert bill["dynamodb reads"] == 4 * MINUTES


def test_every_price_is_on_some_bill_and_every_line_has_a_price():
    lines = [*standing(), *minutes(QUIET), *moving(dict.fromkeys(FLEET, QUIET), FLEET)]
    lines += [*windows(WINDOW, dict.fromkeys(FLEET, QUIET)), *model_monitor()]
    assert {line.price for line in lines} == set(PRICES)


def test_the_committed_page_is_of_todays_prices_and_of_what_the_template_makes_today():
    committed = PAGE.read_text(encoding="utf-8")
    today = page(dict.fromkeys((*FLEET, MINUTE), QUIET), dict.fromkeys(OBJECTS, WINDOW))
    # The bill of a window leaves out lines that cost nothing.
    committed, today = (text.partition("## Hourly windows")[0] for text in (committed, today))
    assert KNOWN_ON in committed
    assert {_listed(line) for line in committed.splitlines()} == {_listed(line) for line in today.splitlines()}
    for line in standing():
        if line.price.startswith("cloudwatch"):
            assert f"| {line.price} | {line.units:g} |" in committed


def test_the_readme_tells_the_months_whole_dollars():
    free, full = re.findall(r"\$(\d+\.\d\d)", PAGE.read_text(encoding="utf-8"))[:2]
    readme = " ".join((PAGE.parents[1] / "README.md").read_text(encoding="utf-8").split())
    assert f"about {float(free):.0f} dollars a month" in readme
    assert f"about {float(full):.0f} dollars a month" in readme


def _listed(line: str) -> tuple[str, ...]:
    """Of a line of the bill its name and list price; of others nothing."""
    cells = [cell.strip() for cell in line.split("|")]
    return (cells[1], cells[3]) if len(cells) > 3 and cells[1] in PRICES else ()
