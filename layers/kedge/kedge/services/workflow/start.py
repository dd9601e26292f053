"""Starts and wakes the workflows of remedies, as decisions ask for it."""

import hashlib
from typing import Final

import msgspec

from kedge.domain.action import Action, StartWorkflow, WakeWorkflow, WorkflowRequest
from kedge.domain.errors import Conflict, Permanent
from kedge.domain.remedy import Mode
from kedge.domain.stage import Stage
from kedge.ports.actions import ActionCommit, Actions, VersionedAction
from kedge.ports.mutations import Workflows
from kedge.services.workflow.waits import AGAIN, ASK, AWAIT

_SHORT: Final = 12


class WorkflowStarter:
    """Does what of a decision is not a message to anybody."""

    def __init__(self, actions: Actions, workflows: Workflows) -> None:
        """`actions` remembers plans, `workflows` carries them on."""
        self._actions = actions
        self._workflows = workflows

    def run(self, errand: WorkflowRequest) -> bool:
        """Do an errand; False if there is nothing to do any more. Doing it again changes nothing. Raises Transient, Permanent."""
        match errand:
            case StartWorkflow():
                return self._start(unjudged(errand.action))
            case WakeWorkflow():
                return self._wake(errand)

    def _start(self, asked: Action) -> bool:
        held = self._actions.load(asked.digest)
        action = self._kept(asked, held)
        if action.is_over or asked.made < action.made:
            return False
        if action.stage is Stage.ASKED and asked.mode is Mode.AUTO and asked.made > action.made:
            # A roll-back is one plan, however often it is asked for. Its evidence is confirmed now: is it a question still?
            token = self._actions.token(action.digest, ASK)
            return token is not None and self._workflows.go_on(token, {"outcome": AGAIN})
        # One that was asked for earlier may never have begun. Where it did, its name is taken, and this begins nothing.
        self._workflows.begin(action.digest, "" if action.round == 1 else str(action.round))
        return True

    def _kept(self, asked: Action, held: VersionedAction | None) -> Action:
        """The action as it is to be carried out: one that is there stays, unless it ended without an act and is asked for anew."""
        if held is None:
            return self._keep(asked, 0)
        before = held.action
        if before.stage.may_become(Stage.PLANNED) and asked.made > before.made:
            # Who caused the plan in an earlier round still may not approve it.
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
            # Another worker was at the same errand, or an answer was lost: what is there now counts.
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
            # The endpoint is not what it was when approvers were asked: is it a question still?
            token = self._actions.token(wake.digest, ASK)
            return token is not None and self._workflows.go_on(token, {"outcome": AGAIN})
        token = self._actions.token(wake.digest, AWAIT)
        # Whoever does not wait just now looks in a few minutes without being woken.
        return token is not None and self._workflows.go_on(token, {"outcome": "woken"})

    def _look_again(self, action: Action, wake: WakeWorkflow) -> bool:
        """The workflow is over, and what it made is still followed: another run of it looks, and ends there."""
        if action.package is None:
            return False
        self._workflows.begin(action.digest, f"w{hashlib.sha256(wake.id.encode()).hexdigest()[:_SHORT]}")
        return True


def unjudged(asked: Action) -> Action:
    """Return the action of an errand as it begins: planned, and nothing more. Raises Permanent if its digest is not that of its plan.

    Every function that decides on signals may write an errand, intake too, which reads what strangers write. An errand only says
    which plan is to be judged. No stage, vote or call of it is believed; mode, approvers and all else that the policy says are
    replaced by the step `plan`, before an approver is asked and before anything is done.
    """
    if asked.plan.digest != asked.digest:
        raise Permanent(
            f"the errand names the plan {asked.digest[:12]} and holds {asked.plan.digest[:12]}: nothing is begun"
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
