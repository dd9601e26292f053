"""Refuses a folder of somebody else's that leads out of itself: a recording holds folders and regular files, and nothing more."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_LINK: Final = "is a symbolic link, and a recording may not hold one"
_ODD: Final = "is neither a folder nor a regular file, and a recording may not hold it"


class NotPlain(Exception):
    """Something in a folder is refused; the message names its path, and never what it leads to."""


def check(folder: Path) -> None:
    """Look at everything below a folder, and follow nothing. The folder itself may be a link: its user named it.

    Raises NotPlain at the first thing that is neither a folder nor a regular file, or at a folder that cannot be listed.
    """
    for entry in _below(str(folder)):
        if entry.is_symlink():
            raise NotPlain(f"{entry.path} {_LINK}: copy the file itself into its place, or delete it")
        # Which kind an entry is stands in the listing: a recording of a million objects is looked through in some seconds.
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
