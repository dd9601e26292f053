"""docs/scale.md, written from the model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.benchmarks import scale
from tests.benchmarks.bill import LATENCY
from tests.benchmarks.scale import SIZES, One, counted, fleet, fleet_units, hour, limits, month, settings

PAGE: Final = Path(__file__).parents[2] / "docs" / "scale.md"

_PAGE: Final = """\
# How far Kedge scales

One stack serves one account and Region. The tables show the load of 100, 1,000 and 10,000 endpoints with four hourly monitors each. A model
computes them from the counted calls of one signal ([cost.md](cost.md)), the settings in `template.yaml`, and the items of Kedge's own code.
`make bench` counts again and fails if the model is no longer correct. `.venv/bin/python -m tests.benchmarks.bench_scale` writes this page. No figure
was measured in a live account.

The first limit is this: {first}. About {first_at} endpoints reach it. Then {first_then}.

## An ordinary hour

SageMaker starts hourly executions within {spread} minutes after the full hour, so their events come within about {spread} minutes, too. All
runs are clean. Two of the four monitors merge ground truth first, so each of their runs sends one more event.

| | {sizes} |
| --- | {dashes} |
{ordinary}

## Every endpoint drifts in the same hour

The data-quality monitor of each endpoint finds drift in {features} features; the other monitors are clean. If the features are the same,
Kedge opens one upstream incident and notifies once. If each endpoint has its own features, each has its own incident. A receiver then gets at most
10 messages in 5 minutes and one digest, so the effects queue stays short. A test sends the runs of 5,000 endpoints through the ledger and loses none.

| | {sizes} |
| --- | {dashes} |
{storm}

## Hot items

| item | written by | bound |
| --- | --- | --- |
| the fleet's case, one for an account and Region | a violated run of data quality with features that the fleet does not know well yet | for each feature as many targets as the policy needs; 64 KB, and 1 KB for each target of an upstream incident. If the item is busy, Kedge decides on the run without it |
| `RECEIVER#<receiver>` | each message that is sent immediately | after 4 conflicts a decision gathers its messages and writes no shared item |
| `REGISTER#<account>/<region>` | each step of a remedy that limits count | entries that no limit counts are removed |
| a case | each signal of one target and monitor | confirmed sources have 128 KB, unconfirmed ones 64 KB; a confirmed source that fires is never removed |

## Limits, in the order of endpoints

| limit | endpoints | consequence |
| --- | ---: | --- |
{limits}

## Assumptions

A call to AWS takes {latency:.0f} ms. Intake itself needs {own:.0f} ms for a signal. An item of DynamoDB accepts 1,000 write units a second, and a
table on demand 4,000 at first. The assumptions are in `tests/benchmarks/scale.py`.
"""


def page() -> str:
    """Return the page in Markdown."""
    one = counted()
    found = limits(one)
    reached = [each for each in found if each.endpoints < scale.MOST]
    return _PAGE.format(
        first=reached[0].name,
        first_at=f"{reached[0].endpoints:,}",
        first_then=reached[0].then,
        spread=round(scale.SPREAD.total_seconds() / 60),
        features=scale.FEATURES,
        sizes=" | ".join(f"{size:,} endpoints" for size in SIZES),
        dashes=" | ".join("---:" for _ in SIZES),
        ordinary="\n".join(_ordinary(one)),
        storm="\n".join(_storm(one)),
        limits="\n".join(
            f"| {each.name} | {f'{each.endpoints:,}' if each.endpoints < scale.MOST else 'not reached'} | {each.then} |"
            for each in found
        ),
        latency=LATENCY * 1_000,
        own=scale.OWN * 1_000,
    )


def _ordinary(one: dict[str, One]) -> Iterator[str]:
    hours = [hour(size, one) for size in SIZES]
    most = settings().intakes
    yield _row("signals", (f"{each.signals:,}" for each in hours))
    yield _row("signals a second after the full hour", (_few(each.a_second) for each in hours))
    yield _row(f"intakes that are busy at once, of {most}", (_few(min(each.busy, most)) for each in hours))
    yield _row("age of the oldest signal", (_time(each.age) for each in hours))
    yield _row("calls to SageMaker a second", (_few(each.sagemaker) for each in hours))
    yield _row("write units of DynamoDB a second", (_few(each.units) for each in hours))
    share = [scale.timers(size) / scale.most_timers() for size in SIZES]
    yield _row("timers, of those that reconcile has time for", (f"{each:.0%}" for each in share))
    yield _row("cost of a month, nothing free", (f"${month(size):,.0f}" for size in SIZES))


def _storm(one: dict[str, One]) -> Iterator[str]:
    hours = [hour(size, one, drifts=True) for size in SIZES]
    most = settings().intakes
    yield _row(f"intakes that are busy at once, of {most}", (_few(min(each.busy, most)) for each in hours))
    yield _row("age of the oldest signal", (_time(each.age) for each in hours))
    yield _row("write units of DynamoDB a second", (_few(each.units) for each in hours))
    for words, alike in (("the same features", True), ("features of their own", False)):
        items = [fleet(size, alike=alike) for size in SIZES]
        yield _row(f"the fleet's item, {words}: KB", (f"{each.bytes / 1_024:.0f}" for each in items))
        yield _row(f"its writes, {words}", (f"{each.writes:,}" for each in items))
        units = (_few(fleet_units(size, one, alike=alike)) for size in SIZES)
        yield _row(f"its write units a second, {words}, of 1,000", units)
    rechecks = (_time(scale.rechecks(size) * 60) for size in SIZES)
    yield _row("until each target of the upstream incident was re-evaluated", rechecks)


def _row(words: str, cells: Iterator[str]) -> str:
    return f"| {words} | {' | '.join(cells)} |"


def _few(number: float) -> str:
    return f"{number:.2g}" if number < 10 else f"{number:,.0f}"


def _time(seconds: float) -> str:
    return "under a minute" if seconds < 60 else f"{seconds / 60:,.0f} minutes"
