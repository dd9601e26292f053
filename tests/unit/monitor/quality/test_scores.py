import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.quality.scores import BINS, LabelledScores, ScoreCounts

parts = st.lists(st.lists(st.floats(0, 1), max_size=8), max_size=6)


def state_of(parts, exact):
    state = ScoreCounts(exact)
    for part in parts:
        state.add(np.array(part, np.float64))
    return state


def same(one, other):
    return all(np.array_equal(left, right) for left, right in zip(one.weighted(), other.weighted(), strict=True))


@given(parts, parts, st.sampled_from([5, 1000]))
def test_merging_and_adding_give_the_same_state(left, right, exact):
    merged, other = state_of(left, exact), state_of(right, exact)
    merged.merge(other)
    backwards, first = state_of(right, exact), state_of(left, exact)
    backwards.merge(first)
    whole = state_of([[value for part in [*left, *right] for value in part]], exact)
    assert same(merged, whole)
    assert same(backwards, whole)
    assert merged.binned == whole.binned == (whole.count > exact)


def test_a_binned_value_moves_by_at_most_half_a_bin():
    values = np.random.default_rng(0).random(2000)
    found, counts = state_of([values], 10).weighted()
    assert counts.sum() == 2000
    assert np.abs(np.repeat(found, counts) - np.sort(values)).max() <= 0.5 / BINS


def test_the_bound_of_labelled_scores_is_of_both_classes_together():
    generator = np.random.default_rng(0)
    values, labels = generator.random(300), generator.random(300) < 0.1
    split, whole = LabelledScores(250), LabelledScores(250)
    for piece in np.array_split(np.arange(300), 7):
        split.add(values[piece], labels[piece])
    whole.add(values, labels)
    assert split.binned
    assert all(np.array_equal(a, b) for a, b in zip(split.cells(), whole.cells(), strict=True))
    assert whole.cells()[1].sum() == labels.sum()
