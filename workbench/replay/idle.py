"""Finds the next possible change: a replay must not check each minute of a year for room or the end of a silence."""

from collections.abc import Iterator
from datetime import datetime

from kedge.domain.context import ContextRequest
from kedge.domain.notification import SendRate
from kedge.policy.compiled import Policy
from kedge.routing.grouping import pace_of, room_at
from workbench.replay.ledger import MemoryLedger


def next_change(policy: Policy, ledger: MemoryLedger, now: datetime) -> datetime | None:
    """Return the first moment of a possible action after `now`, when there was none; None if there will be none."""
    return min((at for at in _moments(policy, ledger, now) if at > now), default=None)


def _moments(policy: Policy, ledger: MemoryLedger, now: datetime) -> Iterator[datetime]:
    case = ledger.next_case()
    if case is not None:
        yield case
    for receiver, held in ledger.waiting.items():
        names = tuple({pace_of(receiver, said=notice.said) for notice in held.values()})
        paces = ledger.load_context(ContextRequest(receivers=names)).context.paces
        yield from (room_at(policy, receiver, paces.get(name, SendRate()), now) for name in names)
        yield from (notice.due for notice in held.values())
    yield from (silence.ends_at for silence in ledger.silences.values())
    yield from (silence.ends_at for silence, _ in policy.silences)
