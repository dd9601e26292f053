"""Findings as rows: observed value beside limit, and never a value from a record.

A sentence of SageMaker's own checks contains only sums and shares. A team's own detector can write any text into its
sentences, so those sentences stay in the report.
"""

import math
from typing import Final

from msgspec import Struct

from kedge.domain.finding import Check, Finding, known_check, worst_first
from kedge.domain.incident import Problem
from kedge.domain.report_sentence import Breach
from kedge.domain.run import Monitor
from kedge.formatting import format_number, format_pair, one_line, shorten

SHOWN: Final = 5
_SAID: Final = 200
_SUBJECTS: Final = {
    Monitor.DATA_QUALITY: "Feature",
    Monitor.MODEL_QUALITY: "Metric",
    Monitor.MODEL_BIAS: "Group and metric",
    Monitor.MODEL_EXPLAINABILITY: "Label and method",
    Monitor.ALARM: "Metric",
    Monitor.WATCH: "Resource",
}


class Row(Struct, frozen=True):
    """One finding of a message. `said` is the report's own sentence, present only if no number could be read from it."""

    subject: str
    check: str
    observed: str
    limit: str
    said: str = ""


def rows(problem: Problem) -> tuple[Row, ...]:
    """Return the worst findings of a problem, at most 5; none for an alarm without numbers, because a row would add nothing."""
    return tuple(_row(finding) for finding in worst_first(problem.worst)[:SHOWN] if not _bare_alarm(finding))


def left_out(problem: Problem) -> int:
    """Return how many findings the rows leave out."""
    return max(0, (problem.findings or 0) - min(SHOWN, len(problem.worst)))


def subject_words(monitor: Monitor) -> str:
    """Return the plural noun for the subjects of a monitor's findings."""
    return _SUBJECTS.get(monitor, "Subject")


def check_words(check: str) -> str:
    """Return a check in plain words; an unknown check as it is written."""
    known = known_check(check)
    return shorten(check, 30) if known is None else known.words


def observed_of(finding: Finding) -> str:
    """Return the observed value, or "-" if it is unknown."""
    return format_pair(finding.observed, finding.limit)[0]


def limit_of(finding: Finding) -> str:
    """Return the limit, with its side (upper or lower) if that is known."""
    observed, limit, breach = finding.numbers
    if limit is None or math.isnan(limit):
        return format_number(None)
    shown = format_pair(observed, limit)[1]
    known = known_check(finding.check)
    if breach is Breach.UNKNOWN or (known is not None and not known.has_side):
        return shown
    return f"{'max' if breach is Breach.ABOVE else 'min'} {shown}"


def said_safely(finding: Finding) -> str:
    """Return the finding's own sentence if it is one of SageMaker's, else an empty string."""
    return shorten(finding.said, _SAID) if known_check(finding.check) is not None else ""


def _bare_alarm(finding: Finding) -> bool:
    return finding.check == Check.ALARM and finding.observed is None and finding.limit is None


def _row(finding: Finding) -> Row:
    observed = observed_of(finding)
    return Row(
        subject=one_line(finding.subject) or "unnamed",
        check=check_words(finding.check),
        observed=observed,
        limit=limit_of(finding),
        said=said_safely(finding) if finding.observed is None and finding.check != Check.ALARM else "",
    )
