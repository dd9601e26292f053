"""The shape of a number column: equal-width bins for a picture, from the fine edges of the histograms."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kedge_monitor.batch import Floats
from kedge_monitor.profile.column import Histogram, NumberSummary
from kedge_monitor.profile.numbers import ValueCounts
from kedge_monitor.report.markup import MINUS

_MOST_BINS: Final = 40
_FEWEST_BINS: Final = 12
_MOST_POINTS: Final = 4 * _MOST_BINS  # up to this number of evenly spaced values, the axis is linear
_FINEST: Final = 10_000  # with more steps than this, the bin of a single step is not visible
_ROUNDED: Final = 1e-7  # as a share of the range: what is nearer than this is the same place
_OUTSIDE: Final = 0.004
_SKEWED: Final = 12.0
_WHOLE_RANGE: Final = 0.75
_TICKS: Final = 7
_ORDINARY: Final = 100.0  # powers of ten: beyond them sums and quotients could leave the range of numbers.
_NOTHING: Final = 1e-290  # As a share of the largest value: below it, a value is 0 in any picture.
_LEAST_UNIT: Final = 1e-9
_NEAREST_TICKS: Final = 0.11
_SUFFIXES: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


class Scale(StrEnum):
    """How values become places on the axis."""

    LINEAR = "linear"
    LOGARITHMIC = "logarithmic"
    SYMMETRIC = "logarithmic away from 0"


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis: its place from 0 to 1, and its label."""

    place: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Density:
    """Two distributions over the same bins, ready to be drawn.

    `bounds` are the places of the bins from 0 to 1, one more than bins. `baseline` and `window` are heights from 0 to 1:
    shares of records per width on the axis, relative to the highest bin of both. `gap` is the value where the distribution functions differ most.
    `gap_size` is the difference there, the Kolmogorov-Smirnov distance. It is positive if the window has more low values.
    """

    scale: Scale
    bounds: Floats
    baseline: Floats
    window: Floats
    ticks: tuple[Tick, ...]
    gap: float
    gap_size: float
    gap_place: float


@dataclass(frozen=True, slots=True)
class _Function:
    """A distribution function: increasing values and the share of records up to each of them.

    `is_exact`: no record has a value between these, so the function is a staircase.
    """

    values: Floats
    shares: Floats
    is_exact: bool = False

    def at(self, x: Floats) -> Floats:
        if self.is_exact:
            return np.append(0.0, self.shares)[np.searchsorted(self.values, x, side="right")]
        return np.interp(x, self.values, self.shares, left=0.0, right=1.0)

    def before(self, x: float) -> float:
        """Return the share of records below a value, so that a bin that begins there has it."""
        return float(self.at(np.array([np.nextafter(x, -math.inf)]))[0])

    def quantile(self, share: float) -> float:
        return float(np.interp(share, self.shares, self.values))


def density_of(baseline: NumberSummary, window: NumberSummary, *, integral: bool) -> Density | None:
    """Return the picture of a number column, or None if one side has no values or no histogram.

    The axis shows at least 99.2 % of the records of both sides. It is logarithmic if the upper tail is 12 times as long
    as the lower half. The smaller side decides the number of bins, by the Rice rule: 2 times the cube root of n. If the
    values are evenly spaced, each bound lies between two of them, so that no value counts in the bin of another one.
    """
    if not (baseline.count and window.count and baseline.histogram and window.histogram):
        return None
    edges = _function(baseline, baseline.histogram), _function(window, window.histogram)
    most = max(float(np.abs(each.values).max()) for each in edges)
    power = _power(most)
    old, new = (_scaled(each, most, power) for each in edges)
    gap, size = _gap(baseline.histogram, window.histogram)
    old, new = (
        _scaled(_staircase(numbers.values, numbers.count), most, power) if numbers.values else each
        for numbers, each in ((baseline, old), (window, new))
    )
    low, high, middle = _range(old, new)
    lattice = _lattice(old, new, low, high, integral=integral and not power)
    axis = _axis(low, high, middle, power, lattice)
    number = round(2 * min(baseline.count, window.count) ** (1 / 3))
    number = min(_MOST_BINS, max(_FEWEST_BINS, number))
    if lattice is None:
        places = np.linspace(0.0, 1.0, number + 1)
        bounds = axis.value(places)
    else:
        bounds = lattice.bounds(axis, low, high, _MOST_BINS if lattice.points(low, high) <= _MOST_POINTS else number)
        places = axis.place(bounds)
    heights = [_masses(each, bounds, lattice) / np.diff(places) for each in (old, new)]
    highest = max(float(each.max()) for each in heights) or 1.0
    return Density(
        scale=axis.scale,
        bounds=places,
        baseline=heights[0] / highest,
        window=heights[1] / highest,
        ticks=axis.ticks(),
        gap=gap,
        gap_size=size,
        gap_place=float(np.clip(axis.place(_divided(np.array([gap]), power))[0], 0.0, 1.0)),
    )


def compact(value: float) -> str:
    """Return a number for an axis: 1.5k, 20M, 3e-05."""
    for size, suffix in _SUFFIXES:
        if size <= abs(value) < size * 1000:
            return f"{value / size:g}{suffix}".replace("-", MINUS)
    return f"{value:g}".replace("-", MINUS)


@dataclass(frozen=True, slots=True)
class _Axis:
    scale: Scale
    low: float
    high: float
    unit: float
    power: int

    def _bend(self, values: Floats) -> Floats:
        if self.scale is Scale.LOGARITHMIC:
            return np.log10(np.maximum(values, self.low))
        return np.arcsinh(values / self.unit) if self.scale is Scale.SYMMETRIC else values

    def _ends(self) -> tuple[float, float]:
        ends = self._bend(np.array([self.low, self.high]))
        return float(ends[0]), float(ends[1])

    def place(self, values: Floats) -> Floats:
        first, last = self._ends()
        return (self._bend(values) - first) / ((last - first) or 1.0)

    def value(self, places: Floats) -> Floats:
        first, last = self._ends()
        bent = first + places * (last - first)
        if self.scale is Scale.LOGARITHMIC:
            found = 10.0**bent
        else:
            found = np.sinh(bent) * self.unit if self.scale is Scale.SYMMETRIC else bent
        # Rounding must not push the ends past the records that they contain.
        found[0], found[-1] = self.low, self.high
        return found

    def ticks(self) -> tuple[Tick, ...]:
        values = np.array(_linear_ticks(self.low, self.high) if self.scale is Scale.LINEAR else self._decades())
        kept: list[Tick] = []
        for value, place in zip(values, self.place(values), strict=True):
            if 0 <= place <= 1 and (not kept or place - kept[-1].place >= _NEAREST_TICKS):
                kept.append(Tick(float(place), compact(_shifted(value, self.power))))
        return tuple(kept)

    def _decades(self) -> list[float]:
        least = self.low if self.scale is Scale.LOGARITHMIC else self.unit
        first = math.floor(math.log10(least))
        last = math.ceil(math.log10(max(abs(self.low), abs(self.high), least)))
        factors = (1, 2, 5) if last - first <= 3 else (1,)
        sizes = [
            factor * 10.0**power
            for power in range(first, last + 1)
            for factor in factors
            if factor * 10.0**power >= least
        ]
        if self.scale is Scale.LOGARITHMIC:
            return sizes
        return [*(-size for size in reversed(sizes)), 0.0, *sizes]


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Evenly spaced values: `origin` plus whole multiples of `step`."""

    origin: float
    step: float

    def ends(self, low: float, high: float) -> tuple[float, float]:
        """Return the ends of the axis in steps: half a step beyond the outermost values."""
        first, last = ((end - self.origin) / self.step for end in (low, high))
        return math.floor(first + _ROUNDED) - 0.5, math.ceil(last - _ROUNDED) + 0.5

    def points(self, low: float, high: float) -> float:
        """Return how many values of the lattice the axis has."""
        first, last = self.ends(low, high)
        return last - first

    def bounds(self, axis: "_Axis", low: float, high: float, most: int) -> Floats:
        """Return the bounds of at most `most` bins, each halfway between two values of the lattice."""
        first, last = self.ends(low, high)
        if axis.scale is Scale.LINEAR:
            width = math.ceil((last - first) / most)
            steps = np.append(np.arange(first, last, width), last)
        else:
            values = (axis.value(np.linspace(0.0, 1.0, most + 1)) - self.origin) / self.step
            steps = np.unique(np.clip(np.floor(values) + 0.5, first, last))
            steps[0], steps[-1] = first, last
        return self.origin + self.step * steps


def _lattice(old: _Function, new: _Function, low: float, high: float, *, integral: bool) -> _Lattice | None:
    """Return what the values are multiples of, both sides' or else the baseline's; None if they are not evenly spaced."""
    if integral:
        return _Lattice(0.0, 1.0) if high - low <= _FINEST and max(abs(low), abs(high)) < 1 / _ROUNDED else None
    if not old.is_exact:
        return None
    for known in (np.union1d(old.values, new.values) if new.is_exact else old.values, old.values):
        seen = known[(known >= low) & (known <= high)]
        step = _common_step(np.diff(seen), (high - low) / _FINEST)
        if step and max(abs(low), abs(high)) < step / _ROUNDED:
            return _Lattice(float(seen[0]), step)
    return None


def _common_step(gaps: Floats, least: float) -> float:
    """Return the largest step that divides all gaps, up to rounding; 0.0 if it is below `least`."""
    step = float(gaps.min()) if len(gaps) else 0.0
    tolerance = least * _FINEST * _ROUNDED
    for gap in gaps.tolist():
        rest = gap
        while rest > tolerance and step > least:
            step, rest = (
                min(step, rest),
                abs(max(step, rest) - round(max(step, rest) / min(step, rest)) * min(step, rest)),
            )
    if not step > least:
        return 0.0
    # The mean over all gaps has less error of rounding than a single one.
    return float(gaps.sum() / np.round(gaps / step).sum())


def _staircase(values: ValueCounts, count: int) -> _Function:
    return _Function(values.numbers, np.cumsum(values.counts) / count, is_exact=True)


def _function(numbers: NumberSummary, histogram: Histogram) -> _Function:
    values, shares = histogram.edges, np.cumsum(histogram.counts)[:-1] / numbers.count
    if numbers.minimum < values[0]:
        values, shares = np.concatenate(([numbers.minimum], values)), np.concatenate(([0.0], shares))
    if numbers.maximum > values[-1]:
        values, shares = np.concatenate((values, [numbers.maximum])), np.concatenate((shares, [1.0]))
    return _Function(values, shares)


def _power(most: float) -> int:
    """Return the power of ten by which values are divided before a picture is made of them, 0 for ordinary ones."""
    power = math.floor(math.log10(most)) if most else 0
    return power if abs(power) > _ORDINARY else 0


def _divided(values: Floats, power: int) -> Floats:
    half = power // 2  # a quotient of 10^300 at once could leave the range of numbers
    return values / 10.0**half / 10.0 ** (power - half)


def _scaled(function: _Function, most: float, power: int) -> _Function:
    """Return a function of values that are divided by a power of ten; values that are nearly 0 beside `most` are 0."""
    values = _divided(np.append(function.values, most), power)
    values = np.where(np.abs(values) < _NOTHING * values[-1], 0.0, values)[:-1]
    last = np.append(np.diff(values) > 0, True)
    return _Function(values[last], function.shares[last], function.is_exact)


def _shifted(value: float, power: int) -> float:
    """Return the value in the unit of the data, without the last digits, which rounding made."""
    shown, _, own = f"{value:.11e}".partition("e")
    return float(f"{shown}e{int(own) + power}")


def _range(old: _Function, new: _Function) -> tuple[float, float, float]:
    """Return both ends of the axis and the median of the baseline."""
    low = min(each.quantile(_OUTSIDE) for each in (old, new))
    high = max(each.quantile(1 - _OUTSIDE) for each in (old, new))
    least, most = min(old.values[0], new.values[0]), max(old.values[-1], new.values[-1])
    if high - low >= _WHOLE_RANGE * (most - least):
        low, high = least, most
    if not high > low:
        low, high = low - max(0.5, abs(low) / 2), high + max(0.5, abs(high) / 2)
    return float(low), float(high), old.quantile(0.5)


def _axis(low: float, high: float, middle: float, power: int, lattice: _Lattice | None) -> _Axis:
    scale, unit = Scale.LINEAR, 1.0
    few = lattice is not None and lattice.points(low, high) <= _MOST_POINTS
    if not few and high - middle > _SKEWED * (middle - low):
        scale = Scale.LOGARITHMIC if low > 0 else Scale.SYMMETRIC
        # Nothing below this part of the range is visible, and dividing by less could overflow.
        unit = max(abs(middle) or middle - low or (high - low) / 100, max(abs(low), abs(high)) * _LEAST_UNIT)
    if lattice is not None:
        least = low / 2
        low, high = (lattice.origin + lattice.step * end for end in lattice.ends(low, high))
        if scale is Scale.LOGARITHMIC:
            low = max(low, least)
    return _Axis(scale, low, high, 1.0 if scale is not Scale.SYMMETRIC else unit, power)


def _masses(function: _Function, bounds: Floats, lattice: _Lattice | None) -> Floats:
    """Return the share of records in each bin. The first bin has the value at its lower bound, too."""
    if lattice is not None and not function.is_exact:
        # Between two values of the lattice, the function is known at the lower one only.
        bounds = bounds - lattice.step / 2
    shares = function.at(bounds)
    shares[0] = function.before(float(bounds[0]))
    return np.maximum(np.diff(shares), 0.0)


def _gap(old: Histogram, new: Histogram) -> tuple[float, float]:
    """Return the edge where the distribution functions differ most, and the difference there."""
    shares = [np.cumsum(each.counts)[:-1] / each.counts.sum() for each in (old, new)]
    differences = shares[1] - shares[0]
    at = int(np.abs(differences).argmax())
    return float(old.edges[at]), float(differences[at])


def _linear_ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / _TICKS
    if not (math.isfinite(rough) and rough > 0):
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
