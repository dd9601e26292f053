"""Finds the action that waits for a signal, by names that signals carry."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct


class Awaited(Struct, frozen=True, kw_only=True):
    """The entry of an action that waits, and since when."""

    digest: str
    since: datetime


def newest(waiting: Iterable[Awaited]) -> str | None:
    """Return the digest of the action that began to wait last, or None.

    One action at a time acts on a target. If a crash left an older one behind, the newer one must continue.
    """
    last = max(waiting, key=lambda each: (each.since, each.digest), default=None)
    return None if last is None else last.digest
