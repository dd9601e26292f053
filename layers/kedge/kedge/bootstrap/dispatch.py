"""The composition of dispatch."""

import os
import time
from functools import cache

from kedge.adapters.clients import client
from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.deliveries import DynamoDeliveries
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import DeadLetterQueue, SqsRedelivery
from kedge.adapters.messaging.topics import SECONDS_A_MAIL, Paced, SnsTopic, TopicAudience
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.bootstrap.clock import now
from kedge.domain.effect import ChannelName
from kedge.entrypoints.complaints import audience_unread, redelivery_refused
from kedge.entrypoints.dispatch import DispatchDoor
from kedge.entrypoints.records import QueueRecords
from kedge.observability import logger, metrics
from kedge.ports.channels import Channel
from kedge.services.dispatch import Dispatch
from kedge.services.workflow.start import Errands
from kedge.settings import DispatchSettings

__all__ = ["QueueRecords", "dispatch", "logger", "metrics"]


@cache
def dispatch() -> DispatchDoor:
    """What performs effects. Raises SettingsError."""
    settings = DispatchSettings.from_env(os.environ)
    table = Table(client("dynamodb"), settings.table)
    errands = Errands(DynamoActions(table), StepFunctionsWorkflows(client("stepfunctions"), settings.workflow))
    channels = {name: channel(name, arn) for name, arn in settings.topics.items()}
    audience = TopicAudience(client("sns"), settings.topics[ChannelName.MAIL], time.monotonic, audience_unread)
    use_case = Dispatch(DynamoDeliveries(table), channels, settings.runbook_url, now, errands, audience)
    sqs = client("sqs")
    redelivery = SqsRedelivery(sqs, settings.queue_url, redelivery_refused)
    return DispatchDoor(use_case, DeadLetterQueue(sqs, settings.dead_letters_url), settings.receives, redelivery)


def channel(name: ChannelName, topic_arn: str) -> Channel:
    """The channel of a topic; mail at its pace."""
    topic = SnsTopic(client("sns"), topic_arn)
    return Paced(topic, SECONDS_A_MAIL, time.sleep) if name is ChannelName.MAIL else topic
