"""Exact sums of float64: the result does not depend on order or split, because nothing is rounded before the end.

Each block of values is cut at fixed powers of two into integers ("pre-rounding": Rump, Ogita and Oishi 2008; Demmel and Nguyen
2015). Adding 1.5 * 2^(e+52) rounds a value to a multiple of 2^e. The bits of the result are that multiple as an integer. Sums of
integers are exact in any order. The rest of the rounding is cut again 48 bits lower, until nothing is left: usually 2 or 3 cuts of
5 passes.
"""

import math
import sys
from collections.abc import Iterator
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from kedge_monitor.batch import Counts, Floats

BLOCK: Final = 1 << 15  # the most values of one call: 2^15 integers of 48 bits have a sum below 2^63
UNIT: Final = -2256  # exact integers count units of 2^-2256: a square of a float64 is a multiple of 2^-2148
LIMB: Final = 48  # bits of a digit of BinSums

_LARGE: Final = 2.0**970  # from here the rounding constant could overflow
_SHIFT: Final = 2 * LIMB  # exact scaling at both ends of the range
_LAST_ROW: Final = 21  # digits of rows below this are finite as float64
_LEAST_CUT: Final = -900  # below this, what is left is scaled up, because subnormal numbers are rounded


def cut_values(values: Floats, largest: float | None = None) -> Iterator[tuple[NDArray[np.int64], int, int]]:
    """Cut finite values into integers that have exactly their sum.

    Args:
        values: Finite float64. They are overwritten. At most BLOCK of them have a sum of integers below 2^63.
        largest: The greatest absolute value, if it is known.

    Yields:
        (bits, bias, exponent): the integers `bits - bias` (modulo 2^64) of the values, in their order, count units of 2^exponent;
        each is at most 2^47. `bits` is valid until the next step. The sum over all steps is exactly the values. exponent is a multiple of 16.
    """
    if not values.size:
        return
    if largest is None:
        largest = _find_largest(values)
    if largest >= _LARGE:
        far = np.abs(values) >= _LARGE
        yield from _cut_down(np.where(far, values * 2.0**-_SHIFT, 0.0), largest * 2.0**-_SHIFT, _SHIFT)
        values[far] = 0.0
        largest = _find_largest(values)
    if largest:
        yield from _cut_down(values, largest, 0)


def _find_largest(values: Floats) -> float:
    return max(float(values.max()), -float(values.min()))


def _cut_down(rest: Floats, largest: float, offset: int) -> Iterator[tuple[NDArray[np.int64], int, int]]:
    exponent = -(-(math.frexp(largest)[1] - LIMB + 1) // 16) * 16  # largest < 2^(exponent + 47)
    shifted = np.empty_like(rest)
    while True:
        while exponent < _LEAST_CUT:  # all that is left is below 2^-850: scaling by a power of two is exact
            rest *= 2.0 ** (4 * LIMB)
            exponent += 4 * LIMB
            offset -= 4 * LIMB
        magic = math.ldexp(1.5, exponent + 52)
        np.add(rest, magic, out=shifted)
        yield shifted.view(np.int64), (exponent + 1075) << 52 | 1 << 51, exponent + offset
        shifted -= magic
        rest -= shifted
        if not rest.any():
            return
        exponent -= LIMB


def add_exactly(values: Floats) -> int:
    """Return the exact sum of at most BLOCK finite values, which are overwritten, in units of 2^UNIT."""
    return _add_parts(values, _WHOLE)[0] if values.size else 0


def add_squares_exactly(values: Floats) -> int:
    """Return the exact sum of the squares of at most BLOCK finite values, in units of 2^UNIT."""
    return add_squares_of_parts(values, _WHOLE)[0] if values.size else 0


def add_squares_of_parts(values: Floats, begins: Counts) -> list[int]:
    """Return the exact sums of the squares of neighbouring parts in units of 2^UNIT.

    A square is its float64 plus the rounding error, which is a float64, too (Dekker 1971). Far exponents are scaled first.

    Args:
        values: Finite values.
        begins: The place of the first value of each part; the first is 0. A part has 1 to BLOCK values.
    """
    size = np.abs(values)
    tiny = np.count_nonzero(size <= 2.0**-440) + np.count_nonzero(size) - size.size
    if size.max() < 2.0**480 and not tiny:
        return _add_near_squares(values, begins)
    large, small = size >= 2.0**200, (size < 2.0**-200) & (size > 0.0)
    near = _add_near_squares(np.where(large | small, 0.0, values), begins)
    # 2^-600 * x and 2^600 * x lie between 2^-474 and 2^424: exact, and so are the errors of their squares.
    above = _add_near_squares(np.where(large, values, 0.0) * 2.0**-600, begins)
    below = _add_near_squares(np.where(small, values, 0.0) * 2.0**600, begins)
    return [a + (b << 1200) + (c >> 1200) for a, b, c in zip(near, above, below, strict=True)]


def _add_near_squares(values: Floats, begins: Counts) -> list[int]:
    squares = values * values
    high = values * 134217729.0  # 2^27 + 1: Veltkamp's splitting into two halves of 26 bits
    low = high - values
    high -= low
    np.subtract(values, high, out=low)
    if not low.any():  # no value has more than 26 bits, so every square is exact
        return _add_parts(squares, begins)
    error = high * high
    error -= squares
    high *= low
    high += high
    error += high
    low *= low
    error += low
    return [a + b for a, b in zip(_add_parts(squares, begins), _add_parts(error, begins), strict=True)]


def _add_parts(values: Floats, begins: Counts) -> list[int]:
    """Return the exact sums of neighbouring parts, as `add_squares_of_parts` has them. The values are overwritten."""
    totals = [0] * len(begins)
    for bits, bias, exponent in cut_values(values):
        part = np.add.reduceat(bits, begins)
        part -= (np.append(begins[1:], bits.size) - begins) * bias  # wraps around modulo 2^64, as the sum before it
        totals = [total + (found << exponent - UNIT) for total, found in zip(totals, part.tolist(), strict=True)]
    return totals


_WHOLE: Final = np.zeros(1, np.int64)


def round_ratio(numerator: int, denominator: int) -> float:
    """Return the float64 nearest to a ratio of integers; the largest finite one if it is beyond."""
    try:
        return numerator / denominator
    except OverflowError:
        return sys.float_info.max if numerator > 0 else -sys.float_info.max


def round_units(total: int) -> float:
    """Return the float64 nearest to an exact sum in units of 2^UNIT."""
    return round_ratio(total, 1 << -UNIT)


def to_units(value: float) -> int:
    """Return a finite float64 as an exact integer of units of 2^UNIT."""
    numerator, denominator = value.as_integer_ratio()
    return (numerator << -UNIT) // denominator


class BinSums:
    """Exact sums of several bins at once, as digits of 48 bits.

    The sum of bin b is the sum over i of digits[i, b] * 2^(48 * (lowest + i)). `normalise` makes the digits unique: those of the
    highest row lie in [-2^47, 2^47), all others in [0, 2^48). There is no row too many, and the lowest is not all zero.
    """

    def __init__(self, bins: int) -> None:
        self.bins = bins
        self.lowest = 0
        self.digits: NDArray[np.int64] = np.zeros((0, bins), np.int64)
        self._pending = 0  # deposits since the digits were carried

    @classmethod
    def from_digits(cls, lowest: int, digits: NDArray[np.int64]) -> Self:
        """Return the sums that have these digits."""
        sums = cls(digits.shape[1])
        sums.lowest, sums.digits, sums._pending = lowest, digits.copy(), 1
        sums.normalise()
        return sums

    def copy(self) -> Self:
        """Return an independent copy. Both are normalised."""
        self.normalise()
        sums = type(self)(self.bins)
        sums.lowest, sums.digits = self.lowest, self.digits.copy()
        return sums

    @classmethod
    def from_floats(cls, values: Floats) -> Self:
        """Return sums that are exactly these finite values."""
        sums = cls(len(values))
        for bits, bias, exponent in cut_values(values.astype(np.float64)):
            sums._deposit(bits - bias, exponent)
        return sums

    def add_sorted(self, values: Floats, bounds: Counts) -> None:
        """Add at most BLOCK ascending values: bin b gets values[bounds[b]:bounds[b + 1]]. The values are overwritten."""
        widths = bounds[1:] - bounds[:-1]
        filled = widths.nonzero()[0]
        starts, widths = bounds[filled], widths[filled]
        largest = max(float(values[-1]), -float(values[0])) if len(values) else 0.0
        for bits, bias, exponent in cut_values(values, largest):
            part = np.add.reduceat(bits, starts)
            part -= widths * bias  # wraps around modulo 2^64, as the sum before it
            if len(filled) == self.bins:
                self._deposit(part, exponent)
            else:
                spread = np.zeros(self.bins, np.int64)
                spread[filled] = part
                self._deposit(spread, exponent)

    def merge(self, other: "BinSums") -> None:
        """Add the sums of another object with as many bins."""
        self.normalise()
        other.normalise()
        if len(other.digits):
            self._cover(other.lowest, other.lowest + len(other.digits))
            at = other.lowest - self.lowest
            self.digits[at : at + len(other.digits)] += other.digits
            self._pending = 1

    def normalise(self) -> None:
        """Carry, so that equal sums have equal digits."""
        if not self._pending:
            return
        self._pending = 0
        self._carry()
        if len(self.digits) and (self.digits[-1] >> LIMB - 1 != self.digits[-1] >> 63).any():
            self._cover(self.lowest, self.lowest + len(self.digits) + 1)
            self._carry()
        while len(self.digits) > 1:
            folded = (self.digits[-1] << LIMB) + self.digits[-2]
            if (self.digits[-1] + 1 >> 1).any() or (folded >> LIMB - 1 != folded >> 63).any():
                break
            self.digits = self.digits[:-1]
            self.digits[-1] = folded
        low = 0
        while low < len(self.digits) and not self.digits[low].any():
            low += 1
        self.digits = self.digits[low:]
        self.lowest = self.lowest + low if len(self.digits) else 0

    def round(self) -> Floats:
        """Return the sums as float64, each within 2 units of its last place; equal sums give equal floats."""
        self.normalise()
        top = self.lowest + len(self.digits)
        if top > _LAST_ROW:
            places = [1 << LIMB * (self.lowest + i) - UNIT for i in range(len(self.digits))]
            columns = self.digits.T.tolist()
            return np.array([round_units(sum(d * p for d, p in zip(c, places, strict=True))) for c in columns])
        total = np.zeros(self.bins)
        for i in range(len(self.digits) - 1, -1, -1):
            total += np.ldexp(self.digits[i].astype(np.float64), LIMB * (self.lowest + i))
        return total

    def total(self) -> int:
        """Return the exact sum of all bins in units of 2^UNIT."""
        self.normalise()
        total = 0
        for i, row in enumerate(self.digits):
            total += int(row.sum()) << LIMB * (self.lowest + i) - UNIT
        return total

    def _deposit(self, part: NDArray[np.int64], exponent: int) -> None:
        row, shift = divmod(exponent, LIMB)
        self._cover(row, row + 2)
        at = row - self.lowest
        self.digits[at] += (part & (1 << LIMB - shift) - 1) << shift
        self.digits[at + 1] += part >> LIMB - shift
        self._pending += 1
        if self._pending > 1 << 12:
            self.normalise()

    def _cover(self, low: int, high: int) -> None:
        """Make room for the rows from `low` up to, not including, `high`."""
        if not len(self.digits):
            self.lowest, self.digits = low, np.zeros((high - low, self.bins), np.int64)
        below, above = self.lowest - low, high - self.lowest - len(self.digits)
        if below > 0 or above > 0:
            parts = [np.zeros((max(rows, 0), self.bins), np.int64) for rows in (below, above)]
            self.digits = np.concatenate((parts[0], self.digits, parts[1]))
            self.lowest -= max(below, 0)

    def _carry(self) -> None:
        for i in range(len(self.digits) - 1):
            self.digits[i + 1] += self.digits[i] >> LIMB
            self.digits[i] &= (1 << LIMB) - 1
