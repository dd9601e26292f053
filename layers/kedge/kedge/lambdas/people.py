"""The entry point for people's decisions on incidents, configs and silences.

The command line or another caller invokes the function.
"""

import os
import time
from functools import cache

from kedge.adapters.clients import client
from kedge.adapters.dynamodb.documents import DynamoStoredDocument
from kedge.adapters.dynamodb.ledger import DynamoLedger
from kedge.adapters.dynamodb.table import Table
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.domain.errors import MalformedSignal
from kedge.lambdas.clock import now
from kedge.lambdas.composition import home_of, reader_of
from kedge.lambdas.intake import Json, summary
from kedge.lambdas.log_records import log_taken, named, policy_unread
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.settings import ActSettings
from kedge.services.intake import Intake
from kedge.services.people import People
from kedge.services.policy_store.active import PolicyInForce


class PeopleFunction:
    """The handler that takes a person's decision and returns its result."""

    def __init__(self, people: People) -> None:
        """Keep `people`, the use case."""
        self._people = people

    def event(self, event: object) -> Json:
        """Take in one event and return its result. Raises Transient or Permanent, and then nothing is lost.

        The result is `{"outcome": "taken", "proven", "says", "outcomes"}`, `{"outcome": "refused", "says"}`, or
        `{"outcome": "malformed", "field", "says"}`. If a proof was not believed, `says` has the reason.
        """
        try:
            heard = self._people.hear(event)
        except MalformedSignal as fault:
            count(Count.SIGNALS_MALFORMED)
            logger.warning("malformed", path=fault.path, why=fault.why)
            return {"outcome": "malformed", "field": fault.path, "says": f"{fault.path} {fault.why}"}
        if heard.unproven:
            count(Count.PROOFS_REFUSED)
            logger.warning("proof refused", signal=named(heard.signal), why=heard.unproven)
        if heard.outcome is None:
            count(Count.ACTS_REFUSED)
            logger.warning("not counted", signal=named(heard.signal))
            return {"outcome": "refused", "says": heard.refused}
        log_taken(heard.signal, heard.outcome.decision)
        return {
            "outcome": "taken",
            "proven": heard.signal.proven,
            "says": heard.unproven,
            "outcomes": [summary(heard.outcome)],
        }


__all__ = ["logger", "metrics", "people"]


@cache
def people(function_arn: str) -> PeopleFunction:
    """Return the handler of people's decisions. Raises SettingsError.

    A proof must be for the function of this ARN, from its account.
    """
    settings, home = ActSettings.from_env(os.environ), home_of(function_arn)
    table = Table(client("dynamodb"), settings.table)
    policy = PolicyInForce(DynamoStoredDocument(table), settings.environment, time.monotonic, policy_unread).policy
    intake = Intake(reader_of(home), DynamoLedger(table), policy, settings.channels, settings.environment, now)
    identity = StsIdentity(sts_url(home.region, os.environ), function_arn, now)
    return PeopleFunction(People(intake.settle, identity, home, now))
