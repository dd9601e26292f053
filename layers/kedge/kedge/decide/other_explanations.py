"""Other explanations than a deployment for a problem, and how the runs before the deployment went.

With one, no deployment is blamed, and a person is asked about both.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from msgspec import Struct

from kedge.decide.deployment_ledger import MONITORS, may_be_of_the_next, tallies
from kedge.decide.evaluation import Evaluation
from kedge.decide.run_history import PastRun, runs_of
from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState
from kedge.domain.deployment import Deployment, Deployments, RunTally
from kedge.domain.run import Monitor
from kedge.domain.signal import RunFinished
from kedge.formatting import format_duration

_LONG: Final = 3
"""A longer time than this many intervals without a measured run before a deployment is a gap."""

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_PERIODS: Final = ((_DAY, 7, "hour of the day"), (_WEEK, 8, "hour of the week"))
_OFTEN: Final = 2
"""The minimum number of earlier days or weeks with the problem at the same hour; the last one alone suffices."""

_JOINED: Final = 1.5
"""Bad runs that are at most this many intervals apart are one spell."""


_HELD_ANYWAY: Final = frozenset({Cause.SCHEMA_BREAK, Cause.UPSTREAM_INCIDENT})


class OtherExplanation(Struct, frozen=True):
    """Another explanation than a deployment: its evidence, and the end of the question whether it is the true one."""

    said: str
    asks: str


def same_model(before: Deployment, came: Deployment) -> bool:
    """Return whether only instances or scaling changed between two configs. Unknown parts count as changed."""
    if not before.models or len(before.models) != len(came.models):
        return False
    known = bool(before.packages and came.packages)
    if before.models == came.models:
        if known and before.packages != came.packages:
            return False
        return _parts(before) == _parts(came) if len(set(came.models)) > 1 else True
    # A deployment tool may make a new model of the same package each time.
    one_each = len(before.packages) == len(before.models)
    return one_each and before.packages == came.packages and _parts(before) == _parts(came)


def origin_of(deployments: Deployments, came: Deployment) -> Deployment:
    """Return the deployment of the models that a config serves: `came` itself unless only instances changed since."""
    origin = came
    for each in reversed(deployments.history):
        if each.since < origin.since:
            if not same_model(each, origin):
                break
            origin = each
    return origin


def of_instances(before: Deployment, came: Deployment) -> OtherExplanation:
    """Return the explanation for a fall of quality when only instances changed."""
    said = f"config {came.config} serves the same model as {before.config}: only instances or scaling changed"
    return OtherExplanation(said, "did the data change, as the model did not")


def unmeasured(runs: tuple[PastRun, ...], came: Deployment) -> OtherExplanation | None:
    """Return the explanation that nothing was measured for long before a deployment, or None.

    `runs` are those of the bad source, the oldest first.
    """
    measured = [ran for ran in runs if ran.letter in "gv"]
    before = [ran for ran in measured if ran.start < came.since]
    if not before:
        return None
    gap = came.since - min(max(ran.at for ran in before), came.since)
    if gap <= interval_of(measured) * _LONG:
        return None
    said = f"nothing was measured in the {format_duration(gap)} before it"
    return OtherExplanation(said, "did it become bad in the time before, in which nothing was measured")


def interval_of(runs: Iterable[PastRun]) -> timedelta:
    """Return the usual time between two runs, at least the length of a window; by default 1 hour."""
    known = list(runs)
    apart = [(later.at - one.at).total_seconds() for one, later in pairwise(known) if later.at > one.at]
    length = known[-1].at - known[-1].start if known else timedelta()
    return max(length, timedelta(seconds=median(apart) if apart else 0)) or _HOUR


def inputs_changed(
    inputs: CaseState, since: datetime, first: PastRun, now: PastRun, *, confirmed: bool
) -> OtherExplanation | None:
    """Return the explanation that the inputs also changed in the first bad window, or None.

    `inputs` is the case of the target's data quality. `since` is the deployment of the config, `first` the first bad
    run, `now` the newest one. Inputs that were bad before the deployment, while the model was well, explain nothing.
    Nor do inputs that have recovered while the model is not. Broken data and an upstream incident hold every remedy by
    themselves.
    """
    incident = inputs.incident
    if incident is not None and incident.is_open and incident.cause in _HELD_ANYWAY:
        return None
    sources = inputs.sources if confirmed else {**inputs.unconfirmed, **inputs.sources}
    for source, last in sources.items():
        for begin, end, is_over in _spells(runs_of(last)):
            together = since < begin.at and begin.start < first.at and end.at > first.start
            if together and (not is_over or end.at > now.start):
                said = f"the inputs changed in the same window: {source} found violations in its run until {begin.at:%H:%M} UTC"
                return OtherExplanation(said, "is it the inputs, which changed at the same time")
    return None


def _spells(runs: tuple[PastRun, ...]) -> Iterable[tuple[PastRun, PastRun, bool]]:
    """Yield the first and the last run of each spell of violated runs, and whether it is over.

    A run that measured nothing ends no spell.
    """
    begin = end = None
    for ran in runs:
        if ran.letter == "v":
            begin, end = begin or ran, ran
        elif ran.letter == "g" and begin is not None and end is not None:
            yield begin, end, True
            begin = end = None
    if begin is not None and end is not None:
        yield begin, end, False


def same_hour(bad: Iterable[PastRun], first: PastRun, since: datetime, interval: timedelta) -> OtherExplanation | None:
    """Return the explanation that the same hour of the day or week was bad before, or None.

    `bad` are the known violated runs, `since` is the deployment of the config, `interval` the usual time between two
    runs. A spell that is longer than half of a day or week says nothing about one of its hours.
    """
    known = sorted({(ran.at, ran.start) for ran in bad if ran.at <= since})
    for period, most, name in _PERIODS:
        if interval * 2 > period:
            continue
        spells = [each for each in _joined(known, interval) if each[1] - each[0] <= period / 2]
        found = [
            number for number in range(1, most + 1) if any(_meets(each, first, period * number) for each in spells)
        ]
        if found and (found[0] == 1 or len(found) >= _OFTEN):
            times = "once" if len(found) == 1 else f"{len(found)} times"
            said = f"it was bad {times} before at the same {name}, {first.at:%H:%M} UTC"
            return OtherExplanation(said, f"is it always bad at this {name}")
    return None


def _joined(runs: list[tuple[datetime, datetime]], interval: timedelta) -> list[tuple[datetime, datetime]]:
    """Return the spells of runs that are sorted by their ends: the start of the first window and the end of the last."""
    spells: list[tuple[datetime, datetime]] = []
    for at, start in runs:
        if spells and at - spells[-1][1] <= interval * _JOINED:
            spells[-1] = (spells[-1][0], at)
        else:
            spells.append((start, at))
    return spells


def _meets(spell: tuple[datetime, datetime], first: PastRun, back: timedelta) -> bool:
    """Return whether a spell covers more than half of the window that is `back` before the first bad one.

    For an alarm the window is half an hour on each side.
    """
    margin = timedelta() if first.start < first.at else _HOUR / 2
    start, at = first.start - back - margin, first.at - back + margin
    begin, end = (spell[0], spell[1]) if spell[0] < spell[1] else (spell[0] - _HOUR / 2, spell[1] + _HOUR / 2)
    return min(end, at) - max(begin, start) >= (at - start) / 2


def _parts(each: Deployment) -> list[float] | None:
    """Return the traffic shares in the order of the models."""
    return [each.shares.get(model, -1.0) for model in each.models] if each.shares else None


_NOTHING: Final = CaseState()
_BY_CHANCE: Final = 0.1
"""The share of clean runs before a bad one; above it, one more bad run is not news."""


def by_chance(case: Evaluation, before: Deployment, came: Deployment, bad: int) -> bool:
    """Return whether this many bad runs in a row are as common as under the config before."""
    known = runs_of(case.last) if case.last is not None else ()
    letters = "".join(
        ran.letter
        for ran in known
        if before.since <= ran.start
        and ran.at <= came.since
        and ran.letter in "gv"
        and not may_be_of_the_next(ran, came.began)
    )
    spells = [spell for spell in letters.split("g") if spell]
    return len(spells) > letters.count("g") * _BY_CHANCE and bad <= max(map(len, spells))


def tally_of(case: Evaluation, before: Deployment, came: Deployment) -> RunTally | None:
    """Return the tally of the source's runs under a config.

    It comes from the stored runs (with late ground truth), else from the count at the config's end.
    """
    monitor = case.signal.monitor if isinstance(case.signal, RunFinished) else Monitor.ALARM
    cases = tuple(case.state if each is monitor else _NOTHING for each in MONITORS)
    found = tallies(before.since, came.since, cases, confirmed=case.is_confirmed, began=came.began)
    now = found.get(case.source)
    then = (before.runs if case.is_confirmed else before.unconfirmed).get(case.source)
    if now is None or then is None:
        return now or then
    return now if now.clean + now.bad >= then.clean + then.bad else then


def term_before(deployments: Deployments, came: Deployment) -> Deployment | None:
    """Return the config that served before another one, or None."""
    earlier = [each for each in deployments.history if each.since < came.since]
    return earlier[-1] if earlier else None
