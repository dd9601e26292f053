"""The folder in which a command leaves what was sent: rid of an earlier run's messages, and of nothing else."""

import re
import tempfile
from pathlib import Path
from typing import Final

from workbench import private
from workbench.local_stack.inbox import CHANNELS

# `Inbox.write` names them so.
_A_MESSAGE: Final = re.compile(r"\d{3,}(?:-[a-z0-9-]+\.txt|\.json)")


class NoRoom(Exception):
    """Messages cannot be left there; the message says where, and why."""


def make_room(folder: Path) -> None:
    """Make the folder with one of each channel in it, and remove the messages of an earlier run. Raises NoRoom.

    Whatever is not named as a message is stays: the folder may be somebody's, with more in it.
    """
    try:
        for channel in CHANNELS:
            place = folder / channel
            private.make_folder(place)
            for path in place.iterdir():
                if _A_MESSAGE.fullmatch(path.name):
                    path.unlink()
            # Now rather than after all the work, and a right to write shows only when somebody writes.
            with tempfile.TemporaryFile(dir=place):
                pass
    except OSError as error:
        raise NoRoom(f"messages cannot be left in {folder}: {error.strerror}") from error
