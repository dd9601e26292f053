"""The act: checks, records its intent, makes the call, and records the result.

The intent is stored before the call, and the call's answer after it. If a worker finds an intent without an answer, it
checks the world first, and calls again only if no call was accepted.
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
from kedge.ports.mutations import CallResult
from kedge.services.workflow.executors import CallState, Executor, Precheck
from kedge.services.workflow.plan import refused
from kedge.services.workflow.task import Json, TaskEvent
from kedge.services.workflow.transitions import Transition, Transitions
from kedge.services.workflow.wait_points import WaitTimes, awaited

MOST_CALLS: Final = 3
"""The maximum number of calls for one plan; each repetition requires that the calls before were surely not accepted."""

BETWEEN: Final = timedelta(seconds=60)
"""How long a call may be in progress here or in another worker.

This is the timeout of the function, and the wait of the workflow.
"""


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
        """Connect the ports. `remedy` is the only one that this function carries out, `doing` its executor."""
        self._remedy = remedy
        self._doing = doing
        self._moves = moves
        self._policy = policy
        self._clock = clock

    def act(self, digest: str) -> str:
        """Carry a plan out and return `acted`, `later`, `unknown`, `refused` or `failed`.

        Raises:
            Permanent: it is not this function's plan, or it is not permitted.
            Transient: it could not be stored or reported.
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
                return self._acted(action, CallResult())
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
        """Return the outcome if the world is unreadable now. A plan without a call is the check's task.

        A called plan is checked only for as long as its verification may take.
        """
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
            # The call may have been accepted. The next try checks before it calls again, after time for it to become
            # visible.
            return "later"
        except Permanent as error:
            return self._refused(held.action, str(error))
        return self._acted(held.action, called)

    def _intent(self, held: VersionedAction, looked: Precheck) -> VersionedAction:
        """Store the intent of the call; only one worker can, and the other gets Conflict."""
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
            # This call was refused, and the result of those before is unknown.
            return self._unknown(action)
        why = RemedyHeld(remedy=self._remedy, why=HoldReason.NOT_PERMITTED, says=f"AWS refused it: {error}")
        over = msgspec.structs.replace(refused(action, why, self._clock()), called=None)
        self._moves.move(action.digest, lambda now: Transition(action=over) if now.stage is Stage.ACTING else None)
        return "refused"

    def _acted(self, action: Action, called: CallResult) -> str:
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
        """Stop calling, and leave the result to the observation."""
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
        self._pacing = WaitTimes(transitions, clock)

    def run(self, task: TaskEvent) -> Json:
        """Carry out a plan and return its outcome as data. Raises Transient, Permanent."""
        return self._pacing.paced(task.action, {"outcome": self._task.act(task.action)})
