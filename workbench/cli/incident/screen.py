"""The output of incidents on a terminal."""

from datetime import datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.reason import Reason
from kedge.formatting import format_duration, format_time
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.delivery import DeliveryStatus
from kedge.ledger.timeline import Entry
from kedge.messages.wording.remedy import standing_of

_COLOURS: Final = {Severity.CRITICAL: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WIDTH: Final = 140
_FEATURES: Final = 5
_HANDLE: Final = 12


def console() -> Console:
    """Return the console of results: wide if the output is not a terminal, so that a file has every cell in full."""
    made = Console(highlight=False, soft_wrap=False)
    return made if made.is_terminal else Console(highlight=False, width=_WIDTH)


def print_incidents(incidents: list[Incident], now: datetime) -> None:
    """Print a line for each incident."""
    screen = console()
    if not incidents:
        screen.print("No incident.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "severity", "state", "target", "monitor", "cause", "remedy", "since (UTC)", "for", "owner"):
        table.add_column(name, no_wrap=name in {"id", "severity", "state", "since (UTC)", "for"})
    for each in incidents:
        table.add_row(
            each.id[-12:],
            Text(each.severity, style=_COLOURS[each.severity] if each.is_open else ""),
            Text(_state(each)),
            Text(each.target.name),
            each.monitor,
            each.cause,
            f"{each.remedy.remedy}: {each.remedy.stage}" if each.remedy is not None else "",
            f"{each.since:%Y-%m-%d %H:%M}",
            format_duration((each.resolved or now) - each.since),
            Text(each.owner or ""),
        )
    screen.print(table)


def print_story(story: IncidentHistory, now: datetime) -> None:
    """Print an incident, its subject, and its timeline."""
    screen, incident = console(), story.incident
    screen.print(Text(f"{incident.target.name} {incident.monitor}: {incident.cause}", style="bold"))
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    for name, value in _facts(incident, now):
        if value:
            table.add_row(name, value if isinstance(value, Text) else Text(value))
    screen.print(table)
    screen.print()
    lines = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("when (UTC)", "what", "why", ""):
        lines.add_column(name, no_wrap=name in {"when (UTC)", "what"}, overflow="fold")
    for entry in story.entries:
        lines.add_row(f"{entry.recorded:%m-%d %H:%M:%S}", entry.what, entry.reason, Text(_said(entry)))
    screen.print(lines)
    for delivery in story.deliveries:
        if delivery.standing is not DeliveryStatus.DELIVERED:
            said = f"{delivery.effect}: {delivery.standing} after {delivery.tries} tries. {delivery.why or ''}"
            screen.print(said, markup=False)


def _facts(incident: Incident, now: datetime) -> list[tuple[str, str | Text]]:
    until = incident.resolved or now
    named = incident.features[:_FEATURES]
    more = f" and {len(incident.features) - len(named)} more" if len(incident.features) > len(named) else ""
    return [
        ("incident", incident.id),
        ("state", _state(incident)),
        ("severity", Text(incident.severity, style=_COLOURS[incident.severity])),
        ("target", str(incident.target)),
        ("since", f"{format_time(incident.since)}, for {format_duration(until - incident.since)}"),
        ("evidence", "\n".join(incident.evidence)),
        ("remedy", standing_of(incident.remedy, now) if incident.remedy is not None else ""),
        ("plan", incident.remedy.digest or "" if incident.remedy is not None else ""),
        ("features", ", ".join(named) + more),
        ("report", incident.problem.report or ""),
        ("owner", incident.owner or ""),
        ("runbook", incident.runbook or ""),
        ("notified", ", ".join(incident.told)),
        ("part of", incident.part_of or ""),
        (
            "kept from",
            ", ".join(
                f"{name} ({each.quiet} by {each.by}; re-evaluated {each.until:%m-%d %H:%M} UTC)"
                for name, each in incident.waiting.items()
            ),
        ),
    ]


def _state(incident: Incident) -> str:
    by = f" by {incident.by}" if incident.by and incident.state is not IncidentState.FIRING else ""
    return f"{incident.state}{by}{', flapping' if incident.flapping else ''}"


def _said(entry: Entry) -> str:
    policy = f" [{entry.policy}]" if entry.policy else ""
    # A drill notifies in spite of them.
    kept_from = "would be suppressed" if entry.reason is Reason.DRILL else "not notified"
    kept = "".join(
        f"; {kept_from}: {each.receiver}, {each.quiet}{f' by {each.by}' if each.by else ''}"
        for each in entry.suppressed
    )
    plan = f", plan {entry.action[:_HANDLE]}" if entry.action else ""
    remedy = f"; {entry.remedy}{plan}" if entry.remedy else ""
    confirmed = f" [confirmed by {entry.confirmed_by}]" if entry.confirmed_by else ""
    return f"{entry.because}{confirmed}{remedy}{kept}{policy}"
