"""The entry point of relay: a batch of the table's stream."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from kedge.adapters.clients import client
from kedge.adapters.messaging.queues import SqsQueue
from kedge.lambdas.observability import Count, count, logger, metrics
from kedge.lambdas.settings import RelaySettings
from kedge.services.relay import Relay

type Failures = dict[str, list[dict[str, str]]]


class RelayFunction:
    """The handler that passes the records of a stream to relay and returns the failed ones to Lambda."""

    def __init__(self, relay: Relay) -> None:
        """Keep `relay`, the use case."""
        self._relay = relay

    def batch(self, event: Mapping[str, Any]) -> Failures:
        """Relay a batch and return its failures. Raises Permanent.

        It sends all records together, because the queue charges ten messages as one.
        """
        records = event["Records"]
        left = self._relay.carry(records)
        count(Count.EFFECTS_CARRIED, len(records) - len(left))
        if left:
            count(Count.EFFECTS_LEFT, len(left))
            logger.warning("the queue did not take all effects", left=len(left), first=left[0])
        return {"batchItemFailures": [{"itemIdentifier": number} for number in left]}


__all__ = ["logger", "metrics", "relay"]


@cache
def relay() -> RelayFunction:
    """Return the handler that moves the outbox into the effects queue. Raises SettingsError."""
    settings = RelaySettings.from_env(os.environ)
    return RelayFunction(Relay(SqsQueue(client("sqs"), settings.effects_queue_url)))
