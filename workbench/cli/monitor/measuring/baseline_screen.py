"""The output of `kedge monitor baseline` on a terminal."""

from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.text import Text

from workbench.cli.monitor.measuring.screen import console, print_facts, print_notes, print_rows
from workbench.cli.monitor.measuring.settings import BIAS, MODEL_QUALITY

if TYPE_CHECKING:
    from workbench.cli.monitor.measuring.fitting import MadeBaseline

_MOST_ROWS: Final = 12
_MOST_COLUMNS: Final = 40
_MOST_GROUPS: Final = 5
_DIGEST: Final = 12


def print_baseline(made: "MadeBaseline") -> None:
    """Print the columns of a baseline, what will make noise, and the files."""
    screen = console()
    print_facts(
        screen,
        [
            ("baseline", Text(f"{made.folder}, version {made.digest[:_DIGEST]}", style="bold")),
            ("data", f"{made.data}, {made.format}, {made.records:,} records"),
        ],
    )
    screen.print()
    shown = made.columns[:_MOST_COLUMNS]
    rows = [
        (
            Text(each.name),
            each.type,
            Text(each.left_out or "yes", style="dim" if each.left_out else ""),
            f"{each.present:,}",
            f"{each.missing / made.records:.1%}" if each.missing else "0",
            f"{each.distinct:,}",
        )
        for each in shown
    ]
    print_rows(screen, ("column", "type", "compared", "present", "missing", "distinct"), rows, left=3)
    if len(made.columns) > len(shown):
        screen.print(f"and {len(made.columns) - len(shown)} more columns (--json prints all)", style="dim")
    _print_limits(screen, made)
    notices = [
        f"{each['feature']}: {each['problem']} {each['action']}"
        if each["feature"]
        else f"{each['problem']} {each['action']}"
        for each in made.notices
    ]
    print_notes(screen, [*notices, *made.notes])


def _print_limits(screen: Console, made: "MadeBaseline") -> None:
    """Print the limits that a labelled baseline suggests: those of bias as a table of metrics by groups."""
    quality, bias = made.limits.get(MODEL_QUALITY, []), made.limits.get(BIAS, [])
    if quality:
        screen.print()
        print_rows(
            screen,
            ("model quality", "limit", "violated"),
            [(each.metric, _number_or_text(each.limit), f"{each.violated} it") for each in quality],
        )
    if bias:
        groups = list(dict.fromkeys(each.group for each in bias))
        shown = groups[:_MOST_GROUPS]
        values = {(each.metric, each.group): _number_or_text(each.limit) for each in bias}
        metrics = [
            name for name in dict.fromkeys(each.metric for each in bias) if any(values[name, of] for of in groups)
        ]
        screen.print()
        print_rows(screen, ("bias", *shown), [(name, *(values[name, group] for group in shown)) for name in metrics])
        screen.print("A metric is violated if it is farther from 0 than its limit.", style="dim")
        if len(groups) > len(shown):
            screen.print(f"and {len(groups) - len(shown)} more groups (--json prints all)", style="dim")
        for error in dict.fromkeys(f"{each.metric}: {each.error}" for each in bias if each.error):
            screen.print(Text(f"* {error}"))
    if made.attributions:
        screen.print()
        rows = [(name, f"{value:.4g}") for name, value in made.attributions.items()]
        print_rows(screen, ("feature", "attribution"), rows[:_MOST_ROWS])
        if len(rows) > _MOST_ROWS:
            screen.print(f"and {len(rows) - _MOST_ROWS} more (--json prints all)", style="dim")


def _number_or_text(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.4f}"
