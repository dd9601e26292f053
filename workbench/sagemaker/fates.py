"""How an endpoint's next update ends, and how long it takes: decided beforehand, by whoever drives the scenery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate


class Outcome(StrEnum):
    """Only after FAILED is the endpoint's state `Failed`; after ROLLED_BACK it is `InService`, as after SUCCEEDED."""

    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    ROLLBACK_FAILED = "rollback_failed"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What becomes of one update. `seconds` is all of it together; None leaves each phase its own time.

    `reason` becomes the endpoint's FailureReason. Whether the real service gives one after a rollback is not known:
    without a reason the rollback is silent.
    """

    outcome: Outcome = Outcome.SUCCEEDED
    seconds: float | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a time that is none."""
        if self.seconds is not None and not 0 <= self.seconds < float("inf"):
            raise ValueError(f"an update takes 0 seconds or more, not {self.seconds}")

    def starts(self, lasting: Sequence[timedelta]) -> list[timedelta]:
        """When each phase begins and, at last, when all is over: each in its own time, or in equal shares of `seconds`."""
        if self.seconds is None:
            return list(accumulate(lasting, initial=timedelta(0)))
        whole, number = timedelta(seconds=self.seconds), len(lasting)
        return [whole * place / number for place in range(number + 1)]
