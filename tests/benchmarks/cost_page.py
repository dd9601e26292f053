"""docs/cost.md: the bill with every assumption beside it."""

from collections.abc import Iterator, Mapping
from math import floor, log10
from pathlib import Path
from typing import Final

from tests.benchmarks.bill import ENDPOINTS, FLEET, HOURS, Line, added, million, minutes, moving, standing, total
from tests.benchmarks.counted import MINUTE, Usage
from tests.benchmarks.prices import KNOWN_ON, PRICES, REGION

PAGE: Final = Path(__file__).parents[2] / "docs" / "cost.md"

_CALLS: Final = ("dynamodb:GetItem", "s3:GetObject", "sns:Publish")
# Two digits are all that the assumptions are good for.
_DIGITS: Final = 2
_PAGE: Final = """\
# What Kedge costs

{endpoints} endpoints with four hourly monitors cost **{month_free} a month** in an account that has its always-free tier to
itself, and {month_full} in one where other things have used that up. A month in which nothing happens costs {rest_free} and
{rest_full}. A million signals of the same mix cost {million} on top of that, with nothing free.

The calls were counted on the local stack: the built functions, the template's own roles, one signal at a time. The prices are
list prices for {region} as they were known on {known_on}, without taxes, discounts or what is free in an account's first
year only. `make bench` counts again and fails where the month reaches 5.50 dollars with the always-free tier;
`.venv/bin/python -m tests.benchmarks.bench_cost` writes this page anew.

Not in it: what SageMaker, its monitors and the bucket of their reports cost; more subscribers than one mail address; the
console's own calls when somebody looks.

## What one signal does

| signal | a month | calls to SageMaker | GetItem | GetObject | Publish | write units | bytes of log |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{signals}

The fleet has a problem in one run of a hundred, and it lasts for two runs; SageMaker sends one event in a hundred twice; on
each endpoint, an alarm goes off and back once a week, and a deployment makes four events. A month has {hours} hours. Two of
the four monitors (model quality and bias) merge ground truth first; such a job is known by its name, and costs no call.
Each signal is told for itself, as if no two belonged together: what the policy gathers into one message costs less.

## The month

| what | how much | list price | always-free tier | nothing free | counted as |
| --- | ---: | --- | ---: | ---: | --- |
{bill}
| **together** | | | **{month_free}** | **{month_full}** | |

Most of it stands, whatever happens: the key, the polling of the queues, the look that reconcile takes every minute, the alarms
on Kedge itself, its metrics and the dashboard. The first three dashboards, ten alarms and ten metrics of an account are always free, and shared by all that is in
the account. A plan that waits costs a transition or three at each look; the waits lengthen, and the policy's times end them. The dashboard is the largest single line where they are not; nothing depends on it, so whoever has another may
take it out of the template.

## Where the prices are from

{sources}

The prices lie in `tests/benchmarks/prices.py`, the assumptions in `tests/benchmarks/bill.py`, and nowhere else.
"""


def page(usage: Mapping[str, Usage]) -> str:
    """The page, in Markdown."""
    month, rest = moving(usage, FLEET), added(minutes(usage[MINUTE]), standing())
    whole, signals = added(month, rest), moving(usage, million(FLEET))
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
        "signals": "\n".join(_signals(usage)),
        "bill": "\n".join(_bill(whole)),
        "sources": "\n".join(f"* {source}" for source in sorted({price.source for price in PRICES.values()})),
    }
    return _PAGE.format_map(summary)


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
