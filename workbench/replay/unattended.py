"""The ledger of a stack without a workflow: a replay says what would begin, and counts it under the limits."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import override

from msgspec.structs import replace

from kedge.domain.action import Action, ActionRecord, ActionRegister, StartWorkflow
from kedge.domain.plan import Invoke, Retrain, RollBack
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.domain.target import Target
from kedge.ports.storage import Commit
from workbench.replay.ledger import MemoryLedger


class Unattended(MemoryLedger):
    """Counts a remedy that would begin automatically as under way until the deadline of its outcome.

    After that it counts as done. A question waits until it expires.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        """Connect to the clock of the replay."""
        super().__init__()
        self._clock = clock
        self._begun: list[Action] = []

    @override
    def commit(self, commit: Commit) -> None:
        if not commit.workflow_requests:
            super().commit(commit)
            return
        starts = [
            workflow_request.action
            for workflow_request in commit.workflow_requests
            if isinstance(workflow_request, StartWorkflow)
        ]
        state = commit.decision.state
        if starts and state.incident is not None and state.incident.remedy is not None:
            # No workflow reports its outcome, and that must not count as missing.
            acting = replace(state.incident.remedy, until=None)
            state = replace(state, incident=replace(state.incident, remedy=acting))
            commit = replace(commit, decision=replace(commit.decision, state=state))
        super().commit(commit)
        self._begun += starts

    @override
    def register(self, target: Target) -> ActionRegister:
        if not self._begun:
            return replace(super().register(target), taken=())
        now = self._clock()
        place = (target.account, target.region)
        begun = (each for each in self._begun if (each.plan.target.account, each.plan.target.region) == place)
        taken = (_taken(each, stage) for each in begun if (stage := _stage(each, now)) is not None)
        return replace(super().register(target), taken=tuple(taken))


def _stage(action: Action, now: datetime) -> Stage | None:
    if action.mode is Mode.APPROVAL:
        return Stage.ASKED if now < action.made + timedelta(seconds=action.expires_within) else None
    return Stage.ACTED if now < action.made + timedelta(seconds=action.verify_within) else Stage.UNVERIFIED


def _taken(action: Action, stage: Stage) -> ActionRecord:
    doing = action.plan.doing
    return ActionRecord(
        digest=action.digest,
        target=str(action.plan.target),
        remedy=action.plan.remedy,
        stage=stage,
        at=action.made,
        incident=action.plan.incident,
        using=doing.using if isinstance(doing, Retrain | Invoke) else "",
        source=doing.from_config if isinstance(doing, RollBack) else "",
        destination=doing.to_config if isinstance(doing, RollBack) else "",
    )
