"""What the person at the terminal sees: progress on stderr, the result on stdout."""

import time
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.table import Table

from workbench.demo.performance import Act

if TYPE_CHECKING:
    from rich.status import Status


class Progress:
    """One line that says what is going on now: a spinner on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._console = Console(stderr=True, highlight=False)
        self._status: Status | None = None
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Show no more."""
        if self._status is not None:
            self._status.stop()

    def say(self, what: str) -> None:
        """Say what is going on now."""
        text = f"{time.monotonic() - self._began:5.1f} s  {what}"
        if self._status is not None:
            self._status.update(text)
        else:
            self._console.print(text, markup=False)


def show(acts: list[Act], folder: Path) -> None:
    """The result: a table of what happened, and what to do next."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for name, more in (
        ("", {}),
        ("What happened", {"overflow": "fold"}),
        ("Taken for", {}),
        ("Told", {"overflow": "fold"}),
    ):
        table.add_column(name, **more)  # type: ignore[arg-type]  # rich's columns take these words
    for act in acts:
        mark = "[red]wrong[/]" if act.faults else "[green]ok[/]"
        told = "\n".join(mail.subject for mail in act.mails) or f"nobody: {act.scene.quiet_because}"
        table.add_row(mark, act.scene.title, act.cause.replace("_", " ") or "nothing", _plain(told))
        for fault in act.faults:
            table.add_row("", "", "", f"[red]{_plain(fault)}[/]")
    console.print(table)
    wrong = sum(bool(act.faults) for act in acts)
    mails = sum(len(act.mails) for act in acts)
    console.print()
    if wrong:
        console.print(f"{wrong} of {len(acts)} scenes did not end as they should.", style="red")
    else:
        console.print(f"{len(acts)} scenes, {mails} mails, each sent once. Nothing is left running.")
    console.print(
        f"Every message is a file to read: {_short(folder)}/mail, {_short(folder)}/programs, {_short(folder)}/chat"
    )
    console.print()
    console.print("Next")
    console.print(f"  less {_short(folder)}/mail/*         read what the on-call engineer got", markup=False)
    console.print("  .venv/bin/kedge up            keep the stack running and send it events of your own", markup=False)
    console.print("  sam build && sam deploy --guided   put it into an account: README.md, Deploy", markup=False)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _short(folder: Path) -> str:
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)
