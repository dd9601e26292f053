"""The stages of a remedy."""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """Where a remedy stands."""

    PROPOSED = "proposed"  # a dry run: said, and not done
    REFUSED = "refused"
    PLANNED = "planned"  # its workflow is about to start, or has
    ASKED = "asked"  # somebody has to approve
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"  # nobody approved in time, which means no
    ACTING = "acting"  # the call is about to be made, or has been: from here on nobody makes it again without looking
    ACTED = "acted"  # AWS took the call; what comes of it is awaited
    VERIFIED = "verified"
    FAILED = "failed"  # it was done, and it did not help, or AWS undid it
    UNVERIFIED = "unverified"  # it was done, and nobody can tell in time whether it helped


OVER: Final = frozenset(
    {
        Stage.PROPOSED,
        Stage.REFUSED,
        Stage.REJECTED,
        Stage.EXPIRED,
        Stage.VERIFIED,
        Stage.FAILED,
        Stage.UNVERIFIED,
    }
)
"""The stages after which nothing of a plan happens any more."""

DONE: Final = frozenset({Stage.ACTING, Stage.ACTED, Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED})
"""The stages in which something was done to a target, or may have been: what limits count."""


WAITING: Final = frozenset({Stage.PLANNED, Stage.APPROVED, Stage.ACTING})
"""The stages in which a plan may wait for something else to end before it is carried out: then it says why."""
