"""The pauses of a remedy's workflow between two checks, which grow with the time it has waited.

An execution of Step Functions ends without a notification at 25,000 events of its history, and each check uses some.
"""

from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.action import Action

LONGEST_APPROVAL: Final = timedelta(days=7)
"""The longest time for which a policy may wait for an approval."""

LONGEST_WATCH: Final = timedelta(days=7)
"""The longest time for which a policy may wait for an outcome."""

_LOOK_AGAIN: Final = (60, 3_600)
_WAIT_FOR_A_SIGN: Final = (300, 1_800)
_AFTER_A_SIGN: Final = (10, 1_800)
# A thirtieth of the passed time causes no noticeable delay, and the number of checks grows only with its logarithm.
_SHARE: Final = 30
_SHARE_OF_A_SIGN: Final = 12
_SECOND: Final = timedelta(seconds=1)


class CheckIntervals(Struct, frozen=True):
    """Seconds: until the next check without a sign, and from a sign to its check.

    Signals in the meantime cause no check of their own: the one check covers all of them.
    """

    wait: int
    pause: int


def pauses(action: Action, now: datetime) -> CheckIntervals:
    """Return how long a workflow waits after a check of an action, if another check is needed."""
    if action.deadline is not None:
        since = action.called or action.changed
        passed, left = (now - since) // _SECOND, (action.deadline - now) // _SECOND
        wait = _between(passed // _SHARE_OF_A_SIGN, _WAIT_FOR_A_SIGN)
        pause = _between(passed // _SHARE, _AFTER_A_SIGN)
        return CheckIntervals(_until_the_end(wait, left), _until_the_end(pause, left))
    since = waits_since(action)
    passed = (now - since) // _SECOND
    wait = _between(passed // _SHARE, _LOOK_AGAIN)
    return CheckIntervals(_until_the_end(wait, action.expires_within - passed), _AFTER_A_SIGN[0])


def waits_since(action: Action) -> datetime:
    """Return since when an action waits to be carried out: since the last answer of an approver, or since it was made."""
    return action.votes[-1].at if action.votes else action.made


def _between(seconds: int, bounds: tuple[int, int]) -> int:
    least, most = bounds
    return min(max(seconds, least), most)


def _until_the_end(wait: int, left: int) -> int:
    """Return a wait until the end at most, but never so short that a late clock causes a busy loop."""
    return min(wait, max(left, _LOOK_AGAIN[0]))
