"""Whether a plan is approved: who said what of exactly that plan, and whether it was theirs to say, in time."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import Action, Answer, Vote
from kedge.domain.remedy import HoldReason, Sessions
from kedge.domain.stage import Stage
from kedge.formatting import format_clock
from kedge.policy.compiled import Limits
from kedge.remediation.approval_rules import COMMAND, Terms, people, sessions_of
from kedge.remediation.approvers import same_person

_SAID: Final = {Answer.APPROVE: "approved", Answer.REJECT: "rejected"}


class ApprovalOutcome(StrEnum):
    """What an answer does."""

    WAITING = "waiting"  # it counts, and more people have to approve
    APPROVED = "approved"
    REJECTED = "rejected"
    REFUSED = "refused"  # it does not count


class VoteResult(Struct, frozen=True, kw_only=True):
    """What an answer does, and why in one sentence.

    `action` has the vote, and the stage to which it brings it; it is as it was where the answer does not count, or was given before
    (`repeated`). `why_not` is set where the plan itself is why it does not count: it is stale, or its time is over.
    """

    outcome: ApprovalOutcome
    why: str
    action: Action
    repeated: bool = False
    why_not: HoldReason | None = None


class _Question(Struct, frozen=True, kw_only=True):
    """A plan that is answered: by the rules at its question and by those of the policy in force. The stricter of both decides."""

    action: Action
    digest: str
    now: datetime
    rules: tuple[Terms, ...]

    @property
    def sessions(self) -> Sessions:
        """Whether a role's sessions are persons."""
        return sessions_of(self.rules)

    def why_not(self, vote: Vote) -> str | None:
        """Return why an answer does not count; None if it does."""
        return next((why for terms in self.rules if (why := terms.why_not(vote)) is not None), None)

    def proves(self, vote: Vote) -> bool:
        """Return whether AWS confirms who answers, by both rules."""
        return all(terms.proves(vote) for terms in self.rules)

    def same(self, one: Vote, other: Vote) -> bool:
        """Return whether two answers may be the same person's."""
        return same_person(one.by, other.by, self.sessions)

    def missing(self, votes: Iterable[Vote]) -> int:
        """Return how many people have still to approve."""
        yes = (each for each in votes if each.answer is Answer.APPROVE and self.why_not(each) is None)
        return max(each.required for each in self.rules) - people(yes, self.rules)


def expiry(action: Action) -> datetime:
    """Until when an action may be approved."""
    return action.expires or (action.asked or action.made) + timedelta(seconds=action.expires_within)


def judge(action: Action, vote: Vote, digest: str, now: datetime, limits: Limits) -> VoteResult:
    """Return what one person's answer to the plan of this digest does to an action, now. A vote from the future is given now.

    `limits` are those of the policy in force: if they are stricter than the rules at the question, they decide. A person who caused the
    plan never approves it, but may take it back by rejecting. One rejection rejects, also by a person who approved before; a second
    approval by the same person is none.
    """
    vote = msgspec.structs.replace(vote, by=vote.by.strip(), at=min(vote.at, now))
    question = _Question(action=action, digest=digest, now=now, rules=(Terms.of(action), Terms.of(limits)))
    for look in (_stale, _again, _decided, _late, _nameless, _stranger, _own, _unfounded, _twice):
        if (judged := look(question, vote)) is not None:
            return judged
    return _count(question, vote)


def why_unapproved(action: Action, limits: Limits) -> str | None:
    """Return why the votes of an action, each at the time when it was given, do not approve exactly its plan; None if they do."""
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
    """An answer that came twice, by the same person, is as good as the first."""
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
        return _refused(question, "Kedge has not asked for its approval yet")
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
