"""A clock that can be set, so that what takes a day in an account is told in a minute."""

from datetime import datetime, timedelta

from workbench.local_sagemaker.world import utc_now


class StoryClock:
    """The time, UTC: that of the clock on the wall, or from a moment on that was set. It always goes on by itself."""

    def __init__(self) -> None:
        """It is right."""
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        """The time in the story."""
        return utc_now() + self._ahead

    def turn_to(self, moment: datetime) -> None:
        """Go on from another moment."""
        self._ahead = moment - utc_now()

    def turn_to_now(self) -> None:
        """Be right again."""
        self._ahead = timedelta(0)
