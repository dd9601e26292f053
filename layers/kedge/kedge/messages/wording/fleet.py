"""One problem of many targets: the affected features, and the number of targets.

A feature may have drifted, lost its type or gone missing: each target's own incident says which.
"""

import math
from collections.abc import Iterator
from typing import Final

from kedge.domain.finding import Finding
from kedge.domain.incident import Incident
from kedge.formatting import format_count, format_number, shorten_name

_IN_HEADLINE: Final = 3
_IN_SENTENCE: Final = 12


def features_drift(incident: Incident) -> str:
    """Return `age, tenure drift on 12 targets: check upstream`, the most frequent feature first."""
    names = tuple(_names(incident))
    more = len(names) - _IN_HEADLINE
    shown = ", ".join(names[:_IN_HEADLINE]) + (f" and {more:,} more" if more > 0 else "")
    return f"{shown or 'features'} drift{'s' if len(names) == 1 else ''} on {_on(incident)}: check upstream"


def features_gone(incident: Incident) -> str:
    """Return `drift of age, tenure`, for a resolved incident."""
    names = tuple(_names(incident))
    more = len(names) - _IN_HEADLINE
    return f"drift of {', '.join(names[:_IN_HEADLINE]) or 'features'}" + (f" and {more:,} more" if more > 0 else "")


def features_and_targets(incident: Incident) -> str:
    """Return each feature with the number of targets that it drifts on, the most frequent first, and how many are not named."""
    shown = incident.problem.worst[:_IN_SENTENCE]
    named = ", ".join(f"{shorten_name(each.subject, 40)} on {_targets(_count(each))}" for each in shown)
    more = len(tuple(_names(incident))) - len(shown)
    return named + (f", and {format_count(more, 'feature')} more" if more > 0 else "")


def _names(incident: Incident) -> Iterator[str]:
    subjects = (*(finding.subject for finding in incident.problem.worst), *incident.features)
    return (shorten_name(name, 30) for name in dict.fromkeys(subjects))


def _on(incident: Incident) -> str:
    """Return the number of targets, a range if features differ. Features without current findings do not count."""
    counts = [_count(finding) for finding in incident.problem.worst]
    known = [count for count in counts if count]
    if not known or None in counts:
        return "many targets"
    least, most = min(known), max(known)
    return _targets(most) if least == most else f"{format_number(least)} to {_targets(most)}"


def _targets(count: float | None) -> str:
    if count is None:
        return "many targets"
    return f"{format_number(count)} target{'' if count == 1 else 's'}" if count else "no target any more"


def _count(finding: Finding) -> float | None:
    """Return on how many targets a feature was affected, or None if the number is unknown."""
    measured = finding.measured
    return measured if measured is not None and math.isfinite(measured) and measured >= 0 else None
