"""The composition of dispatch."""

import os
import time
from functools import cache

from kedge.aws.actions import DynamoActions
from kedge.aws.audience import TopicAudience
from kedge.aws.clients import client
from kedge.aws.dead_letters import DeadLetterQueue
from kedge.aws.deliveries import DynamoDeliveries
from kedge.aws.pace import SECONDS_A_MAIL, Paced
from kedge.aws.redelivery import SqsRedelivery
from kedge.aws.table import Table
from kedge.aws.topics import SnsTopic
from kedge.aws.workflows import StepFunctionsWorkflows
from kedge.bootstrap.clock import now
from kedge.dispatch import Dispatch
from kedge.domain.effect import ChannelName
from kedge.entrypoints.complaints import audience_unread, redelivery_refused
from kedge.entrypoints.dispatch import DispatchDoor
from kedge.entrypoints.records import QueueRecords
from kedge.observability import logger, metrics
from kedge.ports import Channel
from kedge.remedies.errands import Errands
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
