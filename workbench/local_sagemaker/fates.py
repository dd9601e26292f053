"""How an endpoint's next update or a pipeline's next execution ends, and how long it takes.

Decided beforehand, by whoever drives the scenery.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any


class Outcome(StrEnum):
    """Only after FAILED is the endpoint's state `Failed`; after ROLLED_BACK it is `InService`, as after SUCCEEDED."""

    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    ROLLBACK_FAILED = "rollback_failed"


class Ending(StrEnum):
    """STALLED is none: the execution stays `Executing` until somebody stops it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STALLED = "stalled"


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
        _refuse_what_is_no_time("an update", self.seconds)

    def starts(self, lasting: Sequence[timedelta]) -> list[timedelta]:
        """When each phase begins and, at last, when all is over: each in its own time, or in equal shares of `seconds`."""
        return _starts(self.seconds, lasting)


@dataclass(frozen=True, kw_only=True)
class Course:
    """What becomes of one execution. `seconds` is all of it together; None gives each step the world's lag.

    `step` is where it fails or stalls (the first, where nothing is said), `reason` why. An execution that succeeds registers a
    version in `group`, or in the group that its RegisterModel step names; the artifact, and `evaluation` where there is one,
    are written under `output`, an S3 URI.
    """

    ending: Ending
    seconds: float | None = None
    step: str | None = None
    reason: str | None = None
    group: str | None = None
    output: str | None = None
    evaluation: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for a time that is none, and for an evaluation that has no place."""
        _refuse_what_is_no_time("an execution", self.seconds)
        if self.output is not None and not self.output.startswith("s3://"):
            raise ValueError(f"output is an S3 URI, not {self.output}")
        if self.evaluation is not None and self.output is None:
            raise ValueError("an evaluation needs an output, which is where it is written")

    def starts(self, steps: int, lag: timedelta) -> list[timedelta]:
        """When each of so many steps begins and, at last, when all is over."""
        return _starts(self.seconds, [lag] * steps)


def _refuse_what_is_no_time(what: str, seconds: float | None) -> None:
    if seconds is not None and not 0 <= seconds < float("inf"):
        raise ValueError(f"{what} takes 0 seconds or more, not {seconds}")


def _starts(seconds: float | None, lasting: Sequence[timedelta]) -> list[timedelta]:
    if seconds is None:
        return list(accumulate(lasting, initial=timedelta(0)))
    whole, number = timedelta(seconds=seconds), len(lasting)
    return [whole * place / number for place in range(number + 1)]
