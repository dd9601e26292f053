"""Mail: plain text of 72 columns that says in its first lines what a person needs at three in the morning."""

import textwrap
from collections.abc import Iterable
from typing import Final

from kedge.domain.effect import Effect
from kedge.notify.attributes import attributes
from kedge.notify.evidence import Row, left_out, rows, subject_words
from kedge.notify.figures import age, duration, many, moment
from kedge.notify.kind import MEASURED_NOTHING, Kind, kind_of, kind_of_problem
from kedge.notify.links import links
from kedge.notify.page import page
from kedge.notify.plain import plain, short, squeezed
from kedge.notify.subject import subject
from kedge.notify.wording import action, first_step, headline, impact, problem_words, quoted, turn
from kedge.ports import Message

WIDTH: Final = 72
_LABEL: Final = 12
_LONGEST_VALUE: Final = 600


def write(effect: Effect, runbook_url: str) -> Message:
    """The mail that an effect asks for. `runbook_url` may be empty."""
    incident, kind = effect.incident, kind_of(effect)
    resolved = kind is Kind.RESOLVED
    body = page(
        "mail.txt",
        headline=_paragraph(f"{squeezed(incident.target.name, 60)}: {headline(effect)}"),
        place=_paragraph(_place(effect)),
        turn=_paragraph(turn(effect)),
        facts=[_line(name, text) for name, text in _facts(effect, kind) if text],
        table=_table(effect, kind),
        links=links(effect, runbook_url),
        report=plain(incident.problem.report or ""),
        footer=[_line(name, text) for name, text in _footer(effect) if text],
    )
    return Message(
        body=body,
        subject=subject(
            "RESOLVED" if resolved else incident.severity.upper(),
            incident.target.name,
            headline(effect),
            f"was {incident.severity.upper()}" if resolved else incident.state.upper(),
        ),
        attributes=attributes(effect),
    )


def _place(effect: Effect) -> str:
    target = effect.incident.target
    told = (effect.environment, target.region, f"account {target.account}")
    return short(", ".join(plain(part) for part in told if plain(part)), 300)


def _facts(effect: Effect, kind: Kind) -> Iterable[tuple[str, str]]:
    incident, problem = effect.incident, effect.incident.problem
    runs = many(incident.runs, "bad result")
    if kind is Kind.RESOLVED:
        ended = incident.resolved or effect.at
        yield "Lasted", f"{duration(ended - incident.since)}: {moment(incident.since)} to {moment(ended)}, {runs}"
        yield "It was", problem_words(effect)
        yield "Ended by", short(effect.because, _LONGEST_VALUE)
    else:
        yield "Impact", impact(effect)
        yield "Since", f"{moment(incident.since)} ({age(incident.since, effect.at)}), {runs}"
    yield "Kedge did", action(effect)
    yield "Do first", first_step(effect)
    if kind is Kind.BLINDED:
        yield "What broke", short(effect.because, _LONGEST_VALUE)
    if kind is Kind.UNREAD:
        yield "Not read", short(problem.why_unread or "there is no report", _LONGEST_VALUE)
    if kind in {Kind.FAILED, Kind.NO_DATA, Kind.STOPPED}:
        yield "It said", quoted(problem)
    if kind is Kind.ALARM:
        yield "It said", quoted(problem)


def _table(effect: Effect, kind: Kind) -> str:
    """The evidence; none where nothing was measured, for what was found before is not what is wrong now."""
    problem = effect.incident.problem
    shown = rows(problem)
    if not shown or kind in MEASURED_NOTHING or kind_of_problem(effect) in MEASURED_NOTHING:
        return ""
    head = Row(subject_words(effect.incident.monitor), "Check", "Observed", "Limit")
    check, observed, limit = (
        max(len(getattr(row, column)) for row in (head, *shown)) for column in ("check", "observed", "limit")
    )
    check = min(check, 20)
    name = min(max(len(row.subject) for row in (head, *shown)), WIDTH - check - observed - limit - 6)
    lines: list[str] = []
    for row in (head, *shown):
        cells = (
            squeezed(row.subject, name).ljust(name),
            squeezed(row.check, check).ljust(check),
            row.observed.rjust(observed),
            row.limit.rjust(limit),
        )
        lines.append("  ".join(cells).rstrip())
        lines += textwrap.wrap(row.said, WIDTH, initial_indent="  ", subsequent_indent="  ")
    if more := left_out(problem):
        lines.append(f"+{more:,} more in the report" if problem.report else f"+{more:,} more")
    return "\n".join(lines)


def _footer(effect: Effect) -> Iterable[tuple[str, str]]:
    incident, problem = effect.incident, effect.incident.problem
    yield "Incident", short(incident.id, 200)
    yield "Message", short(effect.id, 300)
    yield "Told because", short(effect.because, _LONGEST_VALUE)
    yield "Policy", short(effect.policy, 200)
    yield "Alarm" if kind_of_problem(effect) is Kind.ALARM else "Schedule", short(problem.source, 300)
    if problem.window is not None:
        yield "Window", f"{moment(problem.window.start)} to {moment(problem.window.end)}"
    counted = (many(problem.records, "record") if problem.records is not None else "",
               many(problem.features, "feature") if problem.features is not None else "")  # fmt: skip
    yield "Looked at", ", ".join(part for part in counted if part)
    yield "Job", short(problem.job or "", 300)


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def _line(label: str, text: str) -> str:
    """`Label       text`, wrapped, the text always in its own column."""
    first = label.ljust(_LABEL) if len(label) < _LABEL else f"{label} "
    return textwrap.fill(
        plain(text), WIDTH, initial_indent=first, subsequent_indent=" " * _LABEL, break_on_hyphens=False
    )
