"""`kedge route test`: the receivers of labels, compared with the expected ones."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from kedge.domain.errors import MalformedPolicy
from kedge.explain.route_trace import Passage, Visit
from kedge.formatting import format_time
from kedge.policy.compiled import default_policy
from workbench.cli.exits import Exit
from workbench.cli.policy.labels import MalformedLabels, labels_in, misspelt
from workbench.cli.policy.routing import End, Hush, Routing, routing
from workbench.cli.policy_files import policy_in
from workbench.recordings.recording import moment


def route_test(
    command: str,
    texts: Sequence[str],
    policy: Path | None,
    *,
    verify: str | None = None,
    at: str | None = None,
    environment: str = "",
    as_json: bool,
) -> Exit:
    """Print the routes of labels and return the exit code.

    It is FAILED if `verify` (receivers separated by commas) names other receivers.
    """
    notes = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        rules = policy_in(policy, environment) if policy is not None else default_policy(environment)
        labels = labels_in(texts)
        when = moment(at) if at is not None else datetime.now(UTC)
    except (MalformedPolicy, MalformedLabels, ValueError) as error:
        notes.print(f"kedge {command}: {error}", markup=False)
        return Exit.USAGE
    if environment:
        labels.setdefault("environment", (environment,))
    for note in misspelt(labels):
        notes.print(f"kedge {command}: {note}", markup=False)
    found = routing(rules, labels, when)
    wanted = None if verify is None else [name.strip() for name in verify.split(",") if name.strip()]
    verified = None if wanted is None else sorted(wanted) == sorted(found.receivers)
    if as_json:
        _as_json(rules.label, found, when, wanted, verified=verified)
    else:
        show_routing(Console(soft_wrap=True, highlight=False), found)
    if verified is False:
        notes.print(
            f"kedge {command}: expected {', '.join(wanted or ()) or 'nobody'}, got {', '.join(found.receivers)}",
            markup=False,
        )
        return Exit.FAILED
    return Exit.DONE


def show_routing(screen: Console, found: Routing) -> None:
    """Print the tree with the result at each route, then each receiver, then everything that may suppress."""
    show_visits(screen, found.visits)
    for end in found.ends:
        screen.print()
        _show_end(screen, end)
    for what, hushes in (("planned silence", found.silences), ("inhibition", found.inhibitions)):
        for hush in hushes:
            _show_hush(screen, what, hush)


def show_visits(screen: Console, visits: Sequence[Visit]) -> None:
    """Print each route at its depth, with its matchers, and why the labels do not end there."""
    for visit in visits:
        depth = "  " * visit.path.count(".")
        mark = "> " if visit.passage is Passage.ENDS_HERE else "  "
        line = Text.assemble(
            (f"{mark}{depth}{visit.path}", "bold" if visit.passage is Passage.ENDS_HERE else ""),
            f"  {visit.receiver}: ",
        )
        because = f" ({visit.because})" if visit.because else ""
        screen.print(line.append(f"{visit.passage}{because}"))
        if visit.passage is not Passage.NOT_REACHED:
            for held in visit.matchers:
                screen.print(Text(f"    {depth}{'holds' if held.holds else 'fails'}: {held.matcher}"))


def _show_end(screen: Console, end: End) -> None:
    screen.print(Text.assemble((end.receiver, "bold"), f" by {end.route}, through {', '.join(end.channels)}"))
    screen.print(Text(f"  group: {end.group}"))
    repeat = "never" if end.repeat is None else span(end.repeat)
    screen.print(
        Text(f"  group_wait {span(end.group_wait)}, group_interval {span(end.group_interval)}, repeat {repeat}")
    )
    for time in end.times:
        until = f" until {format_time(time.until)}" if time.until is not None else ""
        screen.print(Text(f"  {time.name}: {'quiet' + until if time.quiet else 'not now'}"))


def _show_hush(screen: Console, what: str, hush: Hush) -> None:
    now = " (in force)" if hush.holds else ""
    screen.print(Text(f"{what} {hush.name}{now}: {hush.said}"))


def span(seconds: float) -> str:
    """Return a duration as policies write it."""
    left, text = int(seconds), ""
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def _as_json(label: str, found: Routing, at: datetime, wanted: list[str] | None, *, verified: bool | None) -> None:
    told = msgspec.to_builtins(found)
    for visit, shown in zip(found.visits, told["visits"], strict=True):
        shown["because"] = visit.because
    line = {"policy": label, "at": at, **told, "expected": wanted, "as_expected": verified}
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()
