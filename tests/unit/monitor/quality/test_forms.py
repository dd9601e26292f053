import json

import msgspec
import numpy as np

from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType, QualityConstraints, QualityStatistics
from kedge_monitor.quality.state import measure_quality
from kedge_monitor.quality.verdict import suggest_quality_constraints

BINARY = QualityColumns(
    problem_type=ProblemType.BINARY, ground_truth_attribute="label", inference_attribute="prediction"
)
REGRESSION = QualityColumns(
    problem_type=ProblemType.REGRESSION, ground_truth_attribute="label", inference_attribute="prediction"
)
# The example of the developer guide: of three records with label 0, two were predicted 1; the record with label 1 was predicted 1.
GUIDE = {
    "recall": 1.0,
    "precision": 0.3333333333333333,
    "accuracy": 0.5,
    "recall_best_constant_classifier": 1.0,
    "precision_best_constant_classifier": 0.25,
    "accuracy_best_constant_classifier": 0.25,
    "true_positive_rate": 1.0,
    "true_negative_rate": 0.33333333333333337,
    "false_positive_rate": 0.6666666666666666,
    "false_negative_rate": 0.0,
    "f0_5": 0.3846153846153846,
    "f1": 0.5,
    "f2": 0.7142857142857143,
    "f0_5_best_constant_classifier": 0.29411764705882354,
    "f1_best_constant_classifier": 0.4,
    "f2_best_constant_classifier": 0.625,
}


def guide_records():
    return np.array([0.0, 0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 1.0])


def test_the_example_of_the_developer_guide_is_computed_to_the_last_digit():
    built = msgspec.to_builtins(measure_quality(BINARY, *guide_records()).statistics)
    group = built["binary_classification_metrics"]
    assert built["version"] == 0.0
    assert built["dataset"] == {"item_count": 4}
    assert group.pop("confusion_matrix") == {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}}
    assert group == {name: {"value": value, "standard_deviation": "NaN"} for name, value in GUIDE.items()}


def test_without_probabilities_the_file_has_no_curves_and_no_auc():
    built = msgspec.to_builtins(measure_quality(BINARY, *guide_records()).statistics)
    keys = built["binary_classification_metrics"].keys()
    assert not keys & {"auc", "receiver_operating_characteristic_curve", "precision_recall_curve"}


def test_a_file_has_only_the_group_of_its_problem():
    built = msgspec.to_builtins(measure_quality(REGRESSION, *guide_records()).statistics)
    assert list(built) == ["version", "dataset", "regression_metrics"]
    assert list(built["regression_metrics"]) == ["mae", "mse", "rmse", "r2"]


def test_a_value_that_does_not_exist_is_the_text_nan_and_the_file_is_strict_json():
    alike = measure_quality(REGRESSION, np.ones(5), np.zeros(5)).statistics
    text = msgspec.json.encode(alike)
    r2 = json.loads(text, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))["regression_metrics"][
        "r2"
    ]
    assert r2 == {"value": "NaN", "standard_deviation": "NaN"}


def test_a_file_reads_back_as_it_was_written():
    statistics = measure_quality(BINARY, *guide_records()).statistics
    constraints = suggest_quality_constraints(statistics)
    assert msgspec.json.decode(msgspec.json.encode(statistics), type=QualityStatistics) == statistics
    assert msgspec.json.decode(msgspec.json.encode(constraints), type=QualityConstraints) == constraints


def test_the_files_of_model_monitor_for_a_regression_are_read():
    statistics = b"""{"version": 0.0, "dataset": {"item_count": 100}, "regression_metrics":
        {"mae": {"value": 0.504, "standard_deviation": "NaN"}, "mse": {"value": 0.33, "standard_deviation": 0.01},
         "rmse": {"value": 0.57, "standard_deviation": "NaN"}, "r2": {"value": -3.2, "standard_deviation": "NaN"}}}"""
    found = msgspec.json.decode(statistics, type=QualityStatistics)
    assert found.metrics["mse"].deviation == 0.01
    assert found.metrics["mae"].deviation is None
    limits = b"""{"version": 0.0, "regression_constraints": {
        "mae": {"threshold": 0.5, "comparison_operator": "GreaterThanThreshold"}}}"""
    assert msgspec.json.decode(limits, type=QualityConstraints).metrics["mae"].threshold == 0.5
