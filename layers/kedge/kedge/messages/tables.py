"""Tables of a mail in 72 columns: the evidence of one incident, or the list of several."""

import textwrap
from collections.abc import Iterator
from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.notification import Unlisted
from kedge.formatting import shorten, shorten_name
from kedge.messages.body import evidence_rows
from kedge.messages.digest import count_words, unlisted
from kedge.messages.findings_table import Row, left_out, subject_words
from kedge.messages.incident_line import HEAD, Line, line_of

WIDTH: Final = 72
_CHECK: Final = 20
_TARGET: Final = 20


def table_of(effect: Effect) -> str:
    """Return the evidence of a message about one incident; empty if there is none."""
    shown, problem = evidence_rows(effect), effect.incident.problem
    if not shown:
        return ""
    lines = list(_evidence((Row(subject_words(effect.incident.monitor), "Check", "Observed", "Limit"), *shown)))
    if more := left_out(problem):
        lines.append(f"+{more:,} more in the report" if problem.report else f"+{more:,} more")
    return "\n".join(lines)


def list_of(effect: Effect) -> str:
    """Return the incidents of a message about several, one per line, and the counts of those that it does not list."""
    shown = [line_of(brief, effect.at) for brief in effect.briefs]
    lines = list(_incidents((HEAD, *shown))) if shown else []
    rest = more_of(unlisted(effect, len(shown)), listed=bool(shown))
    return "\n".join((*lines, *(textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in rest)))


def more_of(rest: Unlisted, *, listed: bool) -> Iterator[str]:
    """Yield the counts of incidents that are not listed: by severity, and those that ended before any notification."""
    if counted := rest.incidents - rest.over:
        words = count_words(Unlisted(by_severity=rest.by_severity, resolved=rest.resolved))
        yield f"+{counted:,} more: {words}" if listed else f"{counted:,} incidents: {words}"
    if rest.over:
        yield f"{'+' if listed else ''}{rest.over:,} resolved before notification"


def _evidence(table: tuple[Row, ...]) -> Iterator[str]:
    """Yield rows as lines: numbers right-aligned in columns, and the subject in the remaining width."""
    check = min(_CHECK, max(len(row.check) for row in table))
    observed, limit = max(len(row.observed) for row in table), max(len(row.limit) for row in table)
    name = min(WIDTH - check - observed - limit - 6, max(len(row.subject) for row in table))
    for row in table:
        words = f"{shorten_name(row.subject, name):{name}}  {shorten_name(row.check, check):{check}}"
        yield f"{words}  {row.observed:>{observed}}  {row.limit:>{limit}}"
        yield from textwrap.wrap(row.said, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _incidents(table: tuple[Line, ...]) -> Iterator[str]:
    """Yield incidents as lines: long names are cut before the words about them."""
    mark, since = max(len(row.mark) for row in table), max(len(row.since) for row in table)
    room = WIDTH - mark - since - 6
    longest = max(len(row.what) for row in table)
    target = min(max(len(row.target) for row in table), max(_TARGET, room - longest))
    what = min(longest, room - target)
    for row in table:
        words = f"{shorten_name(row.target, target):{target}}  {shorten(row.what, what):{what}}"
        yield f"{row.mark:{mark}}  {words}  {row.since:>{since}}"
