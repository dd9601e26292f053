"""Starts and wakes the workflows of remedies by the requests of decisions."""

import hashlib
from typing import Final

import msgspec

from kedge.domain.action import Action, StartWorkflow, WakeWorkflow, WorkflowRequest
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit, Actions, VersionedAction
from kedge.ports.mutations import Workflows
from kedge.services.workflow.wait_points import AGAIN, ASK, AWAIT

_SHORT: Final = 12


class WorkflowStarter:
    """Carries out the workflow requests of a decision."""

    def __init__(self, actions: Actions, workflows: Workflows) -> None:
        """Connect the ports. `actions` stores plans, `workflows` runs them."""
        self._actions = actions
        self._workflows = workflows

    def run(self, workflow_request: WorkflowRequest) -> bool:
        """Carry out a workflow request. Returns False if there is no work any more. Raises Transient, Permanent.

        A repetition changes nothing.
        """
        match workflow_request:
            case StartWorkflow():
                return self._start(unjudged(workflow_request.action))
            case WakeWorkflow():
                return self._wake(workflow_request)

    def _start(self, asked: Action) -> bool:
        held = self._actions.load(asked.digest)
        action = self._kept(asked, held)
        if action.is_over or asked.made < action.made:
            return False
        if action.stage is Stage.ASKED and asked.mode is Mode.AUTO and asked.made > action.made:
            # A roll-back is one plan for any number of requests. Its evidence is confirmed now: the question may be
            # answered.
            token = self._actions.token(action.digest, ASK)
            return token is not None and self._workflows.go_on(token, {"outcome": AGAIN})
        # An earlier request may never have begun. If it did, its name is taken, and this begins nothing.
        self._workflows.begin(action.digest, "" if action.round == 1 else str(action.round))
        return True

    def _kept(self, asked: Action, held: VersionedAction | None) -> Action:
        """Return the action to carry out. An existing one stays, unless it ended without an act and is requested again."""
        if held is None:
            return self._keep(asked, 0)
        before = held.action
        if before.stage.may_become(Stage.PLANNED) and asked.made > before.made:
            # A person who caused the plan in an earlier round still may not approve it.
            requesters = tuple(dict.fromkeys((*before.requesters, *asked.requesters)))
            anew = msgspec.structs.replace(
                asked,
                round=before.round + 1,
                requesters=requesters,
                requested_by=", ".join(requesters) or asked.requested_by,
            )
            return self._keep(anew, held.version)
        return before

    def _keep(self, action: Action, version: int) -> Action:
        try:
            self._actions.keep(ActionCommit(action=action, version=version))
        except Conflict:
            # Another worker had the same request, or an answer was lost: the stored state counts.
            held = self._actions.load(action.digest)
            if held is None:
                raise
            return held.action
        return action

    def _wake(self, wake: WakeWorkflow) -> bool:
        held = self._actions.load(wake.digest)
        if held is None:
            return False
        if held.action.is_over:
            return self._look_again(held.action, wake)
        if held.action.stage is Stage.ASKED:
            # The endpoint has changed since the approvers were asked: the question may be obsolete.
            token = self._actions.token(wake.digest, ASK)
            return token is not None and self._workflows.go_on(token, {"outcome": AGAIN})
        token = self._actions.token(wake.digest, AWAIT)
        # A workflow without a wait at this moment checks in a few minutes without being woken.
        return token is not None and self._workflows.go_on(token, {"outcome": "woken"})

    def _look_again(self, action: Action, wake: WakeWorkflow) -> bool:
        """Start another run of a workflow that is over, to check its followed package; it ends there."""
        if action.package is None:
            return False
        self._workflows.begin(action.digest, f"w{hashlib.sha256(wake.id.encode()).hexdigest()[:_SHORT]}")
        return True


def unjudged(asked: Action) -> Action:
    """Return the action of a workflow request at its start: planned, and nothing more.

    Every function that decides on signals may write a request, and intake also reads strangers' content. A request only
    names the plan to evaluate. Its stage, votes and call are not trusted. The step `plan` replaces mode, approvers and
    all other parts of the policy, before an approver is asked and before any act.

    Raises:
        Permanent: its digest is not that of its plan.
    """
    if asked.plan.digest != asked.digest:
        raise Permanent(
            f"the request names the plan {asked.digest[:12]} and holds {asked.plan.digest[:12]}: nothing is begun"
        )
    return Action(
        plan=asked.plan,
        digest=asked.digest,
        monitor=asked.monitor,
        mode=asked.mode,
        stage=Stage.PLANNED,
        made=asked.made,
        changed=asked.made,
        requested_by=asked.requested_by,
        policy=asked.policy,
        environment=asked.environment,
        says=asked.plan.sentence,
        expires_within=asked.expires_within,
        verify_within=asked.verify_within,
        approvers=asked.approvers,
        required=asked.required,
        proof=asked.proof,
    )
