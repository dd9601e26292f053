"""Objects in S3, as files below `s3/<bucket>/<key>`."""

import io
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, override
from urllib.parse import quote

from msgspec import Struct

# These characters stay the same in a file system and in percent-encoding. A part never begins with a dot.
_ORDINARY: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*")

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")
# Folders that are kept in memory: a fleet has some hundreds of schedules, each with the folders of a day's runs.
_REMEMBERED: Final = 2048
_MOST_NAMES: Final = 64


class Stored(Struct, frozen=True):
    """A file that stands for an object, and its size in bytes."""

    place: str
    size: int

    @property
    def path(self) -> Path:
        """Return the place of the file. A text serves to read it, and takes a fraction of the time."""
        return Path(self.place)

    @property
    def modified(self) -> datetime:
        """Return when the file was last written."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, UTC)


class Slice(io.RawIOBase):
    """A part of a file that reads like a file, so that a body of hundreds of megabytes stays on disk."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        """Keep the path, and `start` and `length` in bytes."""
        super().__init__()
        self._file: BinaryIO = path.open("rb")
        self._file.seek(start)
        self._left = length

    @override
    def readable(self) -> bool:
        return True

    @override
    def read(self, size: int | None = -1) -> bytes:
        wanted = self._left if size is None or size < 0 else min(size, self._left)
        data = self._file.read(wanted)
        self._left -= len(data)
        return data

    @override
    def close(self) -> None:
        self._file.close()
        super().close()


class Shelf:
    """The `s3/` folder of a recording."""

    def __init__(self, folder: Path) -> None:
        """Keep `folder`, which may not exist: then there are no objects."""
        self._folder = folder
        self._root = str(folder)
        self._inside = f"{os.path.realpath(folder)}{os.sep}"
        # The last folder that was found missing: its bucket, and the beginning of its keys.
        self._missing_bucket, self._missing_keys = "", ""
        # The folders of a day's runs are in one folder. A question to the disk takes longer than the rest of a look-up.
        self._names_in = lru_cache(_REMEMBERED)(_names_in)
        self._real = lru_cache(_REMEMBERED)(os.path.realpath)

    def find(self, bucket: str, key: str) -> Stored | None:
        """Return the object, or None. It never reads anything outside of the folder.

        A key that no file system can hold (a part of `..`, a colon on some) has a percent-encoded file name. Empty
        parts of a key (`a//b`) look like single slashes on disk, and are not supported.
        """
        if bucket == self._missing_bucket and key.startswith(self._missing_keys):
            return None
        if self._is_in_a_missing_folder(bucket, key):
            return None
        for spelling in (key,) if _is_ordinary(bucket, key) else self._spellings(bucket, key):
            path = f"{self._root}/{bucket}/{spelling}"
            try:
                found = os.stat(path)  # noqa: PTH116  a pathlib path for each of a million objects takes longer than the rest
                if stat.S_ISREG(found.st_mode) and self._real_path(path).startswith(self._inside):
                    return Stored(path, found.st_size)
            except (OSError, ValueError):  # a name too long, or with a NUL, for this file system: it does not exist
                continue
        return None

    def _is_in_a_missing_folder(self, bucket: str, key: str) -> bool:
        """Return whether the folder of a key is missing.

        The answer is kept: a report has several possible names in one folder, and most folders do not exist.
        """
        folder = key.rpartition("/")[0]
        if not _is_ordinary(bucket, folder):
            return False
        above, _, name = folder.rpartition("/")
        names = self._names_in(f"{self._root}/{bucket}/{above}")
        if name in names if names is not None else os.access(f"{self._root}/{bucket}/{folder}", os.F_OK):
            return False
        self._missing_bucket, self._missing_keys = bucket, f"{folder}/"
        return True

    def _real_path(self, path: str) -> str:
        """Return the path of a file without links."""
        folder, _, name = path.rpartition("/")
        above, _, within = folder.rpartition("/")
        if os.path.islink(path) or os.path.islink(folder):  # noqa: PTH114  as `find`
            return os.path.realpath(path)
        return f"{self._real(above)}{os.sep}{within}{os.sep}{name}"

    def place(self, bucket: str, key: str) -> Path:
        """Return the place of an object that is about to be written. Raises ValueError for an impossible file name."""
        self._missing_bucket = ""
        self._names_in.cache_clear()
        self._real.cache_clear()
        for spelling in self._spellings(bucket, key):
            return Path(f"{self._root}/{bucket}/{spelling}")
        raise ValueError(f"no file can stand for s3://{bucket}/{key}")

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Yield the keys of a bucket that begin with a prefix, in S3's order."""
        root = self._folder / bucket
        if not _plain(bucket) or not root.is_dir():
            return
        keys = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        yield from sorted((key for key in keys if key.startswith(prefix)), key=str.encode)

    def _spellings(self, bucket: str, key: str) -> Iterator[str]:
        parts = [part for part in key.split("/") if part]
        if not parts or key.endswith("/") or not _plain(bucket):
            return
        if all(_plain(part) for part in parts):
            yield "/".join(parts)
        encoded = [_encoded(part) for part in parts]
        if encoded != parts:
            yield "/".join(encoded)


def _names_in(folder: str) -> frozenset[str] | None:
    """Return the names in a folder, none if it is missing; None if they are too many to keep, or cannot be read."""
    try:
        with os.scandir(folder) as entries:
            names = [each.name for each in islice(entries, _MOST_NAMES + 1)]
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError):
        return None
    return frozenset(names) if len(names) <= _MOST_NAMES else None


def _is_ordinary(bucket: str, key: str) -> bool:
    return _ORDINARY.fullmatch(key) is not None and _BUCKET.fullmatch(bucket) is not None


def _plain(part: str) -> bool:
    return part not in {"", ".", ".."} and not set(part) & {"/", "\\", "\0"}


def _encoded(part: str) -> str:
    return part.replace(".", "%2E") if part in {".", ".."} else quote(part, safe="")
