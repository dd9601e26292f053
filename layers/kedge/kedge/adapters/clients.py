"""boto3's clients: one session, each client made when it is first used and then kept."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from kedge.adapters.calls import Client

# Seconds. Every call of Kedge is small: one that takes longer is lost, and the queue gives another chance.
_CONNECT: Final = 2
_READ: Final = 5
_ATTEMPTS: Final = 3
# SNS gets more: giving up on a message that it took after all means to send it twice.
_READ_OF_SNS: Final = 10
# So do calls that change what is not Kedge's: after a lost answer nobody may ask again, only look.
_READ_OF_ACTS: Final = 10


class _Lazy:
    """A client that is made when one of its methods is first asked for: most signals need one of intake's four."""

    def __init__(self, service: str, make: Callable[[str], Client]) -> None:
        self._service = service
        self._make = make

    def __getattr__(self, method: str) -> Any:
        return getattr(self._make(self._service), method)


def client(service: str) -> Client:
    """The client of a service, by boto3's name for it. It costs nothing until it is used."""
    return _Lazy(service, _made)


def acting_client(service: str) -> Client:
    """The client for calls that change an endpoint or start something: each is sent once, whatever becomes of it.

    botocore would send a call again whose answer is late, and the second could be a second act.
    """
    return _Lazy(service, _made_to_act)


@cache
def _made(service: str) -> Client:
    made: Client = _session().client(
        service,
        config=Config(
            connect_timeout=_CONNECT,
            read_timeout=_READ_OF_SNS if service == "sns" else _READ,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            user_agent_extra="kedge",
        ),
    )
    if service == "sns":
        made.meta.events.register_first("needs-retry.sns.Publish", _not_again_at_once)
    return made


@cache
def _made_to_act(service: str) -> Client:
    return _session().client(
        service,
        config=Config(
            connect_timeout=_CONNECT,
            read_timeout=_READ_OF_ACTS,
            retries={"mode": "standard", "total_max_attempts": 1},
            user_agent_extra="kedge",
        ),
    )


def _not_again_at_once(caught_exception: Exception | None = None, **_: object) -> None:
    """Keep botocore from publishing a second time while the first may have been taken, and only its answer is late.

    SNS knows no token that would make two of them one (unlike DynamoDB's transactions; and effects that SQS gets twice
    are recognised). The error is raised, because older botocores take any answer but None for "again". See
    docs/decisions/0011-lost-answers.md.
    """
    if isinstance(caught_exception, ReadTimeoutError):
        raise caught_exception


@cache
def _session() -> Any:
    # Typed by nobody: the stubs know services by literal name only.
    return boto3.Session()
