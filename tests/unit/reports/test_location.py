"""The report is looked for where SageMaker, its documentation and its users put it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.reports.fault import ReportFault
from kedge.reports.location import NAMES, Location, locate


@pytest.mark.parametrize(
    "uri", ["s3://reports/out/10/", "s3://reports/out/10", "S3://reports/out/10", "s3a://reports/out/10"]
)
def test_a_folder_may_hold_the_report_under_each_known_name_with_or_without_its_last_slash(uri: str):
    location = locate(uri)
    assert location == Location("reports", tuple(f"out/10/{name}" for name in NAMES))


def test_both_spellings_of_the_file_and_the_communitys_are_known():
    assert NAMES == (
        "constraint_violations.json",
        "constraints_violations.json",
        "community_constraint_violations.json",
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_uri_of_the_file_itself_is_tried_first_and_the_other_names_beside_it(name: str):
    location = locate(f"s3://reports/out/{name}")
    assert isinstance(location, Location)
    assert location.keys[0] == f"out/{name}"
    assert sorted(location.keys) == sorted(f"out/{other}" for other in NAMES)


def test_a_file_of_another_name_is_taken_at_its_word():
    assert locate("s3://reports/drift/psi.JSON") == Location("reports", ("drift/psi.JSON",))


@pytest.mark.parametrize("folder", ["a#b", "a?b=c&d", "a+b", "a b", "a%20b", "ä/ö", "a//b", "a;b", "..", "a\nb"])
def test_what_a_url_would_read_otherwise_is_only_a_letter_of_the_key(folder: str):
    assert locate(f"s3://reports/{folder}") == Location("reports", tuple(f"{folder}/{name}" for name in NAMES))


def test_a_bucket_alone_holds_the_report_at_its_top():
    assert locate("s3://reports") == locate("s3://reports/") == Location("reports", NAMES)


def test_statistics_lie_beside_the_report():
    for uri in ("s3://reports/out", "s3://reports/out/", "s3://reports/out/mine.json"):
        location = locate(uri)
        assert isinstance(location, Location)
        assert location.statistics == "out/statistics.json"


@pytest.mark.parametrize(
    "uri",
    ["", "reports/out", "https://reports.s3.amazonaws.com/out", "s3:/reports/out", "s3://", "s3:///out", "s3://re ports/out",
     "s3://r\n/out", "s3://reports/\ud800", "s3://reports/" + "k" * 1024],
)  # fmt: skip
def test_what_is_no_place_in_s3_is_a_fault_that_shows_it(uri: str):
    fault = locate(uri)
    assert isinstance(fault, ReportFault)
    assert "S3" in fault.why or "surrogate" in fault.why
    assert len(str(fault)) < 500
    assert str(fault).isprintable()


@given(st.one_of(st.text(), st.text().map("s3://{}".format), st.text().map("s3://reports/{}".format)))
def test_any_text_is_a_place_or_a_fault_and_a_place_can_be_sent_to_s3(uri: str):
    location = locate(uri)
    if isinstance(location, Location):
        assert all(0 < len(key.encode()) <= 1024 for key in location.keys)
