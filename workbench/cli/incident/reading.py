"""Lists and shows incidents. It changes nothing."""

import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import msgspec

from kedge.policy.durations import parse_duration
from kedge.policy.labels import labels_of
from kedge.policy.lint.field_readers import condition
from kedge.policy.matchers import Matcher, all_hold
from workbench.cli.connection.ending import Unwise, ending
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.incident.finding import story_of
from workbench.cli.incident.screen import print_incidents, print_story


def list_incidents(
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    open_only: bool,
    since: str,
    matching: tuple[str, ...],
    as_json: bool,
) -> Exit:
    """Print the incidents that match, the newest first, and return the exit code."""

    def work() -> Exit:
        now = datetime.now(UTC)
        wanted, span = read(conditions, matching), read(parse_duration, since)
        deployed = DeployedStack(stack, region, profile)
        found = deployed.incidents.listing(open_only=open_only, since=now - span)
        shown = [each for each in found if all_hold(wanted, labels_of(each, deployed.environment))]
        if as_json:
            _write(shown)
        else:
            print_incidents(shown, now)
        return Exit.DONE

    return ending("incident list", work)


def show_incident(text: str, stack: str, region: str | None, profile: str | None, *, as_json: bool) -> Exit:
    """Print one incident and its timeline, and return the exit code."""

    def work() -> Exit:
        story = story_of(DeployedStack(stack, region, profile), text)
        if as_json:
            _write([story])
        else:
            print_story(story, datetime.now(UTC))
        return Exit.DONE

    return ending("incident show", work)


def conditions(texts: Iterable[str]) -> tuple[Matcher, ...]:
    """Return the matchers in texts. Raises ValueError with a suggested fix if no incident could fulfil one."""
    return tuple(condition(text) for text in texts)


def read[T, R](reader: Callable[[T], R], text: T) -> R:
    """Return the value of a text, read by a reader that raises ValueError. Raises Unwise instead."""
    try:
        return reader(text)
    except ValueError as error:
        raise Unwise(str(error)) from error


def _write(things: Iterable[msgspec.Struct]) -> None:
    for thing in things:
        sys.stdout.buffer.write(msgspec.json.encode(thing) + b"\n")
    sys.stdout.buffer.flush()
