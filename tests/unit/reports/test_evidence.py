"""A run's report becomes evidence, whatever state it is in, at the cost of few and bounded requests."""

import json
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.errors import Permanent, Transient
from kedge.domain.finding import Finding
from kedge.domain.run import Evidence, Monitor, Reading
from kedge.reports.evidence import FIRST_BYTES, MOST_BYTES, STATISTICS_BYTES, monitor_of, parse_inline, read_evidence
from kedge.reports.location import NAMES
from tests.unit.reports.shelf import FOLDER, REPORT, Huge, Shelf, report

URI = f"s3://reports/{FOLDER}"
DRIFT = report("violations.data_quality.new_wording.json")
STATISTICS = f"{FOLDER}/statistics.json"


def test_a_usual_run_is_read_with_one_request_for_the_report_and_one_for_the_statistics():
    shelf = Shelf({REPORT: DRIFT, STATISTICS: report("statistics.data_quality.json")})
    evidence = read_evidence(shelf, URI)
    assert (evidence.reading, len(evidence.findings), evidence.records, evidence.features) == (
        Reading.READ,
        5,
        18600,
        4,
    )
    assert evidence.uri == f"s3://reports/{REPORT}"
    assert [key for key, _ in shelf.asked] == [STATISTICS, REPORT]


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_found_under_each_of_its_names(name: str):
    evidence = read_evidence(Shelf({f"{FOLDER}/{name}": DRIFT}), URI)
    assert (evidence.reading, evidence.uri) == (Reading.READ, f"s3://reports/{FOLDER}/{name}")


def test_a_report_is_found_by_the_uri_of_its_file_and_its_statistics_beside_it():
    shelf = Shelf({"drift/mine.json": DRIFT, "drift/statistics.json": report("statistics.data_quality.json")})
    evidence = read_evidence(shelf, "s3://reports/drift/mine.json")
    assert (evidence.reading, evidence.records) == (Reading.READ, 18600)


def test_a_run_without_a_report_says_so_and_still_counts_its_records():
    evidence = read_evidence(Shelf({STATISTICS: report("statistics.data_quality.json")}), URI)
    assert (evidence.reading, evidence.findings, evidence.records) == (Reading.ABSENT, (), 18600)
    assert evidence.why is not None
    assert URI in evidence.why


def test_a_run_that_names_no_place_has_no_report_and_costs_no_request():
    shelf = Shelf()
    assert read_evidence(shelf, None).reading is Reading.ABSENT
    assert shelf.asked == []


@pytest.mark.parametrize("uri", ["", "out/10", "https://reports/out", "s3://reports/\ud800"])
def test_a_place_that_is_none_makes_the_report_unreadable_and_costs_no_request(uri: str):
    shelf = Shelf()
    evidence = read_evidence(shelf, uri)
    assert evidence.reading is Reading.UNREADABLE
    assert shelf.asked == []
    assert msgspec.json.decode(msgspec.json.encode(evidence), type=Evidence) == evidence


def test_a_broken_report_is_unreadable_with_its_place_and_still_counts_its_records():
    shelf = Shelf({REPORT: report("violations.wrong_shape.json"), STATISTICS: report("statistics.data_quality.json")})
    evidence = read_evidence(shelf, URI)
    assert (evidence.reading, evidence.findings, evidence.records) == (Reading.UNREADABLE, (), 18600)
    assert evidence.why is not None
    assert evidence.why.startswith("$.violations[1].feature_name: ")


def test_a_broken_report_under_the_first_name_is_not_passed_over_for_another():
    shelf = Shelf({REPORT: b"", f"{FOLDER}/{NAMES[1]}": report("violations.zero.json")})
    assert read_evidence(shelf, URI).reading is Reading.UNREADABLE


def test_a_report_of_300_megabytes_is_called_unreadable_after_a_small_first_piece():
    shelf = Shelf({REPORT: Huge(300 * 2**20)})
    tracemalloc.start()
    evidence = read_evidence(shelf, URI)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (evidence.reading, evidence.why) == (Reading.UNREADABLE, "the report is 300 MB; Kedge reads up to 64 MB")
    assert peak < 4 * FIRST_BYTES
    assert shelf.asked == [(STATISTICS, STATISTICS_BYTES), (REPORT, FIRST_BYTES)]


def test_a_report_just_above_the_limit_does_not_read_as_if_it_were_within():
    evidence = read_evidence(Shelf({REPORT: Huge(MOST_BYTES + 1)}), URI)
    assert evidence.why == "the report is 65 MB; Kedge reads up to 64 MB"


def test_a_report_above_the_first_piece_is_read_whole_with_a_second_request():
    data = DRIFT.ljust(FIRST_BYTES + 1)
    shelf = Shelf({REPORT: data})
    assert len(read_evidence(shelf, URI).findings) == 5
    assert [key for key, _ in shelf.asked] == [STATISTICS, REPORT, REPORT]


def test_a_report_that_vanishes_between_two_requests_is_unreadable_and_not_a_crash():
    class Vanishing(Shelf):
        def read(self, bucket: str, key: str, most: int):
            piece = super().read(bucket, key, most)
            if key == REPORT:
                self.objects.pop(REPORT, None)
            return piece

    evidence = read_evidence(Vanishing({REPORT: DRIFT.ljust(FIRST_BYTES + 1)}), URI)
    assert evidence.reading is Reading.UNREADABLE
    assert evidence.why is not None
    assert "while it was read" in evidence.why


def test_a_report_that_grows_between_two_requests_is_never_taken_for_a_whole_one():
    class Growing(Shelf):
        def read(self, bucket: str, key: str, most: int):
            piece = super().read(bucket, key, most)
            if key == REPORT:
                self.objects[REPORT] = Huge(MOST_BYTES + 1, DRIFT)
            return piece

    evidence = read_evidence(Growing({REPORT: DRIFT.ljust(FIRST_BYTES + 1)}), URI)
    assert evidence.reading is Reading.UNREADABLE


def test_large_statistics_are_read_only_at_their_beginning():
    huge = Huge(2**31, b'{"version": 0.0, "dataset": {"item_count": 18600}, "features": [')
    shelf = Shelf({REPORT: DRIFT, STATISTICS: huge})
    evidence = read_evidence(shelf, URI)
    assert (evidence.records, evidence.features) == (18600, None)
    assert sorted(shelf.asked) == [(REPORT, FIRST_BYTES), (STATISTICS, STATISTICS_BYTES)]


@pytest.mark.parametrize("statistics", [b"", b"{", report("statistics.truncated.json"), Permanent("AccessDenied")])
def test_statistics_that_cannot_be_read_cost_the_counts_and_nothing_else(statistics: bytes | Exception):
    evidence = read_evidence(Shelf({REPORT: DRIFT, STATISTICS: statistics}), URI)
    assert (evidence.reading, len(evidence.findings), evidence.records) == (Reading.READ, 5, None)


def test_a_denied_report_is_unreadable_and_says_who_refused():
    denied = Permanent("AccessDenied: not authorized to perform s3:GetObject")
    evidence = read_evidence(Shelf({f"{FOLDER}/{name}": denied for name in NAMES}), URI)
    assert (evidence.reading, evidence.uri) == (Reading.UNREADABLE, f"s3://reports/{REPORT}")
    assert evidence.why is not None
    assert "AccessDenied" in evidence.why


def test_a_refusal_of_one_name_does_not_hide_the_report_under_another():
    # Without the permission to list a bucket, S3 answers "denied" for a key that does not exist.
    shelf = Shelf({REPORT: Permanent("AccessDenied"), f"{FOLDER}/{NAMES[1]}": DRIFT})
    assert read_evidence(shelf, URI).reading is Reading.READ


@pytest.mark.parametrize("key", [REPORT, STATISTICS])
def test_when_s3_asks_for_patience_the_signal_waits(key: str):
    with pytest.raises(Transient):
        read_evidence(Shelf({REPORT: DRIFT, key: Transient("SlowDown")}), URI)


@pytest.mark.parametrize("name", ["violations.data_quality.new_wording.json", "violations.list.json"])
@pytest.mark.parametrize("form", [json.loads, lambda data: data.decode(), lambda data: f"\ufeff {data.decode()}"])
def test_a_report_in_the_event_is_read_as_an_object_a_list_or_text(name: str, form):
    evidence = parse_inline(form(report(name)))
    assert (evidence.reading, evidence.uri) == (Reading.READ, None)
    assert evidence.findings[1].feature == "monthly_charge"


@pytest.mark.parametrize(
    ("inline", "why"),
    [
        (None, "$: expected `object`, got `null`"),
        ({}, "$: object missing required field `violations`"),
        ("", "byte 0: the file is empty"),
        ("all is well", "not JSON"),
        ([{"feature_name": 3, "constraint_check_type": "x"}], "$.violations[0].feature_name"),
        (object(), "$: the report in the event is not JSON"),
    ],
)
def test_a_report_in_the_event_that_is_none_says_where_it_is_wrong(inline: object, why: str):
    evidence = parse_inline(inline)
    assert evidence.reading is Reading.UNREADABLE
    assert evidence.why is not None
    assert why in evidence.why


def test_a_report_in_the_event_may_hold_what_json_does_not():
    entry = {"constraint_check_type": "x", "label": float("nan"), "description": "\ud800"}
    assert parse_inline({"violations": [entry]}).findings == (Finding(check="x", label="NaN", said="\ufffd"),)


@given(
    st.recursive(st.none() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_nothing_in_an_event_makes_reading_its_report_fail(inline: object):
    msgspec.json.encode(parse_inline(inline))


@pytest.mark.parametrize(
    ("name", "monitor"),
    [
        ("violations.data_quality.old_wording.json", Monitor.DATA_QUALITY),
        ("violations.data_quality.new_wording.json", Monitor.DATA_QUALITY),
        ("violations.data_quality.missing_columns.json", Monitor.DATA_QUALITY),
        ("violations.unknown_check.json", Monitor.DATA_QUALITY),
        ("violations.model_quality.json", Monitor.MODEL_QUALITY),
        ("community_constraint_violations.model_quality.json", Monitor.MODEL_QUALITY),
        ("violations.model_bias.old_wording.json", Monitor.MODEL_BIAS),
        ("violations.model_bias.new_wording.json", Monitor.MODEL_BIAS),
        ("violations.model_explainability.json", Monitor.MODEL_EXPLAINABILITY),
        ("violations.model_explainability.label_is_a_number.json", Monitor.MODEL_EXPLAINABILITY),
        ("violations.zero.json", None),
    ],
)
def test_a_report_tells_by_its_content_which_monitor_wrote_it(name: str, monitor: Monitor | None):
    assert monitor_of(parse_inline(report(name).decode()).findings) is monitor


@pytest.mark.parametrize(
    ("finding", "monitor"),
    [
        (Finding(check="custom", metric="gini"), Monitor.MODEL_QUALITY),
        (Finding(check="GreaterThanThreshold"), Monitor.MODEL_QUALITY),
        (Finding(check="psi", feature="age", metric="psi"), Monitor.DATA_QUALITY),
        (Finding(check="bias_drift_check", metric="CI"), Monitor.MODEL_BIAS),
        (Finding(check="baseline_drift_check", feature="age"), Monitor.DATA_QUALITY),
        (Finding(check="custom", label="label0", metric="shap"), None),
        (Finding(check="custom"), None),
    ],
)
def test_a_single_finding_tells_its_monitor_where_it_can(finding: Finding, monitor: Monitor | None):
    assert monitor_of([Finding(check="custom"), finding]) is monitor
