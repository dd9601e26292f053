"""The result of a drill on a terminal, or as JSON."""

import sys

import msgspec
from rich.table import Table
from rich.text import Text

from workbench.cli.connection.ending import say
from workbench.cli.drill.drilling import COMMAND, DrillResult
from workbench.cli.incident.screen import console


def print_json(result: DrillResult) -> None:
    """Print the result as one JSON object."""
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    sys.stdout.buffer.flush()


def print_result(result: DrillResult) -> None:
    """Print a line for each message, then the suppressions and the acknowledgement."""
    screen = console()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("receiver", "channel", "accepted", "after", "SNS message", "fault"):
        table.add_column(name, overflow="fold", no_wrap=name in {"channel", "accepted", "after"})
    for each in result.messages:
        table.add_row(
            Text(each.receiver),
            each.channel,
            "yes" if each.accepted else Text("no", style="bold red"),
            "" if each.seconds is None else f"{each.seconds:.1f} s",
            Text(each.message_id or ""),
            Text(each.fault or ""),
        )
    screen.print(table)
    for suppressed in result.suppressed:
        screen.print(Text(f"An incident would not have notified {suppressed}."))
    if not result.messages:
        say(COMMAND, f"the policy {result.policy} leads this drill to no receiver")
    if result.acknowledged_after is not None:
        screen.print(Text(f"Acknowledged by {result.acknowledged_by} after {result.acknowledged_after:.1f} s."))
    elif result.wants_acknowledgement:
        say(COMMAND, f"no acknowledgement in time: kedge incident ack {result.incident}")
