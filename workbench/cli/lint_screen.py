"""The output of `kedge policy lint` and `kedge monitor lint`: faults and notes with their places, or JSON."""

import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

from kedge.policy.lint import Fault, LintResult
from workbench.cli.exits import Exit

type Read = list[tuple[Path, LintResult[Any]]]


def print_results(read: Read, *, as_json: bool) -> Exit:
    """Print the results of reading files on standard output, and return the exit code: FAILED if there is a fault."""
    if as_json:
        _print_json(read)
    else:
        _print_text(Console(soft_wrap=True, highlight=False), read)
    return Exit.FAILED if any(reading.faults for _, reading in read) else Exit.DONE


def _print_json(read: Read) -> None:
    for file, reading in read:
        name = reading.document.name if reading.document is not None else None
        version = reading.document.version if reading.document is not None else None
        line = {
            "file": str(file),
            "sound": not reading.faults,
            "name": name,
            "version": version,
            "faults": [_fields(fault) for fault in reading.faults],
            "notes": [_fields(note) for note in reading.notes],
        }
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _fields(fault: Fault) -> dict[str, object]:
    return {"line": fault.line, "column": fault.column, "why": fault.why, "mend": fault.mend, "source": fault.source}


def _print_text(screen: Console, read: Read) -> None:
    for file, reading in read:
        for fault in reading.faults:
            screen.print(_block(fault, "", "red"))
        for note in reading.notes:
            screen.print(_block(note, "note: ", "yellow"))
        screen.print(_verdict(file, reading))


def _block(fault: Fault, before: str, style: str) -> Text:
    line, caret = fault.shown
    block = Text.assemble(
        (f"{fault.place}: ", "bold"), (before, style), f"{fault.why}\n    {line}\n    ", (caret, style)
    )
    return block.append(f"\n    {fault.mend}\n" if fault.mend else "\n")


def _verdict(file: Path, reading: LintResult[Any]) -> Text:
    notes = f", {_counted(len(reading.notes), 'note')}" if reading.notes else ""
    if reading.document is None:
        return Text.assemble((f"{file}: ", "bold"), (_counted(len(reading.faults), "fault"), "red"), notes)
    document = reading.document
    return Text.assemble((f"{file}: ", "bold"), ("sound", "green"), f", {document.name}@{document.version}{notes}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
