"""Chat: the message that Amazon Q shows in a channel, about one incident or the worst of several."""

from collections.abc import Callable, Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.formatting import format_number, one_line, shorten, shorten_name
from kedge.messages.attributes import attributes
from kedge.messages.body import evidence_rows, facts, place
from kedge.messages.commands import answers
from kedge.messages.digest import about_several, unlisted
from kedge.messages.findings_table import Row, left_out
from kedge.messages.headline import head
from kedge.messages.incident_line import line_of
from kedge.messages.links import Link, links_to_show, partition
from kedge.messages.message_type import told_cause
from kedge.messages.remedy_status import news_of
from kedge.messages.render import page
from kedge.messages.tables import more_of
from kedge.messages.update import is_update
from kedge.ports.channels import Message

TITLE: Final = 250
WORD: Final = 100
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Content(Struct, frozen=True, kw_only=True, rename="camel"):
    """The content that the channel shows."""

    text_type: Literal["client-markdown"] = "client-markdown"
    title: str
    description: str
    next_steps: tuple[str, ...]
    keywords: tuple[str, ...]


class Metadata(Struct, frozen=True, kw_only=True, rename="camel"):
    """How the service handles a notification.

    `thread_id` keeps an incident in one thread, if the channel allows threads. `additional_context` feeds the variables of custom
    actions; its values are strings.
    """

    thread_id: str
    summary: str
    event_type: str
    related_resources: tuple[str, ...]
    additional_context: dict[str, str]
    enable_custom_actions: bool = True


class ChatNotification(Struct, frozen=True, kw_only=True):
    """A custom notification."""

    version: Literal["1.0"] = "1.0"
    source: Literal["custom"] = "custom"
    id: str
    content: Content
    metadata: Metadata


def escaped(text: str, most: int, cut: Callable[[str, int], str] = shorten) -> str:
    """Return text of at most `most` characters that Slack shows unchanged and never reads as a mention or a link.

    The text is cut before it is escaped, so that no escape is cut in two.
    """
    room = most
    while len(shown := cut(text, room).translate(_ESCAPES)) > most:
        room -= max(1, (len(shown) - most) // 5)
    return shown


def code(name: str) -> str:
    """Return a name as code: underscores and asterisks do not format it."""
    return f"`{escaped(name.replace('`', "'"), WORD, shorten_name)}`"


_LINE: Final = 1_500
_LISTED: Final = 15


def write(effect: Effect, runbook_url: str) -> Message:
    """Return the chat message of an effect. `runbook_url` may be empty."""
    first = head(effect)
    what, state = f"[{first.mark}] {first.name}: {first.words}", f" ({first.standing})"
    told = list(facts(effect))
    steps = (escaped(text, _LINE) for label, text in told if label == "Next step")
    notification = ChatNotification(
        id=shorten(effect.id, 300),
        content=Content(
            title=escaped(what, TITLE - len(state)) + state,
            description=_description(effect, [(label, text) for label, text in told if label != "Next step"]),
            next_steps=(
                *steps,
                *map(code, answers(effect)),
                *(_anchor(link) for link in links_to_show(effect, runbook_url)),
            ),
            keywords=tuple(_keywords(effect)),
        ),
        metadata=Metadata(
            thread_id=shorten(effect.id if about_several(effect) else effect.incident.id, 200),
            summary=escaped(what, TITLE),
            event_type=_event_type(effect),
            related_resources=tuple(_resources(effect)),
            additional_context=_context(effect),
        ),
    )
    return Message(body=msgspec.json.encode(notification).decode(), attributes=attributes(effect))


def _event_type(effect: Effect) -> str:
    if about_several(effect):
        return "kedge.incidents"
    if effect.incident.monitor is Monitor.DRILL:
        return "kedge.drill"
    acting = news_of(effect)
    return f"kedge.incident.{effect.incident.state}" if acting is None else f"kedge.remedy.{acting.stage}"


def _description(effect: Effect, told: list[tuple[str, str]]) -> str:
    shown = evidence_rows(effect)
    incident, policy = f"incident {shorten(effect.incident.id, 200)}", f"policy {shorten(effect.policy, 100)}"
    footer = policy if about_several(effect) else incident if is_update(effect) else f"{incident}, {policy}"
    return page(
        "chat.txt",
        facts=[(label, escaped(text, _LINE)) for label, text in (*told, ("Location", place(effect)))],
        lines=[*(_row(row) for row in shown), *_incidents(effect)],
        more=[*_left_out(effect, shown)],
        footer=escaped(footer, _LINE),
    ).strip()


def _incidents(effect: Effect) -> Iterator[str]:
    """Yield the worst of several incidents, one per line."""
    if about_several(effect):
        for brief in effect.briefs[:_LISTED]:
            line = line_of(brief, effect.at)
            yield f"{line.mark} {code(line.target)} {escaped(line.what, WORD)}, since {line.since}"


def _left_out(effect: Effect, shown: tuple[Row, ...]) -> Iterator[str]:
    if about_several(effect):
        yield from more_of(unlisted(effect, _LISTED), listed=bool(effect.briefs))
    elif shown and (more := left_out(effect.incident.problem)):
        yield f"+{more:,} more"


def _row(row: Row) -> str:
    limit = "not given" if row.limit == format_number(None) else row.limit
    limit = limit if limit.startswith(("max", "min")) else f"limit {limit}"
    said = f", {escaped(row.said, _LINE)}" if row.said else ""
    return f"{code(row.subject)} {escaped(row.check, WORD)}: {row.observed} ({limit}){said}"


def _anchor(link: Link) -> str:
    url = link.url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    return f"<{url.replace('&', '&amp;')}|{escaped(link.name, WORD)}>"


def _keywords(effect: Effect) -> Iterator[str]:
    incident, first = effect.incident, head(effect)
    words: tuple[str, ...] = (incident.severity, incident.monitor, told_cause(effect), first.name, effect.environment)
    if about_several(effect):
        words = (first.mark.lower(), first.standing.lower(), effect.environment)
    return (shown for word in words if (shown := escaped(word, WORD)))


def _resources(effect: Effect) -> Iterator[str]:
    listed = [brief.target for brief in effect.briefs[:_LISTED]]
    for target in dict.fromkeys(listed if about_several(effect) else [effect.incident.target]):
        if target.kind is TargetKind.ENDPOINT:
            region = one_line(target.region)
            arn = f"arn:{partition(region)}:sagemaker:{region}:{target.account}:endpoint/{target.name.lower()}"
            yield escaped(arn, _LINE)
    if not about_several(effect) and (job := escaped(effect.incident.problem.job or "", _LINE)):
        yield job


def _context(effect: Effect) -> dict[str, str]:
    """Return the variables of custom actions: none of a single incident if a message is about several.

    A button needs only 2 facts of a remedy: `digest` names the plan, and `stage` is `asked` while the plan waits for an approver.
    """
    incident, acting = effect.incident, effect.incident.remedy
    values = {"environment": effect.environment, "receiver": effect.receiver}
    if not about_several(effect):
        values |= {
            "incident": incident.id,
            "target": str(incident.target),
            "severity": incident.severity,
            "state": incident.state,
            "cause": incident.cause,
            "monitor": incident.monitor,
            "owner": incident.owner or "",
        }
        if acting is not None:
            values |= {"remedy": acting.remedy, "stage": acting.stage, "digest": acting.digest or ""}
    return {name: shown for name, value in values.items() if (shown := shorten(value, 300))}
