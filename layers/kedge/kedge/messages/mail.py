"""Mail: plain text of 72 columns. The first lines contain everything that an on-call engineer needs at night.

Addresses, ARNs and command lines have their own lines and may be longer, because a broken one is useless.
"""

import textwrap
from collections.abc import Iterator
from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.formatting import format_count, format_time, one_line, shorten
from kedge.messages.attributes import attributes
from kedge.messages.body import facts, place
from kedge.messages.commands import answers, commands
from kedge.messages.digest import about_several
from kedge.messages.headline import head, subject
from kedge.messages.links import links_to_show
from kedge.messages.message_type import message_type_of
from kedge.messages.remedy_status import news_of
from kedge.messages.render import page
from kedge.messages.tables import WIDTH, list_of, table_of
from kedge.messages.update import is_update
from kedge.ports.channels import Message

LABEL: Final = 18
"""Columns of a label, with the space after it."""
_ADDRESSES: Final = ("arn:", "s3://", "https://")


def write(effect: Effect, runbook_url: str) -> Message:
    """Return the mail of an effect. `runbook_url` may be empty."""
    first = head(effect)
    body = page(
        "mail.txt",
        headline=_wrapped(f"{first.name}: {first.words}"),
        place=_wrapped(f"{first.grade}: {place(effect)}"),
        facts=[_line(label, text) for label, text in facts(effect)],
        answers=answers(effect),
        table=list_of(effect) if about_several(effect) else table_of(effect),
        links=links_to_show(effect, runbook_url),
        commands=commands(effect),
        footer=[_line(label, text) for label, text in _footer(effect) if text],
    )
    return Message(
        body=body,
        subject=subject(first.mark, first.name, first.words, first.standing),
        attributes=attributes(effect),
    )


def _footer(effect: Effect) -> Iterator[tuple[str, str]]:
    incident, kind = effect.incident, message_type_of(effect)
    if about_several(effect):
        yield "Message", shorten(effect.id, 300)
        yield "Policy", shorten(effect.policy, 200)
        return
    yield "Incident", shorten(incident.id, 200)
    yield "Message", shorten(effect.id, 300)
    if is_update(effect):
        return
    said_above = kind.says_end or news_of(effect) is not None
    if not said_above and effect.why not in {Reason.REMINDER, Reason.SETTLED}:
        yield "Trigger", shorten(effect.because, 400)
    yield "Policy", shorten(effect.policy, 200)
    if incident.monitor not in {Monitor.FLEET, Monitor.POLICY, Monitor.DRILL}:
        alarm = incident.problem.verdict is Verdict.ALARM
        yield "Alarm" if alarm else "Schedule", shorten(incident.problem.source_name, 300)
    if not kind.says_end:
        yield from _run(effect)


def _run(effect: Effect) -> Iterator[tuple[str, str]]:
    """Yield the known facts about the run that found the problem."""
    problem = effect.incident.problem
    if problem.window is not None:
        yield "Window", f"{format_time(problem.window.start)} to {format_time(problem.window.end)}"
    counts = ((problem.records, "record"), (problem.features, "feature"))
    yield "Measured", ", ".join(format_count(count, thing) for count, thing in counts if count is not None)
    yield "Job", shorten((problem.job or "").rpartition("/")[2], 200)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def _line(label: str, text: str) -> str:
    """Return `Label             text`, wrapped, the text always in its own column."""
    indent = " " * LABEL
    lines = textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=label.ljust(LABEL),
        subsequent_indent=indent,
        break_on_hyphens=False,
        break_long_words=not _is_address(text),
    )
    # A word that is too long leaves a space before it if no part of it fits.
    return "\n".join(line.rstrip() for line in lines)


def _is_address(text: str) -> bool:
    """Return whether everything too long for a line is an ARN or an address, which is useless in parts."""
    return all(word.startswith(_ADDRESSES) for word in text.split() if len(word) > WIDTH - LABEL)
