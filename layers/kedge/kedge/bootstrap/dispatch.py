"""The composition of dispatch."""

import os
from functools import cache

from kedge.aws.clients import client
from kedge.aws.dead_letters import DeadLetterQueue
from kedge.aws.deliveries import DynamoDeliveries
from kedge.aws.table import Table
from kedge.aws.topics import SnsTopic
from kedge.bootstrap.clock import now
from kedge.dispatch import Dispatch
from kedge.entrypoints.dispatch import DispatchDoor
from kedge.entrypoints.records import QueueRecords
from kedge.observability import logger, metrics
from kedge.settings import DispatchSettings

__all__ = ["QueueRecords", "dispatch", "logger", "metrics"]


@cache
def dispatch() -> DispatchDoor:
    """What performs effects. Raises SettingsError."""
    settings = DispatchSettings.from_env(os.environ)
    deliveries = DynamoDeliveries(Table(client("dynamodb"), settings.table))
    channels = {name: SnsTopic(client("sns"), arn) for name, arn in settings.topics.items()}
    use_case = Dispatch(deliveries, channels, settings.runbook_url, now)
    return DispatchDoor(use_case, DeadLetterQueue(client("sqs"), settings.dead_letters_url), settings.receives)
