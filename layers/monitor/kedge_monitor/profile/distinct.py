"""How many distinct values a column has, estimated from 4,096 bytes: HyperLogLog.

The hash of a value is the same in all processes and for all time, so sketches of hours can be merged. A text and its number have
different hashes.
"""

import math
from typing import Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kedge_monitor.batch import Floats

type Hashes = NDArray[np.uint64]

PRECISION: Final = 12
REGISTERS: Final = 1 << PRECISION
STANDARD_ERROR: Final = 1.04 / math.sqrt(REGISTERS)  # Flajolet, Fusy, Gandouet and Meunier 2007: 1.6 %

HIGHEST_RANK: Final = 65 - PRECISION  # the greatest value of a register
_RANK_BITS: Final = 64 - PRECISION
_WORDS_AT_ONCE: Final = 1 << 18
_NUMBER_SALT: Final = np.uint64(0x2545F4914F6CDD1D)
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


def mix_bits(keys: Hashes) -> Hashes:
    """Overwrite 64-bit keys with well mixed ones and return them: the finalizer of SplitMix64 (Steele, Lea and Flood 2014)."""
    shifted = keys >> np.uint64(30)
    keys ^= shifted
    keys *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(keys, np.uint64(27), out=shifted)
    keys ^= shifted
    keys *= np.uint64(0x94D049BB133111EB)
    np.right_shift(keys, np.uint64(31), out=shifted)
    keys ^= shifted
    return keys


def hash_numbers(values: Floats) -> Hashes:
    """Return 64-bit hashes of float64. 0.0 and -0.0 have one hash, and so have all NaN."""
    normal = values + 0.0  # -0.0 + 0.0 is 0.0
    absent = np.isnan(normal)
    if absent.any():
        normal[absent] = np.nan
    keys = normal.view(np.uint64)
    keys ^= _NUMBER_SALT
    return mix_bits(keys)


def hash_texts(values: pa.StringArray) -> Hashes:
    """Return 64-bit hashes of the UTF-8 bytes of texts without nulls.

    A text is cut into words of 8 bytes (little endian, zeros at the end). Each word is mixed with its place; the hash mixes their sum
    with the length.
    """
    hashes = np.empty(len(values), np.uint64)
    if not len(values):
        return hashes
    texts = values if pa.types.is_string(values.type) else values.cast(pa.string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    size = int(ends[-1])
    padded = np.zeros(size + 8, np.uint8)
    if data is not None:
        padded[:size] = np.frombuffer(data, np.uint8, size)
    words = np.ndarray((size + 1,), np.dtype("<u8"), padded, strides=(1,))
    needed = np.maximum((np.diff(ends) + 7) // 8, 1)
    done = np.cumsum(needed)
    start = 0
    while start < len(texts):
        before = int(done[start - 1]) if start else 0
        stop = max(int(np.searchsorted(done, before + _WORDS_AT_ONCE, side="right")), start + 1)
        hashes[start:stop] = _hash_words(words, ends[start : stop + 1], needed[start:stop])
        start = stop
    return hashes


def _hash_words(words: Hashes, ends: NDArray[np.int64], needed: NDArray[np.int64]) -> Hashes:
    lengths = np.diff(ends)
    if needed.max() == 1:  # each text is its only word
        keys = words[ends[:-1]].astype(np.uint64)
        keys &= _MASKS[lengths]
        keys += _ODD
        sums = mix_bits(keys)
        sums += lengths.astype(np.uint64) * _ODD
        return mix_bits(sums)
    first = np.cumsum(needed) - needed
    place = np.arange(int(needed.sum())) - np.repeat(first, needed)
    position = np.repeat(ends[:-1], needed) + 8 * place
    left = np.clip(np.repeat(ends[1:], needed) - position, 0, 8)
    keys = words[position].astype(np.uint64)
    keys &= _MASKS[left]
    keys += (place + 1).astype(np.uint64) * _ODD
    sums = np.add.reduceat(mix_bits(keys), first)
    sums += lengths.astype(np.uint64) * _ODD
    return mix_bits(sums)


_MASKS: Final = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


class HyperLogLog:
    """An estimate of the number of distinct values with a standard error of 1.6 %. The order of values never matters."""

    def __init__(self, registers: NDArray[np.uint8] | None = None) -> None:
        self.registers: NDArray[np.uint8] = np.zeros(REGISTERS, np.uint8) if registers is None else registers

    def copy(self) -> Self:
        """Return an independent copy."""
        return type(self)(self.registers.copy())

    def add_numbers(self, values: Floats) -> None:
        """Count float64 values."""
        self.add_hashes(hash_numbers(values))

    def add_texts(self, values: pa.StringArray) -> None:
        """Count texts without nulls."""
        self.add_hashes(hash_texts(values))

    def add_hashes(self, hashes: Hashes) -> None:
        """Count values by the hashes of `hash_numbers` or `hash_texts`."""
        rest = hashes & np.uint64((1 << _RANK_BITS) - 1)
        if len(hashes) > REGISTERS:
            # A hash of rank r is below 2^(53 - r): most cannot raise even the lowest register.
            limit = np.uint64(1 << _RANK_BITS - int(self.registers.min()))
            able = (rest < limit).nonzero()[0]
            rest, hashes = rest[able], hashes[able]
        # The exponent of the number is the place of its highest bit.
        length = np.frexp(rest.astype(np.float64))[1]
        ranks = (HIGHEST_RANK - length).astype(np.uint8)
        np.maximum.at(self.registers, (hashes >> np.uint64(_RANK_BITS)).astype(np.intp), ranks)

    def merge(self, other: "HyperLogLog") -> None:
        """Count the values of another sketch, too."""
        np.maximum(self.registers, other.registers, out=self.registers)

    def estimate(self) -> int:
        """Return the estimated number of distinct values.

        Source: Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6. It needs no table of
        corrections and no threshold between small and large.
        """
        counts = np.bincount(self.registers, minlength=HIGHEST_RANK + 1).tolist()
        if counts[0] == REGISTERS:
            return 0
        z = REGISTERS * _tau(1.0 - counts[HIGHEST_RANK] / REGISTERS)
        for count in reversed(counts[1:HIGHEST_RANK]):
            z = 0.5 * (z + count)
        z += REGISTERS * _sigma(counts[0] / REGISTERS)
        return round(REGISTERS * REGISTERS / (2.0 * math.log(2.0) * z))


def _sigma(x: float) -> float:
    """Sum x + sum over k of x^(2^k) * 2^(k-1), for 0 <= x < 1."""
    weight, total = 1.0, x
    while True:
        x *= x
        before = total
        total += x * weight
        weight += weight
        if total == before:
            return total


def _tau(x: float) -> float:
    """Sum (1 - x - sum over k of (1 - x^(2^-k))^2 * 2^-k) / 3, for 0 <= x <= 1."""
    if x in (0.0, 1.0):
        return 0.0
    weight, total = 1.0, 1.0 - x
    while True:
        x = math.sqrt(x)
        before = total
        weight *= 0.5
        total -= (1.0 - x) ** 2 * weight
        if total == before:
            return total / 3.0
