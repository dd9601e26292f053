"""The output on the terminal: progress on stderr, the result on stdout."""

import sys
import time
from pathlib import Path
from shlex import quote
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.text import Text

from workbench.demo.answered import Answered
from workbench.demo.messages import REPORT
from workbench.demo.performance import Act
from workbench.demo.tables import show_acts, show_remedies
from workbench.local_stack.local_stack import ROOT

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """One line with the current activity and its duration: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        """Start without a line."""
        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._began = time.monotonic()
        self._what = ""

    def __enter__(self) -> Self:
        """Start to show the line."""
        if self._console.is_terminal:
            self._status = self._console.status(self)
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop the spinner."""
        if self._status is not None:
            self._status.stop()

    def __rich__(self) -> Text:
        """Return the current line; the spinner reads it at each turn."""
        return Text(f"{time.monotonic() - self._began:5.1f} s  {self._what}")

    def say(self, what: str) -> None:
        """Set the current activity."""
        self._what = what
        if self._status is None:
            self._console.print(self)


def show(acts: list[Act], remedies: list[Answered], folder: Path) -> None:
    """Print the result: the events, each remedy's outcome, and the next steps."""
    show_acts(acts)
    show_remedies(remedies)
    console = Console(highlight=False, soft_wrap=True)
    wrong = sum(bool(act.faults) for act in acts)
    mails = sum(len(act.mails) for act in acts)
    console.print()
    if wrong:
        console.print(f"{wrong} of {len(acts)} scenes did not end as they should.", style="red")
    else:
        console.print(f"{len(acts)} scenes, {mails} mails, each sent once. Nothing is left running.")
    left = short(folder)
    console.print(f"Every message is a file to read: {left}/mail, {left}/programs, {left}/chat", markup=False)
    steps = {
        f"less {quote(left)}/mail/*": "read the mails of the on-call engineer",
        f"{quote(left)}/{REPORT}": "open the report of Kedge's own monitor in a browser",
        f"{quote(short(Path(sys.executable).with_name('kedge')))} up": "keep the local stack running for your own events",
        f"{short(ROOT / 'README.md')}, Deploy": "deploy Kedge to an AWS account",
    }
    width = max(map(len, steps))
    console.print("\nNext")
    for step, why in steps.items():
        console.print(f"  {step:{width}}  {why}", markup=False)


def short(folder: Path) -> str:
    """Return a path as a user would type it here."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)
