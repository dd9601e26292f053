import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.batch import Batch, Classes, Column, Kind, NumberValues, Schema, TextValues
from kedge_monitor.quality.columns import QualityColumns, WrongColumn
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.state import QualityState, measure_quality, measure_quality_batches

BY_PROBABILITY = QualityColumns(
    problem_type=ProblemType.BINARY, ground_truth_attribute="label", probability_attribute="score"
)
BY_BOTH = msgspec.structs.replace(BY_PROBABILITY, inference_attribute="said")
CLASSES = QualityColumns(
    problem_type=ProblemType.MULTICLASS, ground_truth_attribute="label", inference_attribute="said"
)
NUMBERS = QualityColumns(
    problem_type=ProblemType.REGRESSION, ground_truth_attribute="label", inference_attribute="said"
)


def window(n=500, seed=0):
    generator = np.random.default_rng(seed)
    scores = generator.random(n).round(3)
    return (generator.random(n) < scores).astype(float), scores


@given(st.permutations(range(6)), st.integers(1, 5))
def test_neither_order_nor_split_changes_a_byte_of_the_file(order, first):
    labels, scores = window()
    blocks = np.array_split(np.arange(500), 6)
    left, right = QualityState(BY_PROBABILITY), QualityState(BY_PROBABILITY)
    for count, place in enumerate(order):
        (left if count < first else right).add(labels[blocks[place]], None, scores[blocks[place]])
    right.merge(left)
    expected = measure_quality(BY_PROBABILITY, labels, None, scores)
    assert msgspec.json.encode(right.measure().statistics) == msgspec.json.encode(expected.statistics)
    assert right.measure().standard_errors == expected.standard_errors


def test_a_record_is_predicted_positive_above_the_threshold():
    columns = msgspec.structs.replace(BY_PROBABILITY, probability_threshold_attribute=0.4)
    group = measure_quality(columns, np.array([0.0, 1.0, 1.0]), None, np.array([0.4, 0.41, 0.39])).statistics
    matrix = group.binary_classification_metrics.confusion_matrix
    assert matrix == {"0": {"0": 1, "1": 0}, "1": {"0": 1, "1": 1}}


def test_predicted_labels_decide_where_both_are_given_and_probabilities_give_the_curves():
    group = measure_quality(
        BY_BOTH, np.array(["0", "1", "1"]), np.array(["1", "1", "1"]), np.array([0.1, 0.2, 0.3])
    ).statistics.binary_classification_metrics
    assert group.confusion_matrix == {"0": {"0": 0, "1": 1}, "1": {"0": 0, "1": 2}}
    assert group.auc.value == 1.0


def test_records_without_a_label_or_a_prediction_are_counted_and_left_out():
    labels = np.array([1.0, np.nan, 0.0, 1.0, np.nan])
    scores = np.array([0.9, 0.8, np.nan, 0.7, np.nan])
    found = measure_quality(BY_PROBABILITY, labels, None, scores)
    assert (found.records, found.unlabelled, found.unpredicted) == (2, 2, 1)
    assert found.notes == (
        "1 labelled records have no prediction and were left out.",
        "2 records have no label and were left out.",
    )


def test_a_positive_label_that_never_occurs_is_an_error_with_the_number_of_labels():
    columns = msgspec.structs.replace(BY_BOTH, positive_label="yes", probability_attribute=None)
    with pytest.raises(WrongColumn, match="`positive_label` is 'yes', but none of the 2 labels") as caught:
        measure_quality(columns, np.array(["ja", "nein"]), np.array(["ja", "ja"]))
    assert "nein" not in str(caught.value)


def test_a_rare_positive_label_may_be_absent_from_a_window_if_the_baseline_has_it():
    columns = msgspec.structs.replace(BY_BOTH, probability_attribute=None, positive_label="fraud")
    with pytest.raises(WrongColumn, match="`positive_label` is 'fraud'"):
        measure_quality(columns, np.array(["ok", "ok"]), np.array(["ok", "ok"]))
    found = measure_quality(columns, np.array(["ok", "ok"]), np.array(["ok", "ok"]), known_labels=("ok", "fraud"))
    assert found.statistics.metrics["accuracy"].value == 1.0
    assert found.statistics.metrics["recall"].value == "NaN"


def test_a_third_label_of_a_binary_classifier_is_an_error():
    columns = msgspec.structs.replace(BY_BOTH, probability_attribute=None)
    with pytest.raises(WrongColumn, match=r"has 3\. .*problem_type MulticlassClassification"):
        measure_quality(columns, np.array(["0", "1", "2"]), np.array(["0", "1", "1"]))


def test_columns_of_different_length_and_absent_columns_are_errors():
    with pytest.raises(WrongColumn, match="3 labels and 2 values"):
        measure_quality(CLASSES, np.ones(3), np.ones(2))
    with pytest.raises(WrongColumn, match="values were not given"):
        measure_quality(CLASSES, np.ones(3))


def test_batches_give_what_arrays_give():
    labels, scores = window()
    schema = Schema(columns=(Column(name="score", kind=Kind.NUMBER), Column(name="label", kind=Kind.TEXT)))
    texts = np.where(labels == 1, "1", "0")
    batches = []
    for part in np.array_split(np.arange(500), 3):
        column = NumberValues(values=scores[part], classes=Classes(fractional=len(part)), missing=0)
        words = TextValues(
            values=pa.array(texts[part]).dictionary_encode(), classes=Classes(integral=len(part)), missing=0
        )
        batches.append(Batch(records=len(part), columns=(column, words)))
    found = measure_quality_batches(BY_PROBABILITY, schema, batches)
    assert found == measure_quality(BY_PROBABILITY, labels, None, scores)


def test_classes_of_the_baseline_stay_in_the_matrix():
    found = measure_quality(CLASSES, np.array(["a", "b"]), np.array(["a", "a"]), known_labels=("c",))
    assert list(found.statistics.multiclass_classification_metrics.confusion_matrix) == ["a", "b", "c"]


def test_a_window_beyond_the_bound_says_how_exact_its_area_is():
    labels, scores = window(3000)
    state = QualityState(BY_PROBABILITY)
    state.scores.positive.exact = state.scores.negative.exact = 100
    state.scores.positive.to_bins()
    state.add(labels, None, scores)
    found = state.measure()
    assert "auc is exact to" in found.notes[0]
    exact = measure_quality(BY_PROBABILITY, labels, None, scores).statistics.metrics["auc"].value
    assert found.statistics.metrics["auc"].value == pytest.approx(exact, abs=1e-3)


def test_a_window_without_records_has_no_values():
    found = measure_quality(NUMBERS, np.empty(0), np.empty(0))
    assert found.records == 0
    assert {metric.value for metric in found.statistics.metrics.values()} == {"NaN"}
    assert measure_quality(CLASSES, np.empty(0), np.empty(0)).records == 0
    assert measure_quality(BY_PROBABILITY, np.empty(0), None, np.empty(0)).records == 0
