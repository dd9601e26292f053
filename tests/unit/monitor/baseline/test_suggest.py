"""The constraints that a baseline suggests, and the columns that it does not compare."""

import numpy as np
import pytest

from kedge_monitor.baseline import Baseline, Constraint, MonitoringConfig
from kedge_monitor.baseline.folder import SWITCHED_OFF, BaselineUnusable, read_baseline, write_baseline
from kedge_monitor.baseline.suggest import suggest_baseline, switch_off
from kedge_monitor.batch import DataType, Schema
from kedge_monitor.profile.dataset import DatasetProfile
from tests.support.profiles import Columns, Value, baseline_profile

RNG = np.random.default_rng(12)
N = 2000


def suggest(**columns: list[Value] | np.ndarray) -> Baseline:
    return suggest_baseline(baseline_profile(columns))


def constraint(**columns: list[Value] | np.ndarray) -> Constraint:
    return suggest(**columns).constraints.features[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, 3, 4, 5, 6], DataType.INTEGRAL),
        ([1, 2.5, 3, 4, 5, 6], DataType.FRACTIONAL),
        (["a", "b", "a"], DataType.STRING),
        ([True, False, True], DataType.STRING),
        ([None, None], DataType.UNKNOWN),
    ],
)
def test_the_type_is_that_of_the_values(values: list[Value], kind: DataType):
    assert constraint(x=values).inferred_type is kind


def test_completeness_is_the_observed_share():
    assert constraint(x=[1.5, None, 2.5, 3.5]).completeness == 0.75


@pytest.mark.parametrize(("least", "expected"), [(0.0, True), (-0.5, None)])
def test_a_column_is_non_negative_if_its_minimum_is_at_least_0(least: float, expected: bool | None):
    assert constraint(x=[least, 1.5, 2.5]).is_non_negative is expected


def test_the_domain_of_a_text_column_is_all_its_categories_the_commonest_first():
    assert constraint(state=["b", "b", "b", "a", "a", "c", "c"]).domains == ("b", "a", "c")


@pytest.mark.parametrize(("categories", "has_domain"), [(120, True), (121, False)])
def test_a_domain_has_at_most_120_categories(categories: int, has_domain: bool):
    found = constraint(city=[f"c{i}" for i in range(categories)] * 5).domains
    assert (found is not None) is has_domain


@pytest.mark.parametrize(("singles", "has_domain"), [(1, True), (2, False)])
def test_a_domain_has_at_most_10_percent_of_categories_that_were_seen_once(singles: int, has_domain: bool):
    known = [f"c{i}" for i in range(10 - singles)] * 5
    found = constraint(city=known + [f"once{i}" for i in range(singles)]).domains
    assert (found is not None) is has_domain


def test_whole_numbers_get_no_domain():
    assert constraint(x=[1, 2, 3] * 50).domains is None


@pytest.mark.parametrize(
    "values",
    [
        ["2026-11-30T06:00:00Z"] * 5,
        [f"2026-11-{day:02} 06:00:0{day % 7}.123+01:00" for day in range(1, 29)],
        [f"2026-11-{day:02}" for day in range(1, 29)],
        [f"{day}.11.2026 6:05" for day in range(1, 29)],
        [f"11/{day}/2026 6:05 PM" for day in range(1, 29)],
        ["20261130T060000Z", "20261130T060001Z"],
        1_700_000_000 + RNG.integers(0, 86_400, 500),
        1_700_000_000_000 + RNG.integers(0, 10**12, 500),
        np.full(50, 1_700_000_000.25),
        [20_260_000 + 100 * month + day for month in range(1, 13) for day in (1, 15, 28)],
    ],
    ids=str,
)
def test_time_stamps_get_no_domain_and_no_comparison(values: list[Value] | np.ndarray):
    baseline = suggest(seen=values)
    assert baseline.excluded["seen"].startswith("time stamp")
    feature = baseline.constraints.features[0]
    assert feature.domains is None
    assert feature.overrides == MonitoringConfig(perform_comparison=False)


def test_seconds_over_decades_are_a_time_stamp_if_the_name_says_so():
    values = RNG.integers(950_000_000, 1_800_000_000, 500)
    assert suggest(event_time=values).excluded["event_time"] == "time stamp: the values are seconds since 1970"
    assert suggest(revenue=values).excluded == {}


@pytest.mark.parametrize(
    "values",
    [
        [f"user-{i}" for i in range(500)],
        np.arange(10_000, 10_500),
        [f"{i}" for i in range(499)] + ["x"],
    ],
    ids=["text", "sequence", "digits and a word"],
)
def test_identifiers_get_no_comparison(values: list[Value] | np.ndarray):
    assert suggest(x=values).excluded["x"].startswith("identifier")


def test_random_whole_numbers_are_an_identifier_only_by_their_name():
    values = RNG.integers(0, 2**50, 2000)
    assert suggest(customer_id=values).excluded["customer_id"].startswith("identifier")
    assert suggest(bytes_sent=values).excluded == {}


def test_whole_numbers_that_repeat_are_no_identifier():
    assert suggest(x=RNG.integers(0, 1000, 2000)).excluded == {}


def test_fractions_that_are_all_distinct_are_no_identifier():
    assert suggest(x=RNG.normal(size=2000)).excluded == {}


@pytest.mark.parametrize("values", [["a", None, "a"], [0, 0, None], [1.5, 1.5]])
def test_a_constant_gets_no_comparison(values: list[Value]):
    assert suggest(x=values).excluded == {"x": "constant: there is 1 value"}


def test_the_settings_are_those_that_were_given():
    config = MonitoringConfig(comparison_threshold=0.3)
    assert suggest_baseline(baseline_profile({"x": [1.5, 2.5]}), config).constraints.config == config


@pytest.mark.parametrize("columns", [{}, {"x": []}])
def test_data_without_records_is_no_baseline(columns: Columns):
    profile = baseline_profile(columns) if columns else DatasetProfile(schema=Schema(columns=()), records=5, columns=())
    with pytest.raises(BaselineUnusable, match=r"^The data of the baseline has no records\. Give data"):
        suggest_baseline(profile)


def problems(**columns: list[Value] | np.ndarray) -> dict[str | None, str]:
    return {notice.feature: notice.problem for notice in suggest(**columns).notices}


def test_fewer_than_1000_records_are_noted_for_the_whole_baseline():
    assert problems(x=RNG.normal(size=999))[None].startswith("The baseline has 999 records.")
    assert problems(x=RNG.normal(size=1000)) == {}


def test_a_column_that_is_all_missing_is_noted():
    assert problems(x=RNG.normal(size=N), gone=[None] * N)["gone"].startswith("Each value is missing")


def test_a_column_that_is_mostly_missing_is_noted():
    assert (
        problems(x=[1.5, 2.5] * 40 + [None] * 1920)["x"]
        == "Only 80 values are present. Their distribution is unreliable."
    )
    assert problems(x=RNG.normal(size=100).tolist() + [None] * 1900)["x"].startswith("95.0% of the values are missing.")


def test_categories_that_were_seen_once_are_noted_and_cost_the_domain_if_they_are_many():
    some = ["a", "b"] * 999 + ["c", "d"]
    assert problems(x=some)["x"] == (
        "2 of 4 categories were seen once, so windows will have unknown ones. The column gets no domain."
    )
    few = [f"c{i}" for i in range(20)] * 100 + ["once"]
    assert problems(x=few)["x"] == "1 of 21 categories was seen once, so windows will have unknown ones."


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["x"] * 1990 + ["y"] * 10, "99.5% of the values are 'x'."),
        ([0.0] * 1990 + [1.5] * 10, "99.5% of the values are 0."),
        ([7.5] * 19_900 + RNG.normal(size=100).tolist(), "99.5% of the values are 7.5."),
    ],
)
def test_one_value_that_most_records_have_is_noted(values: list[Value], said: str):
    assert problems(x=values)["x"].startswith(said)


def test_numbers_that_a_few_words_made_a_text_column_are_noted():
    zips = [str(10_000 + i % 50) for i in range(N - 5)] + ["unknown"] * 5
    schema_less = problems(zip=[int(each) if each.isdigit() else each for each in zips])
    assert schema_less["zip"] == "5 of 2,000 values are texts, so the numbers are compared as categories."


def test_each_notice_names_an_action():
    notices = suggest(x=["a", "b", "c"], gone=[None] * 3).notices
    assert len(notices) >= 3
    assert all(notice.action.endswith(".") and " " in notice.action for notice in notices)


def test_a_column_that_is_switched_off_keeps_its_place_and_has_no_check_after_reading():
    profile = baseline_profile({"a": [float(n % 50) for n in range(1200)], "b": [f"k{n % 4}" for n in range(1200)]})
    off = switch_off(suggest_baseline(profile), {"b"})
    read = read_baseline(write_baseline(off))
    assert read.profile.schema.names == ("a", "b")
    assert read.excluded == off.excluded == {"b": SWITCHED_OFF}
    assert read.digest == off.digest != suggest_baseline(profile).digest
    assert read.constraints.features[1].domains is None
