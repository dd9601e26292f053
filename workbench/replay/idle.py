"""Until when nothing can happen: what waits for room or for the end of a silence is not looked at every minute of a year."""

from collections.abc import Iterator
from datetime import datetime

from kedge.domain.context import ContextRequest
from kedge.domain.notification import SendRate
from kedge.policy.compiled import Policy
from kedge.routing.grouping import pace_of, room_at
from workbench.replay.ledger import MemoryLedger


def next_change(policy: Policy, ledger: MemoryLedger, now: datetime) -> datetime | None:
    """The first moment after `now`, in which nothing was done, at which something may be; None where nothing ever will."""
    return min((at for at in _moments(policy, ledger, now) if at > now), default=None)


def _moments(policy: Policy, ledger: MemoryLedger, now: datetime) -> Iterator[datetime]:
    case = ledger.next_case()
    if case is not None:
        yield case
    for receiver, held in ledger.waiting.items():
        names = tuple({pace_of(receiver, said=notice.said) for notice in held.values()})
        paces = ledger.surroundings(ContextRequest(receivers=names)).around.paces
        yield from (room_at(policy, receiver, paces.get(name, SendRate()), now) for name in names)
        yield from (notice.due for notice in held.values())
    yield from (silence.ends_at for silence in ledger.silences.values())
    yield from (silence.ends_at for silence, _ in policy.silences)
