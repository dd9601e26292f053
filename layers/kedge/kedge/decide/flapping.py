"""What comes and goes: recognised by its turns, told once, and then not until it is calm."""

from datetime import datetime

from kedge.policy.compiled import Policy


def turned(policy: Policy, turns: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
    """The times at which a case fired or resolved, with one more, as far as they still count."""
    rule = policy.flapping
    if rule is None:
        return ()
    return tuple(turn for turn in (*turns, at) if turn > at - rule.within)[-rule.changes :]


def begins_to_flap(policy: Policy, turns: tuple[datetime, ...]) -> bool:
    """Whether a case has turned so often that its next turns are no news."""
    return policy.flapping is not None and len(turns) >= policy.flapping.changes
