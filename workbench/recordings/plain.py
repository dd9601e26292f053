"""Refuses a foreign folder with links out of it: a recording holds only folders and regular files."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LINK: Final = "is a symbolic link, and a recording may not hold one"
_ODD: Final = "is neither a folder nor a regular file, and a recording may not hold it"


class NotPlain(Exception):
    """An entry of a folder is refused. The message names its path, and never its destination."""


def check(folder: Path) -> None:
    """Check everything below a folder without following links. The folder itself may be a link: its user named it.

    Raises:
        NotPlain: an entry is not a folder or a regular file, or a folder cannot be listed.
    """
    for entry in _below(str(folder)):
        if entry.is_symlink():
            raise NotPlain(f"{entry.path} {_LINK}: copy the file itself into its place, or delete it")
        # The listing has the kind of an entry, so a recording of a million objects is checked in some seconds.
        if not (entry.is_dir(follow_symlinks=False) or entry.is_file(follow_symlinks=False)):
            raise NotPlain(f"{entry.path} {_ODD}: delete it")


def _below(folder: str) -> Iterator[os.DirEntry[str]]:
    folders = [folder]
    while folders:
        here = folders.pop()
        try:
            with os.scandir(here) as entries:
                for entry in entries:
                    yield entry
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
        except OSError as error:
            raise NotPlain(f"{here} cannot be listed: {error.strerror}") from error
