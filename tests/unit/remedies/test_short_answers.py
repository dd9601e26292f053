"""What a button of the chat says of a plan: as much as there is room for, and never less clear than in full."""

import pytest

from kedge.domain.action import Answer
from kedge.errors import MalformedSignal
from kedge.remedies.votes import ballot_of

DIGEST = "3a5ee5cd6d2a93ff" * 4


@pytest.mark.parametrize("answer", list(Answer))
def test_a_short_answer_means_what_it_means_in_full(answer):
    full = {"digest": DIGEST, "decision": str(answer), "by": "slack"}
    assert ballot_of({str(answer): DIGEST, "by": "slack"}) == ballot_of(full)


@pytest.mark.parametrize(
    ("event", "place"),
    [
        ({"approve": DIGEST, "reject": DIGEST, "by": "slack"}, "$.reject"),
        ({"approve": DIGEST, "decision": "reject", "by": "slack"}, "$.approve"),
        ({"reject": DIGEST, "digest": DIGEST[::-1], "by": "slack"}, "$.reject"),
        ({"approve": DIGEST[:12], "by": "slack"}, "$.digest"),
        ({"approve": None, "by": "slack"}, "$.digest"),
        ({"approve": DIGEST}, "$.by"),
    ],
)
def test_an_answer_that_could_mean_two_things_or_nobody_is_no_answer(event, place):
    with pytest.raises(MalformedSignal) as fault:
        ballot_of(event)
    assert fault.value.path == place
