"""Model Monitor's documented rules by the letter."""

import numpy as np
import pytest
from scipy import stats

from kedge_monitor.baseline import MonitoringConfig
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.settings import CompareMode, CompareSettings
from kedge_monitor.compare.verdict import CheckType, FeatureCheck, WindowComparison
from tests.unit.monitor.compare.worlds import baseline_of, profile_of

SETTINGS = CompareSettings(mode=CompareMode.COMPATIBLE)
SIMPLE = MonitoringConfig(comparison_method="Simple")
DRAW = np.random.default_rng(7)
SEEDED = DRAW.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers_for_each_test() -> None:
    DRAW.bit_generator.state = SEEDED


def one(columns: dict[str, object], window: dict[str, object], **more: object) -> WindowComparison:
    baseline = baseline_of(columns, **more)
    return compare(baseline, profile_of(window, baseline.profile), None, SETTINGS)[0]


def drift(comparison: WindowComparison) -> FeatureCheck:
    return next(check for check in comparison.checks if check.check is CheckType.BASELINE_DRIFT)


def test_the_distance_of_numbers_is_that_of_the_sketches():
    comparison = one({"x": [1.0, 2.0, 3.0, 4.0]}, {"x": [2.0, 3.0, 4.0, 5.0]}, config=SIMPLE)
    assert (drift(comparison).observed, drift(comparison).violated) == (0.25, True)
    assert drift(comparison).sentence == "Baseline drift distance: 0.25 exceeds threshold: 0.1"
    robust = one({"x": [1.0, 2.0, 3.0, 4.0]}, {"x": [2.0, 3.0, 4.0, 5.0]})
    assert (drift(robust).observed, drift(robust).violated) == (0.0, False)


def test_robust_subtracts_the_noise_of_both_sizes():
    base, window = DRAW.normal(size=2_000), DRAW.normal(1, 1, 500)
    distance = stats.ks_2samp(base, window, method="asymp").statistic
    wanted = distance - 1.8 * ((2_000 + 500) / (2_000 * 500)) ** 0.5
    assert drift(one({"x": base}, {"x": window})).observed == pytest.approx(wanted, abs=1e-12)


def test_categories_are_compared_over_the_union():
    text = {"a": 11, "b": 20, "c": 25, "d": 10, "e": 10}
    base = {"x": [name for name, count in text.items() for _ in range(count)]}
    window = {"x": [name for name, count in {"a": 10, "b": 20, "c": 25, "d": 10, "e": 5}.items() for _ in range(count)]}
    assert drift(one(base, window, config=SIMPLE)).observed == 0.06015037593984962
    assert drift(one(base, window)).observed == 0.0


def test_chi_squared_is_violated_below_the_threshold_and_tells_a_true_sentence():
    counts = {"a": 223, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15}
    base = {"x": [name for name, count in counts.items() for _ in range(count)]}
    seen = {"a": 207, "b": 20, "c": 25, "d": 14, "e": 25, "g": 13}
    window = {"x": [name for name, count in seen.items() for _ in range(count)]}
    config = MonitoringConfig(categorical_drift_method="ChiSquared", categorical_comparison_threshold=0.05)
    check = drift(one(base, window, config=config))
    assert check.violated
    assert check.observed == pytest.approx(28.175042782458068, rel=1e-12)
    assert check.p_value == pytest.approx(3.3640191298478506e-5, rel=1e-11)
    assert check.limit == pytest.approx(stats.chi2.isf(0.05, 5))
    assert check.observed > check.limit
    same = drift(one(base, base, config=config))
    assert (same.violated, same.p_value) == (False, pytest.approx(1.0))


def test_equalities_are_by_the_letter():
    base = {"x": DRAW.normal(size=1_000), "c": ["a", "b"] * 500}
    window = {"x": [*DRAW.normal(size=998).tolist(), None, "word"], "c": ["a"] * 499 + ["b"] * 500 + ["new"]}
    found = {(check.feature, check.check.value): check.sentence for check in one(base, window).violations}
    assert found == {
        ("x", "data_type_check"): "Data type match requirement is not met. Expected data type: Fractional, "
        "Expected match: 100.0%. Observed: Only 99.8998998998999% of data is Fractional.",
        ("x", "completeness_check"): "Value: 0.999 does not meet the constraint requirement! ",
        ("c", "categorical_values_check"): "Value: 0.999 does not meet the constraint requirement! ",
    }
    milder = MonitoringConfig(datatype_check_threshold=0.99, domain_content_threshold=0.99)
    assert {check.check for check in one(base, window, config=milder, completeness=0.9).violations} == set()


def test_without_a_list_of_domains_no_value_is_unknown():
    base, window = {"c": ["a", "b"] * 500}, {"c": ["a", "b"] * 500 + ["new"]}
    assert one(base, window, domains=None).violations == ()


def test_there_is_no_two_of_three_rule():
    assert drift(one({"x": DRAW.normal(size=50_000)}, {"x": DRAW.normal(2, 1, 200)})).violated


def test_the_p_value_is_told_beside_the_rule_and_does_not_decide():
    check = drift(one({"x": DRAW.normal(size=50_000)}, {"x": DRAW.normal(0.2, 1, 20_000)}, config=SIMPLE))
    assert check.p_value is not None
    assert check.p_value < 1e-30
    assert not check.violated
    assert check.smallest is not None
    assert check.smallest > 0.1
