"""A clock that can be set, so that a day in an account takes a minute in the demo."""

from datetime import datetime, timedelta

from workbench.local_sagemaker.world import utc_now


class StoryClock:
    """The time in UTC: the real time, or the time since a moment that was set. It never stands still."""

    def __init__(self) -> None:
        """Start at the real time."""
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        """Return the time in the story."""
        return utc_now() + self._ahead

    def turn_to(self, moment: datetime) -> None:
        """Continue from another moment."""
        self._ahead = moment - utc_now()

    def turn_to_now(self) -> None:
        """Return to the real time."""
        self._ahead = timedelta(0)
