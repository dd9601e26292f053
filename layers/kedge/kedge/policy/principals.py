"""Who a person is: names as said at a door, and ARNs as AWS gives them."""

from typing import Final

from msgspec import Struct

_PARTS: Final = 6  # arn, partition, service, region, account, resource


class _Arn(Struct, frozen=True):
    partition: str
    account: str
    kind: str
    path: tuple[str, ...]


def identities(name: str) -> frozenset[str]:
    """All by which one person may be known, in small letters: IAM's names differ by no case.

    These are the whole name, its last part, and of an ARN all that stands for the person: role with session. That two people of two accounts share a name is
    possible, and takes them for one: to ask one more person is the smaller harm.
    """
    said = name.strip()
    arn = _arn(said)
    known = {said, said.rstrip("/").rsplit("/", 1)[-1] if arn is None else arn.path[-1]}
    if arn is not None:
        known.add("/".join(arn.path))
    return frozenset(each.casefold() for each in known)


def same_person(one: str, other: str) -> bool:
    """Whether two names may stand for the same person."""
    return not identities(one).isdisjoint(identities(other))


def fits(pattern: str, name: str) -> bool:
    """Whether a name, or what AWS knows it by, fits a pattern in which `*` stands for anything. Case counts.

    A role's session fits by its ARN, by the role's ARN (without its path, which a session does not tell), by the role's name and by role with
    session; never by the session's name alone, which whoever takes the role may choose.
    """
    said = name.strip()
    arn = _arn(said)
    if arn is None:
        return _fits(pattern, said)
    if arn.kind == "assumed-role":
        role = f"arn:{arn.partition}:iam::{arn.account}:role/{arn.path[0]}"
        return any(_fits(pattern, each) for each in (said, role, arn.path[0], "/".join(arn.path)))
    return _fits(pattern, said) or _fits(pattern, arn.path[-1])


def _arn(text: str) -> _Arn | None:
    parts = text.split(":", _PARTS - 1)
    if len(parts) < _PARTS or parts[0] != "arn" or parts[2] not in {"iam", "sts"}:
        return None
    kind, *path = parts[5].split("/")
    return _Arn(parts[1], parts[4], kind, tuple(path) or (kind,))


def _fits(pattern: str, text: str) -> bool:
    first, *rest = pattern.split("*")
    if not rest:
        return pattern == text
    if not text.startswith(first):
        return False
    place, last = len(first), rest.pop()
    for piece in rest:
        found = text.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return len(text) - len(last) >= place and text.endswith(last)
