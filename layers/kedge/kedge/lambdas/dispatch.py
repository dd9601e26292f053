"""The entry point of dispatch: messages of the effects queue."""

import os
import time
from functools import cache
from typing import Final

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kedge.adapters.clients import client
from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.deliveries import DynamoDeliveries
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import DeadLetterQueue, SqsRedelivery
from kedge.adapters.messaging.topics import SECONDS_A_MAIL, RateLimitedChannel, SnsTopic, TopicAudience
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Busy, KedgeError, MalformedSignal
from kedge.lambdas.clock import now
from kedge.lambdas.log_records import audience_unread, redelivery_refused
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.queue_records import QueueRecords, kept_aside, offered_again_soon, tries_of
from kedge.lambdas.settings import DispatchSettings
from kedge.ledger.items import ItemKind
from kedge.ports.channels import Channel
from kedge.ports.readers import DeadLetters, Redelivery
from kedge.services.dispatch import Dispatch, Performed
from kedge.services.receivers import StoredAudience
from kedge.services.workflow.start import WorkflowStarter

_COUNTS: Final = {
    Performed.SENT: Count.DELIVERED,
    Performed.KNOWN: Count.DELIVERIES_REPEATED,
    Performed.RUN: Count.WORKFLOW_REQUESTS_DONE,
    Performed.UNHEARD: Count.NOBODY_LISTENS,
    Performed.ACCEPTED: Count.NOBODY_LISTENS,
    Performed.BEAT: Count.HEARTBEATS,
}


class DispatchFunction:
    """The handler that passes effects and workflow requests to dispatch, and reports the results to log and metrics."""

    def __init__(self, dispatch: Dispatch, dead_letters: DeadLetters, receives: int, redelivery: Redelivery) -> None:
        """Keep the parts.

        `receives` is how often the queue offers a message before it becomes a dead letter. `redelivery` makes it return
        soon.
        """
        self._dispatch = dispatch
        self._dead_letters = dead_letters
        self._receives = receives
        self._redelivery = redelivery

    def record(self, record: SQSRecord) -> None:
        """Perform one effect or workflow request.

        Raises Busy, Transient or Permanent, and the message then stays in the queue. A message that is neither goes to
        the dead letters at once, unchanged.
        """
        with offered_again_soon(record, self._redelivery):
            self._perform(record, last=tries_of(record) >= self._receives)

    def _perform(self, record: SQSRecord, *, last: bool) -> None:
        try:
            performed = self._dispatch.perform(record.body, last=last)
        except Busy:
            raise
        except MalformedSignal as fault:
            count(Count.UNDELIVERED)
            kept_aside(record, fault, self._dead_letters)
            return
        except KedgeError:
            count(Count.DELIVERY_FAILED)
            if last:
                count(Count.UNDELIVERED)
            raise
        count(_COUNTS[performed])
        if performed is Performed.UNHEARD:
            count(Count.UNDELIVERED)
        if performed is Performed.ACCEPTED:
            count(Count.DELIVERED)
        logger.info("performed", result=str(performed), message_id=record.message_id)


__all__ = ["QueueRecords", "dispatch", "logger", "metrics"]


@cache
def dispatch() -> DispatchFunction:
    """Return the handler that performs effects. Raises SettingsError."""
    settings = DispatchSettings.from_env(os.environ)
    table = Table(client("dynamodb"), settings.table)
    workflow_starter = WorkflowStarter(
        DynamoActions(table), StepFunctionsWorkflows(client("stepfunctions"), settings.workflow)
    )
    channels = {name: channel(name, arn) for name, arn in settings.topics.items()}
    audience = TopicAudience(client("sns"), settings.topics[ChannelName.MAIL], time.monotonic, audience_unread)
    receivers = StoredAudience(DynamoStoredDocument(table, ItemKind.AUDIENCE, "UNHEARD"), now, audience_unread)
    deliveries, runbook_url = DynamoDeliveries(table), settings.runbook_url
    use_case = Dispatch(deliveries, channels, runbook_url, now, workflow_starter, audience, receivers)
    sqs = client("sqs")
    redelivery = SqsRedelivery(sqs, settings.queue_url, redelivery_refused)
    return DispatchFunction(use_case, DeadLetterQueue(sqs, settings.dead_letters_url), settings.receives, redelivery)


def channel(name: ChannelName, topic_arn: str) -> Channel:
    """Return the channel of a topic, paced for mail."""
    topic = SnsTopic(client("sns"), topic_arn)
    return RateLimitedChannel(topic, SECONDS_A_MAIL, time.sleep) if name is ChannelName.MAIL else topic
