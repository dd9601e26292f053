"""statistics.json: the analyzer's schema, the ten buckets of deequ, and files of older analyzers."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.reports.statistics import statistics_in
from kedge_monitor.batch import DataType
from kedge_monitor.files.json_reader import FileUnreadable
from kedge_monitor.files.statistics import bucket_counts, read_statistics, write_statistics
from kedge_monitor.profile.kll import KllSketch
from tests.support.profiles import Columns, baseline_profile, window_profile

GOLDEN = Path(__file__).parent / "golden" / "statistics.json"
EVENTS = Path(__file__).parents[4] / "events" / "reports"
NUMBERS = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=60)


def written(columns: Columns) -> dict[str, dict]:
    content = json.loads(write_statistics(baseline_profile(columns)))
    assert list(content) == ["version", "dataset", "features"]
    return {feature["name"]: feature for feature in content["features"]}


def rank(levels: list[list[float]], x: float, *, inclusive: bool) -> int:
    return sum((item <= x if inclusive else item < x) << level for level, items in enumerate(levels) for item in items)


@pytest.mark.parametrize("feature", json.loads(GOLDEN.read_bytes())["features"][:2], ids=lambda each: each["name"])
def test_the_ten_buckets_of_an_analyzers_file_follow_from_its_sketch(feature: dict):
    statistics = feature["numerical_statistics"]
    kll = statistics["distribution"]["kll"]
    levels = [np.array(level) for level in kll["sketch"]["data"]]
    bounds, counts = bucket_counts(levels, statistics["min"], statistics["max"])
    assert list(zip(bounds[:-1], bounds[1:], counts, strict=True)) == [
        (bucket["lower_bound"], bucket["upper_bound"], bucket["count"]) for bucket in kll["buckets"]
    ]


@given(NUMBERS)
def test_the_buckets_are_those_of_the_formula_and_count_each_value_once(numbers: list[float]):
    values = np.array(numbers)
    sketch = KllSketch()
    sketch.add(values)
    low, high = float(values.min()), float(values.max())
    bounds, counts = bucket_counts(sketch.levels, low, high)
    assert sum(counts) == len(numbers)
    levels = [level.tolist() for level in sketch.levels]
    for i in range(9):
        lower, upper = low + (high - low) * i / 10.0, low + (high - low) * (i + 1) / 10.0
        assert (bounds[i], bounds[i + 1]) == (lower, upper)
        assert counts[i] == rank(levels, upper, inclusive=False) - rank(levels, lower, inclusive=False)


def test_the_last_bucket_of_a_constant_column_holds_everything():
    bounds, counts = bucket_counts([np.array([7.0]), np.array([]), np.array([7.0])], 7.0, 7.0)
    assert bounds == [7.0] * 11
    assert counts == [0.0] * 9 + [5.0]


def test_the_range_of_a_float_does_not_overflow():
    bounds, counts = bucket_counts([np.array([-1.7e308, 1.7e308])], -1.7e308, 1.7e308)
    assert all(map(math.isfinite, bounds))
    assert counts == [1.0, *[0.0] * 8, 1.0]


def test_a_column_of_numbers_has_the_keys_of_the_analyzer_in_its_order():
    feature = written({"count": [1] * 24 + [2] * 21 + [3] * 55})["count"]
    statistics = feature["numerical_statistics"]
    assert feature["inferred_type"] == "Integral"
    assert list(statistics) == [
        *("common", "mean", "sum", "std_dev", "min", "max"),
        *("approximate_num_distinct_values", "completeness", "distribution"),
    ]
    assert statistics["common"] == {"num_present": 100, "num_missing": 0}
    # The deviation of the population, as in the SDK's own test file of these values.
    assert statistics["std_dev"] == pytest.approx(0.8330066026148891, rel=1e-15)
    assert (statistics["mean"], statistics["sum"], statistics["min"], statistics["max"]) == (2.31, 231.0, 1.0, 3.0)
    assert len(statistics["distribution"]["kll"]["buckets"]) == 10
    assert statistics["distribution"]["kll"]["sketch"]["parameters"] == {"c": 0.64, "k": 2048.0}
    assert statistics["distribution"]["kll"]["sketch"]["data"] == [[1.0] * 24 + [2.0] * 21 + [3.0] * 55]


def test_missing_values_lower_the_completeness():
    statistics = written({"x": [1.5, None, 2.5, None]})["x"]["numerical_statistics"]
    assert statistics["common"] == {"num_present": 2, "num_missing": 2}
    assert statistics["completeness"] == 0.5


def test_a_text_column_of_few_categories_has_their_counts_and_a_double_as_distinct_count():
    feature = written({"state": ["b", "a", "b", None]})["state"]
    assert feature["inferred_type"] == "String"
    assert feature["string_statistics"] == {
        "common": {"num_present": 3, "num_missing": 1},
        "distinct_count": 2.0,
        "completeness": 0.75,
        "distribution": {"categorical": {"buckets": [{"value": "b", "count": 2}, {"value": "a", "count": 1}]}},
    }


@pytest.mark.parametrize(("distinct", "has_distribution"), [(120, True), (121, False)])
def test_a_text_column_of_more_than_120_categories_has_no_distribution(distinct: int, has_distribution: bool):
    statistics = written({"city": [f"c{i}" for i in range(distinct)] * 2})["city"]["string_statistics"]
    assert ("distribution" in statistics) is has_distribution
    assert statistics["distinct_count"] == distinct


def test_a_column_that_is_all_missing_is_unknown_and_has_only_counts():
    assert written({"gone": [None, None]})["gone"] == {
        "name": "gone",
        "inferred_type": "Unknown",
        "string_statistics": {"common": {"num_present": 0, "num_missing": 2}, "distinct_count": 0.0},
    }


def test_a_number_column_with_one_text_in_the_window_is_a_string_there():
    baseline = baseline_profile({"age": [30, 40, 50]})
    content = json.loads(write_statistics(window_profile(baseline, {"age": [30, "unknown", 40]})))
    assert content["features"][0]["inferred_type"] == "String"
    assert content["features"][0]["string_statistics"]["common"]["num_present"] == 3


def test_a_text_column_stays_a_string_if_a_window_has_only_digits():
    baseline = baseline_profile({"zip": ["10115", "unknown"]})
    content = json.loads(write_statistics(window_profile(baseline, {"zip": ["10115", "20095"]})))
    assert content["features"][0]["inferred_type"] == "String"


def test_the_number_of_distinct_values_is_never_above_that_of_present_ones():
    values = np.random.default_rng(5).normal(size=3000)
    assert 2700 < written({"x": values})["x"]["numerical_statistics"]["approximate_num_distinct_values"] <= 3000


def test_the_product_reads_the_number_of_records_and_of_features():
    found = statistics_in(write_statistics(baseline_profile({"x": [1, 2], "y": ["a", None], "z": [None, None]})))
    assert (found.records, found.features) == (2, 3)


def test_what_was_written_is_read_back():
    profile = baseline_profile({"x": [1.5, 2.5, None], "y": ["a", "b", "a"], "z": [None] * 3})
    found = read_statistics(write_statistics(profile))
    assert found.records == 3
    assert [feature.inferred_type for feature in found.features] == list(
        map(DataType, ("Fractional", "String", "Unknown"))
    )
    numbers = found.features[0].numbers
    assert numbers is not None
    assert (numbers.mean, numbers.total, numbers.std_dev) == (2.0, 4.0, 0.5)
    assert [level.tolist() for level in numbers.levels] == [[1.5, 2.5]]
    assert found.features[1].categories == {"a": 2, "b": 1}


@pytest.mark.parametrize("file", sorted(EVENTS.glob("statistics.data_quality*.json")), ids=lambda path: path.name)
def test_the_products_own_samples_are_read(file: Path):
    assert read_statistics(file.read_bytes(), file.name).records > 0


def old(**numerical: object) -> bytes:
    common = {"common": {"num_present": 4.0}, "mean": 1.0, "sum": "4.0", "min": 0.0, "max": 3.0, "std_dev": "NaN"}
    feature = {"name": "_c0", "inferred_type": "Fractional", "numerical_statistics": common | numerical}
    return json.dumps({"features": [feature]}).encode()


def test_a_file_without_sketch_keys_of_the_new_analyzer_and_item_count_is_read_from_its_buckets():
    buckets = [
        {"lower_bound": 0.0, "upper_bound": 1.5, "count": 3.0},
        {"lower_bound": 1.5, "upper_bound": 3.0, "count": 1},
    ]
    found = read_statistics(old(distribution={"kll": {"buckets": buckets}}))
    assert found.records == 4
    numbers = found.features[0].numbers
    assert numbers is not None
    assert KllSketch.from_levels(numbers.levels).weighted()[0].tolist() == [1.5, 1.5, 3.0]
    assert KllSketch.from_levels(numbers.levels).total == 4
    assert numbers.std_dev == 0.0


def test_missing_values_are_no_category():
    buckets = [{"value": "a", "count": 3}, {"value": "NullValue", "count": 2}]
    statistics = {"common": {"num_present": 3, "num_missing": 2}, "distribution": {"categorical": {"buckets": buckets}}}
    feature = {"name": "s", "inferred_type": "String", "string_statistics": statistics}
    assert read_statistics(json.dumps({"features": [feature]}).encode()).features[0].categories == {"a": 3}


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"{}", "/"),
        (old(), "/features/0/numerical_statistics"),
        (old(distribution={}), "/features/0/numerical_statistics/distribution"),
        (old(mean="NaN", distribution={"kll": {}}), "/features/0/numerical_statistics/mean"),
        (old(distribution={"kll": {"buckets": [], "sketch": {"data": [[], []]}}}), "/features/0/numerical_statistics/distribution/kll/sketch/data"),
        (old(distribution={"kll": {"buckets": [], "sketch": {"data": [[1.0, "x"]]}}}), "/features/0/numerical_statistics/distribution/kll/sketch/data/0/1"),
        (b'{"features": [{"name": "a", "inferred_type": "String"}]}', "/features/0"),
    ],
)  # fmt: skip
def test_a_wrong_part_is_named_by_its_place(data: bytes, place: str):
    with pytest.raises(FileUnreadable) as caught:
        read_statistics(data)
    assert caught.value.place == place
