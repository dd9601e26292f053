"""The shape of a number column: equal-width bins for a picture, from the fine edges of the histograms."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from kedge_monitor.batch import Floats
from kedge_monitor.profile.column import Histogram, NumberSummary
from kedge_monitor.report.markup import MINUS

_MOST_BINS: Final = 40
_FEWEST_BINS: Final = 12
_OUTSIDE: Final = 0.004
_SKEWED: Final = 12.0
_WHOLE_RANGE: Final = 0.75
_TICKS: Final = 7
_ORDINARY: Final = 100.0  # powers of ten: beyond them sums and quotients could leave the range of numbers
_NOTHING: Final = 1e-290  # of the largest value: what is nearer to 0 is 0 in any picture
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

    `baseline` and `window` are heights from 0 to 1: shares of records per width on the axis, relative to the highest bin
    of both. `gap` is the value where the distribution functions differ most.
    `gap_size` is the difference there, the Kolmogorov-Smirnov distance. It is positive if the window has more low values.
    """

    scale: Scale
    baseline: Floats
    window: Floats
    ticks: tuple[Tick, ...]
    gap: float
    gap_size: float
    gap_place: float


@dataclass(frozen=True, slots=True)
class _Function:
    """A distribution function: increasing values and the share of records up to each of them."""

    values: Floats
    shares: Floats

    def at(self, x: Floats) -> Floats:
        return np.interp(x, self.values, self.shares, left=0.0, right=1.0)

    def before(self, x: float) -> float:
        """Return the share of records below a value, so that a bin that begins there has it."""
        return float(self.at(np.array([np.nextafter(x, -math.inf)]))[0])

    def quantile(self, share: float) -> float:
        return float(np.interp(share, self.shares, self.values))


def density_of(baseline: NumberSummary, window: NumberSummary, *, integral: bool) -> Density | None:
    """Return the picture of a number column, or None if one side has no values or no histogram.

    The axis shows at least 99.2 % of the records of both sides. It is logarithmic if the upper tail is 12 times as long
    as the lower half. The smaller side decides the number of bins, by the Rice rule: 2 times the cube root of n.
    """
    if not (baseline.count and window.count and baseline.histogram and window.histogram):
        return None
    old, new = _function(baseline, baseline.histogram), _function(window, window.histogram)
    most = max(float(np.abs(each.values).max()) for each in (old, new))
    power = _power(most)
    old, new = _scaled(old, most, power), _scaled(new, most, power)
    low, high, middle = _range(old, new)
    if integral and not power and high - low <= 4 * _MOST_BINS:
        scale, bounds = Scale.LINEAR, _whole_bounds(low, high)
        masses = tuple(_masses(each, np.floor(bounds)) for each in (old, new))
        axis = _Axis(scale, float(bounds[0]), float(bounds[-1]), 1.0, power)
    else:
        axis = _axis(low, high, middle, power)
        number = round(2 * min(baseline.count, window.count) ** (1 / 3))
        places = np.linspace(0.0, 1.0, min(_MOST_BINS, max(_FEWEST_BINS, number)) + 1)
        bounds = axis.value(places)
        masses = tuple(_masses(each, bounds) for each in (old, new))
    highest = max(float(masses[0].max()), float(masses[1].max())) or 1.0
    gap, size = _gap(old, new)
    return Density(
        scale=axis.scale,
        baseline=masses[0] / highest,
        window=masses[1] / highest,
        ticks=axis.ticks(),
        gap=_shifted(gap, power),
        gap_size=size,
        gap_place=float(np.clip(axis.place(np.array([gap]))[0], 0.0, 1.0)),
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


def _scaled(function: _Function, most: float, power: int) -> _Function:
    """Return a function of values that are divided by a power of ten; values that are nearly 0 beside `most` are 0."""
    half = power // 2
    values = np.append(function.values, most) / 10.0**half / 10.0 ** (power - half)
    values = np.where(np.abs(values) < _NOTHING * values[-1], 0.0, values)[:-1]
    last = np.append(np.diff(values) > 0, True)
    return _Function(values[last], function.shares[last])


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


def _axis(low: float, high: float, middle: float, power: int) -> _Axis:
    half = middle - low
    if high - middle <= _SKEWED * half:
        return _Axis(Scale.LINEAR, low, high, 1.0, power)
    if low > 0:
        return _Axis(Scale.LOGARITHMIC, low, high, 1.0, power)
    # Nothing below this part of the range is visible, and dividing by less could overflow.
    unit = max(abs(middle) or half or (high - low) / 100, max(abs(low), abs(high)) * _LEAST_UNIT)
    return _Axis(Scale.SYMMETRIC, low, high, unit, power)


def _whole_bounds(low: float, high: float) -> Floats:
    """Return bounds between whole numbers, as wide as needed for at most 40 bins."""
    first, last = math.floor(low), math.ceil(high)
    width = max(1, math.ceil((last - first + 1) / _MOST_BINS))
    number = math.ceil((last - first + 1) / width)
    return first - 0.5 + width * np.arange(number + 1, dtype=np.float64)


def _masses(function: _Function, bounds: Floats) -> Floats:
    shares = function.at(bounds)
    shares[0] = function.before(float(bounds[0]))
    return np.maximum(np.diff(shares), 0.0)


def _gap(old: _Function, new: _Function) -> tuple[float, float]:
    values = np.union1d(old.values, new.values)
    differences = new.at(values) - old.at(values)
    at = int(np.abs(differences).argmax())
    return float(values[at]), float(differences[at])


def _linear_ticks(low: float, high: float) -> list[float]:
    rough = (high - low) / _TICKS
    if not (math.isfinite(rough) and rough > 0):
        return [low, high]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * i for i in range(math.ceil(low / step), math.floor(high / step) + 1)]
