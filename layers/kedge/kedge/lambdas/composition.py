"""The composition of the reader that all functions share if they decide on signals."""

import os
import time
from collections.abc import Callable

from msgspec import Struct

from kedge.adapters.clients import client
from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.executions import StarterReader
from kedge.adapters.s3 import S3Artifacts, S3Objects
from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.adapters.sagemaker.tags import SageMakerTags
from kedge.domain.errors import KedgeError
from kedge.domain.signal import AnySignal
from kedge.lambdas.clock import now
from kedge.lambdas.log_records import log_decided, policy_unread, tags_unread
from kedge.lambdas.settings import ActSettings, named_buckets, named_keys
from kedge.policy.compiled import Policy
from kedge.services.fact_reader import FactReader
from kedge.services.intake import Intake
from kedge.services.policy_store.active import PolicyInForce
from kedge.services.workflow.transitions import Settle, Transitions
from kedge.sources.reader import Home, Reader


def home_of(function_arn: str) -> Home:
    """Return the account and Region of a function."""
    _, _, _, region, account, *_ = function_arn.split(":")
    return Home(account, region)


def reader_of(home: Home, buckets: frozenset[str] = frozenset(), alarms_topic: str = "") -> Reader:
    """Return the reader of events and of what they point at.

    It reads reports from `buckets` and alarm notifications from one topic; from none by default.
    """
    return Reader(
        SageMakerMonitors(client("sagemaker")),
        CloudWatchAlarms(client("cloudwatch")),
        S3Objects(client("s3")),
        home,
        SageMakerTags(client("sagemaker"), time.monotonic, tags_unread),
        buckets=buckets,
        alarms_topic=alarms_topic,
    )


def facts_reader(home: Home) -> FactReader:
    """Return the reader of facts for plans, in one account and Region. Raises SettingsError."""
    endpoints = SageMakerEndpoints(client("sagemaker"), client("application-autoscaling"))
    artifacts, starters = S3Artifacts(client("s3")), StarterReader(client)
    named = named_buckets(os.environ), named_keys(os.environ)
    return FactReader(endpoints, artifacts, starters, now, *named, home=(home.account, home.region))


_NOT_A_SECOND = 0.0


class WorkflowDependencies(Struct, frozen=True, kw_only=True):
    """The dependencies of the workflow's steps. `policy` reads the policy again each time, and raises if it cannot."""

    actions: DynamoActions
    ledger: DynamoLedger
    policy: Callable[[], Policy]
    settle: Settle
    moves: Transitions


def workflow_dependencies(settings: ActSettings, function_arn: str) -> WorkflowDependencies:
    """Return the dependencies of a function, whose own ARN names account and Region."""
    table = Table(client("dynamodb"), settings.table)
    actions, ledger, shelf = DynamoActions(table), DynamoLedger(table), DynamoStoredDocument(table)
    # A kill switch that cannot be read counts as on. Kedge reports what happened under the last readable policy.
    strict = PolicyInForce(shelf, settings.environment, time.monotonic, _fail, believed=_NOT_A_SECOND).policy
    lenient = PolicyInForce(shelf, settings.environment, time.monotonic, policy_unread).policy
    reader = reader_of(home_of(function_arn))
    settle = _settle_and_log(Intake(reader, ledger, lenient, settings.channels, settings.environment, now))
    moves = Transitions(actions, settle, lenient, now)
    return WorkflowDependencies(actions=actions, ledger=ledger, policy=strict, settle=settle, moves=moves)


def _settle_and_log(intake: Intake) -> Settle:
    def settle(signal: AnySignal) -> None:
        decision = intake.settle(signal).decision
        if decision is not None and decision.changed:
            log_decided(signal, decision)

    return settle


def _fail(error: KedgeError) -> None:
    policy_unread(error)
    raise error
