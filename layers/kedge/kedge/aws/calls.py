"""Calls to AWS whose failures speak Kedge's language: None, Conflict, Transient or Permanent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kedge.aws.errors import Meaning, meaning_of
from kedge.errors import Conflict, Permanent, Transient

# boto3 makes the classes of its clients at run time, so no type can be named here.
type Client = Any
type Response = dict[str, Any]


class Absent(Permanent):
    """What was asked for does not exist. `ask` makes None of it."""


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raise what AWS and botocore raise as Absent, Conflict, Transient or Permanent, with `what` was being done."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise _ERRORS[meaning_of(error)](f"{what}: {error}") from error


def ask(call: Callable[..., Response], **parameters: object) -> Response | None:
    """Make a call; None where what it asks for does not exist. Raises Conflict, Transient, Permanent."""
    try:
        return tell(call, **parameters)
    except Absent:
        return None


def tell(call: Callable[..., Response], **parameters: object) -> Response:
    """Make a call whose object must exist. Raises Conflict, Transient, Permanent."""
    with translated(getattr(call, "__name__", "call")):
        return call(**parameters)


_ERRORS = {
    Meaning.ABSENT: Absent,
    Meaning.CONFLICT: Conflict,
    Meaning.TRANSIENT: Transient,
    Meaning.PERMANENT: Permanent,
}
