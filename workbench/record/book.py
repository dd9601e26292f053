"""The recording so far, in one file that survives an interruption; in the end, the recording is written from it."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from workbench import private
from workbench.cli.connection.ending import Unwise
from workbench.recordings import plain

NAME: Final = ".unfinished.sqlite3"
"""The file's name in the recording's folder. If it exists, the recording is not finished."""

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS told (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE IF NOT EXISTS done (work TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS left_out (id TEXT PRIMARY KEY, why TEXT);
CREATE TABLE IF NOT EXISTS signal (id TEXT PRIMARY KEY, at TEXT, line BLOB);
CREATE TABLE IF NOT EXISTS answer (operation TEXT, request TEXT, line BLOB, at TEXT, PRIMARY KEY (operation, request));
CREATE INDEX IF NOT EXISTS unplaced ON answer (at) WHERE at IS NULL;
"""


class Book:
    """Signals and answers, each stored once even if written several times. Each line in it is complete."""

    def __init__(self, folder: Path) -> None:
        """Begin, or continue after an interruption. Raises Unwise if the folder holds something else."""
        self.folder = folder
        self._file = folder / NAME
        if not self._file.exists() and folder.exists() and any(folder.iterdir()):
            raise Unwise(f"{folder} is not empty, and no recording that was broken off: name another folder")
        private.make_folder(folder)
        try:
            plain.check(folder)  # the folder may come from elsewhere, and no write may leave it
        except plain.NotPlain as refused:
            raise Unwise(str(refused)) from refused
        # SQLite gives the files that it keeps beside this one the same mode.
        private.touch(self._file)
        self._database = sqlite3.connect(self._file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_TABLES)

    def __enter__(self) -> Self:
        """Return the book; there is nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file, which stays for the next time unless `finish` deleted it."""
        self._database.close()

    def agree(self, **told: str) -> dict[str, str]:
        """Return the options of the first run that recorded anything; every later run uses them."""
        with self.together():
            if not (self.count("signal") or self.count("answer")):
                self._database.execute("DELETE FROM told")
            for name, value in told.items():
                self._database.execute("INSERT OR IGNORE INTO told VALUES (?, ?)", (name, value))
        return dict(self._database.execute("SELECT name, value FROM told"))

    @contextmanager
    def together(self) -> Iterator[None]:
        """Store everything written within this context, or nothing of it."""
        self._database.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def is_done(self, work: str) -> bool:
        """Return whether a piece of work was finished, by this run or an earlier one."""
        return self._has("SELECT 1 FROM done WHERE work = ?", work)

    def done(self, work: str) -> None:
        """Record that a piece of work is finished."""
        self._database.execute("INSERT OR IGNORE INTO done VALUES (?)", (work,))

    def has_signal(self, name: str) -> bool:
        """Return whether the signal of this id is stored."""
        return self._has("SELECT 1 FROM signal WHERE id = ?", name)

    def signal(self, name: str, at: datetime, event: Mapping[str, Any]) -> None:
        """Store an event under an id of its own, with its time of arrival (UTC).

        The answers that were stored since the last event belong to this one, and keep the same order.
        """
        line = msgspec.json.encode({"at": at, "event": event})
        self._database.execute("INSERT OR IGNORE INTO signal VALUES (?, ?, ?)", (name, _sortable(at), line))
        self._database.execute("UPDATE answer SET at = ? WHERE at IS NULL", (_sortable(at),))

    def answer(self, operation: str, request: Mapping[str, Any], **told: object) -> None:
        """Store what AWS answered to `<service>.<Operation>`: a `response` or an `error`. The newest counts."""
        asked = msgspec.json.encode(request, order="sorted").decode()
        line = msgspec.json.encode({"request": request, **told})
        self._database.execute(
            "INSERT INTO answer (operation, request, line) VALUES (?, ?, ?)"
            " ON CONFLICT (operation, request) DO UPDATE SET line = excluded.line",
            (operation, asked, line),
        )

    def leave_out(self, name: str, why: str) -> None:
        """Record that something is left out, and why."""
        self._database.execute("INSERT OR REPLACE INTO left_out VALUES (?, ?)", (name, why))

    def left_out(self) -> dict[str, int]:
        """Return the number of items left out, by reason."""
        return dict(self._database.execute("SELECT why, count(*) FROM left_out GROUP BY why ORDER BY why"))

    def count(self, table: str) -> int:
        """Return the number of signals or answers."""
        (number,) = self._database.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608  no foreign word
        return int(number)

    def finish(self, then: Callable[[], None] = lambda: None) -> None:
        """Write the recording's files, each atomically, the signals last; call `then`, and delete the book.

        An error before the end leaves the book, and the next run finishes again.
        """
        operations = [name for (name,) in self._database.execute("SELECT DISTINCT operation FROM answer")]
        for operation in operations:
            rows = self._database.execute(
                "SELECT line FROM answer WHERE operation = ? ORDER BY at, rowid", (operation,)
            )
            self.write(self.folder / "aws" / f"{operation}.jsonl", (line + b"\n" for (line,) in rows))
        rows = self._database.execute("SELECT line FROM signal ORDER BY at, rowid")
        self.write(self.folder / "signals.jsonl", (line + b"\n" for (line,) in rows))
        then()
        self._database.close()
        for path in self.folder.glob(f"{NAME}*"):
            path.unlink()

    def write(self, path: Path, parts: Iterable[bytes]) -> None:
        """Write a file of the recording atomically."""
        private.make_folder(path.parent)
        # The file is beside the book and has its prefix: leftovers of an interruption are deleted with the book.
        partial = self.folder / f"{NAME}-partial"
        with private.opened(partial) as file:
            file.writelines(parts)
        partial.replace(path)

    def _has(self, query: str, value: str) -> bool:
        return self._database.execute(query, (value,)).fetchone() is not None


def _sortable(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
