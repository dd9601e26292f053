"""The composition of relay."""

import os
from functools import cache

from kedge.adapters.clients import client
from kedge.adapters.messaging.queues import SqsQueue
from kedge.entrypoints.relay import RelayDoor
from kedge.observability import logger, metrics
from kedge.services.relay import Relay
from kedge.settings import RelaySettings

__all__ = ["logger", "metrics", "relay"]


@cache
def relay() -> RelayDoor:
    """What carries the outbox into the effects queue. Raises SettingsError."""
    settings = RelaySettings.from_env(os.environ)
    return RelayDoor(Relay(SqsQueue(client("sqs"), settings.effects_queue_url)))
