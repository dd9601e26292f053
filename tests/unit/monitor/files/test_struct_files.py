"""The files of model quality, bias and attribution: written, read back, and read by the product."""

import json
import math
from pathlib import Path

import msgspec
import pytest

from kedge.reports.evidence import monitor_of
from kedge.reports.statistics import statistics_in
from kedge.reports.violations import violations_in
from kedge_monitor.bias.analysis import (
    AttributionViolation,
    BiasViolation,
    ClarifyAnalysis,
    ClarifyViolations,
)
from kedge_monitor.files.json_reader import FileUnreadable
from kedge_monitor.files.struct_files import read_struct, write_struct
from kedge_monitor.files.violations import read_violations, write_entries
from kedge_monitor.quality.forms import (
    ItemCount,
    MetricViolation,
    QualityConstraints,
    QualityStatistics,
    RegressionMetrics,
    ThresholdConstraint,
    ThresholdOperator,
    metric_value,
)

EVENTS = Path(__file__).parents[4] / "events" / "reports"
STATISTICS = QualityStatistics(
    dataset=ItemCount(100),
    regression_metrics=RegressionMetrics(
        mae=metric_value(0.5), mse=metric_value(0.33, 0.01), rmse=metric_value(0.57), r2=metric_value(-3.2)
    ),
)


def test_the_statistics_of_model_quality_have_nan_as_text_and_no_other_group():
    content = json.loads(write_struct(STATISTICS))
    assert list(content) == ["version", "dataset", "regression_metrics"]
    assert content["regression_metrics"]["mae"] == {"value": 0.5, "standard_deviation": "NaN"}


def test_the_statistics_of_model_quality_are_read_back_and_by_the_product():
    data = write_struct(STATISTICS)
    assert read_struct(data, QualityStatistics, "statistics.json") == STATISTICS
    found = statistics_in(data)
    assert (found.records, found.kind) == (100, "regression_metrics")
    assert [(measure.name, measure.value) for measure in found.measures][:2] == [("mae", 0.5), ("mse", 0.33)]


def test_a_threshold_that_is_written_as_text_is_read():
    data = b'{"version": 0.0, "regression_constraints": {"mae": {"threshold": "0.5", "comparison_operator": "GreaterThanThreshold"}}}'
    limits = read_struct(data, QualityConstraints, "constraints.json").metrics
    assert limits == {"mae": ThresholdConstraint(threshold=0.5, comparison_operator=ThresholdOperator.GREATER)}


def test_the_violations_of_model_quality_are_read_by_the_product():
    entry = MetricViolation(
        constraint_check_type=ThresholdOperator.LESS,
        description="Metric f2 with 0.5 +/- 0.1 was LessThanThreshold '0.6'",
        metric_name="f2",
        observed=0.5,
        limit=0.6,
    )
    findings = violations_in(write_entries([msgspec.to_builtins(entry)]))
    assert isinstance(findings, tuple)
    assert (findings[0].metric, findings[0].observed, findings[0].limit) == ("f2", 0.5, 0.6)
    assert monitor_of(findings) == "ModelQuality"


def test_the_violations_of_clarify_are_read_back_and_by_the_product():
    bias = BiasViolation(
        facet="sex",
        facet_value="0",
        metric_name="TE",
        description="Metric value Infinity doesn't meet the baseline constraint requirement 2.9",
        observed="Infinity",
        limit=2.9,
        records=500,
    )
    order = AttributionViolation(
        label="label0", description="Feature attribution drift 0.76 exceeds threshold 0.9", observed=0.76, limit=0.9
    )
    data = write_struct(ClarifyViolations(violations=[bias, order]))
    assert json.loads(data)["version"] == "1.0"
    first, second = read_violations(data)
    assert (first.facet, first.observed, first.limit) == ("sex", math.inf, 2.9)
    assert (second.label, second.constraint_check_type) == ("label0", "feature_attribution_drift_check")
    findings = violations_in(data)
    assert isinstance(findings, tuple)
    assert [(each.facet, each.label, each.check) for each in findings] == [
        ("sex", None, "bias_drift_check"),
        (None, "label0", "feature_attribution_drift_check"),
    ]


@pytest.mark.parametrize(
    "file",
    ["violations.model_bias.new_wording.json", "violations.model_explainability.json", "violations.model_quality.json"],
)
def test_the_products_own_samples_of_violations_are_read(file: str):
    assert read_violations((EVENTS / file).read_bytes(), file)


def test_an_analysis_keeps_infinite_values_and_errors():
    metrics = [
        {"name": "TE", "description": "Treatment Equality", "value": "-Infinity"},
        {"name": "FT", "description": "Flip Test", "error": "no features"},
    ]
    stage = {
        "label": "y",
        "facets": {"sex": [{"value_or_threshold": "0", "metrics": metrics}]},
        "label_value_or_threshold": "1",
    }
    data = json.dumps({"version": "1.0", "post_training_bias_metrics": stage}).encode()
    analysis = read_struct(data, ClarifyAnalysis, "analysis.json")
    assert analysis.metrics["sex", "0", "TE"].number == -math.inf
    assert json.loads(write_struct(analysis)) == json.loads(data)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"dataset": {}}, "/dataset"),
        ({"dataset": {"item_count": "many"}}, "/dataset/item_count"),
        ({"dataset": {"item_count": 1}, "regression_metrics": {"mae": 1}}, "/regression_metrics/mae"),
    ],
)
def test_a_wrong_part_is_named_by_its_place(content: dict, place: str):
    with pytest.raises(FileUnreadable) as caught:
        read_struct(json.dumps(content).encode(), QualityStatistics, "statistics.json")
    assert caught.value.place == place
