"""boto3's clients: one session, each client made when it is first asked for and then kept."""

from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config

from kedge.aws.calls import Client

# Seconds. Every call of Kedge is small: one that takes longer is lost, and the queue gives another chance.
_CONNECT: Final = 3
_READ: Final = 10
_ATTEMPTS: Final = 3


@cache
def client(service: str) -> Client:
    """The client of a service, by boto3's name for it."""
    made: Client = _session().client(
        service,
        config=Config(
            connect_timeout=_CONNECT,
            read_timeout=_READ,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            user_agent_extra="kedge",
        ),
    )
    return made


@cache
def _session() -> Any:
    # Typed by nobody: the stubs know services by literal name only.
    return boto3.Session()
