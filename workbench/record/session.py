"""boto3's clients for recording: with retries, and without the ability to change anything."""

from collections.abc import Callable
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError, ProfileNotFound

from workbench.cli.connection.ending import Unwise

type Clients = Callable[[str], Any]

# AWS throttles some of many thousands of calls: botocore waits longer each time, up to 20 seconds.
_PATIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=5, read_timeout=60, user_agent_extra="kedge"
)
_READS: Final = ("Describe", "List", "Get", "Head")
_READS_OF_A_TABLE: Final = ("Query", "BatchGetItem")


class WouldWrite(Exception):
    """A call was prevented because it might change something."""


def clients_of(profile: str | None, region: str | None) -> Clients:
    """Return what gives boto3's client of a service. Raises Unwise for an unknown profile, or without a Region."""
    try:
        session: Any = boto3.Session(profile_name=profile, region_name=region)
    except ProfileNotFound as error:
        raise Unwise(str(error)) from error
    session.events.register_first("before-parameter-build", only_reading)

    def client(service: str) -> Any:
        try:
            return session.client(service, config=_PATIENT)
        except NoRegionError as error:
            raise Unwise(f"{error} Name one with --region") from error

    return client


def only_reading(model: Any, **_: object) -> None:
    """Raise WouldWrite for every operation that does not only read. botocore calls this hook before each call."""
    if not (model.name.startswith(_READS) or model.name in _READS_OF_A_TABLE):
        raise WouldWrite(f"{model.name} is no reading call")
