"""Results for the terminal: a line for each test and, if it failed, expected beside got and the events before."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from kedge.policy.durations import spell_duration
from workbench.scenarios.playing import Looked, Result
from workbench.scenarios.row import Row
from workbench.scenarios.telling import so_far

if TYPE_CHECKING:
    from pathlib import Path

_INDENT: Final = " " * 10
_WIDEST: Final = 60
_OK: Final = "ok"
_FAILED: Final = "FAILED"


class Screen:
    """Prints results as they arrive."""

    def __init__(self, console: Console) -> None:
        """Print to `console`, the console of the results."""
        self._console = console
        self._file: Path | None = None

    def show(self, result: Result) -> None:
        """Print one test, below the name of its file."""
        if result.file != self._file:
            if self._file is not None:
                self._print(Text())
            self._file = result.file
            self._print(Text(str(result.file), "bold"))
        word, style = (_OK, "green") if result.ok else (_FAILED, "bold red")
        under = f" (under {result.policy})" if result.policy else ""
        self._print(Text.assemble("  ", (f"{word:<8}", style), f"{result.name}{under}"))
        if not result.ok:
            for line in _failure(result):
                self._print(line)

    def sum_up(self, results: Iterable[Result], seconds: float) -> None:
        """Print how many tests passed, and how many failed."""
        known = list(results)
        failed = sum(not each.ok for each in known)
        words = f"{len(known)} test{'' if len(known) == 1 else 's'}: "
        passed = (f"{len(known) - failed} ok", "green" if not failed else "")
        rest = (f", {failed} {_FAILED}", "bold red") if failed else ("", "")
        self._print(Text())
        self._print(Text.assemble(words, passed, rest, f" ({seconds:.1f} s)"))

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=True)


def _failure(result: Result) -> Iterator[Text]:
    if result.rows:
        yield Text(f"{_INDENT}{result.file}:{result.line}", "dim")
        yield from _table(result.rows)
    for looked in result.looked:
        if not looked.ok:
            yield Text.assemble(_INDENT, (f"at {_moment(looked)}", "bold"), (f"  {result.file}:{looked.line}", "dim"))
            yield from _table(looked.rows)
    if result.broken:
        yield Text(f"{_INDENT}cannot be played: {result.broken}", "red")
    if result.start is not None:
        yield from _timeline(result, result.start)


def _moment(looked: Looked) -> str:
    return f"{spell_duration(looked.after)}, {looked.at:%A %Y-%m-%d %H:%M} UTC"


def _table(rows: tuple[Row, ...]) -> Iterator[Text]:
    first, second = max(len(row.what) for row in rows), max(len(row.expected) for row in rows)
    second = min(max(second, len("expected")), _WIDEST)
    yield Text(f"{_INDENT}  {'':{first}}  {'expected':{second}}  got", "dim")
    for row in rows:
        mark, style = ("  ", "dim") if row.ok else ("! ", "red")
        got, *more = row.got.splitlines()
        yield Text(f"{_INDENT}{mark}{row.what:{first}}  {row.expected:{second}}  {got}", style)
        yield from (Text(f"{_INDENT}  | {line}", "dim") for line in more)


def _timeline(result: Result, start: datetime) -> Iterator[Text]:
    """Yield the story until the last moment that failed."""
    failed = [looked.at for looked in result.looked if not looked.ok]
    until = max(failed, default=None) if not result.broken else None
    lines = list(so_far(result.entries, start, until or datetime.max.replace(tzinfo=start.tzinfo)))
    yield Text(f"{_INDENT}so far", "bold")
    if not lines:
        yield Text(f"{_INDENT}  nothing has happened", "dim")
        return
    width, name = max(len(line.after) for line in lines), max(len(line.subject) for line in lines)
    for line in lines:
        again = f" ({line.times} times, until {line.last})" if line.times > 1 else ""
        yield Text(f"{_INDENT}  {line.after:>{width}}  {line.subject:{name}}  {line.outcome}{again}")
        yield from (Text(f"{_INDENT}  {'':{width + name + 4}}{detail}", "dim") for detail in line.details)
