"""The workflow hears how long to wait after each outcome after which it waits, and after no other."""

from datetime import datetime, timedelta

import msgspec
import pytest

from kedge.domain.action import Action
from kedge.domain.errors import KedgeError, Permanent, Throttled
from kedge.domain.remedy import Mode
from kedge.ports.actions import VersionedAction
from kedge.remediation.check_intervals import pauses
from kedge.services.workflow.transitions import Transitions
from kedge.services.workflow.wait_points import WaitTimes
from tests.support.remediation import Affair, policy_with

WAITS = ["later", "acted", "pending"]
ENDS = ["waiting", "refused", "rejected", "unknown", "verified", "failed", "expired", "approved", "planned", "go"]


class Known(Transitions):
    """Moves of one action, which is there or cannot be read."""

    def __init__(self, known: Action | KedgeError) -> None:
        self.known = known
        self.asked: list[str] = []

    def load(self, digest: str) -> VersionedAction:
        self.asked.append(digest)
        if isinstance(self.known, KedgeError):
            raise self.known
        return VersionedAction(action=self.known, version=1)


def acted() -> Action:
    action = Affair(policy_with(Mode.APPROVAL)).trouble().action
    return msgspec.structs.replace(action, called=action.made, deadline=action.made + timedelta(days=7))


def paced(outcome: str, moves: Transitions, now: datetime) -> dict[str, object]:
    return WaitTimes(moves, lambda: now).paced("d-1", {"outcome": outcome, "more": "x"})


@pytest.mark.parametrize("outcome", WAITS)
@pytest.mark.parametrize("hours", [0, 1, 4, 5])
def test_after_an_outcome_that_goes_on_the_workflow_hears_how_long_to_wait_and_to_pause(outcome: str, hours: int):
    action = acted()
    now, moves = action.made + timedelta(hours=hours), Known(action)
    expected = pauses(action, now)
    assert expected.wait != expected.pause
    known = {"outcome": outcome, "more": "x", "wait": expected.wait, "pause": expected.pause}
    assert paced(outcome, moves, now) == known
    assert moves.asked == ["d-1"]


@pytest.mark.parametrize("outcome", ENDS)
def test_after_any_other_outcome_nobody_looks_how_long_to_wait(outcome: str):
    moves = Known(acted())
    assert paced(outcome, moves, acted().made) == {"outcome": outcome, "more": "x"}
    assert moves.asked == []


@pytest.mark.parametrize("fails", [Throttled("Rate exceeded"), Permanent("there is no plan d-1")])
@pytest.mark.parametrize("outcome", WAITS)
def test_a_wait_of_which_nothing_is_known_is_an_error_and_no_guess(outcome: str, fails: KedgeError):
    with pytest.raises(type(fails)):
        paced(outcome, Known(fails), acted().made)
