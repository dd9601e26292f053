"""The cost of Kedge, from list prices and from calls that were counted on the local stack. Its output is docs/cost.md.

`python -m tests.benchmarks.bench_cost` counts again and writes the page, and docs/scale.md, which is computed from it.
`python -m tests.benchmarks cost` only compares.
"""

from collections.abc import Iterator, Mapping
from functools import cache

from tests.benchmarks import scale_page
from tests.benchmarks.bill import FLEET, added, million, minutes, moving, standing, total
from tests.benchmarks.cost_page import PAGE, page
from tests.benchmarks.counted import MINUTE, Usage, counted
from tests.benchmarks.deployed import deployed
from tests.benchmarks.measured_windows import usage_of_windows
from tests.benchmarks.ratios import Row
from tests.benchmarks.watch_bill import SCHEDULES, watching
from tests.benchmarks.watched_fleet import usage_of_passes
from tests.benchmarks.window_bill import model_monitor, windows

MOST = 7.0


def run() -> list[Row]:
    """Return the rows for the month of a fleet, and for a million signals."""
    usage = count()
    month = added(moving(usage, FLEET), minutes(usage[MINUTE]), standing(), watching(usage_of_passes(SCHEDULES)))
    signals = moving(usage, million(FLEET))
    free, full = total(month, free_tier=True), total(month, free_tier=False)
    return [
        Row(
            "cost, 100 endpoints with 4 hourly monitors, a month",
            f"${free:.2f} (${full:.2f} where nothing is free)",
            f"< ${MOST:.2f}",
            free < MOST,
        ),
        Row(
            "cost, a million signals of the same mix",
            f"${total(signals, free_tier=False):.2f} where nothing is free",
            "",
            ok=True,
        ),
        *_hourly_windows(usage),
    ]


def _hourly_windows(usage: Mapping[str, Usage]) -> Iterator[Row]:
    """Return the rows for one endpoint that Kedge measures by itself, beside the price of Model Monitor."""
    theirs = total(model_monitor(), free_tier=False)
    for records, measured in usage_of_windows().items():
        ours = total(windows(measured, usage), free_tier=False)
        yield Row(
            f"cost, an endpoint's hourly windows of {records:,} records, a month",
            f"${ours:.2f} (Model Monitor's jobs ${theirs:.2f})",
            "less",
            ours < theirs,
        )


@cache
def count() -> Mapping[str, Usage]:
    """Return the usage of each kind of signal on the local stack, counted once for all benchmarks."""
    with deployed() as ring:
        return counted(ring)


if __name__ == "__main__":
    PAGE.write_text(page(count(), usage_of_windows()), encoding="utf-8")
    scale_page.PAGE.write_text(scale_page.page(), encoding="utf-8")
