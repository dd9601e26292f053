"""The entry point of watch: a schedule, once in 10 minutes."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.watched import CloudWatchWatched
from kedge.adapters.dated_objects import S3DatedObjects
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.received import DynamoReceivedSignals
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import SqsQueue
from kedge.adapters.messaging.subscriptions import SnsSubscriptions
from kedge.adapters.sagemaker.monitored import SageMakerMonitored
from kedge.adapters.sagemaker.watched import SageMakerListings
from kedge.domain.errors import KedgeError, Permanent
from kedge.lambdas.clock import now
from kedge.lambdas.composition import home_of
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.settings import WatchSettings
from kedge.ledger.items import ItemKind
from kedge.services.policy_store.monitors import MonitorsInForce
from kedge.services.watch.check_steps import StepWatch
from kedge.services.watch.executions import ExecutionWatch
from kedge.services.watch.monitoring import MonitoringReader
from kedge.services.watch.progress import PassResult
from kedge.services.watch.schedules import ScheduleWatch
from kedge.services.watch.sending import LostSignals
from kedge.services.watch.watchdog import Watchdog
from kedge.services.watch.watching import Watch

type Summary = dict[str, int | bool]


class WatchFunction:
    """The handler that runs a pass, and reports the results to log and metrics."""

    def __init__(self, watch: Watch) -> None:
        """Keep `watch`, the use case."""
        self._watch = watch

    def look(self, milliseconds_left: Callable[[], int]) -> Summary:
        """Send what was lost.

        Raises:
            Transient: the progress cannot be read or stored; the next pass repeats the work.
            Permanent: the same, or AWS refuses a part of the pass.
        """
        done = self._watch.look(lambda: timedelta(milliseconds=milliseconds_left()))
        _report(done)
        refused = next((error for _, error in done.failed if isinstance(error, Permanent)), None)
        if refused is not None:
            raise refused
        return {"listed": done.listed, "sent": done.sent, "failed": len(done.failed), "unfinished": done.unfinished}


def _report(done: PassResult) -> None:
    logger.info("looked for lost events", listed=done.listed, sent=done.sent)
    if done.sent:
        # AWS bills a metric for each hour with a datapoint, also with a zero.
        count(Count.LOST_SIGNALS_SENT, done.sent)
    for what, error in done.failed:
        count(Count.WATCH_LEFT)
        logger.warning("left for the next pass", what=what, error=type(error).__name__, why=str(error))
    for what, error in done.unread:
        logger.warning("the watchdog could not read a fact", what=what, error=type(error).__name__, why=str(error))
    if done.unfinished:
        logger.warning("the pass ended before all was listed; the next one continues")


def _monitors_unread(error: KedgeError) -> None:
    logger.error("the Monitors document cannot be read", why=str(error))


__all__ = ["logger", "metrics", "watch"]


@cache
def watch(function_arn: str) -> WatchFunction:
    """Return the handler of passes. The function's own ARN names account and Region. Raises SettingsError."""
    settings, home = WatchSettings.from_env(os.environ), home_of(function_arn)
    table = Table(client("dynamodb"), settings.table)
    listings, queue = SageMakerListings(client("sagemaker")), SqsQueue(client("sqs"), settings.signals_url)
    lost = LostSignals(DynamoReceivedSignals(table), queue)
    reader = MonitoringReader(
        SageMakerMonitored(client("sagemaker")),
        CloudWatchWatched(client("cloudwatch")),
        SnsSubscriptions(client("sns")),
        S3DatedObjects(client("s3")),
        MonitorsInForce(DynamoStoredDocument(table, ItemKind.MONITORS), time.monotonic, _monitors_unread).monitors,
        (settings.people_topic_arn,),
        home,
    )
    watchdog = Watchdog(reader, queue, DynamoStoredDocument(table, ItemKind.WATCH, "WATCHDOG"), home, now)
    return WatchFunction(
        Watch(
            ExecutionWatch(listings, lost, home, now),
            ScheduleWatch(listings, lost, home, now),
            StepWatch(listings, lost, home, now),
            DynamoStoredDocument(table, ItemKind.WATCH, "PROGRESS"),
            watchdog.look,
        )
    )
