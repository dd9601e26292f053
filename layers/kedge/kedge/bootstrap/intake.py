"""The composition of intake."""

import os
import time
from functools import cache

from kedge.aws.alarms import CloudWatchAlarms
from kedge.aws.clients import client
from kedge.aws.dead_letters import DeadLetterQueue
from kedge.aws.ledger import DynamoLedger
from kedge.aws.monitors import SageMakerMonitors
from kedge.aws.objects import S3Objects
from kedge.aws.policies import TableShelf
from kedge.aws.table import Table
from kedge.aws.tags import SageMakerTags
from kedge.bootstrap.clock import now
from kedge.entrypoints.complaints import policy_unread, tags_unread
from kedge.entrypoints.intake import IntakeDoor, came_from_queue
from kedge.entrypoints.records import QueueRecords
from kedge.intake import Intake
from kedge.observability import logger, metrics
from kedge.policies.in_force import PolicyInForce
from kedge.settings import IntakeSettings
from kedge.sources.reader import Home, Reader

__all__ = ["QueueRecords", "came_from_queue", "intake", "logger", "metrics"]


@cache
def intake(function_arn: str) -> IntakeDoor:
    """What takes signals in. The function's own ARN tells account and region, for messages that name none.

    Raises SettingsError.
    """
    settings = IntakeSettings.from_env(os.environ)
    _, _, _, region, account, *_ = function_arn.split(":")
    reader = Reader(
        SageMakerMonitors(client("sagemaker")),
        CloudWatchAlarms(client("cloudwatch")),
        S3Objects(client("s3")),
        Home(account, region),
        SageMakerTags(client("sagemaker"), time.monotonic, tags_unread),
    )
    table = Table(client("dynamodb"), settings.table)
    in_force = PolicyInForce(TableShelf(table), settings.environment, time.monotonic, policy_unread)
    use_case = Intake(reader, DynamoLedger(table), in_force.policy, settings.channels, settings.environment, now)
    return IntakeDoor(use_case, DeadLetterQueue(client("sqs"), settings.dead_letters_url), now)
