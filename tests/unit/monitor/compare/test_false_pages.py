"""The promise holds in simulated weeks, within four standard errors, and the power is that of the contract's table."""

import msgspec
import numpy as np
import pytest
from scipy import stats

from kedge_monitor.baseline import Constraints
from kedge_monitor.batch import DataType
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.promise import find_budget
from kedge_monitor.compare.settings import CompareSettings, FalsePagePromise
from kedge_monitor.compare.significance import compute_effective, compute_ks_p
from kedge_monitor.profile.dataset import DatasetProfile
from tests.unit.monitor.compare.simulated import Endpoint, normal_shares
from tests.unit.monitor.compare.worlds import baseline_from, profile_of

WEEK = 168
ANY_DISTANCE = 0.001  # so small a limit that only significance decides


def busy(pages: float, threshold: float = ANY_DISTANCE) -> CompareSettings:
    """Return settings that allow many false pages a week, so that few weeks show whether the promise holds."""
    return CompareSettings(promise=FalsePagePromise(false_pages=pages, weeks=1), threshold=threshold)


def assert_kept(pages: int, promised: float) -> None:
    assert pages <= promised + 4 * promised**0.5


@pytest.mark.parametrize(
    ("features", "records", "baseline", "runs"),
    [
        (20, 50, 50_000, 500),  # two of three runs
        (20, 500, 50_000, 500),
        (20, 500, 4_000, 500),  # the window is large beside the baseline: at once
        (200, 50, 50_000, 80),
        (200, 500, 5_000, 80),
    ],
)
def test_false_pages_of_independent_records_are_within_the_promise(
    features: int, records: int, baseline: int, runs: int
):
    promised_a_week, pages, endpoints = 20.0, 0, 4
    for seed in range(endpoints):
        draw = np.random.default_rng([features, records, baseline, seed])
        endpoint = Endpoint(features, normal_shares(64), baseline, busy(promised_a_week), draw)
        pages += sum(bool(found.violations) for found in endpoint.runs(runs // endpoints, records))
    promised = promised_a_week * runs / WEEK
    assert_kept(pages, promised)


@pytest.mark.parametrize("records", [500, 5_000])
def test_false_pages_of_ten_records_per_caller_are_within_the_promise_once_clean_windows_are_known(records: int):
    promised_a_week, endpoints, runs, pages = 20.0, 4, 80, 0
    for seed in range(endpoints):
        draw = np.random.default_rng([records, seed])
        endpoint = Endpoint(6, normal_shares(500), 50_000, busy(promised_a_week), draw, clustered=0.2)
        learning = list(endpoint.runs(40, records))
        assert any("independent" in note for note in learning[0].notes)
        pages += sum(bool(found.violations) for found in endpoint.runs(runs, records))
    assert_kept(pages, promised_a_week * endpoints * runs / WEEK)


def test_without_clean_windows_dependent_records_would_break_the_promise():
    endpoint = Endpoint(8, normal_shares(64), 50_000, busy(20.0), np.random.default_rng(1), clustered=0.2)
    pages = 0
    for _ in range(60):
        endpoint.history = None
        pages += bool([check for check in endpoint.run(endpoint.profile(500)).checks if check.flagged])
    assert pages > 20


def scaled_distances(draw: np.random.Generator, runs: int, features: int, n: int, baseline: np.ndarray) -> np.ndarray:
    """Return the exact KS distances of windows of uniform numbers from a sorted baseline of them."""
    values = np.sort(draw.random((runs, features, n)), axis=2)
    places = np.searchsorted(baseline, values) / len(baseline)
    steps = np.arange(n + 1) / n
    return np.maximum(np.abs(steps[1:] - places), np.abs(steps[:-1] - places)).max(axis=2)


def test_half_a_year_of_hourly_runs_of_fifty_records_costs_at_most_the_promised_page():
    draw, endpoints, pages, runs = np.random.default_rng(12), 4, 0.0, WEEK * 26
    budget = find_budget(CompareSettings())
    level, immediate = budget.find_repeated(20), budget.find_immediate(20)
    for _ in range(endpoints):
        distances = scaled_distances(draw, runs, 20, 50, np.sort(draw.random(50_000)))
        p = compute_ks_p(distances, compute_effective(50, 50_000))
        flagged = (p <= level) & (distances >= 0.1)
        before = np.zeros_like(flagged)
        before[1:] |= flagged[:-1]
        before[2:] |= flagged[:-2]
        pages += np.count_nonzero(((flagged & before) | (p <= immediate)).any(axis=1))
    assert pages <= endpoints + 4 * endpoints**0.5


def poisson(mean: float) -> np.ndarray:
    """Return the shares of 0 to 14, and of 15 and more."""
    return np.append(stats.poisson.pmf(np.arange(15), mean), stats.poisson.sf(14, mean))


def power(settings: CompareSettings, before: np.ndarray, after: np.ndarray, records: int, runs: int) -> float:
    """Return the share of windows that flag the one feature."""
    draw = np.random.default_rng([records, len(before)])
    endpoint = Endpoint(1, before, 50_000, settings, draw)
    found = 0
    for _ in range(runs):
        endpoint.history = None
        found += any(check.flagged for check in endpoint.run(endpoint.profile(records, after)).checks)
    return found / runs


# A twentieth of a false page for one feature has the level of one page for twenty.
ONE_OF_TWENTY = CompareSettings(promise=FalsePagePromise(false_pages=1 / 20))
WATCH = CompareSettings(promise=FalsePagePromise(false_pages=1 / 20), threshold=0.05)


@pytest.mark.parametrize(
    ("settings", "records", "before", "after", "wanted"),
    [
        (ONE_OF_TWENTY, 50, normal_shares(1000), normal_shares(1000, 0.2), 0.029),
        (ONE_OF_TWENTY, 50, normal_shares(1000), normal_shares(1000, 0.5), 0.489),
        (ONE_OF_TWENTY, 50, poisson(3), poisson(3 + 0.5 * 3**0.5), 0.215),
        (ONE_OF_TWENTY, 500, normal_shares(1000), normal_shares(1000, 0.2), 0.413),
        (WATCH, 500, normal_shares(1000), normal_shares(1000, 0.2), 0.762),
        (ONE_OF_TWENTY, 500, normal_shares(1000), normal_shares(1000, 0.5), 1.0),
        (ONE_OF_TWENTY, 500, poisson(3), poisson(3 + 0.5 * 3**0.5), 1.0),
        (ONE_OF_TWENTY, 5_000, normal_shares(1000), normal_shares(1000, 0.5), 1.0),
        (WATCH, 5_000, normal_shares(1000), normal_shares(1000, 0.2), 1.0),
        (WATCH, 500_000, normal_shares(1000), normal_shares(1000, 0.2), 1.0),
    ],
)
def test_the_power_is_no_less_than_the_table_of_the_contract(
    settings: CompareSettings, records: int, before: np.ndarray, after: np.ndarray, wanted: float
):
    runs = 600
    error = (max(wanted * (1 - wanted), 0.01) / runs) ** 0.5
    found = power(settings, before, after, records, runs)
    assert found >= wanted - 4 * error


def test_a_shift_of_half_a_deviation_pages_within_three_runs_about_as_often_as_the_table_says():
    draw, found, runs = np.random.default_rng(3), 0, 400
    for _ in range(runs):
        endpoint = Endpoint(1, normal_shares(1000), 50_000, ONE_OF_TWENTY, draw)
        pages = [endpoint.run(endpoint.profile(50, normal_shares(1000, 0.5))).violations for _ in range(3)]
        found += any(pages)
    assert found / runs >= 0.482 - 4 * (0.25 / runs) ** 0.5


def flag_of(records: int, share: float, draw: np.random.Generator) -> DatasetProfile:
    ones = int(draw.binomial(records, share))
    return profile_of({"flag": np.repeat([0.0, 1.0], [records - ones, ones])})


@pytest.mark.parametrize(("records", "wanted"), [(50, 0.483), (500, 1.0), (5_000, 1.0)])
def test_the_power_for_a_flag_is_no_less_than_the_table_of_the_contract(records: int, wanted: float):
    draw, runs = np.random.default_rng(records), 300
    baseline = baseline_from(flag_of(50_000, 0.15, draw))
    after = 0.15 + 0.5 * (0.15 * 0.85) ** 0.5
    found = sum(
        any(check.flagged for check in compare(baseline, flag_of(records, after, draw), None, ONE_OF_TWENTY)[0].checks)
        for _ in range(runs)
    )
    assert found / runs >= wanted - 4 * (max(wanted * (1 - wanted), 0.01) / runs) ** 0.5


MIXED_SHARES = {size: 1 / np.arange(1.0, size + 1) / (1 / np.arange(1.0, size + 1)).sum() for size in (5, 50, 400)}


def mixed(records: int, draw: np.random.Generator) -> dict[str, object]:
    """Return flags, categories with a long tail, missing values and values of another type."""
    columns: dict[str, object] = {
        f"c{size}": [f"v{i}" for i in draw.choice(size, records, p=shares)] for size, shares in MIXED_SHARES.items()
    }
    columns["flag"] = (draw.random(records) < 0.03).astype(float)
    columns["count"] = draw.poisson(1.0, records).astype(float)
    numbers = draw.normal(size=records)
    columns["gaps"] = [
        None if missing else value for value, missing in zip(numbers, draw.random(records) < 0.05, strict=True)
    ]
    columns["words"] = [
        "word" if bad else value for value, bad in zip(numbers, draw.random(records) < 0.0005, strict=True)
    ]
    return columns


@pytest.mark.parametrize(("records", "runs"), [(50, 400), (500, 200)])
def test_false_pages_of_categories_flags_missing_and_unseen_values_and_wrong_types_are_within_the_promise(
    records: int, runs: int
):
    draw, promised_a_week, pages = np.random.default_rng(records), 20.0, 0
    baseline = baseline_from(profile_of(mixed(20_000, draw)))
    # The column of words is a number with some wrong values: its type in the constraints is that of the numbers.
    features = tuple(
        msgspec.structs.replace(each, inferred_type=DataType.FRACTIONAL) if each.name == "words" else each
        for each in baseline.constraints.features
    )
    baseline = msgspec.structs.replace(baseline, constraints=Constraints(features=features))
    history = None
    for _ in range(runs):
        window = profile_of(mixed(records, draw), baseline.profile)
        comparison, history = compare(baseline, window, history, busy(promised_a_week))
        pages += bool(comparison.violations)
    assert_kept(pages, promised_a_week * runs / WEEK)
