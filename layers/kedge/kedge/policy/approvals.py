"""Whether a plan is approved: who said what of exactly that plan, and whether it was theirs to say, in time."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import Action, Answer, Stage, Vote
from kedge.domain.remedy import Refusal
from kedge.policy.moments import said
from kedge.policy.principals import fits, identities, same_person

_SAID: Final = {Answer.APPROVE: "approved", Answer.REJECT: "rejected"}
_AFTER_YES: Final = frozenset(
    {Stage.APPROVED, Stage.ACTING, Stage.ACTED, Stage.VERIFIED, Stage.FAILED, Stage.UNVERIFIED}
)


class Outcome(StrEnum):
    """What an answer does."""

    WAITING = "waiting"  # it counts, and more people have to approve
    APPROVED = "approved"
    REJECTED = "rejected"
    REFUSED = "refused"  # it does not count


class Judged(Struct, frozen=True, kw_only=True):
    """What an answer does, and why in one sentence.

    `action` has the vote, and the stage to which it brings it; it is as it was where the answer does not count, or was given before
    (`repeated`). `why_not` is set where the plan itself is why it does not count: it is stale, or its time is over.
    """

    outcome: Outcome
    why: str
    action: Action
    repeated: bool = False
    why_not: Refusal | None = None


def expiry(action: Action) -> datetime:
    """Until when an action may be approved."""
    return action.expires or (action.asked or action.made) + timedelta(seconds=action.expires_within)


def judge(action: Action, vote: Vote, digest: str, now: datetime) -> Judged:
    """What one person's answer to the plan of this digest does to an action, now. A vote from the future is given now.

    Who asked for a plan never approves it, but may take it back by rejecting. One rejection rejects, also by somebody who approved before;
    a second approval by the same person is none.
    """
    vote = msgspec.structs.replace(vote, by=vote.by.strip(), at=min(vote.at, now))
    for look in (_stale, _again, _decided, _late, _nobody, _stranger, _own, _unfounded, _twice):
        if (judged := look(action, vote, digest, now)) is not None:
            return judged
    return _count(action, vote, now)


def _stale(action: Action, _vote: Vote, digest: str, _now: datetime) -> Judged | None:
    if digest == action.digest == action.plan.digest:
        return None
    why = (
        f"the plan that was answered ({digest[:12]}) is not the one that would be carried out ({action.digest[:12]}):"
        f" look at that one. {action.plan.sentence}"
    )
    return _refused(action, why, Refusal.STALE)


def _again(action: Action, vote: Vote, _digest: str, now: datetime) -> Judged | None:
    """An answer that came twice, by the same person, is as good as the first."""
    before = next((each for each in action.votes if _same(each, vote) and each.answer is vote.answer), None)
    if before is None:
        return None
    outcomes = {Answer.REJECT: (Stage.REJECTED,), Answer.APPROVE: tuple(_AFTER_YES)}
    if action.stage not in outcomes[vote.answer]:
        return None
    outcome = Outcome.APPROVED if vote.answer is Answer.APPROVE else Outcome.REJECTED
    why = f"{before.by} {_SAID[vote.answer]} it already, at {said(before.at, now)}"
    return Judged(outcome=outcome, why=why, action=action, repeated=True)


def _decided(action: Action, _vote: Vote, _digest: str, now: datetime) -> Judged | None:
    if action.stage is Stage.ASKED:
        return None
    last = action.votes[-1] if action.votes else None
    if action.stage is Stage.EXPIRED:
        return _refused(action, _expired(action, now), Refusal.EXPIRED)
    if action.stage is Stage.PLANNED:
        return _refused(action, "nobody is asked to approve it yet")
    if last is not None and (action.stage in _AFTER_YES or action.stage is Stage.REJECTED):
        why = f"it is already {_SAID[last.answer]}, by {last.by} at {said(last.at, now)}; it is {action.stage} now"
        return _refused(action, why)
    return _refused(action, f"nobody has to approve it: it is {action.stage} since {said(action.changed, now)}")


def _late(action: Action, _vote: Vote, _digest: str, now: datetime) -> Judged | None:
    return _refused(action, _expired(action, now), Refusal.EXPIRED) if now >= expiry(action) else None


def _nobody(action: Action, vote: Vote, _digest: str, _now: datetime) -> Judged | None:
    if not vote.by:
        return _refused(action, "the answer does not say whose it is")
    if action.proof and not vote.proven:
        why = f"the policy asks for proof, and AWS does not vouch that this is {vote.by}: answer with `kedge approval`"
        return _refused(action, why)
    return None


def _stranger(action: Action, vote: Vote, _digest: str, _now: datetime) -> Judged | None:
    if not action.approvers or any(fits(pattern, vote.by) for pattern in action.approvers):
        return None
    return _refused(action, f"{vote.by} is not among the approvers: {', '.join(action.approvers)}")


def _own(action: Action, vote: Vote, _digest: str, _now: datetime) -> Judged | None:
    if vote.answer is Answer.REJECT or not same_person(vote.by, action.requested_by):
        return None
    return _refused(action, f"{action.requested_by} asked for it, and who asks does not approve: somebody else has to")


def _unfounded(action: Action, vote: Vote, _digest: str, _now: datetime) -> Judged | None:
    if vote.answer is Answer.REJECT and not vote.reason.strip():
        return _refused(action, "a rejection needs a reason: say in a few words why not")
    return None


def _twice(action: Action, vote: Vote, _digest: str, now: datetime) -> Judged | None:
    before = next((each for each in action.votes if _same(each, vote)), None)
    if before is None or vote.answer is Answer.REJECT:
        return None
    why = f"{before.by} {_SAID[before.answer]} at {said(before.at, now)}, and counts once: {_more(action, now)}"
    return Judged(outcome=Outcome.WAITING, why=why, action=action, repeated=True)


def _count(action: Action, vote: Vote, now: datetime) -> Judged:
    voted = msgspec.structs.replace(action, votes=(*action.votes, vote))
    if vote.answer is Answer.REJECT:
        why = f"{vote.by} rejected it at {said(vote.at, now)}: {vote.reason.strip()}"
        return _moved(voted, Outcome.REJECTED, Stage.REJECTED, why, now)
    if _missing(voted) > 0:
        why = f"{vote.by} approved at {said(vote.at, now)}; {_more(voted, now)}"
        return _moved(voted, Outcome.WAITING, Stage.ASKED, why, now)
    yes = ", ".join(each.by for each in voted.votes if each.answer is Answer.APPROVE)
    return _moved(voted, Outcome.APPROVED, Stage.APPROVED, f"approved by {yes} at {said(vote.at, now)}", now)


def _moved(action: Action, outcome: Outcome, stage: Stage, why: str, now: datetime) -> Judged:
    rejected = Refusal.REJECTED if stage is Stage.REJECTED else action.why
    moved = msgspec.structs.replace(action, stage=stage, changed=now, says=why, why=rejected)
    return Judged(outcome=outcome, why=why, action=moved)


def _more(action: Action, now: datetime) -> str:
    missing = _missing(action)
    return f"{missing} more {'has' if missing == 1 else 'have'} to approve by {said(expiry(action), now)}"


def _missing(action: Action) -> int:
    """How many people have still to approve. One person counts once, by however many names."""
    seen: list[frozenset[str]] = []
    for each in action.votes:
        who = identities(each.by)
        if each.answer is Answer.APPROVE and all(who.isdisjoint(other) for other in seen):
            seen.append(who)
    return max(1, action.required) - len(seen)


def _same(one: Vote, other: Vote) -> bool:
    return same_person(one.by, other.by)


def _expired(action: Action, now: datetime) -> str:
    return f"its time was over at {said(expiry(action), now)}, and what nobody approved in time is rejected"


def _refused(action: Action, why: str, why_not: Refusal | None = None) -> Judged:
    return Judged(outcome=Outcome.REFUSED, why=why, action=action, why_not=why_not)
