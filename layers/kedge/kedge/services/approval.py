"""The one place of decisions on plans, for all entry points."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from kedge.domain.action import Action, Answer, Vote
from kedge.domain.errors import MalformedSignal, Permanent
from kedge.domain.plan import Plan
from kedge.domain.stage import Stage
from kedge.domain.statement import Statement
from kedge.policy.compiled import Policy
from kedge.ports.actions import Actions
from kedge.ports.facts import IdentityProvider
from kedge.ports.mutations import Workflows
from kedge.remediation.approval import ApprovalOutcome, VoteResult, judge
from kedge.remediation.approvers import CHAT
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.wait_points import ASK

FUNCTION: Final = "lambda"
"""The entry point of all callers of the approve function. Only the chat's own function counts as the chat."""

_CHAT_REASON: Final = "no reason was given in the chat"
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_PLAN: Final = frozenset({"digest", "action", "decision", "reason"})
_FIELDS: Final = _PLAN | {"by", "proof"}
_SHOWN: Final = 50
_LONGEST: Final = {"by": 1_024, "reason": 1_000}


class ApprovalRequest(Struct, frozen=True, kw_only=True):
    """An approver's answer to a plan. `proof` lets AWS confirm the approver; None without a proof."""

    digest: str
    answer: Answer
    by: str
    reason: str = ""
    proof: Mapping[str, object] | None = None
    entry_point: str = FUNCTION


def ballot_of(event: object) -> ApprovalRequest:
    """Return the answer in `{"digest" (or "action"), "decision", "by", "reason", "proof"}`, or in a short one.

    The short one is `{"approve" (or "reject"): <digest>, "by"}`. Raises MalformedSignal with the field and its fix.
    """
    event = _known(event, _FIELDS)
    proof = event.get("proof")
    if proof is not None and not isinstance(proof, Mapping):
        raise MalformedSignal("$.proof", "must be the object that `kedge approval` makes, or be left out")
    return ApprovalRequest(
        digest=_digest(event),
        answer=_answer(event),
        by=_by(event, proven=proof is not None),
        reason=_text(event, "reason"),
        proof=proof,
    )


def chat_ballot_of(event: object) -> ApprovalRequest:
    """Return the answer in `{"approve" (or "reject"): <digest>, "reason"}`, as a chat button sends it.

    Its identity is the chat's: Lambda does not report which person pressed the button, so no caller may state it.
    Raises MalformedSignal.
    """
    event = _known(event, _PLAN)
    return ApprovalRequest(
        digest=_digest(event),
        answer=_answer(event),
        by=CHAT,
        # A button has no room for a reason, and a rejection must never be lost.
        reason=_text(event, "reason") or _CHAT_REASON,
        entry_point=CHAT,
    )


def _known(event: object, fields: frozenset[str]) -> Mapping[str, Any]:
    if not isinstance(event, Mapping):
        raise MalformedSignal("$", 'must be an object such as {"digest": "…", "decision": "approve"}')
    event = _spelled_out(event)
    for name, value in event.items():
        if name not in fields:
            raise MalformedSignal(
                f"$.{_shown(name)}", f"is not known: an answer at this entry point has {', '.join(sorted(fields))}"
            )
        _must_be_writable(name, value)
    return event


def _must_be_writable(name: str, value: object) -> None:
    """Refuse a value that requests, tables or answers cannot hold, before any of them receives it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        why = "holds half of a surrogate pair, which no text can hold: leave the character out"
        raise MalformedSignal(f"$.{name}", why) from error
    except (RecursionError, TypeError, ValueError) as error:
        raise MalformedSignal(
            f"$.{name}", "nests too deep, or holds what is not JSON: send what JSON can hold"
        ) from error


def _shown(name: str) -> str:
    """Return the beginning of a name that a caller chose, in printable letters."""
    return "".join(letter if letter.isprintable() else "?" for letter in name[:_SHOWN])


def _spelled_out(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a short answer in full. A button's command may have 100 characters: a digest and two names fill them."""
    short = [answer for answer in Answer if answer in event]
    if not short:
        return event
    if len(short) > 1 or event.keys() & {"digest", "action", "decision"}:
        raise MalformedSignal(f"$.{short[-1]}", "says it a second time: give one answer to one plan")
    (answer,) = short
    rest = {name: value for name, value in event.items() if name != answer}
    return {"digest": event[answer], "decision": answer, **rest}


def _digest(event: Mapping[str, Any]) -> str:
    given = {name: event[name] for name in ("digest", "action") if name in event}
    if not given:
        raise MalformedSignal("$.digest", "is missing: the 64 digits that the message and `kedge approval list` show")
    for name, value in given.items():
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            why = (
                "must be all 64 hexadecimal digits of the plan, in small letters: what is approved is exactly that plan"
            )
            raise MalformedSignal(f"$.{name}", why)
    if len(set(given.values())) > 1:
        raise MalformedSignal("$.action", "names another plan than $.digest: give one of the two")
    return str(next(iter(given.values())))


def _answer(event: Mapping[str, Any]) -> Answer:
    decision = event.get("decision")
    if decision not in tuple(Answer):
        missing = "is missing" if decision is None else "is neither of the two"
        raise MalformedSignal("$.decision", f"{missing}: say approve or reject")
    return Answer(decision)


def _by(event: Mapping[str, Any], *, proven: bool) -> str:
    by = _text(event, "by")
    if not by and not proven:
        raise MalformedSignal(
            "$.by", "is missing: say who decides, by the name under which the policy's approvers know them"
        )
    return by


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedSignal(f"$.{name}", f"must be text, not {type(value).__name__}")
    if len(value) > _LONGEST[name]:
        raise MalformedSignal(f"$.{name}", f"has {len(value)} characters; {_LONGEST[name]} are the most")
    if not value.isprintable():
        raise MalformedSignal(f"$.{name}", "has a line break or another character that cannot be seen: leave it out")
    return value.strip()


UNKNOWN: Final = "unknown"


class Decided(Struct, frozen=True, kw_only=True):
    """The result of an answer: `waiting`, `approved`, `rejected`, `refused` (it does not count) or `unknown`, and why.

    `unknown` means that there is no such plan.
    """

    outcome: str
    says: str
    stage: Stage | None = None
    plan: Plan | None = None


class Approvals:
    """Accepts answers: counts each once, stores the decision, and continues the workflow."""

    def __init__(
        self,
        moves: Transitions,
        actions: Actions,
        workflows: Workflows,
        identity: IdentityProvider | None,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. `identity` asks AWS who answers; None for an entry point without proofs.

        `workflows` receives the decisions. `policy` returns the active one, and raises if it cannot be read: then no
        answer counts.
        """
        self._moves = moves
        self._actions = actions
        self._workflows = workflows
        self._identity = identity
        self._policy = policy
        self._clock = clock

    def decide(self, ballot: ApprovalRequest) -> Decided:
        """Count an answer. A repetition changes nothing, and completes what a crash left undone.

        Raises:
            Conflict: too many people decide at once.
            Transient: try again later.
            Permanent: a port refused.
        """
        if self._actions.load(ballot.digest) is None:
            says = f"there is no plan {ballot.digest}; `kedge approval list` shows those that wait for an answer"
            return Decided(outcome=UNKNOWN, says=says)
        who = None
        if ballot.proof is not None and self._identity is not None:
            try:
                who = self._identity.vouched_for(ballot.proof, Statement.answering(ballot.digest, ballot.answer))
            except Permanent as refused:
                return Decided(outcome=str(ApprovalOutcome.REFUSED), says=str(refused))
        vote = Vote(
            by=who or ballot.by,
            answer=ballot.answer,
            reason=ballot.reason,
            at=self._clock(),
            entry_point=ballot.entry_point,
            proven=who is not None,
        )
        judged: list[VoteResult] = []
        action = self._moves.keep(ballot.digest, lambda action: self._count(action, vote, ballot.digest, judged))
        return self._decided(judged[-1], action)

    def _count(self, action: Action, vote: Vote, digest: str, judged: list[VoteResult]) -> Transition | None:
        found = judge(action, vote, digest, self._clock(), self._policy().limits)
        judged.append(found)
        if found.repeated or found.outcome is ApprovalOutcome.REFUSED:
            return None
        return Transition(action=found.action)

    def _decided(self, judged: VoteResult, action: Action) -> Decided:
        if judged.outcome is not ApprovalOutcome.REFUSED:
            # This also applies to a repeated answer: its first attempt may have died before its notification.
            self._moves.tell(action)
            self._go_on(action)
        return Decided(outcome=str(judged.outcome), says=judged.why, stage=action.stage, plan=action.plan)

    def _go_on(self, action: Action) -> None:
        decided = action.stage.answers.ask
        if action.stage not in (Stage.APPROVED, Stage.REJECTED) or decided is None:
            return
        token = self._actions.token(action.digest, ASK)
        if token is not None:
            # If no step waits any more, the next step finds the decision.
            self._workflows.go_on(token, {"outcome": decided})
