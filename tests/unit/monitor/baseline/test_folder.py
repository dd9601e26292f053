"""The folder of a baseline: that of Kedge, that of AWS, and those that cannot be used."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import BaselineUnusable, read_baseline, write_baseline
from kedge_monitor.baseline.suggest import suggest_baseline
from kedge_monitor.batch import Kind
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.json_reader import FileUnreadable
from tests.support.profiles import baseline_profile

GOLDEN = Path(__file__).parents[1] / "files" / "golden"
AWS_FILES = {name: (GOLDEN / name).read_bytes() for name in ("statistics.json", "constraints.json")}
RNG = np.random.default_rng(3)
COLUMNS = {
    "score": RNG.beta(2, 5, 5000),
    "state": RNG.choice(["ny", "ca", "tx"], 5000),
    "id": [f"u{i}" for i in range(5000)],
}


@pytest.fixture(scope="module")
def ours() -> Baseline:
    return suggest_baseline(baseline_profile(COLUMNS))


def edited(file: str, change: Callable[[dict], object], files: dict[str, bytes] = AWS_FILES) -> dict[str, bytes]:
    content = json.loads(files[file])
    change(content)
    return files | {file: json.dumps(content).encode()}


def test_a_baseline_of_kedge_is_read_back(ours: Baseline):
    read = read_baseline(write_baseline(ours))
    assert (read.digest, read.constraints, read.notices, read.excluded) == (
        ours.digest,
        ours.constraints,
        ours.notices,
        ours.excluded,
    )
    assert read.profile.schema == ours.profile.schema


def test_the_version_does_not_depend_on_the_layout_of_the_files(ours: Baseline):
    files = edited("constraints.json", lambda content: None, write_baseline(ours))
    assert read_baseline(files).digest == ours.digest
    assert read_baseline(edited("statistics.json", lambda content: None)).digest == read_baseline(AWS_FILES).digest


def test_another_limit_is_another_version(ours: Baseline):
    def change(content: dict) -> None:
        content["monitoring_config"]["distribution_constraints"]["comparison_threshold"] = 0.2

    assert read_baseline(edited("constraints.json", change, write_baseline(ours))).digest != ours.digest
    assert read_baseline(edited("constraints.json", change)).digest != read_baseline(AWS_FILES).digest


def test_an_excluded_column_is_compared_if_its_override_says_so(ours: Baseline):
    def change(content: dict) -> None:
        distribution = content["features"][2]["monitoringConfigOverrides"]["distribution_constraints"]
        distribution["perform_comparison"] = "Enabled"

    assert list(ours.excluded) == ["id"]
    assert read_baseline(edited("constraints.json", change, write_baseline(ours))).excluded == {}


def test_a_baseline_that_aws_made_has_its_kinds_counts_and_distributions():
    profile = read_baseline(AWS_FILES).profile
    assert [column.column.kind for column in profile.columns] == [Kind.NUMBER] * 2 + [Kind.TEXT] * 3
    weight = profile.column("weight_grams")
    assert weight is not None
    assert (weight.present, weight.missing, weight.records) == (2500, 100, 2600)
    numbers = weight.numbers
    assert numbers is not None
    assert numbers.histogram is not None
    assert numbers.std_dev == json.loads(AWS_FILES["statistics.json"])["features"][1]["numerical_statistics"]["std_dev"]
    assert numbers.sketch.total == numbers.histogram.counts.sum() == 2500
    region = profile.column("region")
    assert region is not None
    assert (region.categories.exact, region.categories.counts['west "old"'], region.categories.singletons) == (
        True,
        512,
        1,
    )


def test_the_histogram_of_an_aws_baseline_is_the_distribution_function_of_its_sketch():
    for name in ("weight_grams", "delivery_hours"):
        column = read_baseline(AWS_FILES).profile.column(name)
        assert column is not None
        numbers = column.numbers
        assert numbers is not None
        assert numbers.histogram is not None
        cumulative = np.cumsum(numbers.histogram.counts)[:-1]
        ranks = [numbers.sketch.rank(edge, inclusive=True) for edge in numbers.histogram.edges]
        assert cumulative.tolist() == ranks


def test_the_columns_that_an_aws_baseline_cannot_compare_are_excluded():
    assert read_baseline(AWS_FILES).excluded == {
        "parcel_id": "identifier or free text: nearly all values are distinct",
        "dispatched_at": "time stamp: the values are dates or times",
    }


def test_a_domain_that_aws_suggested_for_a_time_stamp_is_noted():
    notices = {notice.feature: notice for notice in read_baseline(AWS_FILES).notices}
    assert "constraints.json has a domain" in notices["dispatched_at"].problem


def test_what_an_aws_baseline_does_not_count_is_not_exact():
    column = read_baseline(AWS_FILES).profile.column("parcel_id")
    assert column is not None
    assert not column.categories.exact
    assert column.categories.counts == {}


def test_a_text_column_of_many_categories_that_repeat_is_excluded_for_want_of_counts():
    def change(content: dict) -> None:
        content["features"][3]["string_statistics"]["distinct_count"] = 700.0

    excluded = read_baseline(edited("statistics.json", change)).excluded
    assert excluded["parcel_id"] == "the baseline has no counts of its values"


def test_a_sketch_of_few_values_makes_a_number_column_a_category():
    def change(content: dict) -> None:
        statistics = content["features"][0]["numerical_statistics"]
        statistics["distribution"]["kll"]["sketch"]["data"] = [[0.0] * 600 + [1.0] * 400, [0.0] * 500 + [1.0] * 300]
        statistics |= {"max": 1.0, "min": 0.0}

    column = read_baseline(edited("statistics.json", change)).profile.column("delivery_hours")
    assert column is not None
    assert column.categories.counts == {"0": 1600, "1": 1000}


@pytest.mark.parametrize("name", ["statistics.json", "constraints.json"])
def test_a_file_that_is_absent_is_named(name: str):
    with pytest.raises(BaselineUnusable, match=rf"^The baseline has no {name}\. Copy all files"):
        read_baseline({key: value for key, value in AWS_FILES.items() if key != name})


def test_columns_that_do_not_match_are_named():
    files = edited("constraints.json", lambda content: content["features"].pop(0))
    with pytest.raises(BaselineUnusable, match=r"do not match: constraints\.json lacks `delivery_hours`\. Use both"):
        read_baseline(files)
    files = edited("statistics.json", lambda content: content["features"].pop(1))
    with pytest.raises(BaselineUnusable, match=r"do not match: statistics\.json lacks `weight_grams`\. Use both"):
        read_baseline(files)


def test_a_column_that_stands_twice_is_named():
    files = edited("statistics.json", lambda content: content["features"].append(content["features"][0]))
    with pytest.raises(BaselineUnusable, match=r"statistics\.json has a column twice: `delivery_hours`"):
        read_baseline(files)


def test_types_that_differ_are_named():
    files = edited("constraints.json", lambda content: content["features"][2].update(inferred_type="Integral"))
    with pytest.raises(BaselineUnusable, match=r"`region` is String in statistics\.json and Integral in constraints"):
        read_baseline(files)


def test_integral_may_be_relaxed_to_fractional():
    files = edited("constraints.json", lambda content: content["features"][0].update(inferred_type="Fractional"))
    assert read_baseline(files).constraints.features[0].inferred_type == "Fractional"


def test_a_baseline_without_records_is_refused():
    def empty(content: dict) -> None:
        content["features"] = []
        content.get("dataset", {}).update(item_count=0)

    files = edited("constraints.json", empty, edited("statistics.json", empty))
    with pytest.raises(BaselineUnusable, match=r"^The baseline has no records\. "):
        read_baseline(files)


def test_a_sketch_that_does_not_belong_to_its_counts_is_refused():
    def change(content: dict) -> None:
        content["features"][0]["numerical_statistics"]["common"]["num_present"] = 9

    with pytest.raises(MonitorError, match="the sketch of `delivery_hours` stands for 2,600 values, and 9 are present"):
        read_baseline(edited("statistics.json", change))


def test_a_profile_of_another_baseline_is_refused(ours: Baseline):
    files = write_baseline(ours)
    other = write_baseline(suggest_baseline(baseline_profile({"score": RNG.beta(2, 5, 4000)})))
    for name in ("statistics.json", "kedge_profile.msgpack"):
        with pytest.raises(BaselineUnusable, match="are of different baselines"):
            read_baseline(files | {name: other[name]})


def test_an_unreadable_file_is_named_with_its_place():
    with pytest.raises(FileUnreadable, match=r"^statistics\.json, line 1 column 2"):
        read_baseline(AWS_FILES | {"statistics.json": b"{"})
    with pytest.raises(MonitorError):
        read_baseline(AWS_FILES | {"kedge_profile.msgpack": b"nonsense"})


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all values of a JSON document, without the items of sketches."""
    found = [path]
    if path[-1:] != ("data",):
        pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        found += [place for key, inner in pairs for place in places(inner, (*path, key))]
    return found


PLACES = [(name, path) for name, data in AWS_FILES.items() for path in places(json.loads(data)) if path]
ODD = st.sampled_from([None, "", "x", "NaN", -1, 0, 1.5, 1e308, True, [], {}, [[]], [1.0], {"a": 1}])


@settings(max_examples=300)
@given(st.sampled_from(PLACES), ODD)
def test_a_file_with_any_wrong_value_is_read_or_refused_with_a_reason(
    place: tuple[str, tuple[str | int, ...]], odd: object
):
    name, path = place

    def change(content: dict) -> None:
        parent = content
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = odd

    with suppress(MonitorError):
        assert read_baseline(edited(name, change)).profile.records > 0
