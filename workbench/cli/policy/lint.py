"""`kedge policy lint`: all faults of a policy, each with its place and its fix."""

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from kedge.policy.lint import Fault, LintResult
from workbench.cli.exits import Exit
from workbench.cli.policy_files import reading_of


def lint(files: Sequence[Path], *, as_json: bool) -> Exit:
    """Read policies, print their faults on standard output, and return the exit code.

    It is FAILED if there is a fault, and USAGE if a file does not exist.
    """
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        read = [(file, reading_of(file)) for file in files if not _is_test(file)]
    except OSError as error:
        notes.print(Text(f"kedge policy lint: {error.filename or 'a file'} cannot be read: {error.strerror}"))
        return Exit.USAGE
    if as_json:
        _print_json(read)
    else:
        _print_text(Console(soft_wrap=True, highlight=False), read)
    for file in filter(_is_test, files):
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            Text(f"{file}: tests, which `kedge policy test` reads")
        )
    return Exit.FAILED if any(reading.faults for _, reading in read) else Exit.DONE


def _is_test(file: Path) -> bool:
    """Return whether a file holds tests of a policy: `kedge policy lint policies/*.yaml` names them, too."""
    return file.name.endswith((".test.yaml", ".test.yml"))


def _print_json(read: list[tuple[Path, LintResult]]) -> None:
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


def _print_text(screen: Console, read: list[tuple[Path, LintResult]]) -> None:
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


def _verdict(file: Path, reading: LintResult) -> Text:
    notes = f", {_counted(len(reading.notes), 'note')}" if reading.notes else ""
    if reading.document is None:
        return Text.assemble((f"{file}: ", "bold"), (_counted(len(reading.faults), "fault"), "red"), notes)
    document = reading.document
    return Text.assemble((f"{file}: ", "bold"), ("sound", "green"), f", {document.name}@{document.version}{notes}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
