"""Compares a bad run with the values of earlier runs: whether they had declined before, or only the limit changed."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise
from typing import Final

from msgspec import Struct

from kedge.decide.other_explanations import OtherExplanation
from kedge.domain.deployment import Deployment
from kedge.domain.finding import Finding
from kedge.domain.ids import mark
from kedge.domain.run import BAD, Measure, MeasuredRun, Reading, Verdict
from kedge.domain.signal import AlarmChanged, AnySignal, RunFinished

KEPT: Final = 24
"""The maximum number of stored numbers per run."""

ROOM: Final = 640
"""The maximum bytes of all names together, so that an item costs one write unit."""

_LONGEST_NAME: Final = 96
_COMPARED: Final = 24
"""The maximum number of runs before a deployment in a comparison."""

_ENOUGH: Final = 3
_TREND: Final = 4
_MOSTLY: Final = 2 / 3
_EQUAL: Final = 1e-9


def measured_of(signal: AnySignal, verdict: Verdict | None) -> MeasuredRun | None:
    """Return the stored form of a signal with its numbers; None if it is unconfirmed, or there is nothing to store.

    `verdict` is the signal's after the policy's evaluation. A violated run is stored without numbers, too: its verdict
    and its time.
    """
    if verdict is None or not isinstance(signal, (RunFinished, AlarmChanged)) or not signal.provenance.is_vouched:
        return None
    if type(signal) is AlarmChanged:
        if signal.observed is None and signal.limit is None:
            return None
        name = signal.metric or signal.alarm
        seen: tuple[Measure, ...] = () if signal.observed is None else (_measure(name, signal.observed, signal.limit),)
        return MeasuredRun(source=signal.alarm, at=signal.at, start=signal.at, verdict=verdict, values=seen)
    if (
        verdict not in (Verdict.CLEAN, Verdict.VIOLATED)
        or signal.disputed
        or signal.evidence.reading is not Reading.READ
    ):
        return None
    values = _values_of(signal.evidence.findings, signal.evidence.measures)
    if not values and verdict is Verdict.CLEAN:
        return None
    start = signal.window.start if signal.window is not None else signal.at
    return MeasuredRun(
        source=signal.source,
        at=signal.at,
        start=start,
        verdict=verdict,
        records=signal.evidence.records,
        values=values,
    )


def key_of(measured: MeasuredRun) -> str:
    """Return the key that distinguishes two sources with the same end of window."""
    return mark(measured.source)


def _values_of(findings: tuple[Finding, ...], measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
    """Return the values beyond their limits, the worst first, then the other measures, each name once."""
    broken = [
        _measure(name_of(each), value, each.limit) for each in findings[:1_000] if (value := each.observed) is not None
    ]
    broken.sort(key=lambda each: -abs(each.value - (each.limit or 0.0)))
    kept: dict[str, Measure] = {}
    room = ROOM
    for each in (*broken, *(_measure(one.name, one.value, one.limit) for one in measures)):
        if each.name in kept:
            continue
        room -= len(each.name.encode())
        if room < 0 or len(kept) == KEPT:
            break
        kept[each.name] = each
    return tuple(kept.values())


def name_of(finding: Finding) -> str:
    """Return the name of a finding's measure: the metric with its facet, or the feature with its check.

    It never contains a value of the data.
    """
    if finding.feature:
        return f"{finding.feature} {finding.check}"
    if finding.facet:
        return f"{finding.facet} {finding.metric or finding.check}"
    return finding.metric or finding.check


def _measure(name: str, value: float, limit: float | None) -> Measure:
    return Measure(name[:_LONGEST_NAME], _short(value), None if limit is None else _short(limit))


def _short(number: float) -> float:
    """Return a number with six significant digits: more have no meaning, and take room."""
    return float(f"{number:.6g}")


def explain_by_measurements(
    known: tuple[MeasuredRun, ...], before: Deployment, came: Deployment, after: MeasuredRun
) -> OtherExplanation | None:
    """Return how the values before a deployment explain a bad run after it; None if they do not.

    `known` are the stored runs of the source. `after` is the first bad one whose window is completely after the
    deployment. Each violated statistic with earlier values must be explained; then the explanation of the first is
    returned.
    """
    found: list[OtherExplanation] = []
    # An alarm may have fired before the end of the deployment.
    until = [each for each in known if each.at < after.at]
    for each in after.values:
        if each.limit is None or _equal(each.value, each.limit):
            continue
        earlier = _earlier(until, each.name, before.since, came.since)
        if not earlier:
            continue
        other = _of_limit(each, earlier) or _of_values(each, earlier, after.at, came)
        if other is None:
            return None
        found.append(other)
    return found[0] if found else None


class _Point(Struct, frozen=True):
    start: datetime
    at: datetime
    measure: Measure


def _earlier(known: Iterable[MeasuredRun], name: str, since: datetime, until: datetime) -> list[_Point]:
    """Return the values of a statistic in the clean runs just before a moment, the oldest first.

    A bad run ends the comparison. The runs are those of the config before, which served from `since`, unless it had too
    few.
    """
    found: list[_Point] = []
    for each in sorted(known, key=lambda one: one.at):
        measure = each.value_of(name)
        if each.at > until:
            break
        if each.verdict in BAD:
            found.clear()
        elif measure is not None:
            found.append(_Point(each.start, each.at, measure))
    own = [point for point in found if point.start >= since]
    return (own if len(own) >= _ENOUGH else found)[-_COMPARED:]


def _of_limit(now: Measure, earlier: list[_Point]) -> OtherExplanation | None:
    """Return the explanation that the limit is stricter than before."""
    limit, side = now.limit or 0.0, _side(now)
    last = earlier[-1].measure
    asks = "is it the limit, which is stricter now"
    if last.limit is not None and side * last.limit > side * limit and side * now.value <= side * last.limit:
        said = f"the limit of {now.name} was {last.limit:g} before and is {limit:g} now: {now.value:g} would have been within it"
        return OtherExplanation(said, asks)
    bad = [side * point.measure.value for point in earlier]
    if last.limit is None and bad[-1] > side * limit and side * now.value <= max(bad) + _spread(bad) / 2:
        said = f"{now.name} was {last.value:g} in the last clean run before, and that is beyond the limit of {limit:g}, too"
        return OtherExplanation(said, asks)
    return None


def _of_values(now: Measure, earlier: list[_Point], at: datetime, came: Deployment) -> OtherExplanation | None:
    """Return the explanation that the values had a trend already, or come as near to the limit at other times."""
    side = _side(now)
    bad = [side * point.measure.value for point in earlier]
    if len(bad) < _ENOUGH:
        return None
    first, last = earlier[0].measure.value, earlier[-1].measure.value
    way = f"{now.name} went from {first:g} to {last:g} in the {len(earlier)} runs before config {came.config} came"
    asks = "is it the decline that had begun before"
    if _would_break(now, earlier, at):
        return OtherExplanation(f"{way}, and is {now.value:g} now", asks)
    spread = _spread(bad)
    if _equal(spread, 0.0) or side * now.value > max(bad) + spread / 2:
        return None
    if bad[-1] - bad[0] >= spread * _MOSTLY:
        return OtherExplanation(f"{way}, and is {now.value:g} now", asks)
    low, high = sorted((side * min(bad), side * max(bad)))
    said = f"{now.name} was between {low:g} and {high:g} in the {len(earlier)} runs before, and {now.value:g} is little beyond that"
    return OtherExplanation(said, "does it come and go as it did before")


def _would_break(now: Measure, earlier: list[_Point], at: datetime) -> bool:
    """Return whether the values moved steadily towards the limit, and would have violated it without a new cause."""
    side, limit = _side(now), now.limit or 0.0
    for count in range(_TREND, len(earlier) + 1):
        points = earlier[-count:]
        steps = [side * (b.measure.value - a.measure.value) for a, b in pairwise(points)]
        time = (points[-1].at - points[0].at).total_seconds()
        rise = side * (points[-1].measure.value - points[0].measure.value)
        if time <= 0 or rise <= 0 or sum(step > 0 for step in steps) < len(steps) * _MOSTLY:
            continue
        then = side * points[-1].measure.value + rise * (at - points[-1].at).total_seconds() / time
        if then >= side * limit - _EQUAL:
            return True
    return False


def _side(now: Measure) -> int:
    """Return 1 if the value violated its limit by rising above it, -1 if by falling below."""
    return 1 if now.limit is None or now.value > now.limit else -1


def _spread(values: Iterable[float]) -> float:
    known = list(values)
    return max(known) - min(known)


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= _EQUAL
