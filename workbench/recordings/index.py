"""The place of each answer, on disk: a year of answers must not need more memory than an hour of them."""

import sqlite3
from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# A replay reads in the order of the file, and the system keeps the pages of other reads.
_CACHE: Final = -1024  # KiB, as SQLite requires it: negative
# An empty name is a database in SQLite's own temporary folder. It stays in memory while it fits into the cache. It is
# deleted when it is closed, however the process ends.
_TEMPORARY: Final = ""


type Place = tuple[int, int, int]
"""The place of an answer: since when it holds (microseconds since 1970), its line, and its offset in the file (bytes).

The greater of two places wins: the later time, then the later line.
"""


class Index:
    """Places by key. Keys that are equal in Python are equal here; others may be (they are stored as hashes)."""

    def __init__(self, places: Iterable[tuple[Hashable, Place]]) -> None:
        """Store all places, in any order."""
        self._database = sqlite3.connect(_TEMPORARY, isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = {_CACHE}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE place (key INTEGER, since INTEGER, line INTEGER, offset INTEGER)")
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?)", ((hash(key), *place) for key, place in places)
        )
        self._database.execute("COMMIT")
        # The index is created after the rows: it is sorted once, and each row does not touch a page of its own.
        self._database.execute("CREATE INDEX by_key ON place (key, since, line, offset)")

    def places(self, key: Hashable, until: datetime) -> Iterator[Place]:
        """Yield the places of a key that hold at a time (UTC), the winner first."""
        rows = self._database.execute(
            "SELECT since, line, offset FROM place WHERE key = ? AND since <= ? ORDER BY since DESC, line DESC",
            (hash(key), micros(until)),
        )
        return iter(rows)

    @property
    def has_each_key_once(self) -> bool:
        """Return whether no two places have the same key."""
        (once,) = self._database.execute("SELECT count(*) = count(DISTINCT key) FROM place").fetchone()
        return bool(once)

    def close(self) -> None:
        """Delete everything, and release the disk space."""
        self._database.close()


def micros(at: datetime) -> int:
    """Return the microseconds since 1970 (UTC), negative before."""
    return (at - _EPOCH) // _MICROSECOND
