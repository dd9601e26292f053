"""boto3's clients as recording needs them: patient, and unable to change anything."""

from collections.abc import Callable
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError, ProfileNotFound

from workbench.cli.connection.ending import Unwise

type Clients = Callable[[str], Any]

# Many thousands of calls in a row are throttled now and then: botocore waits longer each time, up to 20 seconds.
_PATIENT: Final = Config(
    retries={"mode": "standard", "total_max_attempts": 10}, connect_timeout=5, read_timeout=60, user_agent_extra="kedge"
)
_READS: Final = ("Describe", "List", "Get", "Head")
_READS_OF_A_TABLE: Final = ("Query", "BatchGetItem")


class WouldWrite(Exception):
    """A call that might change something was about to be made. It was not."""


def clients_of(profile: str | None, region: str | None) -> Clients:
    """What gives boto3's client of a service, by its name. Raises Unwise for an unknown profile, or without a region."""
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
    """A hook that botocore calls before each call. Raises WouldWrite for every operation that is not a reading one."""
    if not (model.name.startswith(_READS) or model.name in _READS_OF_A_TABLE):
        raise WouldWrite(f"{model.name} is no reading call")
