"""Moves an action from stage to stage: kept first, over the version that was read, and told afterwards.

A crash between the two is mended by whoever does the step again: it finds the stage there, and tells it. The ring knows what it
has heard before by the signal's id, which is made of digest and stage.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.action import Action, ActionRecord, ActionRegister, Efficacy
from kedge.domain.decision import RemedyHeld
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.plan import Invoke, Retrain, RollBack
from kedge.domain.remedy import Mode
from kedge.domain.signal import ActionMoved, AnySignal
from kedge.domain.stage import Stage
from kedge.policy.compiled import Policy
from kedge.ports.actions import ActionCommit, Actions, VersionedAction
from kedge.remediation.limits import kept_for, reserve


def action_moved(action: Action, *, reminder: bool = False) -> ActionMoved:
    """The signal that an action stands where it stands: the same, whoever tells it, and however often."""
    name = f"{named(action)}/{action.stage}"
    votes = action.votes if action.stage.shows_votes and not reminder else ()
    if reminder:
        name = f"{name}/reminder"
    elif votes and action.stage is Stage.ASKED:
        name = f"{name}/{len(votes)}"
    elif action.stage is Stage.ACTING and action.deadline is not None:
        name = f"{name}/unknown"
    elif action.why is not None and action.stage.can_wait:
        name = f"{name}/{action.why}"
    return ActionMoved(
        id=name,
        at=action.reminded or action.changed if reminder else action.changed,
        target=action.plan.target,
        incident=action.plan.incident,
        monitor=action.monitor,
        digest=action.digest,
        stage=action.stage,
        says=action.says,
        why=action.why,
        by=votes[-1].by if votes else None,
        comment=votes[-1].reason if votes else "",
        until=_until(action),
        reminder=reminder,
    )


def named(action: Action) -> str:
    """How the signals of an action begin: by its digest, and which time it was taken up where that was not the first."""
    return f"action/{action.digest}" if action.round == 1 else f"action/{action.digest}.{action.round}"


def _until(action: Action) -> datetime | None:
    match action.stage:
        case Stage.ASKED if action.expires is not None:
            return action.expires
        case Stage.ACTING | Stage.ACTED if action.deadline is not None:
            return action.deadline
        case Stage.PLANNED | Stage.APPROVED | Stage.ACTING:
            return action.changed + timedelta(seconds=action.expires_within)
        case _:
            return action.until


ATTEMPTS: Final = 10
"""As often a change is decided anew because somebody else was first; then it is left to the workflow, which waits between."""

type Settle = Callable[[AnySignal], object]


class Transition(Struct, frozen=True, kw_only=True):
    """What a step makes of an action. `register` and its version are those on which it was decided, if it was on them."""

    action: Action
    register: ActionRegister | None = None
    version: int = 0
    efficacy: Efficacy | None = None
    awaits: tuple[str, ...] = ()
    forgets: tuple[str, ...] = ()


type Decide = Callable[[Action], Transition | None]


class Transitions:
    """The one way in which an action changes."""

    def __init__(
        self, actions: Actions, settle: Settle, policy: Callable[[], Policy], clock: Callable[[], datetime]
    ) -> None:
        """`settle` takes a signal into the ring (`Intake.settle`); `policy` gives the one in force."""
        self._actions = actions
        self._settle = settle
        self._policy = policy
        self._clock = clock

    def load(self, digest: str) -> VersionedAction:
        """An action as it is now. Raises Permanent where there is none, Transient."""
        held = self._actions.load(digest)
        if held is None:
            raise Permanent(f"there is no plan {digest}")
        return held

    def move(self, digest: str, decide: Decide) -> Action:
        """Keep what `decide` makes of an action, and tell where it stands then, also where `decide` leaves it as it is.

        `decide` is asked again where somebody else changed action or register since. Raises Conflict where that goes on,
        Transient, Permanent.
        """
        action = self.keep(digest, decide)
        self.tell(action)
        return action

    def keep(self, digest: str, decide: Decide) -> Action:
        """As `move`, and nobody hears of it."""
        for attempt in range(1, ATTEMPTS + 1):
            held = self.load(digest)
            change = decide(held.action)
            if change is None:
                return held.action
            try:
                self._actions.keep(self._step(held, change))
            except Conflict:
                if attempt == ATTEMPTS:
                    raise
            else:
                return change.action
        raise AssertionError("the last attempt returns or raises")

    def keep_over(self, held: VersionedAction, action: Action) -> VersionedAction:
        """Keep an action over the very version that was read. Raises Conflict, Transient, Permanent."""
        self._actions.keep(self._step(held, Transition(action=action)))
        return VersionedAction(action, held.version + 1, held.written)

    def tell(self, action: Action, *, reminder: bool = False) -> None:
        """Say in the ring where an action stands. Raises Transient, Permanent."""
        self._settle(action_moved(action, reminder=reminder))

    def reserved(self, register: ActionRegister, action: Action) -> ActionRegister:
        """A register with an action as it is, and without what no limit counts any more."""
        before = next((each for each in register.taken if each.digest == action.digest), None)
        taken = msgspec.structs.replace(taken_of(action), votes_apart=before is None or before.votes_apart)
        return reserve(register, taken, self._clock(), kept_for(self._policy()))

    def permitted(self, action: Action) -> bool:
        """Whether the last look before the act let a plan pass: it alone gives an act its place in the register. Raises Transient, Permanent."""
        taken = self._actions.register(action.plan.target)[0].taken
        return any(each.digest == action.digest and each.stage is Stage.ACTING for each in taken)

    def _step(self, held: VersionedAction, change: Transition) -> ActionCommit:
        action, register, version = change.action, change.register, change.version
        held.action.stage.check_move(action.stage)
        # What ends without having been permitted frees its place by its end: who approves and rejects may not write the register.
        if (
            register is None
            and _counts(held.action) != _counts(action)
            and (held.action.stage.is_done or action.stage.is_done)
        ):
            known, version = self._actions.register(action.plan.target)
            if action.stage.is_done or any(each.digest == action.digest for each in known.taken):
                register = self.reserved(known, action)
        return ActionCommit(
            action=action,
            version=held.version,
            cast=action.votes[len(held.action.votes) :],
            written=held.written,
            register=register,
            register_version=version,
            efficacy=change.efficacy,
            awaits=change.awaits,
            forgets=change.forgets,
        )


def taken_of(action: Action) -> ActionRecord:
    """An action as limits see it."""
    doing = action.plan.doing
    return ActionRecord(
        digest=action.digest,
        target=str(action.plan.target),
        remedy=action.plan.remedy,
        # What is about to be asked is a question like one that has been.
        stage=Stage.ASKED if action.stage is Stage.PLANNED and action.mode is Mode.APPROVAL else action.stage,
        at=action.called or (action.changed if action.stage.is_done else action.made),
        incident=action.plan.incident,
        said=action.said,
        using=doing.using if isinstance(doing, Retrain | Invoke) else "",
        source=doing.from_config if isinstance(doing, RollBack) else "",
        destination=doing.to_config if isinstance(doing, RollBack) else "",
    )


def waiting(action: Action, verdict: RemedyHeld) -> Transition | None:
    """Say once for each reason that an action waits, and for what; None if that was said."""
    if action.why is verdict.why:
        return None
    return Transition(action=msgspec.structs.replace(action, why=verdict.why, says=f"it waits: {verdict.says}"))


def _counts(action: Action) -> tuple[bool, bool, bool]:
    # What was permitted may wait for long until it is called, and counts from then on.
    return action.stage.is_done, action.stage is Stage.ACTING, action.is_over
