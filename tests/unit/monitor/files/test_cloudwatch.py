"""The metrics of a run: names, dimensions, and what each costs."""

import json
import math
from datetime import UTC, datetime

import msgspec
import pytest

from kedge_monitor.baseline import Constraint, Constraints, MonitoringConfig
from kedge_monitor.batch import DataType
from kedge_monitor.bias.analysis import (
    BiasMetric,
    BiasStage,
    ClarifyAnalysis,
    Explanations,
    FacetMetrics,
    LabelExplanation,
)
from kedge_monitor.compare.verdict import CheckType, Distances, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.files.cloudwatch import (
    MetricDatum,
    clarify_metrics,
    data_quality_metrics,
    metric_lines,
    quality_metrics,
    run_dimensions,
)
from kedge_monitor.quality.forms import ItemCount, QualityStatistics, RegressionMetrics, metric_value
from tests.support.profiles import baseline_profile

TIME = datetime(2026, 12, 1, 14, tzinfo=UTC)
DIMENSIONS = run_dimensions("churn", "churn-hourly")
PROFILE = baseline_profile({"price": [1.5, 2.5, None], "state": ["a", "b", "a"]})
COMPARISON = WindowComparison(
    outcome=Outcome.CLEAN,
    checks=(FeatureCheck(feature="price", check=CheckType.BASELINE_DRIFT, violated=False, sentence="", observed=0.25),),
    distances=(Distances(feature="state", l_infinity=0.125), Distances(feature="price", kolmogorov_smirnov=0.5)),
    records=3,
)


def metrics(*, everything: bool = False, **settings: object) -> dict[str, MetricDatum]:
    constraints = Constraints(
        features=(
            Constraint(name="price", inferred_type=DataType.FRACTIONAL, overrides=settings.get("price")),
            Constraint(name="state", inferred_type=DataType.STRING),
        ),
        config=settings.get("config", MonitoringConfig()),
    )
    found = data_quality_metrics(
        PROFILE, COMPARISON, constraints, dimensions=DIMENSIONS, timestamp=TIME, everything=everything
    )
    return {datum.metric_name: datum for datum in found}


def test_the_distance_of_each_feature_is_sent_and_nothing_else_by_default():
    assert {name: datum.value for name, datum in metrics().items()} == {
        "feature_baseline_drift_price": 0.25,
        "feature_baseline_drift_state": 0.125,
    }


def test_all_metrics_of_a_number_are_those_of_model_monitor():
    found = metrics(everything=True)
    assert {name: datum.value for name, datum in found.items() if name.endswith("_price")} == {
        "feature_baseline_drift_price": 0.25,
        "feature_non_null_price": 2.0,
        "feature_null_price": 1.0,
        "feature_completeness_price": 2 / 3,
        "feature_fractional_counts_price": 2.0,
        "feature_integral_counts_price": 0.0,
        "feature_string_counts_price": 0.0,
        "feature_boolean_counts_price": 0.0,
        "feature_unknown_counts_price": 1.0,
        "feature_estimated_unique_values_price": 2.0,
        "feature_data_price": None,
    }
    assert "feature_data_state" not in found


def test_the_line_of_a_file_has_the_keys_of_putmetricdata():
    lines = metric_lines([metrics(everything=True)["feature_data_price"], metrics()["feature_baseline_drift_price"]])
    dimensions = [{"Name": "Endpoint", "Value": "churn"}, {"Name": "MonitoringSchedule", "Value": "churn-hourly"}]
    assert [json.loads(line) for line in lines.splitlines()] == [
        {
            "MetricName": "feature_data_price",
            "Timestamp": "2026-12-01T14:00:00Z",
            "Dimensions": dimensions,
            "StatisticValues": {"SampleCount": 2.0, "Sum": 4.0, "Minimum": 1.5, "Maximum": 2.5},
        },
        {
            "MetricName": "feature_baseline_drift_price",
            "Timestamp": "2026-12-01T14:00:00Z",
            "Dimensions": dimensions,
            "Value": 0.25,
        },
    ]


def test_the_same_datum_is_data_for_putmetricdata():
    datum = msgspec.to_builtins(metrics()["feature_baseline_drift_price"], builtin_types=(datetime,))
    assert datum["Timestamp"] == TIME
    assert datum["Value"] == 0.25


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"config": MonitoringConfig(emit_metrics=False)}, set()),
        ({"price": MonitoringConfig(emit_metrics=False)}, {"feature_baseline_drift_state"}),
        (
            {"config": MonitoringConfig(emit_metrics=False), "price": MonitoringConfig(emit_metrics=True)},
            {"feature_baseline_drift_price"},
        ),
    ],
)
def test_emit_metrics_switches_them_off_and_a_feature_has_its_own_switch(settings: dict, names: set[str]):
    assert set(metrics(**settings)) == names


def test_batch_transform_has_no_endpoint_and_bias_has_more_dimensions():
    assert run_dimensions(None, "nightly", Facet="age") == (
        {"Name": "MonitoringSchedule", "Value": "nightly"},
        {"Name": "Facet", "Value": "age"},
    )


def test_model_quality_has_the_names_of_its_metrics_and_only_numbers():
    statistics = QualityStatistics(
        dataset=ItemCount(9),
        regression_metrics=RegressionMetrics(
            mae=metric_value(0.5), mse=metric_value(0.33), rmse=metric_value(0.57), r2=metric_value(math.nan)
        ),
    )
    found = quality_metrics(statistics, dimensions=DIMENSIONS, timestamp=TIME)
    assert {datum.metric_name: datum.value for datum in found} == {"mae": 0.5, "mse": 0.33, "rmse": 0.57}


def test_bias_and_attribution_have_the_dimensions_of_clarify():
    metrics = [
        BiasMetric(name="TE", value="Infinity"),
        BiasMetric(name="DI", value=-math.inf),
        BiasMetric(name="CI", value=0.25),
        BiasMetric(name="FT", error="no features"),
    ]
    stage = BiasStage(
        label="y", facets={"sex": [FacetMetrics(value_or_threshold="0", metrics=metrics)]}, label_value_or_threshold="1"
    )
    explanation = LabelExplanation(global_shap_values={"age": 0.04}, expected_value=0.21)
    analysis = ClarifyAnalysis(
        pre_training_bias_metrics=stage, explanations=Explanations(kernel_shap={"label0": explanation})
    )
    found = clarify_metrics(analysis, endpoint="churn", schedule="churn-bias", timestamp=TIME)
    assert {datum.metric_name: datum.value for datum in found} == {
        "bias_metric_TE": 2.348543e108,
        "bias_metric_DI": -2.348543e108,
        "bias_metric_CI": 0.25,
        "feature_age": 0.04,
        "ExpectedValue": 0.21,
    }
    assert [{each["Name"]: each["Value"] for each in datum.dimensions} for datum in (found[0], found[-1])] == [
        {
            "Endpoint": "churn",
            "MonitoringSchedule": "churn-bias",
            "BiasStage": "Pre-training",
            "Label": "y",
            "LabelValue": "1",
            "Facet": "sex",
            "FacetValue": "0",
        },
        {
            "Endpoint": "churn",
            "MonitoringSchedule": "churn-bias",
            "ExplainabilityMethod": "KernelShap",
            "Label": "label0",
            "ValueType": "ExpectedValue",
        },
    ]


def test_a_name_that_cloudwatch_refuses_is_written_in_ascii_and_cut():
    name = "größe\n" + "x" * 300
    analysis = ClarifyAnalysis(
        explanations=Explanations(kernel_shap={"l": LabelExplanation(global_shap_values={name: 1.0})})
    )
    (datum,) = clarify_metrics(analysis, endpoint=None, schedule="s", timestamp=TIME)
    assert datum.metric_name.startswith("feature_gr__e_x")
    assert len(datum.metric_name) == 255
