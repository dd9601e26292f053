import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workbench.recordings.answers import Answers, contains

NAMES = ("Name", "Other", "Limit")
VALUES = st.one_of(st.sampled_from(["a", "b", ""]), st.sampled_from([0, 1, 1.0]), st.booleans(), st.none())
REQUESTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(VALUES, st.lists(VALUES, max_size=2), st.dictionaries(st.just("x"), VALUES)),
    max_size=3,
)
TIMES = st.integers(0, 3).map(lambda hour: datetime(2026, 11, 20, hour, tzinfo=UTC))
ANSWERS = st.lists(st.tuples(REQUESTS, st.none() | TIMES), max_size=12)


def simply(answers, asked, at):
    """The number of the winning line by the words of docs/recordings.md, looked for among all answers."""
    beginning = datetime.min.replace(tzinfo=UTC)
    fitting = [
        (since or beginning, number)
        for number, (request, since) in enumerate(answers, start=1)
        if contains(asked, request) and (since or beginning) <= at
    ]
    return max(fitting)[1] if fitting else None


@given(answers=ANSWERS, questions=st.lists(st.tuples(REQUESTS, TIMES), min_size=1, max_size=6))
def test_the_answer_that_is_found_is_the_one_that_a_search_through_all_finds(tmp_path_factory, answers, questions):
    file = tmp_path_factory.mktemp("aws") / "x.Y.jsonl"
    with file.open("w") as lines:
        for request, since in answers:
            when = {"from": since.isoformat()} if since else {}
            lines.write(json.dumps({"request": request, "response": {}, **when}) + "\n")
    found = Answers(file)
    for asked, at in questions:
        match = found.find(asked, at)
        want = simply(answers, asked, at)
        assert (match and match.where) == (want and f"aws/x.Y.jsonl:{want}")
    found.close()


def test_more_answers_than_are_remembered_are_found_all_the_same(tmp_path):
    file = tmp_path / "x.Y.jsonl"
    file.write_text(
        "".join(json.dumps({"request": {"Name": f"n{n}"}, "response": {"n": n}}) + "\n" for n in range(5_000))
    )
    found = Answers(file)
    at = datetime(2026, 11, 20, tzinfo=UTC)
    for number in (0, 2_047, 2_048, 2_049, 4_999, 0):
        match = found.find({"Name": f"n{number}"}, at)
        assert match is not None
        assert match.answer.response == {"n": number}
    assert found.find({"Name": "n5000"}, at + timedelta(days=1)) is None
    found.close()
