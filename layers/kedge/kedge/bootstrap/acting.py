"""The composition that the functions share which carry out remedies; each adds the one thing that it may do."""

import os

from kedge.bootstrap.clock import now
from kedge.bootstrap.settling import ground_of
from kedge.domain.remedy import RemedyName
from kedge.entrypoints.acting import ActingDoor
from kedge.services.workflow.act import Acting
from kedge.services.workflow.executors import Doing
from kedge.services.workflow.waits import Pacing
from kedge.settings import ActSettings


def acting(remedy: RemedyName, doing: Doing, function_arn: str) -> ActingDoor:
    """What carries out one remedy, and nothing else. Raises SettingsError."""
    ground = ground_of(ActSettings.from_env(os.environ), function_arn)
    return ActingDoor(Acting(remedy, doing, ground.moves, ground.policy, now), Pacing(ground.moves, now))
