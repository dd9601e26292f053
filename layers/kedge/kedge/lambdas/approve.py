"""The two entry points for decisions on plans: one for the command line and other callers, one for the chat."""

import os
from collections.abc import Callable
from functools import cache
from typing import Final

import msgspec

from kedge.adapters.clients import client
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.domain.errors import MalformedSignal
from kedge.lambdas.clock import now
from kedge.lambdas.composition import home_of, workflow_dependencies
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.settings import ApproveSettings
from kedge.ports.facts import IdentityProvider
from kedge.remediation.approval import ApprovalOutcome
from kedge.services.approval import UNKNOWN, ApprovalRequest, Approvals, ballot_of, chat_ballot_of
from kedge.services.workflow.task import Json

_NOT_COUNTED: Final = (str(ApprovalOutcome.REFUSED), UNKNOWN)


class ApproveFunction:
    """The handler that takes an answer and returns its result."""

    def __init__(self, approving: Approvals, read: Callable[[object], ApprovalRequest] = ballot_of) -> None:
        """Keep the use case and `read`, which reads the events of this entry point."""
        self._approving = approving
        self._read = read

    def answer(self, event: object) -> Json:
        """Count an answer and return its result; a fault names its field.

        The result is `{"outcome", "says", "stage", "plan"}`, or `{"outcome": "malformed", "field", "says"}`. It raises
        Transient or Permanent, and then nothing is lost.
        """
        try:
            ballot = self._read(event)
        except MalformedSignal as fault:
            count(Count.ANSWERS_REFUSED)
            logger.warning("malformed answer", path=fault.path, why=fault.why)
            return {"outcome": "malformed", "field": fault.path, "says": f"{fault.path} {fault.why}"}
        decided = self._approving.decide(ballot)
        counted = decided.outcome not in _NOT_COUNTED
        count(Count.ANSWERS_COUNTED if counted else Count.ANSWERS_REFUSED)
        logger.info(
            "answer", action=ballot.digest, answer=str(ballot.answer), door=ballot.entry_point, outcome=decided.outcome
        )
        return {
            "outcome": decided.outcome,
            "says": decided.says,
            "stage": decided.stage and str(decided.stage),
            "plan": decided.plan and msgspec.to_builtins(decided.plan),
        }


__all__ = ["approve", "approve_from_chat", "logger", "metrics"]


@cache
def approve(function_arn: str) -> ApproveFunction:
    """Return the handler of answers to plans. Raises SettingsError.

    The function's own ARN names the account and Region of the approvers.
    """
    home = home_of(function_arn)
    return ApproveFunction(_approving(function_arn, StsIdentity(sts_url(home.region, os.environ), function_arn, now)))


@cache
def approve_from_chat(function_arn: str) -> ApproveFunction:
    """Return the handler of answers from the chat. Raises SettingsError.

    These answers bring no proof, and all of them have the chat's identity.
    """
    return ApproveFunction(_approving(function_arn, None), chat_ballot_of)


def _approving(function_arn: str, identity: IdentityProvider | None) -> Approvals:
    settings = ApproveSettings.from_env(os.environ)
    ground = workflow_dependencies(settings, function_arn)
    workflows = StepFunctionsWorkflows(client("stepfunctions"), settings.workflow)
    return Approvals(ground.moves, ground.actions, workflows, identity, ground.policy, now)
