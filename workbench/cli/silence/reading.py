"""Lists silences, and shows what one would have hidden."""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct
from rich.table import Table
from rich.text import Text

from kedge.decide.incident_parts import left_out, named, whole_of
from kedge.domain.silence import Silence
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.timeline import EntryKind
from kedge.policy.durations import parse_duration
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Matcher, all_hold
from workbench.cli.connection.ending import ending
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.incident.reading import conditions, read
from workbench.cli.incident.screen import console


class Hidden(Struct, frozen=True, kw_only=True):
    """An incident that a silence matches: its messages, and their receivers.

    `hidden` is set if the silence covers all findings of the incident. Otherwise `leaves_out` names the uncovered ones,
    and the messages would have been sent.
    """

    incident: str
    target: str
    monitor: str
    severity: str
    since: datetime
    messages: int
    receivers: tuple[str, ...]
    hidden: bool = True
    leaves_out: str = ""


def list_silences(stack: str, region: str | None, profile: str | None, *, every: bool, as_json: bool) -> Exit:
    """Print the silences, ordered by their end, and return the exit code."""

    def work() -> Exit:
        now = datetime.now(UTC)
        found = sorted(DeployedStack(stack, region, profile).incidents.silences(), key=lambda each: each.ends_at)
        shown = [each for each in found if every or each.ends_at > now]
        if as_json:
            _write(shown)
        elif not shown:
            console().print("No silence.")
        else:
            _print_silences(shown, now)
        return Exit.DONE

    return ending("silence list", work)


def preview_silence(
    texts: tuple[str, ...], since: str, stack: str, region: str | None, profile: str | None, *, as_json: bool
) -> Exit:
    """Print the past incidents that match, with their messages, and return the exit code."""

    def work() -> Exit:
        wanted, span = read(conditions, texts), read(parse_duration, since)
        deployed = DeployedStack(stack, region, profile)
        past = deployed.incidents.listing(open_only=False, since=datetime.now(UTC) - span)
        matching = [each for each in past if all_hold(wanted, labels_of(each, deployed.environment))]
        stories = (deployed.incidents.story(each.id) for each in matching)
        found = [_hidden(story, wanted, deployed.environment) for story in stories if story is not None]
        if as_json:
            _write(found)
        else:
            _print_hidden([each for each in found if each.hidden], len(past), since)
            _print_left([each for each in found if not each.hidden])
        return Exit.DONE

    return ending("silence preview", work)


def _hidden(story: IncidentHistory, wanted: tuple[Matcher, ...], environment: str) -> Hidden:
    incident = story.incident
    whole = whole_of(incident, labels_of(incident, environment), said=incident.is_only_said)
    left = left_out(wanted, whole)
    sent = {entry.effect for entry in story.entries if entry.what is EntryKind.DELIVERED and entry.effect}
    # <incident>/<revision>/<receiver>/<channel>
    parts = {tuple(effect.split("/")[1:3]) for effect in sent}
    return Hidden(
        incident=incident.id,
        target=incident.target.name,
        monitor=incident.monitor,
        severity=incident.severity,
        since=incident.since,
        messages=len(parts),
        receivers=tuple(sorted({receiver for _, receiver in parts})),
        hidden=left is None,
        leaves_out=named(left, wanted) if left is not None else "",
    )


def _print_silences(silences: list[Silence], now: datetime) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "state", "ends (UTC)", "matchers", "author", "comment"):
        table.add_column(name, no_wrap=name in {"id", "state", "ends (UTC)"}, overflow="fold")
    for each in silences:
        state = "in force" if each.holds(now) else "ended" if each.ends_at <= now else "to come"
        ends = f"{each.ends_at:%Y-%m-%d %H:%M}"
        table.add_row(*map(Text, (each.id, state, ends, ", ".join(each.matchers), each.author_name, each.comment)))
    console().print(table)


def _print_hidden(hidden: list[Hidden], of: int, since: str) -> None:
    screen = console()
    messages = sum(each.messages for each in hidden)
    screen.print(f"It would have hidden {len(hidden)} of {of} incidents of the last {since}, with {messages} messages.")
    if not hidden:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "severity", "target", "monitor", "since (UTC)", "messages", "receivers"):
        table.add_column(name, no_wrap=name in {"id", "severity", "since (UTC)"}, overflow="fold")
    for each in hidden:
        began = f"{each.since:%Y-%m-%d %H:%M}"
        cells = (each.incident[-12:], each.severity, each.target, each.monitor, began)
        table.add_row(*map(Text, (*cells, str(each.messages), ", ".join(each.receivers))))
    screen.print(table)


def _print_left(left: list[Hidden]) -> None:
    """Print the incidents that the silence covers only in part."""
    if not left:
        return
    screen = console()
    messages = sum(each.messages for each in left)
    screen.print(
        f"It covers {len(left)} more only in part, so their {messages} messages would have been sent all the same:"
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("id", "severity", "target", "monitor", "not covered"):
        table.add_column(name, no_wrap=name in {"id", "severity"}, overflow="fold")
    for each in left:
        table.add_row(*map(Text, (each.incident[-12:], each.severity, each.target, each.monitor, each.leaves_out)))
    screen.print(table)


def _write(things: Iterable[Struct]) -> None:
    for thing in things:
        sys.stdout.buffer.write(msgspec.json.encode(thing) + b"\n")
    sys.stdout.buffer.flush()
