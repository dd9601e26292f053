"""Chat: the custom notification schema of Amazon Q Developer in chat applications (once AWS Chatbot).

A message of any other shape on its topic is dropped without a word, so the types below are the schema. Text is Slack's
markdown, in which `&`, `<` and `>` must be escaped. The lengths are those of the service's guide.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.incident import Incident
from kedge.domain.target import TargetKind
from kedge.notify.attributes import attributes
from kedge.notify.evidence import left_out, rows
from kedge.notify.figures import age, duration, many, moment
from kedge.notify.kind import MEASURED_NOTHING, Kind, kind_of, kind_of_problem
from kedge.notify.links import Link, links, partition
from kedge.notify.page import page
from kedge.notify.plain import plain, short, squeezed
from kedge.notify.wording import action, first_step, headline, impact, problem_words, quoted, turn
from kedge.ports import Message

TITLE: Final = 250
DESCRIPTION: Final = 8_000
_LINE: Final = 600
_WORD: Final = 100
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Content(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the channel shows."""

    text_type: Literal["client-markdown"] = "client-markdown"
    title: str
    description: str
    next_steps: tuple[str, ...]
    keywords: tuple[str, ...]


class Metadata(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the service does with it: `thread_id` keeps an incident in one thread, where the channel allows threads.

    `additional_context` feeds the variables of custom actions; its values are strings.
    """

    thread_id: str
    summary: str
    event_type: str
    related_resources: tuple[str, ...]
    additional_context: dict[str, str]
    enable_custom_actions: bool = True


class Notification(Struct, frozen=True, kw_only=True):
    """A custom notification."""

    version: Literal["1.0"] = "1.0"
    source: Literal["custom"] = "custom"
    id: str
    content: Content
    metadata: Metadata


def write(effect: Effect, runbook_url: str) -> Message:
    """The chat message that an effect asks for. `runbook_url` may be empty."""
    incident, kind = effect.incident, kind_of(effect)
    mark = "RESOLVED" if kind is Kind.RESOLVED else incident.severity.upper()
    title = f"[{mark}] {squeezed(incident.target.name, 60)}: {headline(effect)}"
    state = f"was {incident.severity.upper()}" if kind is Kind.RESOLVED else incident.state.upper()
    notification = Notification(
        id=short(effect.id, 300),
        content=Content(
            title=f"{_escaped(title, TITLE - len(state) - 3)} ({state})",
            description=_description(effect, kind)[:DESCRIPTION],
            next_steps=(escaped(first_step(effect)), *(_anchor(link) for link in links(effect, runbook_url))),
            keywords=tuple(_keywords(effect)),
        ),
        metadata=Metadata(
            thread_id=short(incident.id, 200),
            summary=_escaped(title, TITLE),
            event_type=f"kedge.incident.{incident.state}",
            related_resources=tuple(_resources(incident)),
            additional_context=_context(effect),
        ),
    )
    return Message(body=msgspec.json.encode(notification).decode(), attributes=attributes(effect))


def escaped(text: str) -> str:
    """Plain text that Slack shows as it is, and never takes for a mention or a link."""
    return plain(text).translate(_ESCAPES)


def _escaped(text: str, most: int) -> str:
    """Escaped text of at most `most` characters, cut before it is escaped so that no escape is cut in two."""
    room = most
    while len(shown := escaped(short(text, room))) > most:
        room -= max(1, (len(shown) - most) // 5)
    return shown


def _code(name: str) -> str:
    """A name that keeps its underscores and asterisks."""
    shown = squeezed(name, _WORD).replace("`", "'").translate(_ESCAPES)
    return f"`{shown}`" if shown else "-"


def _description(effect: Effect, kind: Kind) -> str:
    incident, problem = effect.incident, effect.incident.problem
    of_now = kind not in MEASURED_NOTHING and kind_of_problem(effect) not in MEASURED_NOTHING
    shown = rows(problem) if of_now and kind is not Kind.RESOLVED else ()
    return page(
        "chat.txt",
        turn=escaped(turn(effect)),
        facts=[(name, _escaped(text, _LINE)) for name, text in _facts(effect, kind) if text],
        rows=[(_code(row.subject), escaped(row.check), row.observed, row.limit, escaped(row.said)) for row in shown],
        more=left_out(problem) if shown else 0,
        footer=escaped(f"incident {short(incident.id, 200)}, policy {short(effect.policy, 100)}"),
    ).strip()


def _facts(effect: Effect, kind: Kind) -> Iterable[tuple[str, str]]:
    incident, problem = effect.incident, effect.incident.problem
    target = incident.target
    runs = many(incident.runs, "bad result")
    if kind is Kind.RESOLVED:
        ended = incident.resolved or effect.at
        yield "Lasted", f"{duration(ended - incident.since)}, until {moment(ended)}, {runs}"
        yield "It was", problem_words(effect)
        yield "Ended by", effect.because
    else:
        yield "Impact", impact(effect)
        yield "Since", f"{moment(incident.since)} ({age(incident.since, effect.at)}), {runs}"
    if kind is Kind.BLINDED:
        yield "What broke", effect.because
    if kind is Kind.UNREAD:
        yield "Not read", problem.why_unread or "there is no report"
    if kind in {Kind.FAILED, Kind.NO_DATA, Kind.STOPPED, Kind.ALARM}:
        yield "It said", quoted(problem)
    yield "Kedge did", action(effect)
    yield "Where", ", ".join(part for part in (effect.environment, target.region, f"account {target.account}") if part)


def _anchor(link: Link) -> str:
    url = link.url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{url.replace('&', '&amp;')}|{escaped(link.name)}>"


def _keywords(effect: Effect) -> Iterable[str]:
    incident = effect.incident
    words = (incident.severity, incident.monitor, incident.cause, incident.target.name, effect.environment)
    return (shown for word in words if (shown := _escaped(word, _WORD)))


def _resources(incident: Incident) -> Iterable[str]:
    target = incident.target
    if target.kind is TargetKind.ENDPOINT:
        region = plain(target.region)
        yield plain(f"arn:{partition(region)}:sagemaker:{region}:{target.account}:endpoint/{target.name.lower()}")[:500]
    if incident.problem.job:
        yield short(incident.problem.job, 500)


def _context(effect: Effect) -> dict[str, str]:
    incident = effect.incident
    values = {
        "incident": incident.id,
        "target": str(incident.target),
        "severity": incident.severity,
        "state": incident.state,
        "cause": incident.cause,
        "monitor": incident.monitor,
        "environment": effect.environment,
    }
    return {name: shown for name, value in values.items() if (shown := short(value, 300))}
