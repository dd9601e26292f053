"""The settings that hold for each feature: its own, the monitor's, those of the constraints, the defaults."""

import numpy as np
import pytest

from kedge_monitor.baseline import MonitoringConfig
from kedge_monitor.compare.settings import (
    CompareMode,
    CompareSettings,
    DistanceMethod,
    FeatureShape,
    SettingInapplicable,
    plan_features,
)
from tests.unit.monitor.compare.worlds import baseline_of

COLUMNS = {"x": np.arange(100.0), "few": np.tile([1.0, 2.0], 50), "text": ["a", "b"] * 50, "none": [None] * 100}
COMPATIBLE = CompareSettings(mode=CompareMode.COMPATIBLE)


def test_numbers_of_at_most_five_values_are_categories_under_the_promise_and_numbers_for_model_monitor():
    baseline = baseline_of(COLUMNS)
    assert [plan.shape for plan in plan_features(baseline, CompareSettings())] == [
        FeatureShape.NUMBERS,
        FeatureShape.FEW_NUMBERS,
        FeatureShape.CATEGORIES,
        FeatureShape.NOTHING,
    ]
    assert plan_features(baseline, COMPATIBLE)[1].shape is FeatureShape.NUMBERS


def test_the_narrowest_threshold_counts():
    wide = MonitoringConfig(comparison_threshold=0.3, categorical_comparison_threshold=0.4)
    own = {"x": MonitoringConfig(comparison_threshold=0.2)}
    plans = plan_features(baseline_of(COLUMNS, config=wide, overrides=own), CompareSettings())
    assert [plan.threshold for plan in plans[:3]] == [0.2, 0.3, 0.4]
    plans = plan_features(baseline_of(COLUMNS, config=wide, overrides=own), CompareSettings(threshold=0.05))
    assert [plan.threshold for plan in plans[:3]] == [0.2, 0.05, 0.05]
    assert [plan.threshold for plan in plan_features(baseline_of(COLUMNS), CompareSettings())] == [0.1] * 4


@pytest.mark.parametrize(
    ("spelling", "method"),
    [
        ("KS", DistanceMethod.KOLMOGOROV_SMIRNOV),
        ("Kolmogorov-Smirnov", DistanceMethod.KOLMOGOROV_SMIRNOV),
        ("psi", DistanceMethod.PSI),
        ("Jensen Shannon", DistanceMethod.JENSEN_SHANNON),
        ("js", DistanceMethod.JENSEN_SHANNON),
        ("wasserstein", DistanceMethod.WASSERSTEIN),
        ("linf_simple", DistanceMethod.SIMPLE),
        ("Robust", DistanceMethod.ROBUST),
    ],
)
def test_a_method_is_read_in_each_spelling(spelling: str, method: DistanceMethod):
    own = MonitoringConfig(comparison_method=spelling, comparison_threshold=0.2)
    assert plan_features(baseline_of(COLUMNS, overrides={"x": own}), CompareSettings())[0].method is method


def test_a_text_takes_psi_from_either_key_and_refuses_distances_of_numbers():
    for own in (
        MonitoringConfig(categorical_drift_method="PSI", categorical_comparison_threshold=0.2),
        MonitoringConfig(comparison_method="PSI", comparison_threshold=0.2),
    ):
        plans = plan_features(baseline_of(COLUMNS, overrides={"text": own}), CompareSettings())
        assert (plans[2].method, plans[2].threshold) == (DistanceMethod.PSI, 0.2)
    wrong = MonitoringConfig(comparison_method="Wasserstein", comparison_threshold=0.2)
    with pytest.raises(SettingInapplicable, match="feature text: comparison_method Wasserstein does not apply"):
        plan_features(baseline_of(COLUMNS, overrides={"text": wrong}), CompareSettings())


def test_excluded_columns_are_left_out_and_an_unknown_one_is_an_error():
    plans = plan_features(baseline_of(COLUMNS), CompareSettings(excluded=("x", "none")))
    assert [plan.name for plan in plans] == ["few", "text"]
    with pytest.raises(SettingInapplicable, match="excluded columns that the baseline does not have: y"):
        plan_features(baseline_of(COLUMNS), CompareSettings(excluded=("y",)))


def test_a_column_that_the_baseline_excludes_has_no_comparison_and_no_domain_but_for_model_monitor_it_has():
    baseline = baseline_of(COLUMNS, excluded={"text": "an identifier"})
    plan = plan_features(baseline, CompareSettings())[2]
    assert (plan.compare, plan.domains, plan.evaluate) == (False, None, True)
    plan = plan_features(baseline, COMPATIBLE)[2]
    assert (plan.compare, plan.domains) == (True, frozenset("ab"))


@pytest.mark.parametrize(
    "wrong", [{"runs_per_week": 0.0}, {"threshold": 1.5}, {"rollups": (0.0,)}, {"seasonal_weeks": 0}]
)
def test_numbers_that_make_no_sense_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValueError, match=" "):
        CompareSettings(**wrong)
