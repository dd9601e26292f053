"""The act: looks, notes what it is about to do, does it, and notes that it did.

The intent is kept before the call, and the call's answer after it. Whoever finds the intent without an answer looks at the world
first, and calls again only where that shows that no call was taken.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.action import Action
from kedge.domain.decision import RemedyHeld
from kedge.domain.errors import Busy, Permanent, Throttled, Transient
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.stage import Stage
from kedge.policy.compiled import Policy
from kedge.ports.actions import VersionedAction
from kedge.ports.mutations import Called
from kedge.services.workflow.executors import CallState, Executor, Precheck
from kedge.services.workflow.plan import refused
from kedge.services.workflow.task import Json, TaskEvent
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.waits import Pacing, awaited

MOST_CALLS: Final = 3
"""As often one plan is called, and each time only where the calls before were surely not taken."""

BETWEEN: Final = timedelta(seconds=60)
"""For so long may a call be on its way, or another worker at it: as long as the function may run, and as the workflow waits."""


class ActTask:
    """The step `act` of one function, which may do one thing."""

    def __init__(
        self,
        remedy: RemedyName,
        doing: Executor,
        moves: Transitions,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        """`remedy` is the only one that this function carries out, `doing` how."""
        self._remedy = remedy
        self._doing = doing
        self._moves = moves
        self._policy = policy
        self._clock = clock

    def act(self, digest: str) -> str:
        """Carry a plan out: `acted`, `later`, `unknown`, `refused` or `failed`.

        Raises Permanent where it is not this function's, or not permitted; Transient where it could not be kept or told.
        """
        held = self._moves.load(digest)
        action = held.action
        if action.plan.remedy is not self._remedy:
            raise Permanent(
                f"the plan {digest} is a {action.plan.remedy}, and this function carries out {self._remedy}"
            )
        if action.plan.digest != digest:
            raise Permanent(f"the action {digest} holds another plan, {action.plan.digest}: nothing is called")
        if action.stage is Stage.ACTED or action.is_over:
            self._moves.tell(action)
            return action.stage.answers.act
        if action.stage is not Stage.ACTING:
            raise Permanent(f"the plan {digest} is {action.stage}, and the act is not permitted")
        if action.deadline is not None:
            return self._unknown(action)
        try:
            looked = self._doing.look(action)
        except Transient:
            return self._unseen(action)
        return self._go(held, looked)

    def _go(self, held: VersionedAction, looked: Precheck) -> str:
        action, stopped = held.action, self._policy().limits.kill_switch
        match looked.standing:
            case CallState.TAKEN:
                return self._acted(action, Called())
            case CallState.UNCLEAR:
                return self._unknown(action)
            case CallState.NOT_NOW:
                return "later"
            case CallState.READY if action.called is None:
                return "later" if stopped else self._call(held, looked)
            case CallState.READY if self._clock() < action.changed + BETWEEN:
                return "later"
            case CallState.READY if stopped or action.attempts >= MOST_CALLS:
                return self._unknown(action)
        return self._call(held, looked)

    def _unseen(self, action: Action) -> str:
        """Nobody can look now. What was never called is the check's affair; what was is not looked for longer than it may take."""
        if action.called is None or self._clock() < action.called + timedelta(seconds=action.verify_within):
            return "later"
        return self._unknown(action)

    def _call(self, held: VersionedAction, looked: Precheck) -> str:
        if not self._moves.permitted(held.action):
            # The stage alone proves nothing: more functions may write an action than may write the register.
            raise Permanent(
                f"the plan {held.action.digest} has no place in the register, so the check did not permit it: nothing is called"
            )
        held = self._intent(held, looked)
        try:
            called = self._doing.call(held.action)
        except (Busy, Throttled):
            return self._not_taken(held)
        except Transient:
            # It may have been taken. The next try looks before it calls again, when there has been time to see it.
            return "later"
        except Permanent as error:
            return self._refused(held.action, str(error))
        return self._acted(held.action, called)

    def _intent(self, held: VersionedAction, looked: Precheck) -> VersionedAction:
        """Keep that the call is about to be made; only one worker can, and the other gets Conflict."""
        action, now, endpoint = held.action, self._clock(), looked.endpoint
        changes: dict[str, object] = {"changed": now, "attempts": action.attempts + 1}
        if action.called is None:
            changes["called"] = now
            if endpoint is not None:
                changes["counts"] = {each.name: each.count for each in endpoint.variants if each.count is not None}
                changes["capture"] = endpoint.capture
        return self._moves.keep_over(held, msgspec.structs.replace(action, **changes))

    def _not_taken(self, held: VersionedAction) -> str:
        action = held.action
        if action.attempts == 1:
            waits = msgspec.structs.replace(action, called=None, counts={}, capture=False, attempts=0)
            self._moves.keep_over(held, waits)
        return "later"

    def _refused(self, action: Action, error: str) -> str:
        if action.attempts > 1:
            # This call was refused, and of those before nobody knows.
            return self._unknown(action)
        why = RemedyHeld(remedy=self._remedy, why=HoldReason.NOT_PERMITTED, says=f"AWS refused it: {error}")
        over = msgspec.structs.replace(refused(action, why, self._clock()), called=None)
        self._moves.move(action.digest, lambda now: Transition(action=over) if now.stage is Stage.ACTING else None)
        return "refused"

    def _acted(self, action: Action, called: Called) -> str:
        now = self._clock()

        def take(held: Action) -> Transition | None:
            if not held.stage.may_become(Stage.ACTED):
                return None
            deadline = now + timedelta(seconds=held.verify_within)
            says = f"done: {held.plan.sentence}"
            acted = held.moved(Stage.ACTED, says, now, acted=now, started=called.started, deadline=deadline)
            return Transition(action=acted, awaits=awaited(acted))

        self._moves.move(action.digest, take)
        return "acted"

    def _unknown(self, action: Action) -> str:
        """Give up calling, and leave it to observation what came of it."""
        deadline = self._clock() + timedelta(seconds=action.verify_within)

        def leave(held: Action) -> Transition | None:
            if held.stage is not Stage.ACTING or held.deadline is not None:
                return None
            unknown = msgspec.structs.replace(held, deadline=deadline, says=_UNKNOWN, changed=self._clock())
            return Transition(action=unknown, awaits=awaited(unknown))

        self._moves.move(action.digest, leave)
        return "unknown"


_UNKNOWN: Final = "it was called, and AWS did not confirm the call: Kedge checks the result"


class RemedyAct:
    """The task `act` of one remedy, in a function of its own: only that function may make the call."""

    def __init__(
        self,
        remedy: RemedyName,
        executor: Executor,
        transitions: Transitions,
        policy: Callable[[], Policy],
        clock: Callable[[], datetime],
    ) -> None:
        """Compose the task for one remedy and its executor."""
        self._task = ActTask(remedy, executor, transitions, policy, clock)
        self._pacing = Pacing(transitions, clock)

    def run(self, task: TaskEvent) -> Json:
        """Carry out a plan and return its outcome as data. Raises Transient, Permanent."""
        return self._pacing.paced(task.action, {"outcome": self._task.act(task.action)})
