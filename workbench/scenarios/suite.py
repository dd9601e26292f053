"""Prints one line per scenario: its cause and its remedy, expected beside got."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, TextIO

from msgspec import Struct

from kedge.domain.errors import MalformedPolicy
from workbench.scenarios.machine import wrong
from workbench.scenarios.playing import Play, Result, plays
from workbench.scenarios.reading import Sheet, sheet_of
from workbench.scenarios.row import NONE, Row
from workbench.scenarios.workflow.definition import NotPlayed

PATTERN: Final = "*.test.yaml"
_SHOWN: Final = ("incident", "cause", "remedies")
_COUNTED: Final = "standing "


class Unreadable(Exception):
    """A file of scenarios that cannot be played, with all its faults."""


class Summary(Struct, frozen=True):
    """The expected and the actual result of a scenario."""

    expected: str
    got: str


def scenarios(folder: Path) -> Iterator[tuple[Path, str, Play]]:
    """Yield every scenario of a folder with its file and name, ready to be played.

    Raises MalformedPolicy and OSError.

    Raises:
        Unreadable: a file has faults; carries all of them.
    """
    for file in sorted(folder.glob(PATTERN)):
        sheet = sheet_of(file)
        if not isinstance(sheet, Sheet):
            raise Unreadable("\n".join(map(str, sheet)))
        for name, play in plays(sheet):
            yield file, name, play


def summary_of(result: Result) -> Summary:
    """Return the last cause and remedy of a scenario, and everything else that differs."""
    last: dict[str, Row] = {}
    for looked in result.looked:
        last.update({row.what: row for row in looked.rows if row.what in _SHOWN or row.what.startswith(_COUNTED)})
    expected, got = (_words({what: getattr(row, side) for what, row in last.items()}) for side in ("expected", "got"))
    if result.ok:
        return Summary(expected, got)
    return Summary(expected, f"{got}; {'; '.join(line.partition(': at ')[2] or line for line in wrong(result))}")


def report(folder: Path, out: TextIO, notes: TextIO) -> int:
    """Play all scenarios of a folder, print a line for each below its file, and a last line that counts them.

    Returns 0 if everything is as expected, 1 if something differs, and 2 if nothing can be played.
    """
    try:
        played = [(file, name, _played(play)) for file, name, play in scenarios(folder)]
    except (Unreadable, MalformedPolicy, OSError, NotPlayed) as error:
        notes.write(f"scenarios: {error}\n")
        return 2
    if not played:
        notes.write(f"scenarios: there is no {PATTERN} in {folder}\n")
        return 2
    files = list(dict.fromkeys(file for file, _, _ in played))
    for file in files:
        lines = [(name, result, summary_of(result)) for where, name, result in played if where == file]
        name_width = max(len(name) for name, _, _ in lines)
        width = max(len(summary.expected) for _, _, summary in lines)
        out.write(f"{file}\n")
        for name, result, summary in lines:
            word = "ok" if result.ok else "DIFFERS"
            got = " ".join(summary.got.split())
            out.write(f"  {word:<8}{name:<{name_width}}  expected {summary.expected:<{width}}  got {got}\n")
    differ = sum(not result.ok for _, _, result in played)
    many = "scenario" if len(played) == 1 else "scenarios"
    out.write(f"{len(played)} {many}: {len(played) - differ} as expected, {differ} differ\n")
    return 1 if differ else 0


def _played(play: Play) -> Result:
    return play()


def _words(rows: dict[str, str]) -> str:
    counted = ", ".join(
        f"{value} {what.removeprefix(_COUNTED)}" for what, value in rows.items() if what.startswith(_COUNTED)
    )
    remedy = rows.get("remedies") or counted or NONE
    return f"{rows.get('cause') or rows.get('incident') or NONE}: {remedy}"
