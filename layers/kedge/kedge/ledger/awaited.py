"""Who waits for what: by names that signals bring, an action is found that wants to hear of them."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class Awaited(Struct, frozen=True, kw_only=True):
    """That an action waits for something, and since when."""

    digest: str
    since: datetime


def newest(waiting: Iterable[Awaited]) -> str | None:
    """The digest of the action that began to wait last; None where none waits.

    One at a time acts on a target. Where a crash left an older one behind, it is the newer that somebody must wake.
    """
    last = max(waiting, key=lambda each: (each.since, each.digest), default=None)
    return None if last is None else last.digest
