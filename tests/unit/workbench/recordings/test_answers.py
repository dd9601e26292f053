from pathlib import Path

import pytest

from tests.unit.workbench.recordings.build import answers, hour
from workbench.recordings.answer import contains
from workbench.recordings.answers import Answers

JOB = {"ProcessingJobName": "run-1"}


def told(folder: Path, *entries: dict[str, object], asked: dict[str, object] = JOB, at: str = "10:00") -> str | None:
    """What the matching answer says, in the one word that these tests put into it."""
    found = Answers(answers(folder, "sagemaker.DescribeProcessingJob", *entries))
    try:
        match = found.find(asked, hour(at))
        return None if match is None else str((match.answer.response or {})["say"])
    finally:
        found.close()


def entry(say: str, request: dict[str, object] | None = None, since: str | None = None) -> dict[str, object]:
    when = {} if since is None else {"from": f"2026-11-20T{since}:00Z"}
    return {"request": JOB if request is None else request, "response": {"say": say}, **when}


def test_an_empty_request_fits_every_call(tmp_path):
    assert told(tmp_path, entry("any", {})) == "any"


def test_a_request_that_wants_more_than_was_asked_does_not_fit(tmp_path):
    assert told(tmp_path, entry("x", {**JOB, "More": "y"})) is None


def test_a_call_may_ask_for_more_than_the_request_wants(tmp_path):
    assert told(tmp_path, entry("x"), asked={**JOB, "More": ["y"]}) == "x"


def test_another_value_does_not_fit(tmp_path):
    assert told(tmp_path, entry("x", {"ProcessingJobName": "run-2"})) is None


def test_of_equals_the_last_line_wins_however_much_it_wants(tmp_path):
    assert told(tmp_path, entry("first"), entry("last", {})) == "last"
    assert told(tmp_path, entry("first", {}), entry("last")) == "last"


def test_a_later_from_wins_over_a_later_line(tmp_path):
    assert told(tmp_path, entry("later from", since="09:30"), entry("later line", since="09:00")) == "later from"


def test_an_answer_without_from_counts_as_the_earliest(tmp_path):
    assert told(tmp_path, entry("dated", {}, since="09:00"), entry("undated")) == "dated"


@pytest.mark.parametrize(("at", "say"), [("08:59", "old"), ("09:00", "new"), ("09:01", "new")])
def test_an_answer_holds_from_its_from_on(tmp_path, at, say):
    assert told(tmp_path, entry("new", since="09:00"), entry("old"), at=at) == say


def test_an_answer_of_the_future_does_not_fit(tmp_path):
    assert told(tmp_path, entry("x", since="11:00")) is None


def test_a_zone_other_than_utc_is_understood(tmp_path):
    early = {**entry("early"), "from": "2026-11-20T08:00:00+01:00"}
    assert told(tmp_path, entry("late", since="07:30"), early) == "late"


def test_objects_fit_in_part_and_lists_as_a_whole():
    assert contains({"a": {"b": 1, "c": 2}, "l": [1, 2]}, {"a": {"b": 1}, "l": [1, 2]})
    assert not contains({"l": [1, 2]}, {"l": [1]})
    assert not contains({"l": [{"a": 1, "b": 2}]}, {"l": [{"a": 1}]})
    assert not contains({"a": "text"}, {"a": {}})


def test_nested_wishes_are_looked_at_beside_the_plain_ones(tmp_path):
    nested = entry("nested", {**JOB, "Filter": {"Kind": "x"}})
    assert told(tmp_path, entry("plain"), nested, asked={**JOB, "Filter": {"Kind": "x", "More": 1}}) == "nested"
    assert told(tmp_path, entry("plain"), nested, asked={**JOB, "Filter": {"Kind": "y"}}) == "plain"


def test_a_time_in_a_call_is_compared_as_iso_8601(tmp_path):
    wanted = entry("x", {"CreationTimeAfter": "2026-11-20T09:00:00Z"})
    assert told(tmp_path, wanted, asked={"CreationTimeAfter": hour("09:00")}) == "x"


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("{", "$"),
        ("[]", "$"),
        ('{"request": {}}', "$"),
        ('{"request": {}, "response": {}, "error": {"Code": "X"}}', "$"),
        ('{"request": 1, "response": {}}', "$.request"),
        ('{"request": {}, "error": {}}', "$.error"),
        ('{"request": {}, "response": {}, "from": "soon"}', "$.from"),
        ('{"request": {}, "response": {}, "from": "2026-11-20T10:00:00"}', "$.from"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_place_and_the_others_answer(tmp_path, line, path):
    file = answers(tmp_path, "sagemaker.DescribeProcessingJob", entry("good"))
    file.write_text(f"{line}\n\n{file.read_text()}")
    found = Answers(file)
    assert [(fault.where, fault.path) for fault in found.faults] == [
        ("aws/sagemaker.DescribeProcessingJob.jsonl:1", path)
    ]
    match = found.find(JOB, hour("10:00"))
    assert match is not None
    assert match.where == "aws/sagemaker.DescribeProcessingJob.jsonl:3"
    found.close()
