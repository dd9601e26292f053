"""The composition of intake."""

import os
from functools import cache

from kedge.aws.alarms import CloudWatchAlarms
from kedge.aws.clients import client
from kedge.aws.dead_letters import DeadLetterQueue
from kedge.aws.ledger import DynamoLedger
from kedge.aws.monitors import SageMakerMonitors
from kedge.aws.objects import S3Objects
from kedge.aws.table import Table
from kedge.bootstrap.clock import now
from kedge.entrypoints.intake import IntakeDoor, came_from_queue
from kedge.entrypoints.records import QueueRecords
from kedge.intake import Intake
from kedge.observability import logger, metrics
from kedge.policy.document import Policy
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
    )
    ledger = DynamoLedger(Table(client("dynamodb"), settings.table))
    use_case = Intake(reader, ledger, Policy(), settings.channels, settings.environment, now)
    return IntakeDoor(use_case, DeadLetterQueue(client("sqs"), settings.dead_letters_url), now)
