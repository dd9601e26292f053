"""Plans under way, without the decisions and the workflow behind them."""

from datetime import datetime, timedelta

from kedge.domain.action import Action, ActionRecord, ActionRegister
from kedge.domain.plan import Plan, RollBack
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.domain.target import Target
from kedge.ports.actions import ActionCommit, Actions
from tests.support.ledgers import MONITOR, NOW
from tests.support.stories import CHURN


def action(
    target: Target = CHURN, *, stage: Stage = Stage.PLANNED, made: datetime = NOW, to: str = "churn-40"
) -> Action:
    """A roll-back of an endpoint."""
    plan = Plan(
        target=target,
        incident="i-1",
        remedy=RemedyName.ROLL_BACK,
        doing=RollBack(from_config="churn-41", to_config=to, since=NOW - timedelta(hours=3)),
        sentence=f"Roll {target.name} back from churn-41 to {to}.",
    )
    return Action(
        plan=plan,
        digest=plan.digest,
        monitor=MONITOR,
        mode=Mode.APPROVAL,
        stage=stage,
        made=made,
        changed=made,
        requested_by="kedge",
    )


def taken(of: Action) -> ActionRecord:
    """An action as the register has it."""
    return ActionRecord(
        digest=of.digest,
        target=str(of.plan.target),
        remedy=of.plan.remedy,
        stage=of.stage,
        at=of.changed,
        incident=of.plan.incident,
    )


def first_step(of: Action) -> ActionCommit:
    """That an action is there from now on, and nothing else."""
    return ActionCommit(action=of, version=0)


def next_step(actions: Actions, after: Action, **more: object) -> ActionCommit:
    """The action as it is to be, over what is known of it; with what else the step changes."""
    held = actions.load(after.digest)
    if held is None:
        return ActionCommit(action=after, version=0, **more)  # type: ignore[arg-type]
    cast = after.votes[len(held.action.votes) :]
    return ActionCommit(action=after, version=held.version, cast=cast, written=held.written, **more)  # type: ignore[arg-type]


def reserving(actions: Actions, of: Action) -> ActionCommit:
    """A step that also puts its action into the register, over what the register holds now."""
    register, version = actions.register(of.plan.target)
    more = ActionRegister(taken=(*register.taken, taken(of)), endpoints=register.endpoints)
    return next_step(actions, of, register=more, register_version=version)
