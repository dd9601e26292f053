"""The entry point of reconcile: a schedule, once a minute."""

import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from kedge.adapters.appconfig import AppConfigDocuments, Profile
from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.dynamodb.agenda import DynamoAgenda, DynamoOutbox
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import OrderedQueue, QueueBacklog, SqsQueue
from kedge.adapters.messaging.topics import TopicAudience, TopicSubscriptions
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.domain.effect import ChannelName
from kedge.domain.errors import Conflict, KedgeError
from kedge.domain.target import TargetKind
from kedge.lambdas.clock import now
from kedge.lambdas.composition import facts_reader, home_of, reader_of
from kedge.lambdas.log_records import audience_unread, endpoint_unread, log_decided, policy_unread
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.settings import ReconcileSettings
from kedge.ledger.items import ItemKind
from kedge.ports.storage import NotificationCommit
from kedge.services.alarm_confirmation import AlarmConfirmation
from kedge.services.deleted_targets import DeletedTargets
from kedge.services.intake import Intake, IntakeOutcome
from kedge.services.measurement.schedule import MeasurementSchedule, ScheduledMeasurements
from kedge.services.policy_store.active import PolicyInForce
from kedge.services.policy_store.monitors import MonitorsInForce
from kedge.services.receivers import ReceiverCheck
from kedge.services.reconcile import FailedWork, Reconcile
from kedge.services.self_check import SelfCheck, SelfCheckResult
from kedge.services.stranded import CarriedEffects, StrandedEffects
from kedge.sources.reader import Home

if TYPE_CHECKING:
    from kedge.services.policy_store.published import DocumentWatch


type Summary = dict[str, int | bool]


class ReconcileFunction:
    """The handler that starts a round, and reports the results to log and metrics."""

    def __init__(self, reconcile: Reconcile) -> None:
        """Keep `reconcile`, the use case."""
        self._reconcile = reconcile

    def minute(self, milliseconds_left: Callable[[], int]) -> Summary:
        """Handle everything that is due. Raises Transient or Permanent if the due work cannot be listed."""
        done = self._reconcile.round(lambda: timedelta(milliseconds=milliseconds_left()))
        count(Count.TIMERS_FIRED, len(done.outcomes))  # zero is emitted too, as a heartbeat
        if done.looked is not None:
            _looked(done.looked)
        if done.windows is not None:
            _sent(done.windows)
        if done.carried is not None and done.carried.stranded:
            _carried(done.carried)
        for outcome in done.outcomes:
            _decided(outcome)
        for telling in done.tellings:
            _log_sent(telling)
        for left in done.left:
            _left(left)
        if done.unfinished:
            logger.warning("the time was up before all was done")
        return {
            "timers": len(done.outcomes),
            "messages": sum(len(telling.effects) for telling in done.tellings),
            "left": len(done.left),
            "unfinished": done.unfinished,
        }


def _looked(looked: SelfCheckResult) -> None:
    if looked.unheard:
        count(Count.NOBODY_LISTENS)
        logger.error("the people topic has no confirmed subscription: no mail is delivered")
    elif looked.receivers:
        count(Count.NOBODY_LISTENS)
        logger.error("receivers have no confirmed subscriber", receivers=looked.receivers)
    if looked.dead_letters:
        logger.warning("dead letters wait", many=looked.dead_letters)


def _carried(carried: CarriedEffects) -> None:
    count(Count.EFFECTS_STRANDED, len(carried.stranded))
    logger.error("effects had no delivery and were carried again", effects=carried.stranded, left=carried.left)


def _sent(windows: ScheduledMeasurements) -> None:
    if windows.sent:
        count(Count.WINDOWS_SENT, len(windows.sent))
    for name, skipped in windows.skipped:
        count(Count.WINDOWS_SKIPPED, skipped.count)
        logger.warning(
            "windows are too old to be measured",
            monitor=name,
            many=skipped.count,
            oldest=skipped.oldest.end.isoformat(),
            newest=skipped.newest.end.isoformat(),
        )
    for name, error in windows.failed:
        _left(FailedWork(what=f"send the windows of {name}", error=error))


def _decided(outcome: IntakeOutcome) -> None:
    signal, decision = outcome.signal, outcome.decision
    # A broken policy repeats the same fault every minute.
    if signal is None or decision is None or not decision.changed:
        return
    log_decided(signal, decision)


def _log_sent(telling: NotificationCommit) -> None:
    if not telling.effects:
        return
    count(Count.GATHERED_TOLD)
    logger.info(
        "sent waiting notices",
        receiver=telling.receiver,
        notices=len(telling.told),
        effects=[effect.id for effect in telling.effects],
    )


def _left(left: FailedWork) -> None:
    # The other worker did it, or the receiver is notified in the next minute.
    if not isinstance(left.error, Conflict):
        count(Count.RECONCILE_LEFT)
    logger.warning(
        "left for the next minute",
        what=left.what,
        error=type(left.error).__name__,
        why=str(left.error),
        exc_info=None if isinstance(left.error, KedgeError) else left.error,
    )


__all__ = ["logger", "metrics", "reconcile"]


@cache
def reconcile(function_arn: str) -> ReconcileFunction:
    """Return the handler of everything time-based. The function's own ARN names account and Region.

    Raises:
        SettingsError: the environment is wrong.
    """
    settings = ReconcileSettings.from_env(os.environ)
    home = home_of(function_arn)
    table = Table(client("dynamodb"), settings.table)
    shelf = DynamoStoredDocument(table)
    policy = PolicyInForce(shelf, settings.environment, time.monotonic, policy_unread).policy
    decides = Intake(
        reader_of(home),
        DynamoLedger(table),
        policy,
        settings.channels,
        settings.environment,
        now,
        facts_reader(home),
        endpoint_unread,
        AlarmConfirmation(CloudWatchAlarms(client("cloudwatch"))),
        ending=DeletedTargets(
            SageMakerMonitors(client("sagemaker")),
            SageMakerEndpoints(client("sagemaker"), client("application-autoscaling")),
            home.account,
            home.region,
        ),
    )
    watches = _watches(settings, table, home)
    audience = TopicAudience(client("sns"), settings.topics[ChannelName.MAIL], time.monotonic, audience_unread)
    backlogs = [QueueBacklog(client("sqs"), url) for url in settings.dead_letters]
    subscriptions = {name: TopicSubscriptions(client("sns"), arn) for name, arn in settings.topics.items()}
    kept = DynamoStoredDocument(table, ItemKind.AUDIENCE, "UNHEARD")
    receivers = ReceiverCheck(policy, subscriptions, kept, now)
    upkeep = SelfCheck(audience, backlogs, now, receivers, audience_unread)
    measurements = _measurements(settings, table)
    stranded = StrandedEffects(DynamoOutbox(table), SqsQueue(client("sqs"), settings.effects_url), now)
    agenda, channels = DynamoAgenda(table), settings.channels
    return ReconcileFunction(
        Reconcile(decides.settle, agenda, policy, channels, now, watches, upkeep, measurements, stranded)
    )


def _measurements(settings: ReconcileSettings, table: Table) -> MeasurementSchedule | None:
    if not settings.windows_url:
        return None
    return MeasurementSchedule(
        MonitorsInForce(DynamoStoredDocument(table, ItemKind.MONITORS), time.monotonic, policy_unread).monitors,
        DynamoStoredDocument(table, ItemKind.MONITORS, "SENT"),
        OrderedQueue(client("sqs"), settings.windows_url),
        SageMakerEndpoints(client("sagemaker"), client("application-autoscaling")),
        now,
    )


def _watches(settings: ReconcileSettings, table: Table, home: Home) -> "list[DocumentWatch[Any, Any]]":
    if settings.policy is None and settings.monitors is None:
        return []
    # A stack without published documents does not need to load a YAML parser.
    from kedge.monitors import lint as monitors_lint
    from kedge.policy import lint
    from kedge.services.policy_store.active import POLICY
    from kedge.services.policy_store.monitors import MONITORS
    from kedge.services.policy_store.published import DocumentWatch, target_of

    found: list[DocumentWatch[Any, Any]] = []
    if settings.policy is not None:
        kept, case = DynamoStoredDocument(table), target_of(settings.stack, home.account, home.region)
        found.append(DocumentWatch(POLICY, _published(settings.policy), kept, lint.read, case, now, policy_unread))
    if settings.monitors is not None:
        kept = DynamoStoredDocument(table, ItemKind.MONITORS)
        case = target_of(settings.stack, home.account, home.region, TargetKind.MONITORS)
        published = _published(settings.monitors)
        found.append(DocumentWatch(MONITORS, published, kept, monitors_lint.read, case, now, policy_unread))
    return found


def _published(place: tuple[str, str, str]) -> AppConfigDocuments:
    application, environment, profile = place
    where = Profile(application=application, environment=environment, profile=profile)
    return AppConfigDocuments(client("appconfigdata"), where, time.monotonic)
