"""Calls to AWS that change what is not Kedge's, and what their failures say of whether they were carried out."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from kedge.aws.calls import Response, in_our_words
from kedge.aws.errors import is_busy, was_not_taken
from kedge.errors import Busy, Conflict, KedgeError, Throttled, Transient


def act(call: Callable[..., Response], **parameters: object) -> Response:
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
