import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.quality.confusion import LabelCounts, measure_binary, measure_multiclass
from kedge_monitor.quality.draws import SUBSAMPLE_TO_ERROR, draw_counts, seeded

# The confusion matrix of the developer guide's multiclass example, and what it says of it.
GUIDE = LabelCounts.from_pairs({("0", "0"): 1180, ("0", "1"): 510, ("1", "0"): 268, ("1", "1"): 138})
METRICS = {
    "accuracy": 0.6288167938931297,
    "weighted_recall": 0.6288167938931297,
    "weighted_precision": 0.6983172269629505,
    "weighted_f0_5": 0.6803947317178771,
    "weighted_f1": 0.6571162346664904,
    "weighted_f2": 0.6384024354394601,
    "accuracy_best_constant_classifier": 0.19370229007633588,
    "weighted_recall_best_constant_classifier": 0.19370229007633588,
    "weighted_precision_best_constant_classifier": 0.03752057718081697,
    "weighted_f0_5_best_constant_classifier": 0.04473443104152011,
    "weighted_f1_best_constant_classifier": 0.06286421244683643,
    "weighted_f2_best_constant_classifier": 0.10570313141262414,
}
pairs = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=60)


def test_the_multiclass_example_of_the_developer_guide_is_computed():
    found = measure_multiclass(GUIDE.sums(), constant_class=1)
    assert found == pytest.approx(METRICS, rel=1e-14)


def test_the_best_constant_classifier_predicts_the_commonest_class():
    assert measure_multiclass(GUIDE.sums())["accuracy_best_constant_classifier"] == 1690 / 2096


@given(pairs)
def test_weighted_metrics_are_those_of_the_plain_definition(records):
    found = measure_multiclass(LabelCounts.from_pairs(Counter(records)).sums())
    expected = dict.fromkeys(("weighted_precision", "weighted_recall", "weighted_f2"), 0.0)
    for label in {actual for actual, _ in records}:
        share = sum(actual == label for actual, _ in records) / len(records)
        right = sum(pair == (label, label) for pair in records)
        predicted = sum(said == label for _, said in records)
        precision = right / predicted if predicted else 0.0
        recall = right / (share * len(records))
        expected["weighted_precision"] += share * precision
        expected["weighted_recall"] += share * recall
        expected["weighted_f2"] += share * (5 * precision * recall / (4 * precision + recall) if right else 0.0)
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_ratio_without_cases_does_not_exist():
    found = measure_binary(LabelCounts.from_pairs({("0", "0"): 7}, ("1",)).sums(), 1)
    assert math.isnan(found["recall"])
    assert math.isnan(found["precision"])
    assert found["accuracy"] == 1.0
    assert found["true_negative_rate"] == 1.0


def test_the_matrix_has_each_pair_of_labels_also_those_that_never_occur():
    assert LabelCounts.from_pairs({("a", "b"): 2}).matrix() == {"a": {"a": 0, "b": 2}, "b": {"a": 0, "b": 0}}


def test_a_deviation_needs_200_records():
    few, enough = ({("0", "0"): count - 50, ("1", "1"): 40, ("1", "0"): 10} for count in (199, 200))
    for counts, exists in ((few, False), (enough, True)):
        deviations = LabelCounts.from_pairs(counts).deviations(measure_multiclass)
        assert all(math.isfinite(value) == exists for value in deviations.values())


def test_deviations_are_the_same_in_each_run():
    assert GUIDE.deviations(measure_multiclass) == GUIDE.deviations(measure_multiclass)


def test_drawing_cells_is_drawing_records():
    # The variance of an accuracy over draws of 80 % without replacement is known: p (1 - p) / n * (1 - 0.8) / 0.8.
    generator = seeded(99)
    found = [
        GUIDE.sums(draw).correct.sum() / draw.sum() for _ in range(400) for draw in draw_counts(GUIDE.counts, generator)
    ]
    p, n = METRICS["accuracy"], 2096
    assert np.std(found) == pytest.approx(SUBSAMPLE_TO_ERROR * math.sqrt(p * (1 - p) / n), rel=0.07)


def test_the_standard_error_of_a_proportion_is_the_binomial_one():
    errors = GUIDE.standard_errors(measure_multiclass)
    p = METRICS["accuracy"]
    assert errors["accuracy"] == pytest.approx(math.sqrt(p * (1 - p) / 2096), rel=0.2)


def test_a_perfect_small_window_is_not_known_exactly():
    counts = LabelCounts.from_pairs({("0", "0"): 20, ("1", "1"): 20})
    errors = counts.standard_errors(lambda sums: measure_binary(sums, 1))
    assert errors["recall"] > 0.01
