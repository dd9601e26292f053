"""The outcome and the duration of an endpoint's next update or a pipeline's next execution.

The workbench sets them beforehand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any


class Outcome(StrEnum):
    """The end of an update. Only after FAILED is the endpoint's state `Failed`.

    After ROLLED_BACK it is `InService`, as after SUCCEEDED.
    """

    SUCCEEDED = "succeeded"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"
    ROLLBACK_FAILED = "rollback_failed"


class Ending(StrEnum):
    """The end of an execution. STALLED does not end: the execution stays `Executing` until a caller stops it."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STALLED = "stalled"


@dataclass(frozen=True, kw_only=True)
class Fate:
    """The outcome of one update. `seconds` is its whole duration; None leaves each phase its own time.

    `reason` becomes the endpoint's FailureReason. It is unknown whether the real service gives one after a rollback:
    without a reason the rollback is silent.
    """

    outcome: Outcome = Outcome.SUCCEEDED
    seconds: float | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError for an invalid duration."""
        _refuse_what_is_no_time("an update", self.seconds)

    def starts(self, lasting: Sequence[timedelta]) -> list[timedelta]:
        """Return when each phase begins and, last, when the update ends.

        Each phase takes its own time, or an equal share of `seconds`.
        """
        return _starts(self.seconds, lasting)


@dataclass(frozen=True, kw_only=True)
class Course:
    """The outcome of one execution. `seconds` is its whole duration; None gives each step the world's lag.

    `step` is the step that fails or stalls (the first by default), `reason` is why. An execution that succeeds
    registers a version in `group`, or in the group that its RegisterModel step names. The artifact, and `evaluation` if
    it is given, are written under `output`, an S3 URI.
    """

    ending: Ending
    seconds: float | None = None
    step: str | None = None
    reason: str | None = None
    group: str | None = None
    output: str | None = None
    evaluation: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check the fields. Raises ValueError for an invalid duration, and for an evaluation without an output."""
        _refuse_what_is_no_time("an execution", self.seconds)
        if self.output is not None and not self.output.startswith("s3://"):
            raise ValueError(f"output is an S3 URI, not {self.output}")
        if self.evaluation is not None and self.output is None:
            raise ValueError("an evaluation needs an output, which is where it is written")

    def starts(self, steps: int, lag: timedelta) -> list[timedelta]:
        """Return when each of `steps` steps begins and, last, when the execution ends."""
        return _starts(self.seconds, [lag] * steps)


def _refuse_what_is_no_time(what: str, seconds: float | None) -> None:
    if seconds is not None and not 0 <= seconds < float("inf"):
        raise ValueError(f"{what} takes 0 seconds or more, not {seconds}")


def _starts(seconds: float | None, lasting: Sequence[timedelta]) -> list[timedelta]:
    if seconds is None:
        return list(accumulate(lasting, initial=timedelta(0)))
    whole, number = timedelta(seconds=seconds), len(lasting)
    return [whole * place / number for place in range(number + 1)]
