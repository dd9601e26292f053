"""The output of monitors on a terminal."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from rich.table import Table
from rich.text import Text

from workbench.cli.incident.screen import console

if TYPE_CHECKING:
    from workbench.cli.monitor.listing import ShownMonitor


def print_monitors(found: "list[ShownMonitor]") -> None:
    """Print a line for each monitor."""
    screen = console()
    if not found:
        screen.print("No monitor.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("name", "target", "types", "schedule", "window", "mode", "next due (UTC)"):
        table.add_column(name, no_wrap=name in {"window", "mode", "next due (UTC)"}, overflow="fold")
    for each in found:
        due = "never" if each.next_due is None else f"{each.next_due:%Y-%m-%d %H:%M}"
        cells = (each.name, _target(each), ", ".join(each.types), each.schedule, each.window, each.mode, due)
        table.add_row(*map(Text, cells))
    screen.print(table)


def print_monitor(found: "ShownMonitor", label: str) -> None:
    """Print one monitor, a line for each value. `label` is the document's name and version."""
    screen = console()
    rows = [("document", label), *_rows(msgspec.to_builtins(found))]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        screen.print(Text.assemble((f"{name:{width}}  ", "bold"), value), soft_wrap=True)


def _rows(value: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Yield the values of a mapping with their keys; those of a mapping inside it have both keys."""
    for key, each in value.items():
        name = f"{before}{key}"
        if isinstance(each, dict):
            yield from _rows(each, f"{name}.")
        elif isinstance(each, list | tuple):
            yield name, ", ".join(_item(item) for item in each)
        elif each is not None:
            yield name, f"{each:g}" if isinstance(each, float) else str(each)


def _item(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    values = f" ({', '.join(item['values'])})" if item.get("values") else ""
    return f"{item.get('name', '')}{values}"


def _target(found: "ShownMonitor") -> str:
    (name, *_) = found.target.values()
    variants = found.target.get("variants", ())
    return f"{name} ({', '.join(variants)})" if variants else str(name)
