"""The result of the demo as tables: the events with their notifications, and the outcome of each remedy."""

from collections.abc import Iterable
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from workbench.demo.answered import Answered
from workbench.demo.performance import Act

_WIDE: Final = 120
_STYLES: Final = {"verified": "green", "refused": "yellow", "held back": "yellow", "proposed": "cyan"}


def show_acts(acts: list[Act]) -> None:
    """Print each event with its cause, its remedy's status, its notifications, and its differences."""
    if not acts:
        return
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("")
    table.add_column("What happened", overflow="fold", ratio=4)
    table.add_column("Cause, remedy", overflow="fold", ratio=3)
    table.add_column("Notified", overflow="fold", ratio=6)
    for act in acts:
        mark = Text("wrong", "red") if act.faults else Text("ok", "green")
        table.add_row(mark, Text(act.scene.title), _taken_for(act), _notified_by(act))
        for fault in act.faults:
            table.add_row("", "", "", Text(fault, "red"))
    _console().print(table)


def show_remedies(remedies: Iterable[Answered]) -> None:
    """Print each remedy: evidence, plan, approvers, actions and verification, or why it was held back."""
    console = _console()
    for number, remedy in enumerate(remedies):
        console.print(*([] if number else [Text("\nRemedies", "bold")]))
        head = Text.assemble(
            (remedy.target, "bold"), f"  {remedy.what}  ", (remedy.came_to, _STYLES.get(remedy.came_to, "red"))
        )
        console.print(head)
        console.print(_lines(remedy))


def _lines(remedy: Answered) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    before = ""
    for what, words in remedy.lines:
        table.add_row("" if what == before else what, Text(words))
        before = what
    return table


def _notified_by(act: Act) -> Text:
    if act.mails:
        return Text("\n".join(mail.subject for mail in act.mails))
    return Text(f"none: {act.scene.quiet_because}" if act.scene.quiet_because else "none")


def _taken_for(act: Act) -> Text:
    if not act.remedy:
        return Text(act.cause.replace("_", " ") or "-")
    return Text(f"{act.cause}:\n{act.remedy}".replace("_", " "))


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDE)
