"""The first step: makes the plan again, and reserves its place under the limits."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import Action
from kedge.domain.decision import RemedyHeld, RemedySelected
from kedge.domain.errors import Transient
from kedge.domain.remedy import HoldReason, Mode
from kedge.domain.stage import Stage
from kedge.remediation.approval import expiry
from kedge.services.workflow.model_promotion import Promotions
from kedge.services.workflow.replan import PASSING, Replanner
from kedge.services.workflow.transitions import Transition, Transitions, waiting
from kedge.services.workflow.wait_points import open_question

_ENDS_A_QUESTION: Final = frozenset(
    {
        HoldReason.ENDPOINT_CHANGED,
        HoldReason.ENDPOINT_GONE,
        HoldReason.ENDPOINT_BROKEN,
        HoldReason.CONFIG_GONE,
        HoldReason.MODEL_GONE,
        HoldReason.NO_KNOWN_GOOD,
        HoldReason.BACK_AND_FORTH,
        HoldReason.INCIDENT_OVER,
        HoldReason.STALE,
    }
)
"""The reasons that no wait and no approval changes."""

_STRICTER: Final = {Mode.DRY_RUN: 0, Mode.APPROVAL: 1, Mode.AUTO: 2}


class Planned(Struct, frozen=True, kw_only=True):
    """The result of the step: `act`, `ask`, `refused` or `later`.

    `half` and `rest` are the wait for an answer in seconds.

    `followed` says that the plan was over before, and only its result was checked.
    """

    outcome: str
    half: int
    rest: int
    followed: bool = False


class PlanTask:
    """The step `plan`."""

    def __init__(
        self, moves: Transitions, judge: Replanner, promotions: Promotions, clock: Callable[[], datetime]
    ) -> None:
        """Connect the ports. `promotions` follows the result of a plan that is already over."""
        self._moves = moves
        self._judge = judge
        self._promotions = promotions
        self._clock = clock

    def plan(self, digest: str) -> Planned:
        """Evaluate a plan that is about to begin, and reserve its place.

        Raises Permanent; Transient if it cannot be reported.
        """
        held = self._moves.load(digest).action
        if held.is_over and held.package is not None:
            self._promotions.follow(held)
            return msgspec.structs.replace(self._answer("refused", held), followed=True)
        waits: list[RemedyHeld] = []
        try:
            action = self._moves.move(digest, lambda action: self._decide(action, waits))
        except Transient as error:
            if not self._judge.late(held):
                return self._answer("later", held)
            why = str(error)
            action = self._moves.move(digest, lambda action: self._given_up(action, why))
        if waits and action.stage is Stage.PLANNED:
            return self._answer("later", action)
        # The result of an earlier try of this step went on; the following steps know how far.
        return self._answer(action.stage.answers.plan or ("act" if action.mode is Mode.AUTO else "ask"), action)

    def _decide(self, action: Action, waits: list[RemedyHeld]) -> Transition | None:
        waits.clear()
        if action.stage is Stage.ASKED:
            return self._no_question_any_more(action)
        if action.stage is not Stage.PLANNED:
            return None
        judgement = self._judge.judge(action)
        verdict = judgement.verdict
        if isinstance(verdict, RemedyHeld):
            if verdict.why in PASSING and not self._judge.late(action):
                waits.append(verdict)
                return waiting(action, verdict)
            return Transition(action=refused(action, verdict, self._clock()))
        planned = action if judgement.made is None else _anew(action, judgement.made)
        register = self._moves.reserved(judgement.register, planned)
        return Transition(action=planned, register=register, version=judgement.version)

    def _answer(self, outcome: str, action: Action) -> Planned:
        time = action.expires_within
        if action.stage is Stage.ASKED:
            # After a re-evaluation, the wait for an answer is no longer than at the request.
            time = min(time, int((expiry(action) - self._clock()).total_seconds()))
        half = max(1, time // 2)
        return Planned(outcome=outcome, half=half, rest=max(1, time - half))

    def _no_question_any_more(self, action: Action) -> Transition | None:
        """Re-evaluate an open question; most stay open.

        It ends if its action became impossible. It is answered if the policy that asked would not ask now, because its
        evidence is confirmed. Limits are counted at the approval.
        """
        judgement = self._judge.judge(action)
        verdict, made = judgement.verdict, judgement.made
        if isinstance(verdict, RemedyHeld) and verdict.why in _ENDS_A_QUESTION:
            return Transition(action=refused(action, verdict, self._clock()), forgets=(open_question(action),))
        if not isinstance(verdict, RemedySelected) or verdict.mode is not Mode.AUTO or made is None:
            return None
        if made.policy != action.policy:
            return None
        says = f"its evidence is confirmed now, and the policy lets it be done by itself: {action.plan.sentence}"
        # The last check before the act counts it under the limits.
        return Transition(action=action.moved(Stage.APPROVED, says, self._clock(), mode=Mode.AUTO))

    def _given_up(self, action: Action, error: str) -> Transition | None:
        if action.stage is not Stage.PLANNED:
            return None
        says = f"what has to be known could not be read in time: {error}"
        why = RemedyHeld(remedy=action.plan.remedy, why=HoldReason.UNREADABLE, says=says)
        return Transition(action=refused(action, why, self._clock()))


def _anew(action: Action, made: Action) -> Action:
    """Return an action as the active policy makes it, with the stricter of both modes.

    Only the plan and the time of the request are trusted. The request came through the outbox, and every function that
    decides on signals may write there. A person who caused the plan in an earlier round still may not approve it.
    """
    requesters = tuple(dict.fromkeys((*action.requesters, *made.requesters)))
    return msgspec.structs.replace(
        made,
        requesters=requesters,
        requested_by=", ".join(requesters) or made.requested_by,
        mode=min(action.mode, made.mode, key=_STRICTER.__getitem__),
        made=min(action.made, made.made),
        changed=min(action.changed, made.changed),
        round=action.round,
    )


def refused(action: Action, verdict: RemedyHeld, now: datetime) -> Action:
    """Return an action that is refused permanently."""
    return action.moved(Stage.REFUSED, verdict.says, now, why=verdict.why, until=verdict.until or verdict.look)
