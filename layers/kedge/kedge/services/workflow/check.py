"""The last check before the act: approval, preconditions and limits again, and the act's place under the limits."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.decision import RemedyHeld, RemedySelected
from kedge.domain.errors import Transient
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.remediation.approval import why_unapproved
from kedge.services.workflow.plan import refused
from kedge.services.workflow.replan import PASSING, Replanner
from kedge.services.workflow.transitions import Transition, Transitions, waiting
from kedge.services.workflow.wait_points import open_question


class CheckOutcome(Struct, frozen=True, kw_only=True):
    """The result of the step: `act`, `refused`, `later` or `observe`, and its remedy."""

    outcome: str
    remedy: RemedyName


class CheckTask:
    """The step `check`."""

    def __init__(self, moves: Transitions, judge: Replanner, clock: Callable[[], datetime]) -> None:
        """Connect the ports. `judge` makes the plan again."""
        self._moves = moves
        self._judge = judge
        self._clock = clock

    def check(self, digest: str) -> CheckOutcome:
        """Permit the act, or not. Raises Permanent; Transient if the refusal could not be reported."""
        held = self._moves.load(digest).action
        if held.stage is Stage.APPROVED:
            # The worker that approved it may have died before its notification.
            self._moves.tell(held)
        waits: list[RemedyHeld] = []
        try:
            action = self._moves.move(digest, lambda action: self._decide(action, waits))
        except Transient as error:
            if not self._judge.late(held) or held.called is not None:
                return CheckOutcome(outcome="later", remedy=held.plan.remedy)
            says = f"what has to be known could not be read in time: {error}"
            action = self._moves.move(digest, lambda action: self._refusal(action, HoldReason.UNREADABLE, says))
        outcome = "later" if waits else action.stage.answers.check
        # The act itself has stopped calling: the result of its calls must be observed.
        if action.stage is Stage.ACTING and action.deadline is not None:
            outcome = "observe"
        return CheckOutcome(outcome=outcome, remedy=action.plan.remedy)

    def _decide(self, action: Action, waits: list[RemedyHeld]) -> Transition | None:
        waits.clear()
        if not action.stage.may_become(Stage.REFUSED) or action.called is not None:
            # A possible act is not evaluated by its own changes: the act checks by itself.
            return None
        if (why := self._unapproved(action)) is not None:
            return Transition(action=refused(action, why, self._clock()))
        judgement = self._judge.judge(action)
        verdict = judgement.verdict
        if isinstance(verdict, RemedySelected) and verdict.mode is not Mode.AUTO and action.mode is Mode.AUTO:
            says = "it was to be done by itself, and has to be approved now"
            verdict = RemedyHeld(remedy=action.plan.remedy, why=HoldReason.STALE, says=says)
        if isinstance(verdict, RemedyHeld):
            if verdict.why in PASSING and not self._judge.late(action):
                waits.append(verdict)
                return waiting(action, verdict)
            return Transition(action=refused(action, verdict, self._clock()))
        if action.stage is Stage.ACTING:
            return None
        acting = action.moved(Stage.ACTING, f"it is carried out now: {action.plan.sentence}", self._clock())
        register = self._moves.reserved(judgement.register, acting)
        return Transition(action=acting, register=register, version=judgement.version, forgets=(open_question(action),))

    def _refusal(self, action: Action, why: HoldReason, says: str) -> Transition | None:
        if not action.stage.may_become(Stage.REFUSED) or action.called is not None:
            return None
        verdict = RemedyHeld(remedy=action.plan.remedy, why=why, says=says)
        return Transition(action=refused(action, verdict, self._clock()))

    def _unapproved(self, action: Action) -> RemedyHeld | None:
        remedy = action.plan.remedy
        why = why_unapproved(action, self._judge.limits()) if action.mode is not Mode.AUTO else None
        if why is not None:
            says = f"it is not approved by the rules that hold now: {why}"
            return RemedyHeld(remedy=remedy, why=HoldReason.STALE, says=says)
        if self._judge.late(action):
            says = "it could not be carried out in time, and what was decided then may not hold any more"
            return RemedyHeld(remedy=remedy, why=HoldReason.EXPIRED, says=says)
        return None
