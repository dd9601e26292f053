"""The rules for the validity of answers, and for the number of people behind them."""

from collections.abc import Iterable
from typing import Final, Self

from msgspec import Struct

from kedge.domain.action import Action, Vote
from kedge.domain.remedy import Sessions
from kedge.policy.compiled import Limits
from kedge.remediation.approvers import (
    CHAT,
    Approver,
    Principal,
    PrincipalKind,
    alike,
    approver_of,
    identities,
    is_name,
    principal_of,
    stands_for,
)

COMMAND: Final = "answer with `kedge approval`"
"""The action for a person whose answer has no proof."""


class Terms(Struct, frozen=True, kw_only=True):
    """One policy's rules for answers."""

    approvers: tuple[str, ...]
    required: int
    proof: bool
    sessions: Sessions

    @classmethod
    def of(cls, rules: Action | Limits) -> Self:
        """Return the rules that an action keeps of the policy at its request, or those of a policy's limits."""
        return cls(
            approvers=rules.approvers, required=max(1, rules.required), proof=rules.proof, sessions=rules.sessions
        )

    def why_not(self, vote: Vote) -> str | None:
        """Return why an answer does not count by these rules; None if it does."""
        principal = _vouched(vote)
        if not self.approvers:
            return _unproven(vote) if self.proof and (principal is None or not principal.is_fixed) else None
        if self.proves(vote) or (CHAT in self.approvers and vote.door == CHAT):
            return None
        if self.proof and (principal is None or not principal.is_fixed) and not _is_root(principal):
            return _unproven(vote)
        if not self.proof and vote.door != CHAT and self._names(vote):
            return None
        return f"{vote.by} is not among the approvers: {', '.join(self.approvers)}{self._unclear()}"

    def proves(self, vote: Vote) -> bool:
        """Return whether AWS confirms an identity that the approvers name, or any identity if the policy names none."""
        principal = _vouched(vote)
        if principal is None:
            return False
        if not self.approvers:
            return principal.is_fixed
        return any(stands_for(each, principal) for each in map(self._approver, self.approvers) if each is not None)

    def _approver(self, text: str) -> Approver | None:
        try:
            return approver_of(text, self.sessions)
        except ValueError:
            # It names an identity that AWS cannot prove, or one that a caller could choose.
            return None

    def _names(self, vote: Vote) -> bool:
        """Return whether an approver is the bare name in an answer, or a bare name that AWS knows.

        A proof does not say which of them it is.
        """
        principal = _vouched(vote)
        given = {vote.by} if principal is None else {vote.by, principal.name}
        return any(alike(text, each) for text in self.approvers if is_name(text) for each in given)

    def _unclear(self) -> str:
        """Return how to write an approver that represents no identity."""
        for text in self.approvers if self.proof else ():
            try:
                if text != CHAT:
                    approver_of(text, self.sessions)
            except ValueError as fault:
                return f"; {fault}"
        return ""


def sessions_of(rules: Iterable[Terms]) -> Sessions:
    """Return whether a role's sessions are persons: only if all rules say so."""
    return Sessions.BOUND if all(each.sessions is Sessions.BOUND for each in rules) else Sessions.FREE


def people(votes: Iterable[Vote], rules: tuple[Terms, ...]) -> int:
    """Return how many people are behind some answers that count by all rules.

    One person counts once, under any number of names. All answers that AWS does not confirm count as one.
    """
    sessions = sessions_of(rules)
    proven: list[frozenset[str]] = []
    said: list[frozenset[str]] = []
    for each in votes:
        who = identities(each.by, sessions)
        if not all(terms.proves(each) for terms in rules):
            said.append(who)
        elif all(map(who.isdisjoint, proven)):
            proven.append(who)
    return len(proven) + any(all(map(who.isdisjoint, proven)) for who in said)


def _vouched(vote: Vote) -> Principal | None:
    return principal_of(vote.by) if vote.proven else None


def _is_root(principal: Principal | None) -> bool:
    return principal is not None and principal.kind is PrincipalKind.ROOT


def _unproven(vote: Vote) -> str:
    if vote.proven:
        return f"AWS does not fix the name {vote.by}, so it proves no person: answer as an IAM user or with a role"
    return f"the policy asks for proof, and AWS does not confirm that this is {vote.by}: {COMMAND}"
