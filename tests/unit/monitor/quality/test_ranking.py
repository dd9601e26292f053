import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from kedge_monitor.quality.ranking import (
    MOST_POINTS,
    area_deviation,
    area_error,
    area_rounding,
    area_under_roc,
    precision_recall_curve,
    roc_curve,
)
from kedge_monitor.quality.scores import LabelledScores

scores = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40)


def cells(values, labels, exact=2**20):
    state = LabelledScores(exact)
    state.add(np.asarray(values, np.float64), np.asarray(labels, np.bool_))
    return state.cells()[1:]


def drawn(n, seed=0, separation=1.0):
    generator = np.random.default_rng(seed)
    labels = generator.random(n) < 0.3
    return 1 / (1 + np.exp(-generator.normal(separation * labels))), labels


@given(scores)
def test_the_area_is_the_share_of_ordered_pairs(records):
    positives = [score for score, label in records if label]
    negatives = [score for score, label in records if not label]
    found = area_under_roc(*cells(*zip(*records, strict=True)))
    if not positives or not negatives:
        assert math.isnan(found)
        return
    pairs = [(p > n) + 0.5 * (p == n) for p in positives for n in negatives]
    assert found == pytest.approx(sum(pairs) / len(pairs))


def test_the_area_is_that_of_mann_and_whitney():
    values, labels = drawn(5000)
    statistic = stats.mannwhitneyu(values[labels], values[~labels]).statistic
    assert area_under_roc(*cells(values, labels)) == pytest.approx(
        statistic / labels.sum() / (~labels).sum(), abs=1e-14
    )


def test_the_curve_goes_from_corner_to_corner_and_has_the_same_area():
    values, labels = drawn(600)
    curve = roc_curve(*cells(values, labels))
    x, y = np.array(curve.false_positive_rates), np.array(curve.true_positive_rates)
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) >= 0).all()
    assert np.trapezoid(y, x) == pytest.approx(area_under_roc(*cells(values, labels)))


def test_curves_of_a_large_window_are_bounded():
    values, labels = drawn(20_000)
    curve, other = roc_curve(*cells(values, labels)), precision_recall_curve(*cells(values, labels))
    assert len(curve.true_positive_rates) == len(curve.false_positive_rates) == MOST_POINTS + 2
    assert len(other.precisions) == len(other.recalls) == MOST_POINTS + 1
    x, y = curve.false_positive_rates, curve.true_positive_rates
    assert np.trapezoid(y, x) == pytest.approx(area_under_roc(*cells(values, labels)), abs=1e-4)


def test_precision_and_recall_are_those_of_each_threshold():
    curve = precision_recall_curve(*cells([0.9, 0.8, 0.7, 0.6], [True, False, True, True]))
    assert curve.recalls == pytest.approx([0, 1 / 3, 1 / 3, 2 / 3, 1])
    assert curve.precisions == pytest.approx([1, 1, 1 / 2, 2 / 3, 3 / 4])


def test_the_error_is_the_spread_of_the_area_over_windows():
    found = [cells(*drawn(400, seed)) for seed in range(400)]
    spread = np.std([area_under_roc(*one) for one in found])
    assert np.mean([area_error(*one) for one in found]) == pytest.approx(spread, rel=4 / math.sqrt(2 * 400))


def test_a_perfect_separation_is_not_known_exactly():
    assert area_error(*cells([0.1] * 20 + [0.9] * 20, [False] * 20 + [True] * 20)) > 0.005


def test_the_deviation_is_about_half_of_the_error():
    found = [cells(*drawn(400, seed)) for seed in range(100)]
    ratio = np.mean([area_deviation(*one) for one in found]) / np.mean([area_error(*one) for one in found])
    assert ratio == pytest.approx(0.5 * 0.94, abs=0.08)  # 0.94: the mean deviation of 5 values is below the true one


def test_rounding_to_bins_changes_the_area_by_no_more_than_stated():
    values, labels = drawn(50_000)
    binned = cells(values, labels, exact=1000)
    assert area_rounding(*binned) < 1e-4
    assert abs(area_under_roc(*binned) - area_under_roc(*cells(values, labels))) <= area_rounding(*binned)
