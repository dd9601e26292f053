"""boto3's clients: one session, each client created at its first use and then kept."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from kedge.adapters.calls import Client

# Seconds. Every call of Kedge is small: a call that takes longer is lost, and the queue retries.
_CONNECT: Final = 2
_READ: Final = 5
_ATTEMPTS: Final = 3
# SNS gets more time: if Kedge gave up on a message that SNS accepted, it would send the message twice.
_READ_OF_SNS: Final = 10
# Calls that change a team's resources get more time, too: after a lost response Kedge may only check, not call again.
_READ_OF_ACTS: Final = 10


class _Lazy:
    """A client that is created when one of its methods is first used.

    Most signals need one of intake's four clients.
    """

    def __init__(self, service: str, make: Callable[[str], Client]) -> None:
        self._service = service
        self._make = make

    def __getattr__(self, method: str) -> Any:
        return getattr(self._make(self._service), method)


def client(service: str) -> Client:
    """Return the client of a service by boto3's name for it. It costs nothing until it is used."""
    return _Lazy(service, _made)


def acting_client(service: str) -> Client:
    """Return the client for calls that change an endpoint or start something; it sends each call once.

    botocore would repeat a call whose response is late, and the second call could be a second change.
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
    """Prevent botocore from publishing a second time while the first message may have been accepted.

    SNS has no idempotency token, unlike DynamoDB's transactions, and effects that arrive twice through SQS are
    recognised. The function raises the error because older versions of botocore take any result except None as "again".
    See docs/decisions/0011-lost-answers.md.
    """
    if isinstance(caught_exception, ReadTimeoutError):
        raise caught_exception


@cache
def _session() -> Any:
    # There is no type here: the stubs know services only by literal name.
    return boto3.Session()
