"""Mail: plain text of 72 columns that says in its first lines what a person needs at three in the morning.

Addresses stand on lines of their own and may be longer, for a broken address is of no use.
"""

import textwrap
from collections.abc import Iterator
from typing import Final

from kedge.domain.effect import Effect
from kedge.notify.attributes import attributes
from kedge.notify.evidence import Row, left_out, subject_words
from kedge.notify.facts import evidence_rows, facts, mark, place, standing, target_name
from kedge.notify.figures import many, moment
from kedge.notify.kind import Kind, kind_of, kind_of_problem
from kedge.notify.links import links
from kedge.notify.page import page
from kedge.notify.plain import plain, short, squeezed
from kedge.notify.subject import subject
from kedge.notify.wording import headline
from kedge.ports import Message

WIDTH: Final = 72
_LABEL: Final = 12
_CHECK: Final = 20


def write(effect: Effect, runbook_url: str) -> Message:
    """The mail that an effect asks for. `runbook_url` may be empty."""
    name = target_name(effect)
    body = page(
        "mail.txt",
        headline=_wrapped(f"{name}: {headline(effect)}"),
        place=_wrapped(f"{mark(effect)}: {place(effect)}"),
        facts=[_line(label, text) for label, text in facts(effect)],
        table=_table(effect),
        links=links(effect, runbook_url),
        footer=[_line(label, text) for label, text in _footer(effect) if text],
    )
    return Message(
        body=body,
        subject=subject(mark(effect), name, headline(effect), standing(effect)),
        attributes=attributes(effect),
    )


def _table(effect: Effect) -> str:
    shown, problem = evidence_rows(effect), effect.incident.problem
    if not shown:
        return ""
    lines = list(_columns((Row(subject_words(effect.incident.monitor), "Check", "Observed", "Limit"), *shown)))
    if more := left_out(problem):
        lines.append(f"+{more:,} more in the report" if problem.report else f"+{more:,} more")
    return "\n".join(lines)


def _columns(table: tuple[Row, ...]) -> Iterator[str]:
    """Rows as lines: numbers to the right, under each other, and the subject in what room they leave."""
    check = min(_CHECK, max(len(row.check) for row in table))
    observed, limit = max(len(row.observed) for row in table), max(len(row.limit) for row in table)
    name = min(WIDTH - check - observed - limit - 6, max(len(row.subject) for row in table))
    for row in table:
        words = f"{squeezed(row.subject, name):{name}}  {squeezed(row.check, check):{check}}"
        yield f"{words}  {row.observed:>{observed}}  {row.limit:>{limit}}"
        yield from textwrap.wrap(row.said, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _footer(effect: Effect) -> Iterator[tuple[str, str]]:
    incident, problem = effect.incident, effect.incident.problem
    yield "Incident", short(incident.id, 200)
    yield "Message", short(effect.id, 300)
    if kind_of(effect) not in {Kind.BLINDED, Kind.RESOLVED}:  # these have said it above
        yield "Because", short(effect.because, 400)
    yield "Policy", short(effect.policy, 200)
    yield "Alarm" if kind_of_problem(effect) is Kind.ALARM else "Schedule", short(problem.source, 300)
    if kind_of(effect) in {Kind.BLINDED, Kind.RESOLVED}:
        return  # the rest is known of the last run that found something, not of the one that this is about
    if problem.window is not None:
        yield "Window", f"{moment(problem.window.start)} to {moment(problem.window.end)}"
    counts = ((problem.records, "record"), (problem.features, "feature"))
    yield "Looked at", ", ".join(many(count, thing) for count, thing in counts if count is not None)
    yield "Job", short((problem.job or "").rpartition("/")[2], 200)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def _line(label: str, text: str) -> str:
    """`Label       text`, wrapped, the text always in its own column."""
    indent = " " * _LABEL
    return textwrap.fill(
        plain(text), WIDTH, initial_indent=label.ljust(_LABEL), subsequent_indent=indent, break_on_hyphens=False
    )
