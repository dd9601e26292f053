"""Bounds that a policy may just reach, and may not pass."""

import pytest

WHOLE = (
    "apiVersion: kedge/v1\nreceivers: [{name: ml-oncall}, {name: other}]\n"
    "route: {receiver: ml-oncall, routes: [{receiver: other, matchers: [team=x]}]}\n"
)


@pytest.mark.parametrize(
    ("starts", "ends", "is_sound"),
    [
        ("2026-11-20T10:00:00Z", "2026-11-20T09:59:59Z", False),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:00Z", False),
        ("2026-11-20T10:00:00Z", "2026-11-20T10:00:01Z", True),
        ("2026-11-20T10:00:00Z", "2026-11-20T11:00:00+01:00", False),
        ("2026-11-20T10:00:00+01:00", "2026-11-20T09:00:01Z", True),
    ],
)
def test_a_silence_ends_after_it_starts(said, starts, ends, is_sound):
    silence = f"{{matchers: [team=x], starts_at: '{starts}', ends_at: '{ends}', author: a, comment: c}}"
    faults = said(f"{WHOLE}silences: [{silence}]\n")
    assert [fault for fault in faults if "ends before it starts" in fault] == ([] if is_sound else faults)
    assert (faults == []) is is_sound


@pytest.mark.parametrize("people", [1, 2, 3])
@pytest.mark.parametrize("required", [1, 2, 3, 4])
def test_as_many_may_be_required_as_may_approve_and_no_more(said, people, required):
    approvers = ", ".join(f"user/person-{number}" for number in range(people))
    faults = said(f"{WHOLE}limits: {{approval: {{required: {required}, approvers: [{approvers}]}}}}\n")
    assert bool(faults) is (required > people)
    assert all(f"{required} must say yes, and {people} may" in fault for fault in faults)


@pytest.mark.parametrize(
    ("minimums", "fault"),
    [
        (
            "minimum_records: 300, minimum_schema_records: 301",
            "4:58: 301 records for a schema are more than the 300 for drift: write 300 or less",
        ),
        ("minimum_records: 300, minimum_schema_records: 300", None),
        ("minimum_records: 300", None),
        # Where nothing is said of drift, it needs 500.
        (
            "minimum_schema_records: 501",
            "4:36: 501 records for a schema are more than the 500 for drift: write 500 or less",
        ),
        ("minimum_schema_records: 500", None),
    ],
)
def test_a_schema_needs_no_more_records_than_drift(said, minimums, fault):
    assert said(f"{WHOLE}evidence: {{{minimums}}}\n") == ([] if fault is None else [fault])


@pytest.mark.parametrize(
    ("age", "is_sound"),
    [("23h59m", False), ("1h", False), ("24h", True), ("1d", True), ("30d", True), ("null", True)],
)
def test_evidence_may_be_a_day_old_at_least(said, age, is_sound):
    faults = said(f"{WHOLE}evidence: {{stale_after: {age}}}\n")
    fault = f"4:25: with {age}, runs that come late would be lost: write 1d or more, or null"
    assert faults == ([] if is_sound else [fault])


def test_an_age_that_is_no_duration_is_one_fault_and_not_two(said):
    (fault,) = said(f"{WHOLE}evidence: {{stale_after: soon}}\n")
    assert "'soon' is not a duration" in fault


def test_a_disabled_check_is_one_of_monitoring_itself(said):
    assert said(f"{WHOLE}evidence: {{disabled_checks: [alarm_no_data_check, run_memory_check]}}\n") == []
    (near,) = said(f"{WHOLE}evidence: {{disabled_checks: [alarm_nodata_check]}}\n")
    assert "4:30: 'alarm_nodata_check' is not a check of monitoring itself: did you mean alarm_no_data_check?" in near
    (drift,) = said(f"{WHOLE}evidence: {{disabled_checks: [baseline_drift_check]}}\n")
    assert "is not a check of monitoring itself" in drift
