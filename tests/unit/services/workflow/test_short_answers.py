"""What a button of the chat says of a plan: as much as there is room for, and never less clear than in full."""

import pytest

from kedge.domain.action import Answer
from kedge.domain.errors import MalformedSignal
from kedge.services.approval import ApprovalRequest, ballot_of, chat_ballot_of

DIGEST = "3a5ee5cd6d2a93ff" * 4


@pytest.mark.parametrize("answer", list(Answer))
def test_a_short_answer_means_what_it_means_in_full(answer):
    full = {"digest": DIGEST, "decision": str(answer), "by": "responder"}
    assert ballot_of({str(answer): DIGEST, "by": "responder"}) == ballot_of(full)
    assert chat_ballot_of({str(answer): DIGEST}) == chat_ballot_of({"digest": DIGEST, "decision": str(answer)})


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({"approve": DIGEST, "reject": DIGEST, "by": "responder"}, "$.reject"),
        ({"approve": DIGEST, "decision": "reject", "by": "responder"}, "$.approve"),
        ({"reject": DIGEST, "digest": DIGEST[::-1], "by": "responder"}, "$.reject"),
        ({"approve": DIGEST[:12], "by": "responder"}, "$.digest"),
        ({"approve": None, "by": "responder"}, "$.digest"),
        ({"approve": DIGEST}, "$.by"),
    ],
)
def test_an_answer_that_could_mean_two_things_or_nobody_is_no_answer(event, place):
    with pytest.raises(MalformedSignal) as fault:
        ballot_of(event)
    assert fault.value.path == place


def test_an_answer_of_the_chat_has_the_identity_of_the_chat_and_the_reason_that_it_gives():
    told = chat_ballot_of({"reject": DIGEST, "reason": "we know already"})
    assert told == ApprovalRequest(
        digest=DIGEST, answer=Answer.REJECT, by="chat", reason="we know already", entry_point="chat"
    )


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ("approve", "$"),
        ({"approve": DIGEST, "by": "ana"}, "$.by"),
        ({"approve": DIGEST, "door": "lambda"}, "$.door"),
        ({"approve": DIGEST, "proof": {}}, "$.proof"),
        ({"approve": DIGEST, "reject": DIGEST}, "$.reject"),
        ({"approve": DIGEST.upper()}, "$.digest"),
    ],
)
def test_an_answer_of_the_chat_says_nothing_of_who_gives_it(event, place):
    with pytest.raises(MalformedSignal) as fault:
        chat_ballot_of(event)
    assert fault.value.path == place


@pytest.mark.parametrize("read", [ballot_of, chat_ballot_of])
@pytest.mark.parametrize(
    ("name", "shown"),
    [("a" * 10_000, "a" * 50), ("\ud800x", "?x"), ("x\r\ny", "x??y"), ("", "")],
)
def test_of_a_field_that_is_not_known_only_the_beginning_is_repeated(read, name, shown):
    with pytest.raises(MalformedSignal) as fault:
        read({"approve": DIGEST, name: "x"})
    assert fault.value.path == f"$.{shown}"
    assert len(str(fault.value).encode()) < 200
