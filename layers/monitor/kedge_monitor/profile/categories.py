"""How often each value of a column occurs: exact up to 1,000 values, then the commonest with a bound of the error.

Beyond 1,000 values two bounded parts remain. The commonest are found by space-saving in batches (Metwally, Agrawal and El Abbadi
2005; merging after Agarwal and others 2012). Rare values are represented by a sample of the distinct values (Gibbons 2001): all
values whose hash begins with `sample_level` zero bits, with exact counts.
"""

from collections.abc import Mapping
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kedge_monitor.batch import NO_TEXTS, Counts
from kedge_monitor.profile.distinct import Hashes, HyperLogLog, hash_texts
from kedge_monitor.profile.numbers import ValueCounts

LIMIT: Final = 1000  # distinct values that are counted exactly, and those that a profile keeps

_TRACKED: Final = 4096  # values that are followed while a state is filled


class CategoryCounts:
    """Counts of texts. Every number is exact and independent of the order while there are at most 1,000 distinct values."""

    def __init__(self) -> None:
        self.total = 0
        self._few: dict[str, int] | None = {}
        self._later: Mapping[float, int] = {}
        self.leaders = _Commonest()
        self.rare = _Sample()
        self.hashed = HyperLogLog()

    @classmethod
    def from_counts(cls, counts: Mapping[str, int]) -> Self:
        """Return exact counts of these values."""
        categories = cls()
        if len(counts) > LIMIT:
            categories.add(*_to_arrays(counts))
        else:
            categories._few = {text: count for text, count in counts.items() if count}
            categories.total = sum(counts.values())
        return categories

    @classmethod
    def from_parts(
        cls,
        *,
        total: int,
        commonest: Mapping[str, tuple[int, int]],
        error: int,
        sample: Mapping[str, int],
        level: int,
        distinct: HyperLogLog,
    ) -> Self:
        """Return counts of more than 1,000 values from what a stored profile keeps.

        Args:
            total: The number of all values.
            commonest: For each value its count, and how many occurrences can have been missed before.
            error: The most occurrences of a value that is not listed.
            sample: The sampled values and their exact counts.
            level: The sampled values are those whose hash begins with this number of zero bits.
            distinct: The sketch of all distinct values.
        """
        categories = cls()
        categories.total, categories._few = total, None
        kept = np.array(list(commonest.values()), np.int64).reshape(-1, 2)
        categories.leaders = _Commonest(pa.array(list(commonest), pa.string()), kept[:, 0], kept[:, 1], error)
        categories.rare = _Sample(dict(sample), level)
        categories.hashed = distinct.copy()
        return categories

    @property
    def few(self) -> dict[str, int] | None:
        """Return all values with exact counts, None if they are too many."""
        if self._later and self._few is not None:
            self._few.update(zip(map(write_number, self._later), self._later.values(), strict=True))
            self._later = {}
        return self._few

    @property
    def exact(self) -> bool:
        """Return whether `counts` are all values with exact counts."""
        return self._few is not None

    @property
    def size(self) -> int:
        """Return how many values `counts` has, without writing the texts of numbers."""
        if self._few is None:
            return len(self.commonest)
        return len(self._few) + len(self._later)

    @property
    def counts(self) -> dict[str, int]:
        """Return the counts of the values, the commonest first, equal ones by text; at most 1,000.

        If not `exact`, a count is at most the true one and at least the true one minus `error`.
        """
        return dict(sorted(self.unsorted_counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def unsorted_counts(self) -> dict[str, int]:
        """Return the same as `counts` in any order, which takes less time."""
        return self.few if self.few is not None else {text: count for text, (count, _) in self.commonest.items()}

    @property
    def commonest(self) -> dict[str, tuple[int, int]]:
        """Return for each of the commonest values its count and what can have been missed; empty while `exact`."""
        return self._kept().listed()

    @property
    def error(self) -> int:
        """Return by how much a count can be too small, and how often a value that is not listed can have occurred."""
        return self._kept().error if self.few is None else 0

    @property
    def singletons(self) -> int:
        """Return how many values occurred exactly once; if not `exact`, estimated by the sample (standard error about 3 %)."""
        if self.few is not None:
            return sum(count == 1 for count in self.few.values())
        return sum(count == 1 for count in self.sample.values()) << self.sample_level

    @property
    def sample(self) -> dict[str, int]:
        """Return a random sample of the distinct values with exact counts: all values while `exact`."""
        return self.few if self.few is not None else self.rare.counts

    @property
    def sample_level(self) -> int:
        """Return L, where a share of 2^-L of the distinct values is in the sample."""
        return 0 if self.few is not None else self.rare.level

    def add(self, values: pa.StringArray, counts: Counts) -> None:
        """Count values.

        Args:
            values: Texts without nulls, none twice.
            counts: How often each occurs.
        """
        if not counts.all():
            present = np.flatnonzero(counts)
            values, counts = values.take(pa.array(present)), counts[present]
        self.total += int(counts.sum())
        if self.few is not None and len(values) <= LIMIT:
            _count_up(self.few, values, counts)
            if len(self.few) > LIMIT:
                self.give_up()
        else:
            self.give_up()
            self._add_many(values, counts)

    def add_numbers(self, counts: ValueCounts) -> None:
        """Count numbers as texts that are not among the values yet. While they are few, their texts are written when needed."""
        if self.few is not None and len(self.few) + len(counts) <= LIMIT:
            self.total += int(counts.counts.sum())
            self._later = counts
        else:
            self.add(*_to_arrays({write_number(value): count for value, count in counts.items()}))

    def merge(self, other: "CategoryCounts") -> None:
        """Add the counts of another object."""
        if other.few is not None:
            self.add(*_to_arrays(other.few))
            return
        self.give_up()
        self.total += other.total
        self.leaders.merge(other.leaders)
        self.rare.merge(other.rare)
        self.hashed.merge(other.hashed)

    def copy(self) -> "CategoryCounts":
        """Return an independent copy of what a profile keeps: at most 1,000 of the commonest values."""
        result = CategoryCounts()
        if self.few is not None:
            result.total, result._few = self.total, dict(self.few)
        else:
            result.merge(self)
            result.leaders.prune(LIMIT)
        return result

    def sketch_distinct(self) -> HyperLogLog:
        """Return a sketch of all distinct values."""
        sketch = self.hashed.copy()
        if self.few:
            sketch.add_texts(pa.array(list(self.few), pa.string()))
        return sketch

    def _kept(self) -> "_Commonest":
        kept = _Commonest()
        kept.merge(self.leaders)
        kept.prune(LIMIT)
        return kept

    def give_up(self) -> None:
        """Stop to be `exact`."""
        known, self._few = self.few, None
        if known:
            self._add_many(*_to_arrays(known))

    def _add_many(self, values: pa.StringArray, counts: Counts) -> None:
        hashes = hash_texts(values)
        self.leaders.add(values, counts)
        self.rare.add(values, counts, hashes)
        self.hashed.add_hashes(hashes)


class _Commonest:
    """The values with the greatest possible counts: `counted` occurrences were seen, `missed` more can have been before."""

    def __init__(
        self,
        texts: pa.StringArray = NO_TEXTS,
        counted: Counts | None = None,
        missed: Counts | None = None,
        error: int = 0,
    ) -> None:
        self.texts = texts
        self.counted = np.zeros(0, np.int64) if counted is None else counted
        self.missed = np.zeros(0, np.int64) if missed is None else missed
        self.error = error

    def add(self, values: pa.StringArray, counts: Counts) -> None:
        self._join(values, counts, np.zeros(len(values), np.int64), 0)

    def merge(self, other: "_Commonest") -> None:
        self._join(other.texts, other.counted, other.missed, other.error)

    def _join(self, texts: pa.StringArray, counted: Counts, missed: Counts, error: int) -> None:
        place = pc.index_in(texts, value_set=self.texts).fill_null(-1).to_numpy(zero_copy_only=False)
        known, new = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
        ours = self.missed + error
        own = self.counted.copy()
        own[place[known]] += counted[known]
        ours[place[known]] += missed[known] - error
        self.texts = pa.concat_arrays([self.texts, texts.take(pa.array(new))])
        self.counted = np.concatenate((own, counted[new]))
        self.missed = np.concatenate((ours, missed[new] + self.error))
        self.error += error
        if len(self.texts) > _TRACKED:
            self.prune(_TRACKED)

    def prune(self, limit: int) -> None:
        """Keep at most `limit` values. Equal ones at the limit all go, so that the choice does not depend on the order."""
        if len(self.texts) <= limit:
            return
        most = self.counted + self.missed
        cut = int(np.partition(most, len(most) - limit - 1)[len(most) - limit - 1])
        kept = np.flatnonzero(most > cut)
        self.texts, self.counted, self.missed = self.texts.take(pa.array(kept)), self.counted[kept], self.missed[kept]
        self.error = max(self.error, cut)

    def listed(self) -> dict[str, tuple[int, int]]:
        """Return text, count and missed, the commonest first; at most LIMIT."""
        rows = zip(self.texts.to_pylist(), self.counted.tolist(), self.missed.tolist(), strict=True)
        ordered = sorted(rows, key=lambda row: (-row[1], row[0]))
        return {text: (counted, missed) for text, counted, missed in ordered[:LIMIT]}


class _Sample:
    """The distinct values whose hash begins with `level` zero bits, at most LIMIT, with exact counts."""

    def __init__(self, counts: dict[str, int] | None = None, level: int = 0) -> None:
        self.counts: dict[str, int] = {} if counts is None else counts
        self.level = level

    def add(self, values: pa.StringArray, counts: Counts, hashes: Hashes) -> None:
        chosen = _choose(hashes, self.level)
        while len(chosen) > LIMIT:
            self.level += 1
            chosen = _choose(hashes, self.level)
        _count_up(self.counts, values.take(pa.array(chosen)), counts[chosen])
        self._thin()

    def merge(self, other: "_Sample") -> None:
        self.level = max(self.level, other.level)
        for text, count in other.counts.items():
            self.counts[text] = self.counts.get(text, 0) + count
        self._thin(force=True)

    def _thin(self, *, force: bool = False) -> None:
        if not force and len(self.counts) <= LIMIT:
            return
        texts = list(self.counts)
        hashes = hash_texts(pa.array(texts, pa.string()))
        chosen = _choose(hashes, self.level)
        while len(chosen) > LIMIT:
            self.level += 1
            chosen = _choose(hashes, self.level)
        self.counts = {texts[i]: self.counts[texts[i]] for i in chosen.tolist()}


def write_number(value: float) -> str:
    """Return the text of a number as a category: `3` for 3.0, else the shortest text that reads as the same float64."""
    return str(int(value)) if value == int(value) and abs(value) < 1e16 else repr(value)


def _choose(hashes: Hashes, level: int) -> Counts:
    return np.flatnonzero(hashes >> np.uint64(64 - level) == 0) if level else np.arange(len(hashes))


def _count_up(known: dict[str, int], values: pa.StringArray, counts: Counts) -> None:
    for text, count in zip(values.to_pylist(), counts.tolist(), strict=True):
        known[text] = known.get(text, 0) + count


def _to_arrays(counts: Mapping[str, int]) -> tuple[pa.StringArray, Counts]:
    return pa.array(list(counts), pa.string()), np.array(list(counts.values()), np.int64)
