"""Where each answer lies, kept on disk: a year of answers must need no more memory than an hour of them."""

import sqlite3
from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_CACHE: Final = -16 * 1024  # KiB, as SQLite wants it: negative
# An empty name is a database of SQLite's own temporary folder, which stays in memory while it fits into the cache, and is
# gone when it is closed, however the process ends.
_TEMPORARY: Final = ""


type Place = tuple[int, int, int]
"""Where an answer lies: since when it holds (microseconds since 1970), its line, and its offset in the file (bytes).

Of two places the greater wins: the later since, then the later line.
"""


class Index:
    """Places by key. Keys that are equal in Python are equal here; others may be (they are kept as hashes)."""

    def __init__(self, places: Iterable[tuple[Hashable, Place]]) -> None:
        """Take all places in, in any order."""
        self._database = sqlite3.connect(_TEMPORARY, isolation_level=None)
        self._database.execute(f"PRAGMA cache_size = {_CACHE}")
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE place (key INTEGER, since INTEGER, line INTEGER, offset INTEGER)")
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO place VALUES (?, ?, ?, ?)", ((hash(key), *place) for key, place in places)
        )
        self._database.execute("COMMIT")
        # After the rows, not before: sorted once, where each row for itself would touch a page of its own.
        self._database.execute("CREATE INDEX by_key ON place (key, since, line, offset)")

    def places(self, key: Hashable, until: datetime) -> Iterator[Place]:
        """The places of a key that hold at a time (UTC), the winner first."""
        rows = self._database.execute(
            "SELECT since, line, offset FROM place WHERE key = ? AND since <= ? ORDER BY since DESC, line DESC",
            (hash(key), micros(until)),
        )
        return iter(rows)

    @property
    def has_each_key_once(self) -> bool:
        """Whether no two places have one key."""
        (once,) = self._database.execute("SELECT count(*) = count(DISTINCT key) FROM place").fetchone()
        return bool(once)

    def close(self) -> None:
        """Forget everything, and give the disk back."""
        self._database.close()


def micros(at: datetime) -> int:
    """Microseconds since 1970 (UTC), negative before."""
    return (at - _EPOCH) // _MICROSECOND
