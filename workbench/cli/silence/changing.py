"""Adds a silence, or expires one early: signed, and sent to the stack's function for people."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec
from rich.console import Console

from kedge.decide.incident_parts import left_out, named, whole_of
from kedge.domain.incident import Incident
from kedge.domain.reason import Reason
from kedge.domain.silence import Silence
from kedge.formatting import format_time
from kedge.policy.durations import parse_duration
from kedge.policy.labels import labels_of
from kedge.policy.matchers import Labels, Matcher, all_hold
from kedge.sources.operator_requests import LONGEST
from workbench.cli.connection.ending import Unwise, ending, say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.exits import Exit
from workbench.cli.incident.reading import conditions, read

_EVERYTHING: Final = "matches every incident there may be: a silence needs at least one matcher that asks for something"


def add_silence(
    texts: tuple[str, ...],
    lasting: str,
    comment: str,
    stack: str,
    region: str | None,
    profile: str | None,
    *,
    starts: str | None,
    as_json: bool,
) -> Exit:
    """Add a silence, print what it hides now, and return the exit code."""

    def work() -> Exit:
        wanted, span = read(conditions, texts), read(parse_duration, lasting)
        now = datetime.now(UTC)
        begins = _moment(starts) if starts else now
        _must_be_wise(wanted, span, comment)
        deployed = DeployedStack(stack, region, profile)
        silence = Silence(
            id=uuid4().hex[:8],
            matchers=tuple(map(str, wanted)),
            starts_at=begins,
            ends_at=begins + span,
            author=deployed.whoami(),
            comment=comment,
            created=now,
        )
        matching = [each for each in deployed.incidents.listing(open_only=True) if _matches(wanted, each, deployed)]
        left = {each.id: named(one, wanted) for each in matching if (one := _left_out(wanted, each, deployed))}
        deployed.say("Silence Changed", {"silence": msgspec.to_builtins(silence)})
        if as_json:
            kept = msgspec.structs.replace(silence, author=deployed.arn, proven=True)
            sys.stdout.buffer.write(msgspec.json.encode(kept) + b"\n")
        else:
            Console(highlight=False, soft_wrap=True).print(
                f"silence {silence.id} until {format_time(silence.ends_at)}", markup=False
            )
        if not matching or len(left) < len(matching):
            say("silence add", _what([each for each in matching if each.id not in left]))
        for each in matching:
            if each.id in left:
                says = (
                    f"{each.target.name} {each.monitor} is not suppressed, because this does not cover {left[each.id]}"
                )
                say("silence add", says)
        return Exit.DONE

    return ending("silence add", work)


def expire_silence(text: str, comment: str, stack: str, region: str | None, profile: str | None) -> Exit:
    """Expire a silence now and return the exit code. An expired one stays unchanged."""

    def work() -> Exit:
        deployed = DeployedStack(stack, region, profile)
        silence = next((each for each in deployed.incidents.silences() if each.id == text), None)
        if silence is None:
            raise Unwise(f"there is no silence {text!r}; `kedge silence list --all` shows those there are")
        now = datetime.now(UTC)
        if silence.ends_at <= now:
            say("silence expire", f"{text} ended at {format_time(silence.ends_at)}")
            return Exit.FAILED
        ended = msgspec.structs.replace(
            silence,
            starts_at=min(silence.starts_at, now),
            ends_at=now,
            author=deployed.whoami(),
            # The stack records the last editor of a silence as its author, so the comment keeps the earlier one.
            comment=f"{silence.comment} (of {silence.author_name}, ended early{f': {comment}' if comment else ''})",
        )
        outcomes = deployed.say("Silence Changed", {"silence": msgspec.to_builtins(ended)})
        if any(outcome["reason"] == Reason.SUPERSEDED for outcome in outcomes):
            say("silence expire", f"{text} was changed after that: check it again")
            return Exit.FAILED
        Console(highlight=False, soft_wrap=True).print(f"silence {text} has ended", markup=False)
        return Exit.DONE

    return ending("silence expire", work)


def _must_be_wise(wanted: tuple[Matcher, ...], span: timedelta, comment: str) -> None:
    if not span:
        raise Unwise("a silence of no length hides nothing: give --for a time such as 4h")
    if span > LONGEST:
        raise Unwise(
            f"{span.days} days are more than {LONGEST.days}: write what is to be quiet for so long into the policy"
        )
    if not comment.strip():
        raise Unwise("a silence needs a comment, which others read when they miss a message: give --comment")
    if all_hold(wanted, {}):
        raise Unwise(f"{', '.join(map(str, wanted)) or 'nothing'} {_EVERYTHING}")


def _moment(text: str) -> datetime:
    moment = read(datetime.fromisoformat, text)
    if moment.tzinfo is None:
        raise Unwise(f"{text!r} has no zone: end it with Z or +01:00")
    return moment.astimezone(UTC)


def _matches(wanted: tuple[Matcher, ...], incident: Incident, deployed: DeployedStack) -> bool:
    return all_hold(wanted, labels_of(incident, deployed.environment))


def _left_out(wanted: tuple[Matcher, ...], incident: Incident, deployed: DeployedStack) -> Labels | None:
    labels = labels_of(incident, deployed.environment)
    return left_out(wanted, whole_of(incident, labels, said=incident.is_only_said))


def _what(hidden: list[Incident]) -> str:
    if not hidden:
        return "no open incident matches it now"
    named = ", ".join(f"{each.target.name} {each.monitor}" for each in hidden[:5])
    return f"{len(hidden)} open incident{'' if len(hidden) == 1 else 's'} will be suppressed: {named}"
