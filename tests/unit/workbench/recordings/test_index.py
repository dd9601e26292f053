import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.recordings.answer import contains
from workbench.recordings.answers import Answers

NOW = datetime(2026, 11, 20, tzinfo=UTC)
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


MANY = 5_000
ORDERS = {
    "in the order of the file": list(range(MANY)),
    "backwards": list(range(MANY))[::-1],
    "each twice": [number for number in range(MANY) for _ in range(2)],
    "in no order": sorted(range(MANY), key=lambda number: number * 7_919 % MANY),
    "from the middle on": list(range(MANY // 2, MANY)),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_of_more_answers_than_are_remembered_each_is_found_in_whatever_order_they_are_asked_for(tmp_path, order):
    found = many(tmp_path, range(MANY))
    assert [found.find({"Name": f"n{n}"}, NOW).answer.response["line"] for n in order] == [n + 1 for n in order]
    assert found.find({"Name": f"n{MANY}"}, NOW) is None
    found.close()


def test_of_more_answers_than_are_remembered_the_last_that_fits_wins(tmp_path):
    found = many(tmp_path, [number % (MANY // 2) for number in range(MANY)])
    assert found.find({"Name": "n0"}, NOW).where == f"aws/x.Y.jsonl:{MANY // 2 + 1}"
    found.close()


def test_a_later_answer_among_many_is_not_told_before_its_time(tmp_path):
    found = many(tmp_path, range(MANY), {"request": {"Name": "n0"}, "response": {}, "from": "2026-11-21T00:00:00Z"})
    assert found.find({"Name": "n0"}, NOW).where == "aws/x.Y.jsonl:1"
    assert found.find({"Name": "n0"}, NOW + timedelta(days=1)).where == f"aws/x.Y.jsonl:{MANY + 1}"
    found.close()


def many(folder, numbers, *more):
    entries = [{"request": {"Name": f"n{n}"}, "response": {"line": line}} for line, n in enumerate(numbers, start=1)]
    file = folder / "x.Y.jsonl"
    file.write_text("".join(json.dumps(entry) + "\n" for entry in (*entries, *more)))
    return Answers(file)
