"""Calls to AWS, with their errors translated into None, Conflict, Transient or Permanent."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kedge.adapters.errors import Meaning, is_busy, meaning_of, was_not_taken
from kedge.domain.errors import Busy, Conflict, KedgeError, Permanent, Throttled, Transient

# boto3 creates the classes of its clients at run time, so there is no type to name here.
type Client = Any
type Response = dict[str, Any]


class Absent(Permanent):
    """The requested resource does not exist. `ask` returns None for it."""


class translated:  # noqa: N801  used as a statement: with translated("…")
    """A context that raises errors of AWS and botocore as Absent, Conflict, Transient or Permanent.

    It is a class because a generator would leave each error in a cycle of frames. A replay of millions of runs meets as
    many absent objects.
    """

    def __init__(self, what: str) -> None:
        """Keep `what`, the operation that starts the error's sentence."""
        self._what = what

    def __enter__(self) -> None:
        """Do nothing on entry."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Raise the translated error. Errors that do not come from AWS pass unchanged."""
        if isinstance(error, (ClientError, BotoCoreError)):
            raise in_our_words(error, self._what) from error


def in_our_words(error: ClientError | BotoCoreError, what: str) -> KedgeError:
    """Return an error of AWS or botocore as Absent, Conflict, Transient or Permanent; `what` was the operation."""
    return _ERRORS[meaning_of(error)](f"{what}: {error}")


def ask(call: Callable[..., Response], **parameters: object) -> Response | None:
    """Return the response to a call, or None if the resource does not exist.

    Raises Conflict, Transient or Permanent.
    """
    try:
        return call(**parameters)
    except (ClientError, BotoCoreError) as error:
        told = in_our_words(error, getattr(call, "__name__", "call"))
        if isinstance(told, Absent):
            return None
        raise told from error


def send(call: Callable[..., Response], **parameters: object) -> Response:
    """Return the response to a call whose resource must exist. Raises Conflict, Transient or Permanent."""
    try:
        return call(**parameters)
    except (ClientError, BotoCoreError) as error:
        raise in_our_words(error, getattr(call, "__name__", "call")) from error


_ERRORS = {
    Meaning.ABSENT: Absent,
    Meaning.CONFLICT: Conflict,
    Meaning.TRANSIENT: Transient,
    Meaning.PERMANENT: Permanent,
}


def mutate(call: Callable[..., Response], **parameters: object) -> Response:
    """Return the response to a call of an `acting_client`, which is sent once.

    Raises:
        Busy: another change of the same resource is in progress.
        Throttled: AWS certainly did not carry out the call.
        Transient: it is unknown whether the call arrived (no response, a partial response, 5xx).
        Permanent: AWS refused the call; carries AWS's own sentence.
    """
    try:
        return call(**parameters)
    except (ClientError, BotoCoreError) as error:
        raise _what_came_of_it(error, getattr(call, "__name__", "call")) from error


def _what_came_of_it(error: ClientError | BotoCoreError, what: str) -> KedgeError:
    said = f"{what}: {error}"
    if is_busy(error):
        return Busy(said)
    if was_not_taken(error):
        return Throttled(said)
    meant = in_our_words(error, what)
    return Transient(said) if isinstance(meant, Conflict) else meant


type _Call = Callable[..., Response]


def pages(
    call: _Call, more: str = "NextToken", *, asked_as: str | None = None, **parameters: object
) -> Iterator[Response]:
    """Yield every page of a listing.

    `more` is the name of the token in the response, and in the request if `asked_as` is None. Raises Conflict, Transient
    or Permanent.
    """
    token: dict[str, object] = {}
    while True:
        page = send(call, **parameters, **token)
        yield page
        if not page.get(more):
            return
        token = {asked_as or more: page[more]}


def utc(when: datetime | None) -> datetime | None:
    """Return the same moment in UTC. boto3 returns the machine's own zone."""
    return None if when is None else when.astimezone(UTC)
