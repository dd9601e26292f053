"""The identities that AWS confirms, and the identities that an approver of the policy represents.

Only names that the caller cannot choose identify a person: those of IAM users and of roles. The caller chooses the name
of a federated user. The caller also chooses that of a session, unless the role's trust policy binds it.
"""

import re
from enum import StrEnum
from typing import Final

from msgspec import Struct

from kedge.domain.remedy import Sessions

CHAT: Final = "chat"
"""The approver that represents every person in the chat channel, whose identity AWS does not prove."""

_PARTS: Final = 6  # arn, partition, service, region, account, resource
_SHOWN: Final = 80
_SEPARATOR: Final = re.compile(r"([/:])")


class PrincipalKind(StrEnum):
    """The kind of a confirmed identity, in the word of its ARN."""

    USER = "user"
    SESSION = "assumed-role"
    ROOT = "root"
    FEDERATED = "federated-user"


class Principal(Struct, frozen=True, kw_only=True):
    """An identity from GetCallerIdentity.

    `path` is the path of a user; a session's ARN does not contain that of its role.

    `name` is that of the user or role, and `session` that of the role's session.
    """

    kind: PrincipalKind
    account: str
    path: str = ""
    name: str = ""
    session: str = ""

    @property
    def is_fixed(self) -> bool:
        """Return whether AWS fixes the name: an administrator made the user or role, and the caller cannot choose it."""
        return self.kind in (PrincipalKind.USER, PrincipalKind.SESSION)


class Approver(Struct, frozen=True, kw_only=True):
    """An approver of the policy: a user, a role, a session or the root of the account. Each part may contain `*`.

    `account` is the part of an ARN before the resource. `path` and `account` are None if the approver does not name
    them.
    """

    kind: PrincipalKind
    account: str | None = None
    path: str | None = None
    name: str = ""
    session: str = "*"


def principal_of(arn: str) -> Principal | None:
    """Return the identity that an ARN names; None if it is not a known kind of caller."""
    parts = arn.strip().split(":", _PARTS - 1)
    if len(parts) < _PARTS or parts[0] != "arn" or parts[3]:
        return None
    account = ":".join(parts[:5]).replace(":sts:", ":iam:")
    match (parts[2], parts[5].split("/")):
        case ("iam", ["root"]):
            return Principal(kind=PrincipalKind.ROOT, account=account)
        case ("iam", ["user", *path, name]) if name:
            return Principal(kind=PrincipalKind.USER, account=account, path="/".join(path), name=name)
        case ("sts", ["assumed-role", role, session]) if role and session:
            return Principal(kind=PrincipalKind.SESSION, account=account, name=role, session=session)
        case ("sts", ["federated-user", name]) if name:
            return Principal(kind=PrincipalKind.FEDERATED, account=account, name=name)
    return None


def identities(name: str, sessions: Sessions = Sessions.FREE) -> frozenset[str]:
    """Return all names of one person, in small letters: IAM's names do not differ by case alone.

    These are the whole text, its last part and, for a role, the role with its session. All sessions of a role share the
    role, unless the policy says that its trust policy binds their names. A user and a session of the same name count as
    one person: one more request for approval is the smaller harm.
    """
    said = name.strip()
    resource = said.split(":", _PARTS - 1)[-1] if said.startswith("arn:") else said
    parts = resource.rstrip("/").split("/")
    known = {said, parts[-1]}
    if parts[0] in _ROLES and len(parts) > 1:
        known.add("/".join(parts[1:]))
        if sessions is Sessions.FREE or len(parts) == len(("role", "name")):
            known.add(f"role {parts[1]}")
    return frozenset(each.casefold() for each in known)


def same_person(one: str, other: str, sessions: Sessions = Sessions.FREE) -> bool:
    """Return whether two names may belong to the same person."""
    return not identities(one, sessions).isdisjoint(identities(other, sessions))


def is_name(text: str) -> bool:
    """Return whether an approver is a bare name.

    Such a name says neither whether it is a user or a role, nor that AWS must confirm it.
    """
    return text != CHAT and not text.startswith(("arn:", *(f"{each}/" for each in (*_ROLES, *PrincipalKind))))


def approver_of(text: str, sessions: Sessions) -> Approver:
    """Return the identities that an approver of the policy represents.

    Raises:
        ValueError: it is ambiguous, or a caller could choose a name that it covers; the text is `why: fix`.
    """
    words = text.split("/")
    if text.startswith("arn:"):
        return _of_arn(text, sessions)
    match words:
        case ["user", *path, name] if name:
            return Approver(kind=PrincipalKind.USER, path="/".join(path) or None, name=name)
        case ["role" | "assumed-role", role]:
            return _of_role(text, role, "*", sessions)
        case ["role" | "assumed-role", role, session]:
            return _of_role(text, role, session, sessions)
        case ["federated-user", *_]:
            raise ValueError(_federated(text))
    if "slack" in words:
        raise ValueError(f"{_quoted(text)} does not name the chat channel: write {CHAT}")
    if "*" in text or ":" in text or not text:
        raise ValueError(f"a caller could choose a name that {_quoted(text)} covers: {_WRITE}")
    if len(words) > 1:
        raise ValueError(f"{_quoted(text)} does not say that it names a role: write role/{words[0]}")
    raise ValueError(f"{_quoted(text)} may be a user or a role: write user/{text} or role/{text}")


def stands_for(approver: Approver, principal: Principal) -> bool:
    """Return whether an approver represents a confirmed identity. Case counts; `*` matches neither `/` nor `:`."""
    if principal.kind is not approver.kind or principal.kind is PrincipalKind.FEDERATED:
        return False
    return (
        (approver.account is None or alike(approver.account, principal.account))
        and (approver.path is None or alike(approver.path, principal.path))
        and alike(approver.name, principal.name)
        and (principal.kind is not PrincipalKind.SESSION or alike(approver.session, principal.session))
    )


def alike(pattern: str, text: str) -> bool:
    """Return whether a text fits a pattern with `*` for anything but `/` and `:`. Case counts."""
    wanted, given = _SEPARATOR.split(pattern), _SEPARATOR.split(text)
    return len(wanted) == len(given) and all(map(_fits, wanted, given))


def _of_arn(text: str, sessions: Sessions) -> Approver:
    parts = text.split(":", _PARTS - 1)
    if len(parts) < _PARTS or parts[3] or parts[2] not in _SERVICES:
        raise ValueError(f"{_quoted(text)} is not the ARN of a user or role: {_WRITE_ARN}")
    account = ":".join(parts[:5]).replace(":sts:", ":iam:")
    match (parts[2], parts[5].split("/")):
        case ("iam", ["root"]):
            if "*" in account:
                raise ValueError(f"{_quoted(text)} covers the root of any account: write its whole ARN")
            return Approver(kind=PrincipalKind.ROOT, account=account)
        case ("iam", ["user", *path, name]) if name:
            return Approver(kind=PrincipalKind.USER, account=account, path="/".join(path) or None, name=name)
        case ("iam", ["role", *path, role]) if role:
            if path and any("*" in each for each in (*path, role)):
                raise ValueError(
                    f"a session does not contain the path of its role, so `*` beside one cannot be checked: write role/{role}"
                )
            made = _of_role(text, role, "*", sessions)
        case ("sts", ["assumed-role", role, session]):
            made = _of_role(text, role, session, sessions)
        case ("sts", ["federated-user", *_]):
            raise ValueError(_federated(text))
        case (_, [kind, *_]) if "*" in kind:
            raise ValueError(f"the `*` in {_quoted(text)} stands for every kind of identity: {_WRITE_ARN}")
        case _:
            raise ValueError(f"{_quoted(text)} is not the ARN of a user or role: {_WRITE_ARN}")
    return Approver(kind=made.kind, account=account, name=made.name, session=made.session)


def _of_role(text: str, role: str, session: str, sessions: Sessions) -> Approver:
    """Return a role whose name has a fixed beginning: a caller may choose the session, and may hold many roles."""
    if not role or role.startswith("*"):
        raise ValueError(f"{_quoted(text)} covers any role: begin the role's name, as in role/MlOnCall*")
    if session != "*" and sessions is Sessions.FREE:
        raise ValueError(
            f"the caller chooses the name of a session: write role/{role}, or `sessions: bound` if the trust policy binds the name"
        )
    if session != "*" and "*" in role:
        raise ValueError(f"{_quoted(text)} names a session of any such role: write the whole name of the role")
    return Approver(kind=PrincipalKind.SESSION, name=role, session=session)


def _federated(text: str) -> str:
    return f"a federated user chooses the name, so {_quoted(text)} identifies no person: {_WRITE}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


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


_ROLES: Final = frozenset({"role", "assumed-role"})
_SERVICES: Final = frozenset({"iam", "sts"})
_WRITE: Final = "write role/NAME or user/NAME"
_WRITE_ARN: Final = "write arn:aws:iam::111122223333:role/NAME, or user/NAME"
