"""Complaints about verdicts, answered by the comparison. README.md of this folder has their numbers."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from kedge_monitor.baseline import Baseline, MonitoringConfig
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.settings import (
    CompareMode,
    CompareSettings,
    FalsePagePromise,
    SettingInapplicable,
    plan_features,
)
from kedge_monitor.compare.verdict import CheckType, Outcome, WindowComparison
from kedge_monitor.files.constraints import read_constraints
from kedge_monitor.files.violations import read_violations, write_violations
from tests.unit.docs.pages import table
from tests.unit.monitor.compare.simulated import Endpoint, normal_shares
from tests.unit.monitor.compare.worlds import baseline_of, profile_of

COMPATIBLE = CompareSettings(mode=CompareMode.COMPATIBLE)


def generator(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def look(baseline: Baseline, settings: CompareSettings | None = None, **columns: object) -> WindowComparison:
    """Compare one window with a baseline."""
    return compare(baseline, profile_of(columns, baseline.profile), None, settings)[0]


def found(comparison: WindowComparison) -> set[tuple[str, str]]:
    return {(check.feature, check.check.value) for check in comparison.violations}


def flagged(comparison: WindowComparison) -> set[str]:
    return {check.feature for check in comparison.checks if check.flagged}


def shifted(records: int, shift: float) -> WindowComparison:
    endpoint = Endpoint(4, normal_shares(500), 50_000, CompareSettings(), generator(records))
    return endpoint.run(endpoint.profile(records, normal_shares(500, shift)))


@pytest.mark.parametrize("records", [500, 5_000, 50_000, 500_000])
def test_the_size_of_the_data_does_not_change_the_verdict(records: int):
    assert flagged(shifted(records, 0.0)) == set()
    assert flagged(shifted(records, 0.5)) == {"f0", "f1", "f2", "f3"}


def test_too_few_records_to_tell_are_told_with_the_number_that_is_needed():
    tiny = shifted(8, 0.0)
    assert tiny.outcome is Outcome.INCONCLUSIVE
    note = next(note for note in tiny.notes if "too few to tell" in note)
    needed = int(note.split()[-7])
    assert f"D = {tiny.checks[0].smallest:.2f}" in note
    assert not any("too few" in note for note in shifted(needed, 0.0).notes)
    assert any("too few to see less than D = " in note for note in shifted(needed - 1, 0.0).notes)


@pytest.mark.parametrize("records", [10, 50, 500])
def test_small_samples_have_psi_and_jensen_shannon_near_zero(records: int):
    draw = generator(records)
    baseline = baseline_of({"x": draw.normal(size=20_000)})
    psi, divergence = [], []
    for _ in range(60):
        numbers = look(baseline, x=draw.normal(size=records)).distances[0]
        psi.append(numbers.psi)
        divergence.append(numbers.jensen_shannon)
    error = np.std(psi) / math.sqrt(len(psi))
    assert abs(np.mean(psi)) <= 4 * error
    assert np.median(divergence) <= 2 * math.sqrt(9 / 8 / records / math.log(2)) / 2


def test_noise_of_one_distribution_is_named_and_is_no_drift():
    comparison = shifted(5_000, 0.0)
    assert comparison.outcome is Outcome.CLEAN
    for check in comparison.checks:
        if check.check is CheckType.BASELINE_DRIFT:
            assert check.p_value is not None
            assert check.level is not None
            assert check.smallest is not None
            assert check.observed is not None
            assert check.observed < check.smallest < 0.1


@pytest.mark.parametrize("settings", [CompareSettings(), COMPATIBLE])
def test_repeated_values_all_count(settings: CompareSettings):
    draw = generator(6)
    baseline = baseline_of({"x": draw.integers(0, 7, 10_000).astype(float)})
    window = np.where(draw.random(1_000) < 0.9, 0.0, draw.integers(0, 7, 1_000))
    comparison = look(baseline, settings, x=window)
    assert comparison.distances[0].kolmogorov_smirnov == pytest.approx(0.77, abs=0.03)
    assert found(comparison) == {("x", "baseline_drift_check")}


@pytest.mark.parametrize(("features", "runs"), [(20, 300), (200, 60), (2_000, 6)])
def test_many_features_do_not_raise_the_number_of_false_alarms(features: int, runs: int):
    promised = 20.0
    settings = CompareSettings(promise=FalsePagePromise(false_pages=promised, weeks=1), threshold=0.001)
    endpoint = Endpoint(features, normal_shares(16), 50_000, settings, generator(features))
    pages = sum(bool(run.violations) for run in endpoint.runs(runs, 50))
    allowed = promised * runs / 168
    assert pages <= allowed + 4 * math.sqrt(allowed)


def test_copies_of_a_feature_give_no_more_false_alarms_than_one():
    settings = CompareSettings(promise=FalsePagePromise(false_pages=20, weeks=1), threshold=0.001)
    pages = {}
    for features in (1, 20):
        endpoint = Endpoint(1, normal_shares(64), 50_000, settings, generator(8))
        single = endpoint.stored
        copies = [msgspec.structs.replace(single.constraints.features[0], name=f"f{i}") for i in range(features)]
        names = [
            type(column)(name=f"f{i}", kind=column.kind) for column in endpoint.schema.columns for i in range(features)
        ]

        def copy(profile, names=names):
            columns = tuple(
                type(profile.columns[0])(**{**_fields(profile.columns[0]), "column": name}) for name in names
            )
            return type(profile)(
                schema=type(profile.schema)(columns=tuple(names)), records=profile.records, columns=columns
            )

        constraints = msgspec.structs.replace(single.constraints, features=tuple(copies))
        wide = msgspec.structs.replace(single, profile=copy(single.profile), constraints=constraints)
        history = None
        pages[features] = 0
        for _ in range(400):
            comparison, history = compare(wide, copy(endpoint.profile(50)), history, settings)
            pages[features] += bool(comparison.violations)
    assert pages[20] <= pages[1] + 4 * math.sqrt(pages[1] + 1)


def _fields(column: object) -> dict[str, object]:
    return {name: getattr(column, name) for name in column.__dataclass_fields__}


def drifting() -> tuple[Baseline, dict[str, object]]:
    """Return a baseline and the columns of a window with one violation of each kind."""
    draw = generator(10)
    n = 4_000
    base = {
        "amount": draw.normal(size=n),
        "age": draw.normal(size=n),
        "city": draw.choice(["a", "b", "c"], n).tolist(),
        "kind": draw.normal(size=n),
        "lost": draw.normal(size=n),
    }
    window = {
        "amount": draw.normal(2, 1, 1_000),
        "age": [None] * 500 + draw.normal(size=500).tolist(),
        "city": ["new"] * 300 + draw.choice(["a", "b", "c"], 700).tolist(),
        "kind": draw.normal(size=900).tolist() + ["unknown"] * 100,
        "added": draw.normal(size=1_000),
    }
    return baseline_of(base), window


@pytest.mark.parametrize("settings", [CompareSettings(), COMPATIBLE])
def test_one_verdict_is_told_by_the_outcome_the_entries_of_the_file_and_their_number(settings: CompareSettings):
    baseline, window = drifting()
    comparison = look(baseline, settings, **window)
    entries = read_violations(write_violations(comparison))
    assert comparison.outcome is Outcome.VIOLATED
    assert len(entries) == len(comparison.violations)
    assert {(entry.feature_name, entry.constraint_check_type) for entry in entries} == found(comparison)
    assert all(
        ("exceeds" in c.sentence or "not m" in c.sentence or "There are" in c.sentence or "does not" in c.sentence)
        == c.violated
        for c in comparison.checks
    )


@pytest.mark.parametrize("records", [600, 6_000])
def test_rounding_in_the_ninth_digit_is_a_distance_of_zero(records: int):
    draw = generator(11)
    baseline = baseline_of({"rate": np.tile([0.1, 0.2, 0.3], 4_000)})
    jittered = np.tile([0.1, 0.2, 0.3], records // 3) + draw.uniform(-1e-9, 1e-9, records)
    comparison = look(baseline, rate=jittered)
    assert comparison.distances[0].l_infinity == pytest.approx(0.0, abs=0.0 if records < 1_000 else 2e-3)
    assert comparison.violations == ()


def test_zip_codes_as_text_are_a_text_column_with_a_verdict_on_unseen_values():
    draw = generator(12)
    codes = np.array([f"{code:05d}" for code in range(40_000)])
    baseline = baseline_of({"zip": draw.choice(codes, 100_000).tolist()})
    usual = look(baseline, zip=draw.choice(codes, 2_000).tolist())
    assert usual.violations == ()
    share = usual.distances[0].unseen_share
    assert share is not None
    assert share == pytest.approx((1 - 1 / 40_000) ** 100_000, abs=0.08)
    foreign = look(baseline, zip=[f"SW{i}" for i in range(2_000)])
    assert found(foreign) >= {("zip", "categorical_values_check")}


def test_a_flag_from_15_to_25_percent_is_found_at_500_records():
    baseline = baseline_of({"flag": np.repeat([0.0, 1.0], [42_500, 7_500])})
    comparison = look(baseline, flag=np.repeat([0.0, 1.0], [375, 125]))
    check = next(check for check in comparison.checks if check.check is CheckType.BASELINE_DRIFT)
    assert (check.flagged, check.method, check.observed) == (True, "Fisher", pytest.approx(0.1))


@pytest.mark.parametrize(
    "wrong",
    [
        MonitoringConfig(comparison_method="Wassertsein", comparison_threshold=0.2),
        MonitoringConfig(categorical_drift_method="LInfinity"),
        MonitoringConfig(categorical_comparison_threshold=0.2),
        MonitoringConfig(domain_content_threshold=0.9),
        MonitoringConfig(comparison_method="PSI"),
        MonitoringConfig(comparison_method="ChiSquared"),
        MonitoringConfig(comparison_threshold=7.0),
        MonitoringConfig(datatype_check_threshold=90.0),
    ],
)
@pytest.mark.parametrize("settings", [CompareSettings(), COMPATIBLE])
def test_a_setting_that_cannot_apply_is_an_error_before_the_first_window(
    wrong: MonitoringConfig, settings: CompareSettings
):
    baseline = baseline_of({"x": np.arange(100.0)}, overrides={"x": wrong})
    with pytest.raises(SettingInapplicable, match=r"feature x: .*\. \w+ .*\."):
        plan_features(baseline, settings)


def test_the_example_of_the_documentation_recomputes_to_the_last_digit():
    # 10,000 records of the baseline and 500 of the window, in the deciles 1 to 10.
    window = [40, 42, 45, 46, 50, 50, 52, 55, 58, 62]
    baseline = baseline_of({"x": np.arange(10_000.0)})
    values = np.concatenate([np.linspace(1_000 * i + 1, 1_000 * i + 998, count) for i, count in enumerate(window)])
    comparison = look(baseline, x=values)
    numbers = comparison.distances[0]
    # PSI: half a record in each cell; the noise without drift is (1 - 1/10)/n * (n/(n+5))^2 + (1 - 1/10)/m * (n/(n+5))^2 a cell.
    q = [(count + 0.5) / (500 + 5) for count in window]
    g = (1_000 + 0.5) / (10_000 + 5)
    scale = (500 / 505) ** 2
    noise = 10 * 0.9 * (1 / 500 + 1 / 10_000) * scale
    assert numbers.psi == pytest.approx(sum((x - g) * math.log(x / g) for x in q) - noise, rel=1e-12)
    # KS: the largest difference of the shares up to a quantile of the baseline; p by Stephens' formula.
    check = next(check for check in comparison.checks if check.check is CheckType.BASELINE_DRIFT)
    root = math.sqrt(500 * 10_000 / 10_500)
    scaled = (root + 0.12 + 0.11 / root) * numbers.kolmogorov_smirnov
    p = 2 * sum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 6))
    assert check.p_value == pytest.approx(p, rel=1e-12)
    # The level: a tenth is kept for changes that page at once, the rest is for two of three runs, of one check.
    promised = math.sqrt(0.9 * 1 / (2 * 26 * 168 * 1))
    assert check.level == pytest.approx(min(0.05, promised), rel=1e-12)


@pytest.mark.parametrize("settings", [CompareSettings(), COMPATIBLE])
def test_each_distance_is_reported_whether_violated_or_not(settings: CompareSettings):
    baseline, window = drifting()
    comparison = look(baseline, settings, **window)
    numbers = {item.feature: item for item in comparison.distances}
    assert set(numbers) == {"amount", "age", "city", "kind"}
    for name in ("amount", "age", "kind"):
        item = numbers[name]
        assert None not in (item.kolmogorov_smirnov, item.psi, item.jensen_shannon, item.wasserstein, item.mean_shift)
    assert numbers["city"].l_infinity is not None
    assert numbers["city"].unseen_share == pytest.approx(0.3)
    drift = {check.feature for check in comparison.checks if check.check is CheckType.BASELINE_DRIFT}
    assert drift == set(numbers)


def test_categories_on_one_side_count_once_and_missing_values_are_no_category():
    baseline = baseline_of({"city": ["a"] * 9_000 + ["b"] * 900 + [None] * 100})
    comparison = look(baseline, city=["a"] * 720 + ["b"] * 72 + ["new"] * 200 + [None] * 8)
    assert found(comparison) == {("city", "categorical_values_check")}
    assert comparison.distances[0].l_infinity == pytest.approx(200 / 992)
    missing = look(baseline, city=["a"] * 600 + ["b"] * 60 + [None] * 340)
    assert found(missing) == {("city", "completeness_check")}
    assert missing.distances[0].l_infinity == pytest.approx(0.0)


def test_an_empty_bin_gives_a_finite_psi_that_is_no_drift_at_fifty_records():
    draw = generator(19)
    baseline = baseline_of(
        {"x": draw.normal(size=20_000), "c": draw.choice([f"v{i}" for i in range(60)], 20_000).tolist()}
    )
    for _ in range(30):
        window = {"x": draw.normal(size=50), "c": draw.choice([f"v{i}" for i in range(60)], 50).tolist()}
        comparison = look(baseline, **window)
        assert flagged(comparison) == set()
        assert all(item.psi is not None and abs(item.psi) < 0.5 for item in comparison.distances)
    gone = look(baseline, x=np.full(50, 9.0), c=["v1"] * 50).distances
    assert all(item.psi is not None and 1 < item.psi < 50 for item in gone)


SPELLINGS = (
    '"monitoringConfigOverrides": OWN',
    '"monitoring_config_overrides": OWN',
    '"num_constraints": {"is_non_negative": false, "monitoring_config_overrides": OWN}',
    '"string_constraints": {"monitoring_config_overrides": OWN}',
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_overrides_of_one_feature_work_on_a_number_in_all_four_spellings(spelling: str):
    draw = generator(23)
    base = baseline_of({"x": draw.normal(size=4_000), "y": draw.normal(size=4_000)})
    window = {"x": draw.normal(3, 1, 500), "y": draw.normal(3, 1, 500)}

    def with_own(own: str) -> Baseline:
        text = '{"features": [{"name": "x", "inferred_type": "Fractional", SPELLING}, {"name": "y", "inferred_type": "Fractional"}]}'
        constraints = read_constraints(text.replace("SPELLING", spelling.replace("OWN", own)).encode())
        return msgspec.structs.replace(base, constraints=constraints)

    off = with_own('{"distribution_constraints": {"perform_comparison": "Disabled"}}'.strip())
    milder = with_own('{"distribution_constraints": {"comparison_threshold": 0.95}}')
    for settings in (CompareSettings(), COMPATIBLE):
        assert found(look(off, settings, **window)) == {("y", "baseline_drift_check")}
        assert found(look(milder, settings, **window)) == {("y", "baseline_drift_check")}


@pytest.mark.parametrize("settings", [CompareSettings(), COMPATIBLE])
def test_whole_numbers_satisfy_a_fractional_column_unless_the_check_is_strict(settings: CompareSettings):
    draw = generator(24)
    baseline = baseline_of({"amount": draw.integers(0, 400, 5_000) / 4})
    assert baseline.constraints.features[0].inferred_type == "Fractional"
    whole = draw.integers(0, 100, 1_000).astype(float)
    assert ("amount", "data_type_check") not in found(look(baseline, settings, amount=whole))
    strict = msgspec.structs.replace(settings, strict_types=True)
    assert ("amount", "data_type_check") in found(look(baseline, strict, amount=whole))


def test_the_readme_names_the_first_words_of_tests_that_exist():
    folder = Path(__file__).parent
    source = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("test_*.py"))
    for row in table(folder / "README.md", "number", "complaint", "tests begin with"):
        assert f"def {row[2].strip('`')}" in source
