"""`kedge policy test` plays tests of policies and prints expected beside got."""

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from kedge.domain.errors import MalformedPolicy
from workbench.cli.exits import Exit
from workbench.scenarios.machine import line_of, write_junit
from workbench.scenarios.playing import Play, Result, plays
from workbench.scenarios.reach import is_in_reach, project_of
from workbench.scenarios.reading import Sheet, sheet_of
from workbench.scenarios.showing import Screen

if TYPE_CHECKING:
    from kedge.policy.lint import Fault

PATTERN: Final = "*.test.yaml"
"""The pattern of test files in a folder."""

HOME: Final = Path("policies")
"""The folder that is searched if no path is given."""


class Unusable(Exception):
    """Nothing can be tested: the requested files cannot be read, or do not exist."""


def play(paths: Sequence[Path], run: str | None, junit: Path | None, *, as_json: bool) -> Exit:
    """Play the tests of files, or of all files `*.test.yaml` in folders, if their names match `run`.

    Results go to standard output, unreadable files to standard error. The exit code is FAILED if a test failed, and
    USAGE if nothing could be tested.
    """
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    began = time.monotonic()
    results: list[Result] = []
    try:
        wanted = re.compile(run) if run is not None else None
        chosen = [(name, play) for name, play in _all(_files(paths)) if wanted is None or wanted.search(name)]
        if not chosen:
            raise Unusable(f"no test's name matches {run!r}" if run is not None else "there is no test")
        show = _printer(as_json=as_json)
        for _, play in chosen:
            result = play()
            results.append(result)
            show.show(result)
        seconds = time.monotonic() - began
        show.sum_up(results, seconds)
        if junit is not None:
            write_junit(results, junit, seconds)
    except re.error as error:
        notes.print(f"kedge policy test: --run is no regular expression: {error}", markup=False)
        return Exit.USAGE
    except (Unusable, MalformedPolicy, OSError) as error:
        notes.print(Text(f"kedge policy test: {error}"))
        return Exit.USAGE
    return Exit.DONE if all(result.ok for result in results) else Exit.FAILED


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    if not paths and not HOME.is_dir():
        raise Unusable(f"name files of tests: there is no folder {HOME} here")
    for path in paths or (HOME,):
        found = sorted(path.rglob(PATTERN)) if path.is_dir() else [path]
        if not found:
            raise Unusable(f"there is no {PATTERN} in {path}")
        if path.is_dir() and (odd := next((each for each in found if not is_in_reach(each, path)), None)) is not None:
            raise Unusable(
                f"{odd} is a link that leads out of {project_of(path)}: name the file itself, or delete the link"
            )
        yield from found


def _all(files: Iterable[Path]) -> Iterator[tuple[str, Play]]:
    """Yield every test of all files. Raises Unusable with all faults of all files."""
    read = [sheet_of(file) for file in files]
    sheets: list[Sheet] = []
    faults: list[Fault] = []
    for found in read:
        if isinstance(found, Sheet):
            sheets.append(found)
        else:
            faults += found
    if faults:
        raise Unusable("\n".join(["this cannot be played", *map(str, faults)]))
    for sheet in sheets:
        yield from plays(sheet)


class _Json:
    """Prints a line of JSON for each test."""

    def show(self, result: Result) -> None:
        sys.stdout.buffer.write(line_of(result))
        sys.stdout.buffer.flush()

    def sum_up(self, results: Iterable[Result], seconds: float) -> None:
        """Do nothing: a reader of JSON counts without help."""


def _printer(*, as_json: bool) -> Screen | _Json:
    return _Json() if as_json else Screen(Console(soft_wrap=True, highlight=False))
