"""The composition of approve, and of approve-from-chat, which differs from it in what it takes and in whom it believes."""

import os
from functools import cache

from kedge.adapters.clients import client
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import home_of
from kedge.bootstrap.settling import ground_of
from kedge.entrypoints.approve import ApproveDoor
from kedge.observability import logger, metrics
from kedge.ports.facts import Identity
from kedge.services.approval import Approving, chat_ballot_of
from kedge.settings import ApproveSettings

__all__ = ["approve", "approve_from_chat", "logger", "metrics"]


@cache
def approve(function_arn: str) -> ApproveDoor:
    """What takes answers to plans. The function's own ARN tells account and region, whose people may answer. Raises SettingsError."""
    home = home_of(function_arn)
    return ApproveDoor(_approving(function_arn, StsIdentity(sts_url(home.region, os.environ), function_arn, now)))


@cache
def approve_from_chat(function_arn: str) -> ApproveDoor:
    """What takes answers from the chat. They bring no proof, and all have the chat's identity. Raises SettingsError."""
    return ApproveDoor(_approving(function_arn, None), chat_ballot_of)


def _approving(function_arn: str, identity: Identity | None) -> Approving:
    settings = ApproveSettings.from_env(os.environ)
    ground = ground_of(settings, function_arn)
    workflows = StepFunctionsWorkflows(client("stepfunctions"), settings.workflow)
    return Approving(ground.moves, ground.actions, workflows, identity, ground.policy, now)
