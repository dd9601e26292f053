"""The composition of intake."""

import os
import time
from functools import cache

from kedge.adapters.appconfig import TableShelf
from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.dynamodb.deliveries import DynamoHeartbeats
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import DeadLetterQueue, SqsReceipts, SqsRedelivery, queue_arn
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import facts_reader, home_of, reader_of
from kedge.entrypoints.complaints import (
    endpoint_unread,
    fleet_unheard,
    policy_unread,
    receipt_unread,
    redelivery_refused,
)
from kedge.entrypoints.detectors import Detectors
from kedge.entrypoints.intake import IntakeDoor, came_from_queue
from kedge.entrypoints.records import QueueRecords
from kedge.observability import logger, metrics
from kedge.services.alarm_confirmation import Confirming
from kedge.services.intake import Intake
from kedge.services.policy_store.active import PolicyInForce
from kedge.settings import IntakeSettings

__all__ = ["QueueRecords", "came_from_queue", "intake", "logger", "metrics"]


@cache
def intake(function_arn: str) -> IntakeDoor:
    """What takes signals in. The function's own ARN tells account and region, for messages that name none.

    Raises SettingsError.
    """
    settings, home = IntakeSettings.from_env(os.environ), home_of(function_arn)
    reader = reader_of(home, settings.buckets, settings.alarms_topic)
    table = Table(client("dynamodb"), settings.table)
    in_force = PolicyInForce(TableShelf(table), settings.environment, time.monotonic, policy_unread)
    use_case = Intake(
        reader,
        DynamoLedger(table),
        in_force.policy,
        settings.channels,
        settings.environment,
        now,
        facts_reader(home),
        endpoint_unread,
        Confirming(CloudWatchAlarms(client("cloudwatch"))),
        fleet_unheard,
    )
    sqs = client("sqs")
    receipts = SqsReceipts(sqs, settings.queue_url, queue_arn(function_arn, settings.queue_url), receipt_unread)
    identity = StsIdentity(sts_url(home.region, os.environ), function_arn, now)
    dead_letters = DeadLetterQueue(sqs, settings.dead_letters_url)
    redelivery = SqsRedelivery(sqs, settings.queue_url, redelivery_refused)
    detectors, heartbeats = Detectors(identity, settings.detectors), DynamoHeartbeats(table)
    return IntakeDoor(use_case, dead_letters, receipts, now, detectors, redelivery, heartbeats)
