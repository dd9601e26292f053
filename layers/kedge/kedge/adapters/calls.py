"""Calls to AWS whose failures speak Kedge's language: None, Conflict, Transient or Permanent."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kedge.adapters.errors import Meaning, is_busy, meaning_of, was_not_taken
from kedge.domain.errors import Busy, Conflict, KedgeError, Permanent, Throttled, Transient

# boto3 makes the classes of its clients at run time, so no type can be named here.
type Client = Any
type Response = dict[str, Any]


class Absent(Permanent):
    """What was asked for does not exist. `ask` makes None of it."""


class translated:  # noqa: N801  used as a statement: with translated("…")
    """Raises what AWS and botocore raise as Absent, Conflict, Transient or Permanent, with `what` was being done.

    A class, since a generator would leave each error behind in a cycle of frames: a replay of millions of runs meets as
    many absent objects.
    """

    def __init__(self, what: str) -> None:
        """`what` stands at the beginning of the error's sentence."""
        self._what = what

    def __enter__(self) -> None:
        """Nothing happens before something goes wrong."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Speak Kedge's language. What is no error of AWS passes as it is."""
        if isinstance(error, (ClientError, BotoCoreError)):
            raise in_our_words(error, self._what) from error


def in_our_words(error: ClientError | BotoCoreError, what: str) -> KedgeError:
    """What AWS and botocore raised, as Absent, Conflict, Transient or Permanent, with `what` was being done."""
    return _ERRORS[meaning_of(error)](f"{what}: {error}")


def ask(call: Callable[..., Response], **parameters: object) -> Response | None:
    """Make a call; None where what it asks for does not exist. Raises Conflict, Transient, Permanent."""
    try:
        return send(call, **parameters)
    except Absent:
        return None


def send(call: Callable[..., Response], **parameters: object) -> Response:
    """Make a call whose object must exist. Raises Conflict, Transient, Permanent."""
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
    """Make a call of an `acting_client`, once.

    Raises Busy where something else is under way just there, Throttled where AWS has surely not taken the call, Transient where nobody
    knows whether it arrived (no answer, half an answer, 5xx), Permanent where AWS refuses, with its own sentence.
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


def pages(call: _Call, more: str = "NextToken", **parameters: object) -> Iterator[Response]:
    """Every page of a listing. `more` names the token in request and answer alike. Raises Conflict, Transient, Permanent."""
    token: dict[str, object] = {}
    while True:
        page = send(call, **parameters, **token)
        yield page
        if not page.get(more):
            return
        token = {more: page[more]}


def utc(when: datetime | None) -> datetime | None:
    """The same moment in UTC. boto3 gives the machine's own zone."""
    return None if when is None else when.astimezone(UTC)
