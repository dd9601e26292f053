"""Calls to AWS whose failures speak Kedge's language: None, Conflict, Transient or Permanent."""

from collections.abc import Callable
from types import TracebackType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kedge.aws.errors import Meaning, meaning_of
from kedge.errors import Conflict, KedgeError, Permanent, Transient

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
        return tell(call, **parameters)
    except Absent:
        return None


def tell(call: Callable[..., Response], **parameters: object) -> Response:
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
