"""A roll-back that waits for an answer, kept as its workflow keeps it."""

from datetime import timedelta
from typing import Any

import msgspec

from kedge.domain.action import Action
from kedge.domain.plan import Plan, RollBack
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit
from kedge.services.workflow.ask import ASK
from tests.unit.workbench.people.conftest import Terminal

TOKEN = "AQB4-the-token-of-the-task"


def plan(terminal: Terminal, incident: str, endpoint: str = "churn-prod", to_config: str = "churn-40") -> Plan:
    """Going back to a config."""
    since = terminal.stack.now() - timedelta(hours=3)
    return Plan(
        target=terminal.stack.endpoint(endpoint),
        incident=incident,
        remedy=RemedyName.ROLL_BACK,
        doing=RollBack(from_config="churn-41", to_config=to_config, since=since),
        sentence=f"Roll {endpoint} back from churn-41 to {to_config}",
        preconditions=("churn-prod still runs churn-41", "churn-40 exists"),
        notes=("scaling is suspended during the update",),
    )


def waits(terminal: Terminal, endpoint: str = "churn-prod", **changes: Any) -> Action:
    """A plan of an endpoint's incident that waits for approval."""
    made = plan(terminal, terminal.drifts(endpoint), endpoint, changes.pop("to_config", "churn-40"))
    now = terminal.stack.now()
    action = Action(
        plan=made,
        digest=made.digest,
        monitor=Monitor.DATA_QUALITY,
        mode=Mode.APPROVAL,
        stage=Stage.ASKED,
        made=now,
        changed=now,
        asked=now,
        expires=now + timedelta(hours=4),
        requested_by="kedge",
        policy="default@3",
        says=made.sentence,
    )
    action = msgspec.structs.replace(action, **changes)
    terminal.stack.actions.keep(ActionCommit(action=action, version=0))
    terminal.stack.actions.keep_token(action.digest, TOKEN, ASK)
    return action


def now(terminal: Terminal, action: Action) -> Action:
    """An action as it is now."""
    held = terminal.stack.actions.load(action.digest)
    assert held is not None
    return held.action
