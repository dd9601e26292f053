"""The writes of an action and of everything that a step of its workflow changes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kedge.domain.action import Action, ActionRegister, Efficacy, Vote
from kedge.domain.errors import Permanent
from kedge.domain.target import Target
from kedge.ledger.awaited import Awaited
from kedge.ledger.items import Change, Delete, Item, ItemKind, Listed, Listing, Write, encode
from kedge.ledger.keys import action_key, awaited_key, efficacy_key, register_key, token_key, vote_key
from kedge.ledger.writes import why_too_much
from kedge.ports.actions import ActionCommit

LARGEST: Final = 400_000
"""The maximum size of a register's body in bytes: DynamoDB accepts 409,600 per item, with names and keys."""

TOKENS_KEPT: Final = timedelta(days=2)
"""How long a token is kept after its last use: a workflow may be redriven, and a wait may begin late."""

AWAITED_KEPT: Final = timedelta(days=90)
"""When the entry of a waiting action expires if the action never removed it."""


def writes_of_step(step: ActionCommit) -> tuple[Change, ...]:
    """Return the changes of a step; the action, which may conflict, comes first.

    Raises Permanent if DynamoDB cannot accept them.
    """
    action, target = step.action, step.action.plan.target
    changes: list[Change] = [_of_action(action, step.version, step.written), *_of_votes(step)]
    if step.register is not None:
        changes.append(_of_register(target, step.register, step.register_version))
    if step.efficacy is not None:
        changes.append(_of_efficacy(action, step.efficacy))
    begun = {awaited_key(name, action.digest) for name in step.awaits}
    over = {awaited_key(name, action.digest) for name in step.forgets} - begun
    waits = Awaited(digest=action.digest, since=action.changed)
    ends = _seconds(action.changed + AWAITED_KEPT)
    changes += [
        Write(item=Item(key=key, kind=ItemKind.AWAITED, version=1, body=encode(waits), expires_at=ends))
        for key in sorted(begun)
    ]
    changes += [Delete(key=key) for key in sorted(over)]
    if (too_much := why_too_much(changes)) is not None:
        raise Permanent(f"a step of the action {action.digest} changes {too_much}")
    return tuple(changes)


def write_of_token(action: Action, token: str, wait: str) -> Write:
    """Return the write of a waiting step's task token, over any earlier one. The index never lists it."""
    ends = _seconds(needed_until(action) + TOKENS_KEPT)
    item = Item(key=token_key(action.digest, wait), kind=ItemKind.TOKEN, version=1, body=token, expires_at=ends)
    return Write(item=item)


def needed_until(action: Action) -> datetime:
    """Return when no step can wait for an action any more.

    This is the length of both waits after the action's last change, or the time that the action itself names, if that
    is later.
    """
    both = timedelta(seconds=action.expires_within + action.verify_within)
    said = (action.changed + both, action.expires, action.deadline)
    return max(at for at in said if at is not None)


def _of_action(action: Action, over: int, written: tuple[Vote, ...]) -> Write:
    """Return the write of an action against the version that was read (0 for none).

    The index lists it by its creation time until it is over. Its votes are separate items.
    """
    item = Item(
        key=action_key(action.digest),
        kind=ItemKind.ACTION,
        version=over + 1,
        body=encode(replace(action, votes=written)),
        listed=None if action.is_over else Listed(Listing.ACTION, action.made),
    )
    return Write(item=item, over=over)


def _of_votes(step: ActionCommit) -> Iterable[Write]:
    """Yield the writes of a step's votes, with the action's new version; readers of an older version skip them."""
    action = step.action
    for number, vote in enumerate(step.cast, len(action.votes) - len(step.cast)):
        key = vote_key(action.digest, action.round, number)
        yield Write(item=Item(key=key, kind=ItemKind.VOTE, version=step.version + 1, body=encode(vote)), over=0)


def _of_register(target: Target, register: ActionRegister, over: int) -> Write:
    """Return the write of a register without its endpoints, which are separate items: each step's write stays small."""
    body = encode(replace(register, endpoints=()))
    if (size := len(body.encode())) > LARGEST:
        raise Permanent(
            f"the register of {target.account}/{target.region} would hold {len(register.taken)} actions in {size:,} bytes, and one item"
            f" of DynamoDB holds {LARGEST:,}. No remedy can run there until fewer actions count."
            " Set a shorter `per` or cooldown in the policy's limits"
        )
    item = Item(key=register_key(target), kind=ItemKind.REGISTER, version=over + 1, body=body)
    return Write(item=item, over=over)


def _of_efficacy(action: Action, efficacy: Efficacy) -> Write:
    """Return the write of a remedy's efficacy.

    One remedy at a time acts on a target, so the action's own version separates the writers.
    """
    key = efficacy_key(action.plan.target, action.plan.remedy)
    return Write(item=Item(key=key, kind=ItemKind.EFFICACY, version=1, body=encode(efficacy)))


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
