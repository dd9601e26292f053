"""The one place at which people decide on plans, whichever door they come through."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from msgspec import Struct

from kedge.domain.action import Action, Stage, Vote
from kedge.domain.errors import Permanent
from kedge.domain.plan import Plan
from kedge.domain.statement import Statement
from kedge.policy.compiled import Policy
from kedge.ports.actions import Actions
from kedge.ports.facts import Identity
from kedge.ports.mutations import Workflows
from kedge.remediation.approval import Judged, Outcome, judge
from kedge.remedies.asking import DECIDED
from kedge.remedies.moving import Change, Moves
from kedge.remedies.votes import Ballot
from kedge.remedies.waits import ASK

UNKNOWN: Final = "unknown"


class Decided(Struct, frozen=True, kw_only=True):
    """What came of an answer: `waiting`, `approved`, `rejected`, `refused` (it does not count) or `unknown` (no such plan), and why."""

    outcome: str
    says: str
    stage: Stage | None = None
    plan: Plan | None = None


class Approving:
    """Takes answers: counts each once, keeps what it decides, and lets the workflow go on."""

    def __init__(
        self,
        moves: Moves,
        actions: Actions,
        workflows: Workflows,
        identity: Identity | None,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        """`identity` asks AWS who answers, and is None at a door that takes no proof; `workflows` hands on what was decided.

        `policy` gives the one in force, and raises if it cannot be read: then no answer counts.
        """
        self._moves = moves
        self._actions = actions
        self._workflows = workflows
        self._identity = identity
        self._policy = policy
        self._clock = clock

    def decide(self, ballot: Ballot) -> Decided:
        """Count an answer. The same answer again changes nothing, and mends what a crash left undone.

        Raises Conflict where too many decide at once, Transient, Permanent.
        """
        if self._actions.load(ballot.digest) is None:
            says = f"there is no plan {ballot.digest}; `kedge approval list` shows those that wait for an answer"
            return Decided(outcome=UNKNOWN, says=says)
        who = None
        if ballot.proof is not None and self._identity is not None:
            try:
                who = self._identity.vouched_for(ballot.proof, Statement.answering(ballot.digest, ballot.answer))
            except Permanent as refused:
                return Decided(outcome=str(Outcome.REFUSED), says=str(refused))
        vote = Vote(
            by=who or ballot.by,
            answer=ballot.answer,
            reason=ballot.reason,
            at=self._clock(),
            door=ballot.door,
            proven=who is not None,
        )
        judged: list[Judged] = []
        action = self._moves.keep(ballot.digest, lambda action: self._count(action, vote, ballot.digest, judged))
        return self._decided(judged[-1], action)

    def _count(self, action: Action, vote: Vote, digest: str, judged: list[Judged]) -> Change | None:
        found = judge(action, vote, digest, self._clock(), self._policy().limits)
        judged.append(found)
        if found.repeated or found.outcome is Outcome.REFUSED:
            return None
        return Change(action=found.action)

    def _decided(self, judged: Judged, action: Action) -> Decided:
        if judged.outcome is not Outcome.REFUSED:
            # Also of an answer that was known: whoever gave it first may have died before anybody heard of it.
            self._moves.tell(action)
            self._go_on(action)
        return Decided(outcome=str(judged.outcome), says=judged.why, stage=action.stage, plan=action.plan)

    def _go_on(self, action: Action) -> None:
        if action.stage not in (Stage.APPROVED, Stage.REJECTED):
            return
        token = self._actions.token(action.digest, ASK)
        if token is not None:
            # Where nobody waits any more, the step that comes next finds what was decided.
            self._workflows.go_on(token, {"outcome": DECIDED[action.stage]})
