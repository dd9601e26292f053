"""The composition of approve."""

import os
from functools import cache

from kedge.aws.clients import client
from kedge.aws.identity import StsIdentity, sts_url
from kedge.aws.workflows import StepFunctionsWorkflows
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import home_of
from kedge.bootstrap.settling import ground_of
from kedge.entrypoints.approve import ApproveDoor
from kedge.observability import logger, metrics
from kedge.remedies.approving import Approving
from kedge.settings import ApproveSettings

__all__ = ["approve", "logger", "metrics"]


@cache
def approve(function_arn: str) -> ApproveDoor:
    """What takes answers to plans. The function's own ARN tells account and region, whose people may answer. Raises SettingsError."""
    settings = ApproveSettings.from_env(os.environ)
    ground, home = ground_of(settings, function_arn), home_of(function_arn)
    identity = StsIdentity(sts_url(home.region, os.environ), function_arn, now)
    workflows = StepFunctionsWorkflows(client("stepfunctions"), settings.workflow)
    return ApproveDoor(Approving(ground.moves, ground.actions, workflows, identity, now))
