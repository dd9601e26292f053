"""Counts of categories, with Counter as the judge."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge_monitor.profile.categories import LIMIT, CategoryCounts, write_number
from kedge_monitor.profile.numbers import ValueCounts


def add_texts(categories: CategoryCounts, texts: Iterable[str]) -> None:
    counts = Counter(texts)
    categories.add(pa.array(list(counts), pa.string()), np.array(list(counts.values()), np.int64))


def categories_of(*parts: Iterable[str]) -> CategoryCounts:
    categories = CategoryCounts()
    for part in parts:
        add_texts(categories, part)
    return categories


@given(st.lists(st.lists(st.text(max_size=3), max_size=30), max_size=5))
def test_few_values_are_counted_exactly_in_any_split(parts: list[list[str]]):
    categories = categories_of(*parts)
    true = Counter(text for part in parts for text in part)
    assert categories.counts == true
    assert list(categories.counts.values()) == sorted(true.values(), reverse=True)
    assert categories.total == sum(true.values())
    assert categories.singletons == sum(count == 1 for count in true.values())
    assert categories.exact
    assert categories.error == 0
    merged = CategoryCounts()
    for part in parts:
        merged.merge(categories_of(part))
    assert merged.counts == categories.counts


def test_one_thousand_values_are_exact_and_one_more_is_not():
    texts = [f"v{i}" for i in range(LIMIT)]
    categories = categories_of(texts)
    assert categories.exact
    add_texts(categories, ["one more"])
    assert not categories.exact
    assert categories_of(texts[:500], texts[500:]).exact


def test_the_ten_commonest_of_a_million_distinct_ids_are_exact_and_memory_is_bounded():  # complaint 18
    random = np.random.default_rng(1)
    heavy = {f"heavy-{i}": 40_000 - 3_000 * i for i in range(10)}
    categories = CategoryCounts()
    singles = 0
    for _ in range(100):
        names = [f"id-{singles + i:07d}" for i in range(10_000)]
        singles += len(names)
        counts = [1] * len(names)
        for name, count in heavy.items():
            names.append(name)
            counts.append(count // 100)
        order = random.permutation(len(names))
        categories.add(pa.array(names, pa.string()).take(pa.array(order)), np.array(counts, np.int64)[order])
        assert len(categories.leaders.texts) <= 4096
        assert len(categories.sample) <= LIMIT
    assert dict(list(categories.counts.items())[:10]) == heavy
    assert abs(categories.singletons - singles) < 4 * singles / np.sqrt(LIMIT / 2)
    assert categories.total == singles + sum(heavy.values())


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 9))
def test_each_count_of_many_values_is_too_small_by_at_most_the_error(seed: int, parts: int):
    random = np.random.default_rng(seed)
    texts = [f"z{i}" for i in np.minimum(random.zipf(1.2, 40_000), 30_000)]
    true = Counter(texts)
    merged = CategoryCounts()
    for i in range(parts):
        merged.merge(categories_of(texts[i::parts]))
    kept = merged.copy()
    for categories in (merged, kept):
        assert not categories.exact
        assert len(categories.counts) <= LIMIT
        assert categories.error <= categories.total / LIMIT
        for text, count in categories.counts.items():
            assert count <= true[text] <= count + categories.error
        missing = set(true) - set(categories.commonest)
        assert max(true[text] for text in missing) <= max(categories.error, min(categories.counts.values()))
        assert categories.total == len(texts)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_sample_of_rare_values_has_exact_counts_whatever_the_order(seed: int):
    random = np.random.default_rng(seed)
    texts = [f"zip {i}" for i in random.integers(0, 9_000, 20_000)]
    true = Counter(texts)
    whole = categories_of(texts)
    merged = CategoryCounts()
    for part in np.array_split(random.permutation(20_000), 7):
        merged.merge(categories_of([texts[i] for i in part]).copy())
    assert whole.sample == merged.sample
    assert whole.sample_level == merged.sample_level
    assert all(true[text] == count for text, count in whole.sample.items())
    assert LIMIT / 3 < len(whole.sample) <= LIMIT
    singles = sum(count == 1 for count in true.values())
    assert abs(whole.singletons - singles) < 0.35 * singles


def test_numbers_become_texts_when_they_are_asked_for():
    categories = categories_of(["N/A"])
    categories.add_numbers(ValueCounts(np.array([-7.0, 0.1, 3.0]), np.array([1, 2, 5])))
    assert categories.counts == {"3": 5, "0.1": 2, "-7": 1, "N/A": 1}
    assert categories.total == 9


def test_the_text_of_a_number_is_the_shortest_that_reads_back():
    assert [write_number(x) for x in (3.0, -0.0, 0.1, 1e15, 2.5e-9, 1e300)] == [
        "3",
        "0",
        "0.1",
        "1000000000000000",
        "2.5e-09",
        "1e+300",
    ]
