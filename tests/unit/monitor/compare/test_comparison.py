"""The verdict of one window after the other: two of three runs, joined windows, seasons, columns, no data."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import stats

from kedge_monitor.baseline import MonitoringConfig
from kedge_monitor.compare.comparison import NothingToCompare, compare
from kedge_monitor.compare.history import DriftHistory, WindowSpan, find_rollups, find_season
from kedge_monitor.compare.settings import CompareMode, CompareSettings
from kedge_monitor.compare.verdict import CheckType, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.profile.categories import CategoryCounts
from kedge_monitor.profile.dataset import DatasetProfile, merge_profiles
from tests.unit.monitor.compare.worlds import baseline_from, baseline_of, profile_of

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
DRAW = np.random.default_rng(2026)
SEEDED = DRAW.bit_generator.state
NORMAL = baseline_of({"x": DRAW.normal(size=50_000)})
DRIFT = CheckType.BASELINE_DRIFT


@pytest.fixture(autouse=True)
def _same_numbers_for_each_test() -> None:
    DRAW.bit_generator.state = SEEDED


def hour(number: float) -> WindowSpan:
    start = MONDAY + timedelta(hours=number)
    return WindowSpan(start, start + timedelta(hours=1))


def normal(records: int, shift: float = 0.0) -> DatasetProfile:
    """Return normal quantiles: a window without noise."""
    values = stats.norm.ppf((np.arange(records) + 0.5) / records) + shift
    return profile_of({"x": values}, NORMAL.profile)


def check_of(comparison: WindowComparison, kind: CheckType, feature: str = "x") -> FeatureCheck:
    return next(check for check in comparison.checks if (check.feature, check.check) == (feature, kind))


def one(columns: dict[str, object], window: dict[str, object], settings: CompareSettings | None = None, **more: object):
    baseline = baseline_of(columns, **more)
    return compare(baseline, profile_of(window, baseline.profile), None, settings)[0]


def test_a_first_flag_waits_for_a_second_of_three_runs():
    first, history = compare(NORMAL, normal(100, 0.5))
    check = check_of(first, DRIFT)
    assert (check.flagged, check.violated, first.outcome) == (True, False, Outcome.CLEAN)
    assert "second of three runs" in check.sentence
    clean, history = compare(NORMAL, normal(100), history)
    assert not check_of(clean, DRIFT).flagged
    second, _ = compare(NORMAL, normal(100, 0.5), history)
    assert (second.outcome, check_of(second, DRIFT).violated) == (Outcome.VIOLATED, True)


def test_a_flag_of_three_runs_ago_does_not_count():
    _, history = compare(NORMAL, normal(100, 0.5))
    for _ in range(2):
        _, history = compare(NORMAL, normal(100), history)
    assert compare(NORMAL, normal(100, 0.5), history)[0].outcome is Outcome.CLEAN


def test_an_overwhelming_change_is_violated_in_its_first_run():
    assert compare(NORMAL, normal(100, 3.0))[0].outcome is Outcome.VIOLATED


def test_a_window_that_is_large_beside_the_baseline_is_judged_at_once():
    baseline = baseline_of({"x": DRAW.normal(size=4_000)})
    window = profile_of({"x": DRAW.normal(0.5, 1, 400)}, baseline.profile)
    check = check_of(compare(baseline, window)[0], DRIFT)
    assert check.violated
    assert check.level == pytest.approx(1 / (26 * 168), rel=1e-9)


def test_a_significant_change_below_the_limit_is_no_violation():
    comparison, _ = compare(NORMAL, normal(40_000, 0.1))
    check = check_of(comparison, DRIFT)
    assert check.p_value is not None
    assert check.level is not None
    assert check.p_value < check.level
    assert not check.violated
    watch = CompareSettings(threshold=0.03)
    assert compare(NORMAL, normal(40_000, 0.1), None, watch)[0].outcome is Outcome.VIOLATED


def test_an_empty_window_is_no_data_and_changes_no_history():
    _, history = compare(NORMAL, normal(100, 0.5))
    empty = profile_of({"x": np.zeros(0)}, NORMAL.profile)
    comparison, same = compare(NORMAL, empty, history)
    assert (comparison.outcome, comparison.checks, comparison.records) == (Outcome.NO_DATA, (), 0)
    assert [item.feature for item in comparison.distances] == ["x"]
    assert same == history


def test_small_windows_are_joined_until_a_small_shift_is_seen():
    settings, history, kept, outcomes = CompareSettings(), DriftHistory(), {}, []
    for number in range(24):
        window, span = normal(40, 0.3), hour(number)
        joined = {
            hours: merge_profiles([*(kept[each] for each in spans), window])
            for hours, spans in find_rollups(history, span, settings).items()
        }
        comparison, history = compare(NORMAL, window, history, settings, span=span, joined=joined)
        kept[span] = window
        outcomes.append(comparison)
    found = [check for comparison in outcomes for check in comparison.violations]
    assert {check.hours for check in found} == {24.0}
    assert found[0].records == 960
    assert any("The joined window of 24 hours has 960 records." in note for note in outcomes[-1].notes)


def test_joined_windows_cost_a_part_of_the_level_and_are_not_judged_if_the_window_is_large_enough():
    alone = check_of(compare(NORMAL, normal(40))[0], DRIFT)
    joined = check_of(compare(NORMAL, normal(40), span=hour(0))[0], DRIFT)
    assert joined.level is not None
    assert alone.level == pytest.approx(joined.level * (1 + 1 / 2 + 1 / 6 + 1 / 24) ** 0.5)
    large, _ = compare(NORMAL, normal(1_000), span=hour(1), joined={2.0: normal(2_000, 5.0)})
    assert large.violations == ()


def test_a_window_that_says_nothing_is_conclusive_if_it_is_joined_to_one_that_does():
    assert compare(NORMAL, normal(8), span=hour(1))[0].outcome is Outcome.INCONCLUSIVE
    assert compare(NORMAL, normal(8), span=hour(1), joined={2.0: normal(60)})[0].outcome is Outcome.CLEAN


def test_a_season_takes_the_place_of_the_baselines_distribution_and_is_named():
    settings, history, kept = CompareSettings(seasonal_weeks=4), DriftHistory(), {}
    for week in range(5):
        span, night = hour(168 * week + 3), normal(300, 0.2)
        spans = find_season(history, span, settings)
        season = merge_profiles([kept[each] for each in spans]) if spans else None
        comparison, history = compare(NORMAL, night, history, settings, span=span, season=season)
        kept[span] = night
    assert comparison.distances[0].kolmogorov_smirnov == pytest.approx(0.0, abs=0.01)
    assert any("same hour of earlier weeks: 1200 records" in note for note in comparison.notes)


def test_missing_and_extra_columns_are_named_and_told_by_their_numbers():
    comparison = one({"a": np.arange(99.0), "b": np.arange(99.0)}, {"a": np.arange(99.0), "c": np.arange(99.0)})
    missing, extra = comparison.violations
    assert (missing.feature, missing.columns) == ("Missing columns", ("b",))
    assert (extra.feature, extra.columns) == ("Extra columns", ("c",))
    assert extra.sentence.endswith(
        "Number of columns in current dataset: 2, Number of columns in baseline constraints: 2"
    )


def test_model_monitor_compares_the_number_of_columns_only():
    compatible = CompareSettings(mode=CompareMode.COMPATIBLE)
    renamed = one({"a": np.arange(99.0), "b": np.arange(99.0)}, {"a": np.arange(99.0), "c": np.arange(9.0)}, compatible)
    assert {check.check for check in renamed.violations} & {CheckType.MISSING_COLUMN, CheckType.EXTRA_COLUMN} == set()
    fewer = one({"a": np.arange(99.0), "b": np.arange(99.0)}, {"a": np.arange(99.0)}, compatible)
    assert [check.check for check in fewer.violations] == [CheckType.MISSING_COLUMN]


def test_a_window_of_other_columns_and_an_empty_baseline_are_errors():
    other = profile_of({"y": np.arange(9.0)}, NORMAL.profile)
    with pytest.raises(NothingToCompare, match="no column of the baseline"):
        compare(NORMAL, other)
    empty = replace(NORMAL.profile, records=0)
    with pytest.raises(NothingToCompare, match="the baseline has no records"):
        compare(
            type(NORMAL)(profile=empty, constraints=NORMAL.constraints, notices=(), excluded={}, digest=""), normal(9)
        )


def test_an_empty_column_is_one_completeness_violation_and_all_others_are_compared():
    base = {"a": DRAW.normal(size=2_000), "b": DRAW.normal(size=2_000)}
    comparison = one(base, {"a": [None] * 200, "b": DRAW.normal(size=200)})
    assert [(check.feature, check.check) for check in comparison.violations] == [("a", CheckType.COMPLETENESS)]
    assert comparison.violations[0].sentence == "Value: 0.0 does not meet the constraint requirement! "
    assert check_of(comparison, DRIFT, "b").records == 200


@pytest.mark.parametrize(("missing", "violated"), [(50, False), (62, False), (150, True)])
def test_completeness_is_violated_by_a_significant_loss_of_at_least_a_hundredth(missing: int, violated: bool):
    base = {"x": [None] * 2_500 + DRAW.normal(size=47_500).tolist()}
    comparison = one(base, {"x": [None] * missing + DRAW.normal(size=1_000 - missing).tolist()})
    assert check_of(comparison, CheckType.COMPLETENESS).violated is violated


def test_a_lower_completeness_of_the_constraints_is_honoured():
    base = {"x": DRAW.normal(size=5_000)}
    window = {"x": [None] * 400 + DRAW.normal(size=600).tolist()}
    assert check_of(one(base, window), CheckType.COMPLETENESS).violated
    assert not check_of(one(base, window, completeness=0.55), CheckType.COMPLETENESS).violated


@pytest.mark.parametrize(("wrong", "violated"), [(1, False), (5, False), (60, True)])
def test_one_bad_record_of_five_thousand_is_no_page(wrong: int, violated: bool):
    values = [*DRAW.normal(size=5_000 - wrong).tolist(), *(["unknown"] * wrong)]
    check = check_of(one({"x": DRAW.normal(size=50_000)}, {"x": values}), CheckType.DATA_TYPE)
    assert check.violated is violated
    assert check.observed == (5_000 - wrong) / 5_000


def test_a_lower_type_threshold_of_the_constraints_is_honoured():
    values = [*DRAW.normal(size=900).tolist(), *(["unknown"] * 100)]
    config = MonitoringConfig(datatype_check_threshold=0.85)
    assert not check_of(
        one({"x": DRAW.normal(size=50_000)}, {"x": values}, config=config), CheckType.DATA_TYPE
    ).violated


def test_switches_of_the_constraints_turn_checks_off():
    base = {"x": DRAW.normal(size=5_000)}
    window = {"x": [None] * 400 + DRAW.normal(4, 1, 600).tolist()}
    kinds = {check.check for check in one(base, window, config=MonitoringConfig(perform_comparison=False)).violations}
    assert kinds == {CheckType.COMPLETENESS}
    kinds = {check.check for check in one(base, window, config=MonitoringConfig(evaluate_constraints=False)).violations}
    assert kinds == {CheckType.BASELINE_DRIFT}


@pytest.mark.parametrize(
    ("method", "attribute", "limit"),
    [
        ("PSI", "psi", 0.2),
        ("JensenShannon", "jensen_shannon", 0.15),
        ("Wasserstein", "wasserstein", 0.4),
        ("KolmogorovSmirnov", "kolmogorov_smirnov", 0.15),
    ],
)
@pytest.mark.parametrize("mode", list(CompareMode))
def test_a_distance_that_a_constraint_names_with_a_limit_decides_by_its_number(
    method: str, attribute: str, limit: float, mode: CompareMode
):
    base, window = {"x": np.arange(4_000.0)}, {"x": np.arange(4_000.0)[::2] * 0.6}
    own = {"x": MonitoringConfig(comparison_method=method, comparison_threshold=limit)}
    comparison = one(base, window, CompareSettings(mode=mode), overrides=own)
    check = check_of(comparison, DRIFT)
    assert (check.violated, check.p_value, check.limit, check.method) == (True, None, limit, method)
    assert check.observed == getattr(comparison.distances[0], attribute)
    most = 1.0 if method in ("JensenShannon", "KolmogorovSmirnov") else 50.0
    high = {"x": MonitoringConfig(comparison_method=method, comparison_threshold=most)}
    assert not check_of(one(base, window, CompareSettings(mode=mode), overrides=high), DRIFT).violated


def test_chi_squared_is_a_test_of_two_samples_under_the_promise():
    config = MonitoringConfig(categorical_drift_method="ChiSquared")
    base, window = {"x": ["a"] * 5_000 + ["b"] * 5_000}, {"x": ["a"] * 350 + ["b"] * 150}
    check = check_of(one(base, window, config=config), DRIFT)
    assert (check.method, check.flagged) == ("ChiSquared", True)
    assert check.p_value == pytest.approx(2.3e-18, rel=0.5)


def test_the_worst_violation_comes_first():
    base = {name: DRAW.normal(size=5_000) for name in "abc"}
    window = {name: DRAW.normal(shift, 1, 2_000) for name, shift in zip("abc", (0.5, 2.0, 1.0), strict=True)}
    assert [check.feature for check in one(base, window).violations] == ["b", "c", "a"]


def test_a_small_baseline_is_told_what_it_cannot_promise():
    comparison = one({"x": DRAW.normal(size=300)}, {"x": DRAW.normal(size=40)})
    assert any("The baseline has 300 records." in note for note in comparison.notes)
    assert any("Only a larger baseline" in note for note in comparison.notes)


def test_a_change_of_the_baseline_starts_a_new_history():
    _, history = compare(NORMAL, normal(100, 0.5))
    other = type(NORMAL)(
        profile=NORMAL.profile, constraints=NORMAL.constraints, notices=(), excluded={}, digest="another"
    )
    assert compare(other, normal(100, 0.5), history)[0].outcome is Outcome.CLEAN


def test_the_error_of_a_sketch_that_model_monitor_made_is_added_to_the_limit_and_not_to_the_p_value():
    column = NORMAL.profile.columns[0]
    made_by_aws = replace(column, numbers=replace(column.numbers, exact=None, values=None))
    baseline = baseline_from(replace(NORMAL.profile, columns=(made_by_aws,)))
    window = normal(500, 0.3)
    plain, other = (check_of(compare(each, window)[0], DRIFT) for each in (NORMAL, baseline))
    assert other.p_value == plain.p_value
    assert (plain.material, other.material) == (0.1, pytest.approx(0.1013))
    assert (plain.limit, other.limit) == (0.1, 0.1)


def test_texts_whose_counts_the_file_of_model_monitor_does_not_have_are_not_compared_and_the_others_are():
    column = profile_of({"x": ["a"] * 50}).columns[0]
    unknown = CategoryCounts.from_parts(total=50, commonest={}, error=50, sample={}, level=0, distinct=column.distinct)
    profile = profile_of({"x": ["a"] * 50, "y": np.arange(50.0)})
    baseline = baseline_from(replace(profile, columns=(replace(column, categories=unknown), profile.columns[1])))
    for mode in CompareMode:
        window = profile_of({"x": ["b"] * 50, "y": np.arange(50.0)}, profile)
        comparison, _ = compare(baseline, window, None, CompareSettings(mode=mode))
        assert comparison.violations == ()
        assert {check.feature for check in comparison.checks if check.check is DRIFT} == {"y"}
