"""Profiles as bytes: the same numbers to the last bit, and all that merging needs.

The format is MessagePack. Arrays are little-endian bytes, counts in the narrowest width that holds them. Equal profiles give equal bytes.
"""

from typing import Annotated, Final

import msgspec
import numpy as np

from kedge_monitor.batch import Classes, Column, Counts, Floats, Kind, Schema
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.column import ColumnProfile, Histogram, NumberSummary, join_categories
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.profile.distinct import HIGHEST_RANK, REGISTERS, HyperLogLog
from kedge_monitor.profile.kll import KllSketch
from kedge_monitor.profile.numbers import ValueCounts
from kedge_monitor.profile.sums import BinSums

VERSION: Final = 1

_MOST_ROWS: Final = 48  # of the digits of sums: 48 rows of 48 bits hold every float64


class ProfileUnreadable(MonitorError):
    """Bytes that are no profile of this version."""


class _StoredBins(msgspec.Struct, frozen=True, array_like=True):
    edges: bytes
    counts: bytes
    lowest: int
    rows: int
    digits: bytes


class _StoredNumbers(msgspec.Struct, frozen=True, array_like=True):
    count: int
    minimum: float
    maximum: float
    rounded: tuple[float, float, float]  # total, mean, m2
    exact: tuple[bytes, bytes] | None
    values: tuple[bytes, bytes] | None
    levels: tuple[tuple[int, bytes], ...]  # compactions and items
    bins: _StoredBins | None


class _StoredCategories(msgspec.Struct, frozen=True, array_like=True):
    exact: bool
    total: int
    commonest: dict[str, tuple[int, int]]
    error: int
    sample: dict[str, int]
    level: Annotated[int, msgspec.Meta(ge=0, le=64)]


class _StoredColumn(msgspec.Struct, frozen=True, array_like=True):
    name: str
    kind: Kind
    missing: int
    classes: tuple[int, int, int, int]
    numbers: _StoredNumbers | None
    texts: _StoredCategories
    registers: bytes


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    version: int
    records: int
    columns: tuple[_StoredColumn, ...]


class _Version(msgspec.Struct, frozen=True, array_like=True):
    version: int


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Stored)
_ACTION: Final = "Measure the window or the baseline again."
_VERSION_DECODER: Final = msgspec.msgpack.Decoder(_Version)


def encode_profile(profile: DatasetProfile) -> bytes:
    """Return a profile as bytes."""
    return _ENCODER.encode(_Stored(VERSION, profile.records, tuple(_store_column(c) for c in profile.columns)))


def decode_profile(data: bytes) -> DatasetProfile:
    """Return the profile of `encode_profile`.

    Raises:
        ProfileUnreadable: The bytes are damaged, or another version of Kedge wrote them.
    """
    try:
        version = _VERSION_DECODER.decode(data).version
        columns, records = _read(data) if version == VERSION else ((), 0)
    except (msgspec.MsgspecError, ValueError, LookupError, OverflowError) as error:
        raise ProfileUnreadable(f"The profile is damaged: {error}. {_ACTION}") from error
    if version != VERSION:
        raise ProfileUnreadable(
            f"The profile has format {version}; this version of Kedge reads format {VERSION}. {_ACTION}"
        )
    return DatasetProfile(schema=Schema(columns=tuple(c.column for c in columns)), records=records, columns=columns)


def _read(data: bytes) -> tuple[tuple[ColumnProfile, ...], int]:
    stored = _DECODER.decode(data)
    return tuple(_read_column(column) for column in stored.columns), stored.records


def _store_column(profile: ColumnProfile) -> _StoredColumn:
    classes = profile.classes
    texts = profile.categories if profile.texts is None else profile.texts
    return _StoredColumn(
        profile.name,
        profile.column.kind,
        profile.missing,
        (classes.integral, classes.fractional, classes.boolean, classes.string),
        None if profile.numbers is None else _store_numbers(profile.numbers),
        _store_categories(texts),
        profile.distinct.registers.tobytes(),
    )


def _read_column(stored: _StoredColumn) -> ColumnProfile:
    registers = np.frombuffer(stored.registers, np.uint8).copy()
    if len(registers) != REGISTERS or registers.max() > HIGHEST_RANK:
        raise ValueError(f"column {stored.name}: the sketch of distinct values is not whole")
    distinct = HyperLogLog(registers)
    integral, fractional, boolean, string = stored.classes
    texts = _read_categories(stored.texts, distinct)
    numbers = None if stored.numbers is None else _read_numbers(stored.numbers)
    return ColumnProfile(
        column=Column(name=stored.name, kind=stored.kind),
        missing=stored.missing,
        classes=Classes(integral=integral, fractional=fractional, boolean=boolean, string=string),
        numbers=numbers,
        categories=texts if numbers is None else join_categories(texts, numbers.values),
        distinct=distinct,
        texts=None if numbers is None else texts,
    )


def _store_categories(counts: CategoryCounts) -> _StoredCategories:
    exact = counts.exact
    commonest = {} if exact else counts.commonest
    sample = dict(sorted(counts.sample.items()))
    return _StoredCategories(exact, counts.total, commonest, counts.error, sample, counts.sample_level)


def _read_categories(stored: _StoredCategories, distinct: HyperLogLog) -> CategoryCounts:
    if stored.exact:
        return CategoryCounts.from_counts(stored.sample)
    return CategoryCounts.from_parts(
        total=stored.total,
        commonest=stored.commonest,
        error=stored.error,
        sample=stored.sample,
        level=stored.level,
        distinct=distinct,
    )


def _store_numbers(numbers: NumberSummary) -> _StoredNumbers:
    values = None if numbers.values is None else ValueCounts.from_dict(numbers.values)
    sketch = numbers.sketch
    return _StoredNumbers(
        numbers.count,
        numbers.minimum,
        numbers.maximum,
        (numbers.total, numbers.mean, numbers.m2),
        None if numbers.exact is None else (_store_integer(numbers.exact[0]), _store_integer(numbers.exact[1])),
        None if values is None else (_store_floats(values.values), _store_counts(values.counts)),
        tuple((times, _store_floats(items)) for times, items in zip(sketch.compactions, sketch.levels, strict=True)),
        None if numbers.histogram is None else _store_bins(numbers.histogram),
    )


def _read_numbers(stored: _StoredNumbers) -> NumberSummary:
    total, mean, m2 = stored.rounded
    values = None
    if stored.values is not None:
        values = ValueCounts(_read_floats(stored.values[0]), _read_counts(stored.values[1]))
    return NumberSummary(
        count=stored.count,
        total=total,
        mean=mean,
        m2=m2,
        minimum=stored.minimum,
        maximum=stored.maximum,
        sketch=KllSketch.from_levels(
            [_read_floats(items) for _, items in stored.levels], [times for times, _ in stored.levels]
        ),
        histogram=None if stored.bins is None else _read_bins(stored.bins),
        exact=None if stored.exact is None else (_read_integer(stored.exact[0]), _read_integer(stored.exact[1])),
        values=None if values is None else values.as_dict(),
    )


def _store_bins(histogram: Histogram) -> _StoredBins:
    """Store counts and digits of the bins that hold values; an empty bin has the count 0."""
    exact = histogram.exact or BinSums.from_floats(histogram.sums)
    exact.normalise()
    filled = exact.digits[:, histogram.counts > 0]
    digits = b"".join(_store_counts(row) for row in filled)
    return _StoredBins(
        _store_floats(histogram.edges), _store_counts(histogram.counts), exact.lowest, len(filled), digits
    )


def _read_bins(stored: _StoredBins) -> Histogram:
    edges, counts = _read_floats(stored.edges), _read_counts(stored.counts)
    if len(counts) != len(edges) + 1 or stored.rows > _MOST_ROWS or abs(stored.lowest) > _MOST_ROWS:
        raise ValueError("a histogram is not whole")
    filled = np.flatnonzero(counts)
    digits = np.zeros((stored.rows, len(counts)), np.int64)
    rest = stored.digits
    for row in digits:
        size = 1 + rest[0] * len(filled)
        row[filled] = _read_counts(rest[:size])
        rest = rest[size:]
    exact = BinSums.from_digits(stored.lowest, digits)
    return Histogram(edges=edges, counts=counts, sums=exact.round(), exact=exact)


def _store_floats(values: Floats) -> bytes:
    return values.astype("<f8").tobytes()


def _read_floats(data: bytes) -> Floats:
    values = np.frombuffer(data, "<f8").astype(np.float64)
    if not np.isfinite(values).all():
        raise ValueError("a value is not finite")
    return values


def _store_counts(values: Counts) -> bytes:
    """Store integers in the fewest bytes that hold all: one byte with that number, then little-endian two's complement."""
    reach = int(np.maximum(values, ~values).max(initial=0))
    width = reach.bit_length() // 8 + 1
    return bytes([width]) + values.astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width].tobytes()


def _read_counts(data: bytes) -> Counts:
    width = data[0]
    parts = np.frombuffer(data, np.uint8, offset=1).reshape(-1, width)
    wide = np.where(parts[:, -1:] > 127, 255, 0).astype(np.uint8).repeat(8, axis=1)
    wide[:, :width] = parts
    return wide.view("<i8").reshape(-1).astype(np.int64)


def _store_integer(value: int) -> bytes:
    return value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)


def _read_integer(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)
