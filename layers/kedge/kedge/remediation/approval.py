"""Decides whether a plan is approved: the answers to exactly that plan, their authors' permission, and the deadline."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

import msgspec
from msgspec import Struct

from kedge.domain.action import Action, Answer, Vote
from kedge.domain.remedy import HoldReason, Sessions
from kedge.domain.stage import Stage
from kedge.formatting import format_clock
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
    same_person,
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
        if self.proves(vote) or (CHAT in self.approvers and vote.entry_point == CHAT):
            return None
        if self.proof and (principal is None or not principal.is_fixed) and not _is_root(principal):
            return _unproven(vote)
        if not self.proof and vote.entry_point != CHAT and self._names(vote):
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


_SAID: Final = {Answer.APPROVE: "approved", Answer.REJECT: "rejected"}


class ApprovalOutcome(StrEnum):
    """The effect of an answer."""

    WAITING = "waiting"  # it counts, and more people have to approve
    APPROVED = "approved"
    REJECTED = "rejected"
    REFUSED = "refused"  # it does not count


class VoteResult(Struct, frozen=True, kw_only=True):
    """The effect of an answer, and the reason in one sentence.

    `action` has the vote and the new stage. It is unchanged if the answer does not count, or is a repetition
    (`repeated`). `why_not` is set if the plan itself is the reason: it is stale, or its time is over.
    """

    outcome: ApprovalOutcome
    why: str
    action: Action
    repeated: bool = False
    why_not: HoldReason | None = None


class _Question(Struct, frozen=True, kw_only=True):
    """A plan that is answered, with the rules at its request and those of the active policy.

    The stricter of both decides.
    """

    action: Action
    digest: str
    now: datetime
    rules: tuple[Terms, ...]

    @property
    def sessions(self) -> Sessions:
        """Return whether a role's sessions are persons."""
        return sessions_of(self.rules)

    def why_not(self, vote: Vote) -> str | None:
        """Return why an answer does not count; None if it does."""
        return next((why for terms in self.rules if (why := terms.why_not(vote)) is not None), None)

    def proves(self, vote: Vote) -> bool:
        """Return whether AWS confirms the author of an answer, by both rules."""
        return all(terms.proves(vote) for terms in self.rules)

    def same(self, one: Vote, other: Vote) -> bool:
        """Return whether two answers may be the same person's."""
        return same_person(one.by, other.by, self.sessions)

    def missing(self, votes: Iterable[Vote]) -> int:
        """Return how many people still have to approve."""
        yes = (each for each in votes if each.answer is Answer.APPROVE and self.why_not(each) is None)
        return max(each.required for each in self.rules) - people(yes, self.rules)


def expiry(action: Action) -> datetime:
    """Return until when an action may be approved."""
    return action.expires or (action.asked or action.made) + timedelta(seconds=action.expires_within)


def judge(action: Action, vote: Vote, digest: str, now: datetime, limits: Limits) -> VoteResult:
    """Return the effect of one person's answer to the plan of this digest on an action, now.

    A vote from the future counts as given now. `limits` are those of the active policy: if they are stricter than the
    rules at the request, they decide. A person who caused the plan never approves it, but may withdraw it with a
    rejection. One rejection rejects, also by a person who approved before; a second approval by the same person does
    not count.
    """
    vote = msgspec.structs.replace(vote, by=vote.by.strip(), at=min(vote.at, now))
    question = _Question(action=action, digest=digest, now=now, rules=(Terms.of(action), Terms.of(limits)))
    for look in (_stale, _again, _decided, _late, _nameless, _stranger, _own, _unfounded, _twice):
        if (judged := look(question, vote)) is not None:
            return judged
    return _count(question, vote)


def why_unapproved(action: Action, limits: Limits) -> str | None:
    """Return why the votes of an action do not approve exactly its plan; None if they do.

    Each vote counts at the time when it was given.
    """
    if action.asked is None:
        return "no approver was asked"
    if (no := next((vote for vote in action.votes if vote.answer is Answer.REJECT), None)) is not None:
        return f"{no.by} rejected it"
    asked = msgspec.structs.replace(action, stage=Stage.ASKED, votes=(), changed=action.asked)
    why = "no approver has answered"
    for vote in action.votes:
        judged = judge(asked, vote, action.plan.digest, vote.at, limits)
        if judged.outcome is ApprovalOutcome.APPROVED:
            return None
        asked, why = judged.action, judged.why
    return why


def _stale(question: _Question, _vote: Vote) -> VoteResult | None:
    action, digest = question.action, question.digest
    if digest == action.digest == action.plan.digest:
        return None
    why = (
        f"the plan that was answered ({digest[:12]}) is not the one that would be carried out ({action.digest[:12]}):"
        f" check the current plan. {action.plan.sentence}"
    )
    return _refused(question, why, HoldReason.STALE)


def _again(question: _Question, vote: Vote) -> VoteResult | None:
    """Accept an answer that the same person gave before."""
    action = question.action
    before = next((each for each in action.votes if question.same(each, vote) and each.answer is vote.answer), None)
    if before is None:
        return None
    stood = action.stage.is_approved if vote.answer is Answer.APPROVE else action.stage is Stage.REJECTED
    if not stood:
        return None
    outcome = ApprovalOutcome.APPROVED if vote.answer is Answer.APPROVE else ApprovalOutcome.REJECTED
    why = f"{before.by} {_SAID[vote.answer]} it already, at {format_clock(before.at, question.now)}"
    return VoteResult(outcome=outcome, why=why, action=action, repeated=True)


def _decided(question: _Question, _vote: Vote) -> VoteResult | None:
    action, now = question.action, question.now
    if action.stage is Stage.ASKED:
        return None
    last = action.votes[-1] if action.votes else None
    if action.stage is Stage.EXPIRED:
        return _refused(question, _expired(question), HoldReason.EXPIRED)
    if action.stage is Stage.PLANNED:
        return _refused(question, "Kedge did not ask for its approval yet")
    if last is not None and (action.stage.is_approved or action.stage is Stage.REJECTED):
        why = f"it is already {_SAID[last.answer]}, by {last.by} at {format_clock(last.at, now)}; it is {action.stage} now"
        return _refused(question, why)
    return _refused(question, f"it needs no approval: it is {action.stage} since {format_clock(action.changed, now)}")


def _late(question: _Question, _vote: Vote) -> VoteResult | None:
    is_late = question.now >= expiry(question.action)
    return _refused(question, _expired(question), HoldReason.EXPIRED) if is_late else None


def _nameless(question: _Question, vote: Vote) -> VoteResult | None:
    return None if vote.by else _refused(question, "the answer does not say whose it is")


def _stranger(question: _Question, vote: Vote) -> VoteResult | None:
    why = question.why_not(vote)
    return None if why is None else _refused(question, why)


def _own(question: _Question, vote: Vote) -> VoteResult | None:
    requesters = question.action.requesters
    if vote.answer is Answer.REJECT or not requesters:
        return None
    names = ", ".join(requesters)
    if any(same_person(vote.by, each, question.sessions) for each in requesters):
        return _refused(question, f"{names} asked for it, and who asks does not approve: another approver has to")
    if question.proves(vote):
        return None
    why = f"{names} asked for it, and AWS does not confirm that {vote.by} is another person: {COMMAND}"
    return _refused(question, why)


def _unfounded(question: _Question, vote: Vote) -> VoteResult | None:
    if vote.answer is Answer.REJECT and not vote.reason.strip():
        return _refused(question, "a rejection needs a reason: say in a few words why not")
    return None


def _twice(question: _Question, vote: Vote) -> VoteResult | None:
    votes = question.action.votes
    missing = question.missing(votes)
    if vote.answer is Answer.REJECT or missing <= 0 or question.missing((*votes, vote)) < missing:
        return None
    before = next((each for each in votes if question.same(each, vote)), None)
    if before is None:
        other = next((each for each in votes if not question.proves(each)), votes[-1])
        why = f"{vote.by} does not count beside {other.by}, since AWS confirms neither, and unconfirmed answers count once together"
    else:
        why = f"{before.by} {_SAID[before.answer]} at {format_clock(before.at, question.now)}, and counts once"
    return VoteResult(
        outcome=ApprovalOutcome.WAITING, why=f"{why}: {_more(question, votes)}", action=question.action, repeated=True
    )


def _count(question: _Question, vote: Vote) -> VoteResult:
    action, now = question.action, question.now
    voted = msgspec.structs.replace(action, votes=(*action.votes, vote))
    if vote.answer is Answer.REJECT:
        why = f"{vote.by} rejected it at {format_clock(vote.at, now)}: {vote.reason.strip()}"
        return _moved(voted, ApprovalOutcome.REJECTED, Stage.REJECTED, why, now)
    if question.missing(voted.votes) > 0:
        why = f"{vote.by} approved at {format_clock(vote.at, now)}; {_more(question, voted.votes)}"
        return _moved(voted, ApprovalOutcome.WAITING, Stage.ASKED, why, now)
    yes = ", ".join(each.by for each in voted.votes if each.answer is Answer.APPROVE and question.why_not(each) is None)
    return _moved(
        voted, ApprovalOutcome.APPROVED, Stage.APPROVED, f"approved by {yes} at {format_clock(vote.at, now)}", now
    )


def _moved(action: Action, outcome: ApprovalOutcome, stage: Stage, why: str, now: datetime) -> VoteResult:
    rejected = HoldReason.REJECTED if stage is Stage.REJECTED else action.why
    return VoteResult(outcome=outcome, why=why, action=action.moved(stage, why, now, why=rejected))


def _more(question: _Question, votes: Iterable[Vote]) -> str:
    missing = question.missing(votes)
    until = format_clock(expiry(question.action), question.now)
    return f"{missing} more {'has' if missing == 1 else 'have'} to approve by {until}"


def _expired(question: _Question) -> str:
    over = format_clock(expiry(question.action), question.now)
    return f"its time was over at {over}, and a plan that is not approved in time is rejected"


def _refused(question: _Question, why: str, why_not: HoldReason | None = None) -> VoteResult:
    return VoteResult(outcome=ApprovalOutcome.REFUSED, why=why, action=question.action, why_not=why_not)
