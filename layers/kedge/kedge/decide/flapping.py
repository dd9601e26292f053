"""Recognizes flapping by the changes of a case; it is reported once, and then suppressed until it is stable."""

from datetime import datetime

from kedge.policy.compiled import Policy


def turned(policy: Policy, turns: tuple[datetime, ...], at: datetime) -> tuple[datetime, ...]:
    """Return the counted times at which a case fired or resolved, with one more."""
    rule = policy.flapping
    if rule is None:
        return ()
    return tuple(turn for turn in (*turns, at) if turn > at - rule.within)[-rule.changes :]


def begins_to_flap(policy: Policy, turns: tuple[datetime, ...]) -> bool:
    """Return whether a case has changed too often for its next changes to be news."""
    return policy.flapping is not None and len(turns) >= policy.flapping.changes
