"""constraint_violations.json, as the product and the readers in AWS's own samples see it."""

import json
import re

import pytest

from kedge.domain.finding import Check as ProductCheck
from kedge.reports.evidence import monitor_of
from kedge.reports.violations import violations_in
from kedge_monitor.compare.verdict import CheckType, FeatureCheck, Outcome, WindowComparison
from kedge_monitor.files.json_reader import FileUnreadable
from kedge_monitor.files.run_files import exit_message
from kedge_monitor.files.violations import read_violations, write_entries, write_violations

DRIFT = FeatureCheck(
    feature="price",
    check=CheckType.BASELINE_DRIFT,
    violated=True,
    sentence="Baseline drift distance: 0.4137862 exceeds threshold: 0.1",
    observed=0.4137862,
    limit=0.1,
    p_value=1e-9,
    records=500,
    smallest=0.08,
)
UNKNOWN = FeatureCheck(
    feature="state",
    check=CheckType.CATEGORICAL_VALUES,
    violated=True,
    sentence="Value: 0.009009009009009009 does not meet the constraint requirement! ",
    observed=0.009009009009009009,
    limit=1.0,
    records=500,
)
CLEAN = FeatureCheck(feature="age", check=CheckType.COMPLETENESS, violated=False, sentence="", observed=1.0)

# The expressions of AWS's samples: drift detection pipeline, safe deployment pipeline, and the notebooks' visualization.
DISTANCE = re.compile("distance: (.+) exceeds threshold: (.+)")
DISTANCE_OF_THE_NOTEBOOKS = re.compile("distance: (.+) exceeds")
SHARE = re.compile("Value: (.+) does not meet the constraint requirement!")


def comparison(*checks: FeatureCheck) -> WindowComparison:
    outcome = Outcome.VIOLATED if any(check.violated for check in checks) else Outcome.CLEAN
    return WindowComparison(outcome=outcome, checks=checks, distances=(), records=500)


def test_only_violated_checks_are_entries_with_their_numbers_beside_the_sentence():
    content = json.loads(write_violations(comparison(DRIFT, CLEAN)))
    assert content == {
        "violations": [
            {
                "feature_name": "price",
                "constraint_check_type": "baseline_drift_check",
                "description": "Baseline drift distance: 0.4137862 exceeds threshold: 0.1",
                "observed": 0.4137862,
                "limit": 0.1,
                "p_value": 1e-9,
                "smallest": 0.08,
                "records": 500,
            }
        ]
    }


def test_the_number_of_entries_is_that_of_the_exit_message():
    whole = comparison(DRIFT, CLEAN, UNKNOWN)
    entries = json.loads(write_violations(whole))["violations"]
    assert f" {len(entries)} violations" in exit_message(whole.outcome, len(whole.violations))


def test_the_names_of_missing_columns_stand_beside_the_sentence():
    check = FeatureCheck(
        feature="Missing columns", check=CheckType.MISSING_COLUMN, violated=True, sentence="s", columns=("a",)
    )
    data = write_violations(comparison(check))
    assert json.loads(data)["violations"][0]["columns"] == ["a"]
    assert read_violations(data)[0].columns == ("a",)
    assert isinstance(violations_in(data), tuple)


def test_a_clean_window_has_an_empty_list():
    assert write_violations(comparison(CLEAN)) == b'{\n  "violations" : [ ]\n}'


def test_a_number_that_does_not_exist_is_left_out():
    odd = FeatureCheck(
        feature="x", check=CheckType.DATA_TYPE, violated=True, sentence="s", observed=float("nan"), limit=float("inf")
    )
    entry = json.loads(write_violations(comparison(odd)))["violations"][0]
    assert not {"observed", "limit", "p_value", "smallest"} & set(entry)


def test_the_product_reads_the_findings_with_their_numbers():
    findings = violations_in(write_violations(comparison(DRIFT, UNKNOWN)))
    assert isinstance(findings, tuple)
    assert [(each.feature, each.check, each.observed, each.limit) for each in findings] == [
        ("price", ProductCheck.DRIFT.value, 0.4137862, 0.1),
        ("state", ProductCheck.CATEGORIES.value, 0.009009009009009009, 1.0),
    ]
    assert monitor_of(findings) == "DataQuality"


def test_the_readers_of_awss_samples_find_the_numbers():
    drift, unknown = json.loads(write_violations(comparison(DRIFT, UNKNOWN)))["violations"]
    found = DISTANCE.search(drift["description"])
    assert found is not None
    assert found.groups() == ("0.4137862", "0.1")
    found = DISTANCE_OF_THE_NOTEBOOKS.search(drift["description"])
    assert found is not None
    assert float(found[1]) == 0.4137862
    found = SHARE.search(unknown["description"])
    assert found is not None
    assert float(found[1]) == 0.009009009009009009


def test_what_was_written_is_read_back():
    first, second = read_violations(write_violations(comparison(DRIFT, UNKNOWN)))
    assert (first.feature_name, first.observed, first.records) == ("price", 0.4137862, 500)
    assert (second.constraint_check_type, second.p_value) == ("categorical_values_check", None)


def test_the_entries_of_bias_have_a_version_and_are_read_by_the_product():
    entry = {
        "facet": "age",
        "facet_value": "40",
        "metric_name": "CI",
        "constraint_check_type": "bias_drift_check",
        "description": "Metric value 0.37 doesn't meet the baseline constraint requirement 0.28",
    }
    data = write_entries([entry], version="1.0")
    assert json.loads(data)["version"] == "1.0"
    findings = violations_in(data)
    assert isinstance(findings, tuple)
    assert (findings[0].facet, findings[0].observed, findings[0].limit) == ("age", 0.37, 0.28)
    assert read_violations(data)[0].facet_value == "40"


def test_an_entry_of_the_wrong_shape_is_named_by_its_place():
    data = b'{"violations": [{"constraint_check_type": "x"}, {"constraint_check_type": ["y"]}]}'
    with pytest.raises(
        FileUnreadable, match=r"^constraint_violations\.json, /violations/1/constraint_check_type: expected"
    ):
        read_violations(data)
