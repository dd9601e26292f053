"""Chat: the custom notification schema of Amazon Q Developer in chat applications (once AWS Chatbot).

A message of any other shape on its topic is dropped without a word, so the types below are the schema. Text is Slack's
markdown, in which `&`, `<` and `>` must be escaped. The lengths are those of the service's guide.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.incident import Incident
from kedge.domain.target import TargetKind
from kedge.notify.attributes import attributes
from kedge.notify.evidence import Row, left_out
from kedge.notify.facts import evidence_rows, facts, mark, place, standing, target_name
from kedge.notify.figures import number
from kedge.notify.kind import told_cause
from kedge.notify.links import Link, links, partition
from kedge.notify.page import page
from kedge.notify.plain import plain, short, squeezed
from kedge.notify.wording import first_step, headline
from kedge.ports import Message

TITLE: Final = 250
_LINE: Final = 500
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
    incident = effect.incident
    what, state = f"[{mark(effect)}] {target_name(effect)}: {headline(effect)}", f" ({standing(effect)})"
    notification = Notification(
        id=short(effect.id, 300),
        content=Content(
            title=escaped(what, TITLE - len(state)) + state,
            description=_description(effect),
            next_steps=(escaped(first_step(effect), _LINE), *(_anchor(link) for link in links(effect, runbook_url))),
            keywords=tuple(_keywords(effect)),
        ),
        metadata=Metadata(
            thread_id=short(incident.id, 200),
            summary=escaped(what, TITLE),
            event_type=f"kedge.incident.{incident.state}",
            related_resources=tuple(_resources(incident)),
            additional_context=_context(effect),
        ),
    )
    return Message(body=msgspec.json.encode(notification).decode(), attributes=attributes(effect))


def escaped(text: str, most: int, cut: Callable[[str, int], str] = short) -> str:
    """Text of at most `most` characters that Slack shows as it is, and never takes for a mention or a link.

    It is cut before it is escaped, so that no escape is cut in two.
    """
    room = most
    while len(shown := cut(text, room).translate(_ESCAPES)) > most:
        room -= max(1, (len(shown) - most) // 5)
    return shown


def _code(name: str) -> str:
    """A name as code, in which underscores and asterisks are only themselves."""
    return f"`{escaped(name.replace('`', "'"), _WORD, squeezed)}`"


def _description(effect: Effect) -> str:
    incident, shown = effect.incident, evidence_rows(effect)
    told = [(label, text) for label, text in facts(effect) if label != "Next"]
    return page(
        "chat.txt",
        facts=[(label, escaped(text, _LINE)) for label, text in (*told, ("Where", place(effect)))],
        rows=[_cells(row) for row in shown],
        more=left_out(incident.problem) if shown else 0,
        footer=escaped(f"incident {short(incident.id, 200)}, policy {short(effect.policy, 100)}", _LINE),
    ).strip()


def _cells(row: Row) -> Row:
    limit = "not given" if row.limit == number(None) else row.limit
    limit = limit if limit.startswith(("max", "min")) else f"limit {limit}"
    return Row(_code(row.subject), escaped(row.check, _WORD), row.observed, limit, escaped(row.said, _LINE))


def _anchor(link: Link) -> str:
    url = link.url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{url.replace('&', '&amp;')}|{escaped(link.name, _WORD)}>"


def _keywords(effect: Effect) -> Iterator[str]:
    incident = effect.incident
    words = (incident.severity, incident.monitor, told_cause(effect), incident.target.name, effect.environment)
    return (shown for word in words if (shown := escaped(word, _WORD)))


def _resources(incident: Incident) -> Iterator[str]:
    target = incident.target
    if target.kind is TargetKind.ENDPOINT:
        region = plain(target.region)
        arn = f"arn:{partition(region)}:sagemaker:{region}:{target.account}:endpoint/{target.name.lower()}"
        yield escaped(arn, _LINE)
    if job := escaped(incident.problem.job or "", _LINE):
        yield job


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
