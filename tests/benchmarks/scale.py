"""A model of the ring at 100, 1,000 and 10,000 endpoints, made from the counted usage of one signal.

The counted figures are those of docs/cost.md, the settings those of template.yaml, and Kedge's own code makes the items. All
other assumptions are written here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from kedge.decide.fleet import Sightings, fleet_of, seen
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.signal import FeaturesDrifted
from kedge.domain.target import Target, TargetKind
from kedge.policy.compiled import default_policy
from kedge.routing.recipients import RECHECK
from tests.benchmarks.bill import ENDPOINTS, LATENCY
from tests.template.deployed import Deployed
from tests.unit.docs.pages import table

COST: Final = Path(__file__).parents[2] / "docs" / "cost.md"
SIZES: Final = (100, 1_000, 10_000)

MONITORS: Final = 4
MERGES: Final = 2
# SageMaker starts an hourly execution within 20 minutes after the hour, and jobs take about the same time.
SPREAD: Final = timedelta(minutes=20)
# The time of a function's own work for a signal, without the calls that it waits for.
OWN: Final = 0.05
# An item accepts 1,000 write units per second in DynamoDB. A table on demand accepts 4,000 at once, and soon more.
ITEM_UNITS: Final = 1_000
TABLE_UNITS: Final = 4_000
# Concurrent executions of a new account, and of one without a raised quota.
NEW_ACCOUNT: Final = 10
# A due case is read with its fleet's item and with its context, and written.
CALLS_OF_A_TIMER: Final = 4
FEATURES: Final = 20
_PLAYED: Final = 300
_MISSED: Final = default_policy().missed_runs or 3
_DAY: Final = datetime(2026, 11, 20, tzinfo=UTC)


class One(NamedTuple):
    """The usage of one signal of a kind: calls in all and to SageMaker, and write units."""

    calls: float
    sagemaker: float
    units: float

    @property
    def seconds(self) -> float:
        """Return the seconds of intake for it."""
        return OWN + LATENCY * self.calls


class Settings(NamedTuple):
    """The settings of the template."""

    intakes: int
    dispatches: int
    reconcile_seconds: float
    age_alarm: float


class Fleet(NamedTuple):
    """The fleet's item: its largest size in bytes, and how often it is written while all endpoints drift."""

    bytes: int
    writes: int


def counted(page: Path = COST) -> dict[str, One]:
    """Return the usage of one signal of each kind by the cost page."""
    columns = ("signal", "a month", "calls to SageMaker", "GetItem", "GetObject", "Publish", "write units")
    found = {}
    for row in table(page, *columns):
        sagemaker, gets, objects, _, units = (float(cell) for cell in row[2:7])
        found[row[0]] = One(sagemaker + gets + objects + (1 if units else 0), sagemaker, units)
    return found


@cache
def settings() -> Settings:
    """Return concurrency, time and the alarm on the age of signals, as they are deployed."""
    stack = Deployed()
    limits = sorted(
        each["ScalingConfig"]["MaximumConcurrency"]
        for each in stack.of_type("AWS::Lambda::EventSourceMapping").values()
        if "ScalingConfig" in each
    )
    (age,) = (
        each["Threshold"]
        for each in stack.of_type("AWS::CloudWatch::Alarm").values()
        if str(each["AlarmName"]).endswith("signals-age")
    )
    return Settings(limits[-1], limits[0], stack.properties("ReconcileFunction")["Timeout"], age)


@cache
def fleet(endpoints: int, *, alike: bool) -> Fleet:
    """Return the fleet's item by Kedge's own code, after all endpoints drifted in the same features, or each in its own."""
    rule = default_policy().upstream
    assert rule is not None
    target = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="")
    known: Sightings = {}
    written: list[int] = []
    played = min(endpoints, _PLAYED)
    for number in range(played):
        after = seen(known, _sighting(target, number, alike=alike), _DAY, rule)
        written.append(0 if after is known else len(msgspec.json.encode(after)))
        known = after
    # The item is full by then, and each further target has the effect of the last 100.
    lately = sum(1 for size in written[-100:] if size)
    more = (endpoints - played) * lately // 100
    return Fleet(max(written), sum(1 for size in written if size) + more)


def _sighting(target: Target, number: int, *, alike: bool) -> FeaturesDrifted:
    prefix = "" if alike else f"model-{number:05}-"
    return FeaturesDrifted(
        id=f"{number}",
        at=_DAY,
        target=fleet_of(target),
        member=msgspec.structs.replace(target, name=f"model-{number:05}"),
        features=tuple(f"{prefix}feature-{each:02}" for each in range(FEATURES)),
        provenance=Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.SAGEMAKER),
    )


class Hour(NamedTuple):
    """An hour of a fleet. `busy` is the number of intakes at once, `age` that of the oldest signal in the queue in seconds."""

    signals: int
    a_second: float
    busy: float
    age: float
    sagemaker: float
    units: float


def hour(endpoints: int, one: Mapping[str, One], *, drifts: bool = False) -> Hour:
    """Return the hour after its full hour: all monitors run clean, or the data-quality monitors of all endpoints are violated."""
    kinds = {"clean run": float(MONITORS - drifts), "merge job": float(MERGES)}
    kinds |= {"violated run, told": 1.0} if drifts else {}
    signals = round(endpoints * sum(kinds.values()))
    work = endpoints * sum(one[kind].seconds * times for kind, times in kinds.items())
    spread = SPREAD.total_seconds()
    return Hour(
        signals=signals,
        a_second=signals / spread,
        busy=work / spread,
        age=max(0.0, work / settings().intakes - spread),
        sagemaker=_a_second(endpoints, kinds, {kind: each.sagemaker for kind, each in one.items()}, work),
        units=_a_second(endpoints, kinds, {kind: each.units for kind, each in one.items()}, work),
    )


def _a_second(endpoints: int, kinds: Mapping[str, float], of_one: Mapping[str, float], work: float) -> float:
    """Return a rate per second, at most the rate of signals that intake can take in."""
    whole = endpoints * sum(of_one[kind] * times for kind, times in kinds.items())
    return whole / max(SPREAD.total_seconds(), work / settings().intakes)


def timers(endpoints: int) -> float:
    """Return the due cases per minute of an ordinary hour: each is checked when it would have missed its runs."""
    return endpoints * MONITORS / (_MISSED * 60 + 30)


def most_timers() -> float:
    """Return the cases that reconcile can check per minute: they get half of its time."""
    return settings().reconcile_seconds / 2 / (OWN + LATENCY * CALLS_OF_A_TIMER)


def rechecks(endpoints: int) -> float:
    """Return the minutes until each target whose incident is part of one upstream was re-evaluated."""
    return max(RECHECK / timedelta(minutes=1), endpoints / most_timers())


def fleet_units(endpoints: int, one: Mapping[str, One], *, alike: bool) -> float:
    """Return the write units per second of the fleet's item, if each violated run that intake takes in writes it."""
    rate = settings().intakes / one["violated run, told"].seconds
    return rate * fleet(endpoints, alike=alike).bytes / 1_024


def month(endpoints: int, page: Path = COST) -> float:
    """Return the dollars per month without the free tier, by the cost page: the fixed part, and the part per endpoint."""
    _, whole, _, standing, *_ = (float(each) for each in re.findall(r"\$(\d+\.\d\d)", page.read_text(encoding="utf-8")))
    return standing + (whole - standing) * endpoints / ENDPOINTS


class Limit(NamedTuple):
    """A limit, the number of endpoints that reaches it, and the consequence."""

    name: str
    endpoints: int
    then: str


def limits(one: Mapping[str, One]) -> list[Limit]:
    """Return the limits, in the order that a growing fleet reaches them."""
    found = [
        Limit(
            f"concurrent executions of a new account ({NEW_ACCOUNT}), with dispatch, relay and reconcile",
            _first(lambda n: min(hour(n, one).busy, settings().intakes) + settings().dispatches + 2 >= NEW_ACCOUNT),
            "functions are throttled, and signals wait in the queue: ask for a larger quota",
        ),
        Limit(
            f"intake at its {settings().intakes} executions in an ordinary hour",
            _first(lambda n: hour(n, one).busy >= settings().intakes),
            "signals wait in the queue for longer than the minutes after the hour; raise `MaximumConcurrency`",
        ),
        Limit(
            f"the oldest signal is {settings().age_alarm / 60:.0f} minutes old in an ordinary hour",
            _first(lambda n: hour(n, one).age >= settings().age_alarm),
            "the alarm `signals-age` goes off; no signal is lost, the queue keeps them for days",
        ),
        Limit(
            f"the oldest signal is {settings().age_alarm / 60:.0f} minutes old if all endpoints drift in one hour",
            _first(lambda n: hour(n, one, drifts=True).age >= settings().age_alarm),
            "the alarm `signals-age` goes off; no signal is lost, the queue keeps them for days",
        ),
        Limit(
            "timers of an ordinary hour take half of reconcile's time",
            _first(lambda n: timers(n) >= most_timers()),
            "missed runs and reminders are noticed later, the longest waiting first; each run of a monitor sets its timer anew",
        ),
        Limit(
            f"targets of one upstream incident are re-evaluated every {RECHECK / timedelta(minutes=1):.0f} minutes",
            _first(lambda n: rechecks(n) > RECHECK / timedelta(minutes=1)),
            "what still fires after the upstream incident has ended is notified later, at its next run at the latest",
        ),
        Limit(
            "write units of the table if all endpoints drift (4,000 a second at first)",
            _first(lambda n: hour(n, one, drifts=True).units >= TABLE_UNITS),
            "DynamoDB throttles for some minutes while it grows, and signals wait in the queue",
        ),
        Limit(
            "write units of the fleet's item if all endpoints drift (1,000 a second)",
            _first(lambda n: fleet_units(min(n, SIZES[-1]), one, alike=False) >= ITEM_UNITS),
            "the decision on a run is made without what it would have told the fleet (`FleetUnheard`)",
        ),
    ]
    return sorted(found, key=lambda each: each.endpoints)


MOST: Final = 1_000_000
"""Of so many endpoints a limit that is not reached by then is not told."""


def _first(reached: Callable[[int], bool]) -> int:
    """Return the smallest number of endpoints that reaches a limit, to two digits; a million if it is not reached."""
    low, high = 1, MOST
    if not reached(high):
        return MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle + 1, high)
    digits = len(str(low)) - 2
    return low if digits <= 0 else round(low, -digits)
