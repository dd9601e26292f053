"""Checks Kedge itself once an hour: whether its mails and receivers have a subscriber, and how many dead letters wait.

The read of the dead letters also makes CloudWatch continue to measure their queues.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.errors import KedgeError
from kedge.ports.channels import Audience
from kedge.ports.readers import Backlog
from kedge.services.receivers import ReceiverCheck

EVERY: Final = timedelta(hours=1)
"""SQS measures a queue only for 6 hours after its last use, and later again with a delay of up to 15 minutes.

Dead letters are rare.
"""

SOON: Final = timedelta(minutes=5)
"""The time until the next check while there is no subscriber, who may be confirming now."""


class SelfCheckResult(Struct, frozen=True):
    """The result of the check: whether mails have no subscriber, and the number of dead letters.

    `receivers` are those of the policy without a confirmed subscriber.
    """

    unheard: bool
    dead_letters: int
    receivers: tuple[str, ...] = ()


class SelfCheck:
    """Checks once an hour, independent of the number of calls; more often while there is no subscriber."""

    def __init__(
        self,
        audience: Audience,
        backlogs: Sequence[Backlog],
        clock: Callable[[], datetime],
        receivers: ReceiverCheck | None = None,
        unread: Callable[[KedgeError], None] = lambda _: None,
    ) -> None:
        """Connect the ports. `audience` is that of the mails, `backlogs` are the dead-letter queues.

        `unread` is called if the subscriptions of the receivers cannot be read.
        """
        self._audience = audience
        self._backlogs = backlogs
        self._clock = clock
        self._receivers = receivers
        self._unread = unread
        self._next: datetime | None = None

    def look(self) -> SelfCheckResult | None:
        """Return the current state; None if it is too early for another check. Raises Transient, Permanent."""
        now = self._clock()
        if self._next is not None and now < self._next:
            return None
        waiting = sum(backlog.waiting() for backlog in self._backlogs)
        seen = SelfCheckResult(not self._audience.listens(), waiting, self._without_subscriber())
        self._next = now + (SOON if seen.unheard or seen.receivers else EVERY)
        return seen

    def _without_subscriber(self) -> tuple[str, ...]:
        try:
            return () if self._receivers is None else self._receivers.look().names
        except KedgeError as error:
            self._unread(error)
            return ()
