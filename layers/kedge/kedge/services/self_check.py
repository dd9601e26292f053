"""Looks once an hour after Kedge itself: whether anybody hears it, and whether CloudWatch still measures its dead letters."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.ports.channels import Audience
from kedge.ports.readers import Backlog

EVERY: Final = timedelta(hours=1)
"""SQS measures a queue only for six hours after it was last used, and then again up to 15 minutes late; dead letters come rarely."""

SOON: Final = timedelta(minutes=5)
"""How long until the next look while nobody listens: somebody is confirming just now."""


class SelfCheckResult(Struct, frozen=True):
    """What was seen: whether nobody listens to mails, and how many dead letters wait."""

    unheard: bool
    dead_letters: int


class SelfCheck:
    """A look an hour, whoever calls how often; more while nobody listens."""

    def __init__(self, audience: Audience, backlogs: Sequence[Backlog], clock: Callable[[], datetime]) -> None:
        """`audience` is that of the mails, `backlogs` are the dead letters."""
        self._audience = audience
        self._backlogs = backlogs
        self._clock = clock
        self._next: datetime | None = None

    def look(self) -> SelfCheckResult | None:
        """Return what is so now; None if it is too early for another look. Raises Transient, Permanent."""
        now = self._clock()
        if self._next is not None and now < self._next:
            return None
        seen = SelfCheckResult(not self._audience.listens(), sum(backlog.waiting() for backlog in self._backlogs))
        self._next = now + (SOON if seen.unheard else EVERY)
        return seen
