"""How texts name a person who said something, so that a name that is not proven never passes for one that is."""

from typing import Final

_UNPROVEN: Final = " (not proven)"
# The shortest place for a name in a message has 40 characters: what follows a longer name would be cut off there.
_LONGEST: Final = 40 - len(_UNPROVEN)


def shown(by: str, *, proven: bool) -> str:
    """Return a name for messages: of an ARN that AWS confirmed, the part that names the user or role; else the name with a remark.

    The whole name stays where the act is stored.
    """
    if proven:
        return by.rpartition(":")[2] if by.startswith("arn:") else by
    return (by if len(by) <= _LONGEST else f"{by[: _LONGEST - 1]}…") + _UNPROVEN


def stored(by: str, *, proven: bool) -> str:
    """Return a whole name for the timeline, with the same remark if it is not proven."""
    return by if proven else f"{by}{_UNPROVEN}"
