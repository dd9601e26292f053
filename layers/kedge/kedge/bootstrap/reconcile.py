"""The composition of reconcile."""

import os
import time
from functools import cache
from typing import TYPE_CHECKING

from kedge.adapters.appconfig import AppConfigPolicies, Profile, TableShelf
from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.dynamodb.agenda import DynamoAgenda
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.messaging.queues import QueueBacklog
from kedge.adapters.messaging.topics import TopicAudience
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import facts_reader, home_of, reader_of
from kedge.entrypoints.complaints import audience_unread, endpoint_unread, policy_unread
from kedge.entrypoints.reconcile import ReconcileDoor
from kedge.observability import logger, metrics
from kedge.services.alarm_confirmation import Confirming
from kedge.services.deleted_targets import Ending
from kedge.services.intake import Intake
from kedge.services.policy_store.active import PolicyInForce
from kedge.services.reconcile import Reconcile
from kedge.services.self_check import Upkeep
from kedge.settings import ReconcileSettings
from kedge.sources.reader import Home

if TYPE_CHECKING:
    from kedge.services.policy_store.published import PolicyWatch

__all__ = ["logger", "metrics", "reconcile"]


@cache
def reconcile(function_arn: str) -> ReconcileDoor:
    """What looks after all that no signal asks for. The function's own ARN tells account and region.

    Raises SettingsError.
    """
    settings = ReconcileSettings.from_env(os.environ)
    home = home_of(function_arn)
    table = Table(client("dynamodb"), settings.table)
    shelf = TableShelf(table)
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
        Confirming(CloudWatchAlarms(client("cloudwatch"))),
        ending=Ending(
            SageMakerMonitors(client("sagemaker")),
            SageMakerEndpoints(client("sagemaker"), client("application-autoscaling")),
            home.account,
            home.region,
        ),
    )
    watch = _watch(settings, shelf, home)
    audience = TopicAudience(client("sns"), settings.people_topic, time.monotonic, audience_unread)
    upkeep = Upkeep(audience, [QueueBacklog(client("sqs"), url) for url in settings.dead_letters], now)
    return ReconcileDoor(Reconcile(decides.settle, DynamoAgenda(table), policy, settings.channels, now, watch, upkeep))


def _watch(settings: ReconcileSettings, shelf: TableShelf, home: Home) -> "PolicyWatch | None":
    if settings.policy is None:
        return None
    # Whoever publishes no policy does not wait for a reader of YAML.
    from kedge.lint import read
    from kedge.services.policy_store.published import PolicyWatch, target_of

    application, environment, profile = settings.policy
    place = Profile(application=application, environment=environment, profile=profile)
    published = AppConfigPolicies(client("appconfigdata"), place, time.monotonic)
    target = target_of(settings.stack, home.account, home.region)
    return PolicyWatch(published, shelf, read, target, now, policy_unread)
