"""docs/cost.md: the bill with every assumption beside it."""

from collections.abc import Iterator, Mapping
from math import floor, log10
from pathlib import Path
from typing import Final

from tests.benchmarks.bill import (
    ENDPOINTS,
    FLEET,
    HOURS,
    RENEWED,
    Line,
    added,
    million,
    minutes,
    moving,
    standing,
    total,
)
from tests.benchmarks.counted import MINUTE, Usage
from tests.benchmarks.measured_windows import COLUMNS, OBJECTS, WindowUsage
from tests.benchmarks.prices import KNOWN_ON, PRICES, REGION
from tests.benchmarks.watch_bill import SCHEDULES, watching, whole_of
from tests.benchmarks.watched_fleet import usage_of_passes
from tests.benchmarks.window_bill import MODEL_MONITOR_MINUTES, model_monitor, windows

PAGE: Final = Path(__file__).parents[2] / "docs" / "cost.md"

_CALLS: Final = ("dynamodb:GetItem", "s3:GetObject", "sns:Publish")
# The assumptions are precise to two digits only.
_DIGITS: Final = 2
_PAGE: Final = """\
# What Kedge costs

{endpoints} endpoints with four hourly monitors cost **{month_free} a month** in an account with an unused always-free tier, and {month_full} in an
account without it. A month without any signal costs {rest_free} and {rest_full}. A million signals of the same mix cost {million} more, without a free
tier.

The calls were counted on the local stack: the built functions, the roles of the template, one signal at a time. The prices are list prices for
{region}, known on {known_on}. They do not include taxes, discounts or the free tier of the first year. `make bench` counts again and fails if the
month reaches 7.00 dollars with the always-free tier. `.venv/bin/python -m tests.benchmarks.bench_cost` writes this page.

The bill does not include SageMaker, its monitors and the bucket of their reports. It includes one mail address and no calls of the console.

## What one signal does

| signal | a month | calls to SageMaker | GetItem | GetObject | Publish | write units | bytes of log |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{signals}

1 run of 100 begins a problem, which lasts for 2 runs. SageMaker sends 1 event of 100 twice. On each endpoint, one alarm a week goes off and back,
and one deployment a week makes 4 events. A month has {hours} hours. Two of the four monitors (model quality and bias) merge ground truth first. Kedge
knows such a job by its name and makes no call. The bill has one message for each signal. If the policy groups messages, the cost is lower.

## The month

| item | amount | list price | always-free tier | nothing free | counted as |
| --- | ---: | --- | ---: | ---: | --- |
{bill}
| **together** | | | **{month_free}** | **{month_full}** | |

Watch, which lists every 10 minutes what events lost, costs {watch} of it with its alarms, if nothing is free. Its calls were counted over lists of 400
schedules that ran every hour.

Most of the cost is fixed: the key, polling of the queues, reconcile, the alarms on Kedge itself, its metrics and the dashboard.
The first 3 dashboards, 10 alarms and 10 metrics of an account are always free. Everything in the account shares them. A waiting plan costs 1 to 3
transitions at each check. The waits lengthen, and the times of the policy end them. Without the free tier, the dashboard is the largest line. You can
remove it from the template, because nothing depends on it.

## Hourly windows that Kedge measures by itself

This is the cost of one endpoint with {columns} columns and one data-quality monitor each hour, if nothing is free. It comes on top of the bill above,
which contains the fixed parts: the queue of windows and the requests for the Monitors document. A stack with such a document also receives it in
each new environment of reconcile, for {copies} a month in all.

| item | {small:,} records an hour | {large:,} records an hour | counted as |
| --- | ---: | ---: | --- |
{windows}
| **together** | **{small_total}** | **{large_total}** | |
| Model Monitor's processing jobs | {processing} | {processing} or more | {minutes} minutes a run on one ml.m5.xlarge |

Calls and processor time were counted in one process with the function's own code over a folder that stands for S3. The endpoint writes
{small_objects} objects an hour for {small:,} records and {large_objects} for {large:,}. A window is looked at twice: 16 minutes after its end, and an hour later for
records that came late. Without such records, the second look only compares the names and versions of the objects.

A violated feature is one more metric of one's own while it is violated. Model Monitor writes a metric for each column, and these are
not in its line. The {minutes} minutes are an assumption: take the duration of your own jobs. The
instance is the default of the SageMaker Python SDK, and its price is ${processing_price:g} an hour. The storage of the captured data is not in either line.

## Sources of the prices

{sources}

The prices are in `tests/benchmarks/prices.py`, and the assumptions are in `tests/benchmarks/bill.py`.
"""


def page(usage: Mapping[str, Usage], measured: Mapping[int, WindowUsage]) -> str:
    """Return the page in Markdown."""
    month, rest = moving(usage, FLEET), added(minutes(usage[MINUTE]), standing())
    watch = usage_of_passes(SCHEDULES)
    whole, signals = added(month, rest, watching(watch)), moving(usage, million(FLEET))
    summary = {
        "endpoints": ENDPOINTS,
        "hours": HOURS,
        "region": REGION,
        "known_on": KNOWN_ON,
        "month_free": _money(total(whole, free_tier=True)),
        "month_full": _money(total(whole, free_tier=False)),
        "rest_free": _money(total(rest, free_tier=True)),
        "rest_full": _money(total(rest, free_tier=False)),
        "million": _money(total(signals, free_tier=False)),
        "watch": _money(total(whole_of(watch), free_tier=False)),
        "signals": "\n".join(_signals(usage)),
        "bill": "\n".join(_bill(whole)),
        "sources": "\n".join(f"* {source}" for source in sorted({price.source for price in PRICES.values()})),
    }
    return _PAGE.format_map(summary | _windows(usage, measured))


def _windows(usage: Mapping[str, Usage], measured: Mapping[int, WindowUsage]) -> dict[str, object]:
    """Return the parts of the section about windows."""
    small, large = OBJECTS
    bills = {records: added(windows(measured[records], usage)) for records in OBJECTS}
    rows = [
        f"| {line.price} | {' | '.join(_cents(one.dollars(free_tier=False)) for one in (line, other))} | {line.why} |"
        for line, other in zip(bills[small], bills[large], strict=True)
        if max(line.dollars(free_tier=False), other.dollars(free_tier=False)) >= 0.0005
    ]
    whole = {records: total(bill, free_tier=False) for records, bill in bills.items()}
    return {
        "columns": COLUMNS,
        "small": small,
        "large": large,
        "small_objects": OBJECTS[small],
        "large_objects": OBJECTS[large],
        "windows": "\n".join(rows),
        "small_total": _money(whole[small]),
        "large_total": _money(whole[large]),
        "processing": _money(total(model_monitor(), free_tier=False)),
        "processing_price": PRICES["processing"].dollars,
        "minutes": MODEL_MONITOR_MINUTES,
        "copies": _money(PRICES["appconfig copies"].of(RENEWED * HOURS, free_tier=False)),
    }


def _cents(dollars: float) -> str:
    return f"${dollars:.3f}"


def _signals(usage: Mapping[str, Usage]) -> Iterator[str]:
    for kind, count in FLEET.items():
        one = usage[kind]
        asked = sum(times for name, times in one.calls.items() if name.startswith("sagemaker:"))
        calls = " | ".join(f"{one.calls.get(name, 0):.0f}" for name in _CALLS)
        yield f"| {kind} | {count:,} | {asked:.0f} | {calls} | {one.written:.0f} | {round(one.logged, -2):,.0f} |"


def _bill(lines: list[Line]) -> Iterator[str]:
    for line in lines:
        price = PRICES[line.price]
        per = _amount(price.per, price.unit) + " " if price.per != 1 else ""
        listed = f"${price.dollars:g} for {per}{price.unit}" if price.dollars else "free"
        free, full = (_money(line.dollars(free_tier=tier)) for tier in (True, False))
        yield f"| {line.price} | {_amount(line.units, price.unit)} | {listed} | {free} | {full} | {line.why} |"


def _amount(units: float, unit: str) -> str:
    if unit.startswith(("bytes", "compressed bytes")):
        return f"{units / 2**30:.2g} GiB"
    if units < 100:
        return f"{units:g}"
    digits = 1 - floor(log10(units))
    return f"{round(units, digits):,.0f}"


def _money(dollars: float) -> str:
    return f"${dollars:.2f}"
