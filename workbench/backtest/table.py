"""The differences for people: a table of the totals, and the incidents that differ, the worst first."""

from itertools import islice
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from kedge.formatting import format_time
from workbench.backtest.episode import Difference, Half
from workbench.backtest.night import FROM, UNTIL
from workbench.backtest.run import Backtest
from workbench.backtest.wire import rows

LISTED: Final = 25
"""The maximum number of listed incidents; the JSON has all of them."""

_INDENT: Final = " " * 18


def show(screen: Console, run: Backtest) -> None:
    """Print the differences."""
    old, new = run.tally.policies
    screen.print(_span(run), soft_wrap=True)
    screen.print()
    table = Table(show_edge=False, pad_edge=False, box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for column in (f"old: {old.label}", f"new: {new.label}", "difference"):
        table.add_column(column, justify="right")
    for name, (before, after) in rows(*run.tally.counts):
        part = name.split(": ", 1)
        label = name if len(part) == 1 else f"  {part[1]}"
        table.add_row(Text(_plain(label)), f"{before:,}", f"{after:,}", _signed(after - before))
    screen.print(table)
    screen.print(
        f"A page is the first message to a receiver that reports an incident as critical. Woken: a critical message, "
        f"except resolved ones, from {FROM:02}:00 to {UNTIL:02}:00 in the receiver's time zone.",
        soft_wrap=True,
    )
    screen.print()
    _differences(screen, run)


def _differences(screen: Console, run: Backtest) -> None:
    if not run.tally.differing:
        screen.print("No incident differs.")
        return
    what = "1 incident differs" if run.tally.differing == 1 else f"{run.tally.differing:,} incidents differ"
    screen.print(f"{what}; the worst first:", soft_wrap=True)
    for difference in islice(run.tally.worst(), LISTED):
        _one(screen, difference)
    if run.tally.differing > LISTED:
        screen.print(f"and {run.tally.differing - LISTED:,} more (--json lists them)", soft_wrap=True)


def _one(screen: Console, each: Difference) -> None:
    head = Text.assemble(f"{each.at:%Y-%m-%d %H:%M}  ", (_plain(f"{each.target.name} {each.monitor}"), "bold"))
    screen.print(head, soft_wrap=True)
    screen.print(Text(f"{_INDENT}{_plain(each.why)}"), soft_wrap=True)
    screen.print(Text(f"{_INDENT}old: {_half(each.old)}"), soft_wrap=True)
    screen.print(Text(f"{_INDENT}new: {_half(each.new)}"), soft_wrap=True)


def _half(half: Half) -> str:
    if not half.incidents or half.severity is None:
        return "no incident"
    told = ", ".join(f"{receiver} {count}" for receiver, count in sorted(half.messages.items())) or "not notified"
    parts = [str(half.severity), f"messages: {told}"]
    if half.pages:
        parts.append(f"pages: {half.pages}")
    if half.woken:
        parts.append(f"at night: {half.woken}")
    return _plain("; ".join(parts))


def _span(run: Backtest) -> str:
    if run.began is None or run.ended is None:
        return f"{run.signals:,} signals"
    return f"{run.signals:,} signals, {run.began:%Y-%m-%d %H:%M} to {format_time(run.ended)}"


def _signed(difference: int) -> str:
    return f"{difference:+,}" if difference else "="


def _plain(text: str) -> str:
    """Return foreign text without the control characters of a terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
