"""The entry point of the monitor: messages of its queue, each one window."""

import os
from functools import cache

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kedge.adapters.captures import S3Captures
from kedge.adapters.clients import client
from kedge.adapters.messaging.queues import MessageQueue, SqsRedelivery
from kedge.adapters.spark_jobs import EmrServerlessJobs
from kedge.domain.run import Verdict
from kedge.domain.target import TargetKind
from kedge.lambdas.clock import now
from kedge.lambdas.composition import home_of
from kedge.lambdas.log_records import redelivery_refused
from kedge.lambdas.observability import Count, count, logger, metrics, publish_measurement
from kedge.lambdas.queue_records import QueueRecords, offered_again_soon
from kedge.lambdas.settings import MonitorSettings
from kedge.monitors.task import decode_task
from kedge.ports.readers import Redelivery
from kedge.services.measurement.engine import EmbeddedEngine
from kedge.services.measurement.window import MeasuredWindow, MeasureWindow, TaskOutcome


class MonitorFunction:
    """The handler that measures the windows of a queue, and reports the results to log and metrics."""

    def __init__(self, windows: MeasureWindow, redelivery: Redelivery) -> None:
        """Keep the use case, and `redelivery`, which makes a failed message return soon."""
        self._windows = windows
        self._redelivery = redelivery

    def record(self, record: SQSRecord) -> None:
        """Measure one window.

        Raises MalformedSignal, Transient or Permanent, and the message then stays in the queue. After 10 tries it is a
        dead letter, and the next window of the monitor follows.
        """
        with offered_again_soon(record, self._redelivery):
            _report(self._windows.measure(decode_task(record.body)))


def _report(done: MeasuredWindow) -> None:
    count(Count.WINDOWS_REPEATED if done.outcome is TaskOutcome.REPEATED else Count.WINDOWS_MEASURED)
    if done.verdict is Verdict.FAILED:
        count(Count.WINDOWS_FAILED)
    task = done.task
    logger.info(
        "measured a window",
        monitor=task.source,
        target=task.target.name,
        end=task.window.end.isoformat(),
        outcome=str(done.outcome),
        verdict=str(done.verdict),
    )
    key = "Endpoint" if task.target.kind is TargetKind.ENDPOINT else "BatchSchedule"
    publish_measurement({key: task.target.name, "MonitoringSchedule": task.source}, done.metrics)


__all__ = ["QueueRecords", "logger", "metrics", "monitor"]


@cache
def monitor(function_arn: str) -> MonitorFunction:
    """Return the handler of windows. The function's own ARN names account and Region. Raises SettingsError."""
    settings, home = MonitorSettings.from_env(os.environ), home_of(function_arn)
    sqs = client("sqs")
    windows = MeasureWindow(
        S3Captures(client("s3")),
        EmbeddedEngine(now, EmrServerlessJobs(client("emr-serverless"))),
        MessageQueue(sqs, settings.signals_url),
        home.account,
        home.region,
        now,
    )
    return MonitorFunction(windows, SqsRedelivery(sqs, settings.windows_url, redelivery_refused))
