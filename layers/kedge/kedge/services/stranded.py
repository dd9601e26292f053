"""Carries effects again that no worker has received: the relay was not invoked, or the queue lost them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.errors import Conflict
from kedge.ports.readers import Queue
from kedge.ports.storage import Outbox, StrandedEffect

STRANDED_AFTER: Final = timedelta(minutes=10)
"""The age from which an effect without a delivery is stranded. The relay usually carries it within seconds."""

LOOK_BACK: Final = timedelta(days=1)
"""How far a new environment looks back: the stream keeps a record for this time, and so the relay is as late at most."""

MOST_EFFECTS: Final = 500
"""The maximum number of effects that one round looks at."""


class CarriedEffects(Struct, frozen=True):
    """The result of a round: the ids of the stranded effects, and of those that the queue did not accept."""

    stranded: tuple[str, ...]
    left: tuple[str, ...]


class StrandedEffects:
    """Finds the effects that are older than 10 minutes and have no delivery, and sends them to the queue of dispatch.

    Dispatch recognizes what was sent, so no receiver is notified twice. An effect that still has no delivery is checked
    again when its age has doubled. A queue without a worker gets a dozen copies of it in two weeks.
    """

    def __init__(self, outbox: Outbox, queue: Queue, clock: Callable[[], datetime]) -> None:
        """Connect to the outbox and to the effects queue."""
        self._outbox = outbox
        self._queue = queue
        self._clock = clock
        self._looked: datetime | None = None

    def carry(self) -> CarriedEffects:
        """Carry the stranded effects and return them. Raises Transient or Permanent.

        Only the memory holds the time of the last round. A new environment checks a day again, which costs little.
        """
        now = self._clock()
        since = self._looked or now - LOOK_BACK
        stranded, looked = self._outbox.stranded(since, now - STRANDED_AFTER, MOST_EFFECTS)
        left = self._queue.send({effect.id: effect.body for effect in stranded}) if stranded else set()
        for effect in stranded:
            if effect.id not in left:
                self._list_later(effect, now)
        # The next round carries what the queue did not accept.
        self._looked = since if left else looked
        return CarriedEffects(tuple(effect.id for effect in stranded), tuple(sorted(left)))

    def _list_later(self, effect: StrandedEffect, now: datetime) -> None:
        try:
            self._outbox.list_again(effect.id, now + max(now - effect.made, STRANDED_AFTER))
        except Conflict:
            return  # another round has carried it
