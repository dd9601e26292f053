"""Folders and files that only their owner may read: recordings and messages contain names of an account."""

import os
import stat
from pathlib import Path
from typing import IO, Final

_FOLDER: Final = 0o700
_FILE: Final = 0o600


def make_folder(path: Path) -> None:
    """Make a folder and its missing parents, or limit an existing one to its owner. Raises OSError."""
    missing = [each for each in (path, *path.parents) if not each.exists()]
    for each in reversed(missing):
        # The mode is set at the creation, not afterwards: the folder is never open to others.
        each.mkdir(mode=_FOLDER, exist_ok=True)
    path.chmod(_FOLDER)


def opened(path: Path) -> IO[bytes]:
    """Open a file for writing, emptied if it exists. Raises OSError.

    A symlink is refused: it would lead the text to another file.
    """
    return open(path, "wb", opener=_open)


def touch(path: Path) -> None:
    """Make an empty file, or limit an existing one to its owner; its content stays. Raises OSError."""
    os.close(_open(str(path), os.O_WRONLY | os.O_CREAT))


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8 over the old content of a file. Raises OSError."""
    with opened(path) as file:
        file.write(text.encode())


def _open(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NOFOLLOW, _FILE)
    # An existing file keeps its mode when it is opened.
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.fchmod(descriptor, _FILE)
    return descriptor
