"""The folder of a command's messages: it deletes an earlier run's messages, and no other file."""

import re
import tempfile
from pathlib import Path
from typing import Final

from workbench import private
from workbench.local_stack.inbox import CHANNELS

# These are the names that `Inbox.write` gives.
_A_MESSAGE: Final = re.compile(r"\d{3,}(?:-[a-z0-9-]+\.txt|\.json)")


class NoRoom(Exception):
    """The messages cannot be written there; the text says where, and why."""


REPORT: Final = "lending-prod-report.html"
"""The report of Kedge's own monitor, beside the messages."""


def write_report(folder: Path, page: bytes | None) -> None:
    """Write the report of Kedge's own monitor beside the messages, if there is one."""
    if page is not None:
        (folder / REPORT).write_bytes(page)


def make_room(folder: Path) -> None:
    """Make the folder with one of each channel in it, and remove the messages of an earlier run. Raises NoRoom.

    A file without a message's name stays: the folder may belong to the user and contain more.
    """
    try:
        (folder / REPORT).unlink(missing_ok=True)
        for channel in CHANNELS:
            place = folder / channel
            private.make_folder(place)
            for path in place.iterdir():
                if _A_MESSAGE.fullmatch(path.name):
                    path.unlink()
            # Checked now rather than after all the work, because only a write shows the permission to write.
            with tempfile.TemporaryFile(dir=place):
                pass
    except OSError as error:
        raise NoRoom(f"messages cannot be left in {folder}: {error.strerror}") from error
