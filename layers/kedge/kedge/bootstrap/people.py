"""The composition of people."""

import os
import time
from functools import cache

from kedge.adapters.appconfig import TableShelf
from kedge.adapters.clients import client
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.bootstrap.clock import now
from kedge.bootstrap.reading import home_of, reader_of
from kedge.entrypoints.complaints import policy_unread
from kedge.entrypoints.people import PeopleDoor
from kedge.observability import logger, metrics
from kedge.services.intake import Intake
from kedge.services.people import People
from kedge.services.policy_store.active import PolicyInForce
from kedge.settings import ActSettings

__all__ = ["logger", "metrics", "people"]


@cache
def people(function_arn: str) -> PeopleDoor:
    """What takes in what people decide. A proof has to be for the function of this ARN, from its account. Raises SettingsError."""
    settings, home = ActSettings.from_env(os.environ), home_of(function_arn)
    table = Table(client("dynamodb"), settings.table)
    policy = PolicyInForce(TableShelf(table), settings.environment, time.monotonic, policy_unread).policy
    intake = Intake(reader_of(home), DynamoLedger(table), policy, settings.channels, settings.environment, now)
    identity = StsIdentity(sts_url(home.region, os.environ), function_arn, now)
    return PeopleDoor(People(intake.settle, identity, home, now))
