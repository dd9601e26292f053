"""The results of `kedge doctor` as a table on a terminal, or as JSON."""

import sys
from collections.abc import Iterable
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workbench.cli.doctor.result import CheckResult, CheckState

_STYLES: Final = {CheckState.OK: "green", CheckState.FAULT: "bold red", CheckState.UNKNOWN: "yellow"}
_WIDTH: Final = 140


def print_json(results: Iterable[CheckResult]) -> None:
    """Print each result as one JSON object on a line."""
    for each in results:
        sys.stdout.buffer.write(msgspec.json.encode(each) + b"\n")
    sys.stdout.buffer.flush()


def print_table(results: list[CheckResult]) -> None:
    """Print the results, the faults with what fixes them, and a last line with the counts."""
    screen = Console(highlight=False)
    screen = screen if screen.is_terminal else Console(highlight=False, width=_WIDTH)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("check", no_wrap=True)
    table.add_column("subject", overflow="fold", max_width=44)
    table.add_column("what was found, and what fixes it", overflow="fold")
    for each in results:
        subject = (
            f"{each.endpoint}: {each.subject}" if each.endpoint and each.endpoint != each.subject else each.subject
        )
        table.add_row(Text(each.state, style=_STYLES[each.state]), each.check, Text(subject), _said(each))
    screen.print(table)
    screen.print()
    screen.print(Text(counts(results)))


def counts(results: list[CheckResult]) -> str:
    """Return the last line: the number of checks, of faults, and of checks that could not be made."""
    faults = sum(each.state is CheckState.FAULT for each in results)
    unknown = sum(each.state is CheckState.UNKNOWN for each in results)
    found = "no fault" if not faults else "1 fault" if faults == 1 else f"{faults} faults"
    left = "" if not unknown else f", {unknown} could not be checked"
    return f"{len(results)} {'result' if len(results) == 1 else 'results'}: {found}{left}"


def _said(each: CheckResult) -> Text:
    return Text(each.evidence) if not each.fix else Text.assemble(each.evidence, "\n", (each.fix, "italic"))
