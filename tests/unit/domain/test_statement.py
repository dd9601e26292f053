"""What is signed covers what is said to the letter, and nothing else."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.action import Answer
from kedge.domain.statement import Statement, StatementKind

SAID = {"source": "kedge", "detail": {"act": "acknowledge", "by": "ana", "comment": "läuft", "n": 0.1}}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_an_answer_to_a_plan_is_signed_with_the_plan_s_digest():
    assert str(Statement.answering("d1" * 32, Answer.APPROVE)) == "approve/" + "d1" * 32
    assert str(Statement.answering("d1" * 32, Answer.REJECT)) == "reject/" + "d1" * 32


def test_every_answer_has_a_word_of_its_own_and_none_is_the_word_of_what_is_said():
    words = [Statement.answering("d1" * 32, answer).word for answer in Answer]
    assert len({*words, StatementKind.SAY}) == len(Answer) + 1


def test_the_form_that_is_signed_is_the_one_that_the_documentation_gives():
    text = json.dumps(SAID, sort_keys=True, separators=(",", ":"))
    assert '"comment":"l\\u00e4uft"' in text
    assert Statement.saying(SAID).digest == sha256(text.encode()).hexdigest()
    # Detectors in other languages sign, too: this form does not change.
    assert str(Statement.saying(SAID)) == "say/506c41a94786896ac335d7fb201439f2ffb2af6d79969f3344516ab88329be9e"


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_both_sides_sign_the_same_however_the_event_was_written(event: dict[str, object]):
    received = json.loads(json.dumps(event, indent=2, ensure_ascii=False))
    shuffled = dict(reversed(list(received.items()))) | {"proof": {"signature": "s"}}
    assert Statement.saying(shuffled) == Statement.saying({**event, "proof": None})


@pytest.mark.parametrize(
    "changed",
    [
        {"source": "kedgE"},
        {"detail": SAID["detail"] | {"act": "resolve"}},  # type: ignore[operator]
        {"detail": SAID["detail"] | {"n": 0.2}},  # type: ignore[operator]
        {"more": None},
        {"detail": []},
    ],
)
def test_another_event_is_another_statement(changed: dict[str, object]):
    assert Statement.saying(SAID | changed) != Statement.saying(SAID)


def test_what_cannot_be_written_as_json_cannot_be_signed():
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(ValueError, match="cannot be written as JSON to be signed"):
        Statement.saying(deep)
