"""deequ's sketch: the reference below adds one by one, as the Scala code does."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge_monitor.batch import Floats
from kedge_monitor.profile.kll import KllSketch, divide_range, find_capacity


class OneByOne:
    """deequ's rules, one value after another."""

    def __init__(self) -> None:
        self.levels: list[list[float]] = [[]]
        self.offsets = [0]
        self.times = [0]

    def capacity(self) -> int:
        return sum(2 * (math.ceil(2048 * 0.64**h / 2) + 1) for h in range(len(self.levels)))

    def size(self) -> int:
        return sum(map(len, self.levels))

    def update(self, value: float) -> None:
        self.levels[0].append(value)
        if self.size() > self.capacity():
            self.condense()

    def expand(self) -> None:
        self.levels.append([])
        self.offsets.append(0)
        self.times.append(0)

    def condense(self) -> None:
        for h, items in enumerate(self.levels):
            if len(items) >= 2 * (math.ceil(2048 * 0.64**h / 2) + 1):
                if h + 1 == len(self.levels):
                    self.expand()
                if self.times[h] % 2 == 1:
                    self.offsets[h] = 1 - self.offsets[h]
                even = len(items) - len(items) % 2
                self.levels[h + 1] += sorted(items[:even])[self.offsets[h] :: 2]
                self.levels[h] = items[even:]
                self.times[h] += 1
                return

    def merge(self, other: "OneByOne") -> None:
        while len(self.levels) < len(other.levels):
            self.expand()
        for mine, theirs in zip(self.levels, other.levels, strict=False):
            mine.extend(theirs)
        while self.size() >= self.capacity():
            self.condense()


def sketch_of(values: Floats, cuts: list[int] | None = None) -> KllSketch:
    sketch = KllSketch()
    for piece in np.split(values, sorted(cut % (len(values) + 1) for cut in cuts or [])):
        sketch.add(piece)
    return sketch


def reference_of(values: Floats) -> OneByOne:
    reference = OneByOne()
    for value in values.tolist():
        reference.update(value)
    return reference


def as_lists(sketch: KllSketch) -> list[list[float]]:
    return [level.tolist() for level in sketch.levels]


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(100, [100]), (2050, [2050]), (2051, [1, 1025]), (4000, [1950, 1025]), (23432, [266, 1093, 2127, 1, 779])],
)
def test_the_levels_hold_as_many_items_as_those_of_deequ(count: int, sizes: list[int]):
    sketch = sketch_of(np.random.default_rng(1).normal(size=count))
    assert [len(level) for level in sketch.levels] == sizes
    assert sketch.total == count


def test_the_capacities_are_those_of_deequ():
    assert [find_capacity(level) for level in range(3)] == [2050, 1314, 842]


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.sampled_from([0, 1, 2049, 2050, 2051, 3365, 4000, 9999, 23432]),
    cuts=st.lists(st.integers(0, 30000), max_size=8),
    ties=st.booleans(),
)
def test_adding_arrays_keeps_the_items_that_adding_one_by_one_keeps(seed: int, count: int, cuts: list[int], ties: bool):
    values = np.random.default_rng(seed).lognormal(size=count)
    values = np.floor(values) if ties else values
    assert as_lists(sketch_of(values, cuts)) == reference_of(values).levels


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    sizes=st.lists(st.sampled_from([0, 3, 2050, 2051, 5000, 9000]), min_size=2, max_size=4),
)
def test_merging_concatenates_and_condenses_as_deequ_does(seed: int, sizes: list[int]):
    parts = [np.random.default_rng([seed, i]).normal(size=size) for i, size in enumerate(sizes)]
    sketch, reference = sketch_of(parts[0]), reference_of(parts[0])
    for part in parts[1:]:
        sketch.merge(sketch_of(part))
        reference.merge(reference_of(part))
    assert as_lists(sketch) == reference.levels
    tail = np.random.default_rng(seed).normal(size=3000)
    sketch.add(tail)
    for value in tail.tolist():
        reference.update(value)
    assert as_lists(sketch) == reference.levels
    assert sketch.total == sum(sizes) + 3000


def test_a_sketch_of_its_levels_and_compactions_goes_on_as_the_sketch_itself():
    values = np.random.default_rng(3).normal(size=40000)
    sketch = sketch_of(values[:25000])
    again = KllSketch.from_levels(sketch.levels, sketch.compactions)
    sketch.add(values[25000:])
    again.add(values[25000:])
    assert as_lists(again) == as_lists(sketch)


def test_a_sketch_of_overfull_levels_is_condensed_once_by_each_value():
    random = np.random.default_rng(6)
    levels = [random.normal(size=4000), random.normal(size=3000), random.normal(size=900)]
    sketch, reference = KllSketch.from_levels(levels), OneByOne()
    reference.levels, reference.offsets, reference.times = [level.tolist() for level in levels], [0] * 3, [0] * 3
    values = random.normal(size=5000)
    sketch.add(values)
    for value in values.tolist():
        reference.update(value)
    assert as_lists(sketch) == reference.levels


def test_ranks_count_the_weights_of_equal_items_when_inclusive():
    sketch = KllSketch.from_levels([np.array([3.0, 1.0]), np.array([1.0, 2.0, 3.0])])
    assert sketch.total == 8
    assert sketch.rank(1.0, inclusive=True) == 3
    assert sketch.rank(1.0, inclusive=False) == 0
    assert sketch.rank(3.0, inclusive=False) == 5
    items, weights = sketch.weighted()
    assert items.tolist() == [1.0, 1.0, 2.0, 3.0, 3.0]
    assert weights.tolist() == [1, 2, 2, 1, 2]


def test_ranks_of_a_million_values_are_right_within_half_a_percent():
    values = np.random.default_rng(4).normal(size=1_000_000)
    sketch = sketch_of(values)
    for x in (-2.0, 0.0, 0.5, 3.0):
        assert abs(sketch.rank(x, inclusive=True) - np.count_nonzero(values <= x)) < 5000


def test_ten_buckets_of_equal_width_hold_every_value():
    values = np.random.default_rng(5).gamma(2.0, size=30000)
    low, high = float(values.min()), float(values.max())
    buckets = divide_range(sketch_of(values), low, high)
    assert len(buckets) == 10
    assert sum(bucket.count for bucket in buckets) == 30000
    assert buckets[3].lower == low + (high - low) * 3 / 10
    assert buckets[3].upper == buckets[4].lower


def test_buckets_of_few_values_count_them_exactly():
    buckets = divide_range(sketch_of(np.arange(11.0)), 0.0, 10.0)
    assert [bucket.count for bucket in buckets] == [1] * 9 + [2]


def test_the_last_bucket_of_a_constant_column_holds_everything():
    buckets = divide_range(sketch_of(np.full(70, 4.5)), 4.5, 4.5)
    assert [bucket.count for bucket in buckets] == [0] * 9 + [70]
    assert {(bucket.lower, bucket.upper) for bucket in buckets} == {(4.5, 4.5)}


def test_bounds_of_the_widest_range_are_finite():
    buckets = divide_range(sketch_of(np.array([-1.7e308, 1.7e308])), -1.7e308, 1.7e308)
    assert [bucket.count for bucket in buckets] == [1] + [0] * 8 + [1]
