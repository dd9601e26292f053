"""Messages about several incidents: their number, their severity, and the facts that they share."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec

from kedge.domain.effect import Effect
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.notification import IncidentSummary, Unlisted, count_incidents
from kedge.domain.reason import Reason
from kedge.domain.target import TargetKind
from kedge.formatting import format_age, format_count, format_time, one_line, shorten_name
from kedge.messages.incident_line import cause_words, name_of
from kedge.messages.remedy_status import news_of, stated
from kedge.messages.wording.advice import action_of_several, first_step, impact
from kedge.messages.wording.problem import headline, problem_words
from kedge.messages.wording.remedy import standing_of

_WORST_FIRST: Final = tuple(sorted(Severity, key=lambda severity: -severity.rank))
_THINGS: Final = {TargetKind.ENDPOINT: "endpoint", TargetKind.SCHEDULE: "batch job", TargetKind.ALARM: "alarm"}
_NAMED: Final = 4
_ASKING: Final = frozenset({Reason.APPROVAL_WANTED, Reason.APPROVAL_REMINDER})
EVIDENCE: Final = 4
"""The most lines of a cause's evidence that a message shows. `kedge incident show` shows all."""
_OVER: Final = "No urgent action. Add the causes to the incidents as notes."


def count_words(counted: Unlisted) -> str:
    """Return `5 critical, 9 warning, 2 resolved`; empty if there are none."""
    parts = [f"{n:,} {severity}" for severity in _WORST_FIRST if (n := counted.by_severity.get(severity, 0))]
    parts += [f"{counted.resolved:,} resolved"] if counted.resolved else []
    parts += [f"{counted.over:,} resolved before notification"] if counted.over else []
    return ", ".join(parts)


def about_several(effect: Effect) -> bool:
    """Return whether a message lists incidents or counts them."""
    return len(effect.briefs) > 1 or effect.tally.incidents > 0


def alone(effect: Effect) -> Effect:
    """Return a message about its only incident, if there is just one: the reason of that incident says more than `digest`."""
    worst = None if about_several(effect) else worst_of(effect)
    return worst or effect


def census(effect: Effect) -> Unlisted:
    """Return the counts of all incidents that a message is about, listed or not."""
    return count_incidents(effect.briefs).plus(effect.tally)


def unlisted(effect: Effect, listed: int) -> Unlisted:
    """Return the counts of the incidents that a message leaves out if it lists the first `listed`."""
    return count_incidents(effect.briefs[listed:]).plus(effect.tally)


def where(effect: Effect) -> str:
    """Return `14 incidents on 9 endpoints`; only the number of incidents if the message does not list all of them."""
    counted = format_count(census(effect).incidents, "incident")
    if effect.tally.incidents or not effect.briefs:
        return counted
    targets = {brief.target for brief in effect.briefs}
    if len(targets) == 1:
        return f"{counted} on {shorten_name(name_of(effect.briefs[0].target), 40)}"
    kinds = {target.kind for target in targets}
    thing = _THINGS.get(kinds.pop(), "target") if len(kinds) == 1 else "target"
    return f"{counted} on {format_count(len(targets), thing)}"


def facts_of_several(effect: Effect) -> Iterator[tuple[str, str]]:
    """Yield label and sentence of each fact: the worst incident first, then the facts that the incidents share."""
    worst, open_ones = worst_of(effect), [brief for brief in effect.briefs if is_open(brief)]
    if worst is not None and open_ones:
        name = shorten_name(name_of(worst.incident.target), 63)
        yield (
            "Worst incident",
            f"{name}: {problem_words(worst) if news_of(worst) else headline(worst)}. {impact(worst)}",
        )
        yield from (("Evidence", line) for line in worst.incident.evidence[:EVIDENCE])
        yield "Remedy", _remedy(worst)
        yield "Owner", f"{one_line(worst.incident.owner)} (worst incident)" if worst.incident.owner else ""
    yield "Approval", _approvals(effect)
    yield "Causes", _causes(effect, open_ones)
    yield "Most incidents", _places(effect)
    yield "Start", _span(effect, open_ones)
    yield "Action taken", action_of_several(effect)
    if not open_ones:
        yield "Next step", "" if census(effect).worst else _OVER
    elif worst is not None:
        yield "Next step", f"Begin with the worst incident. {first_step(worst)}"


def worst_of(effect: Effect) -> Effect | None:
    """Return a message about the worst incident; None if the effect does not hold the whole incident."""
    if not effect.briefs or effect.briefs[0].incident != effect.incident.id:
        return None
    return msgspec.structs.replace(
        effect,
        why=effect.briefs[0].why,
        first=None if about_several(effect) else effect.first,
        briefs=(),
        tally=type(effect.tally)(),
    )


def is_open(brief: IncidentSummary) -> bool:
    """Return whether an incident is not resolved yet."""
    return brief.state is not IncidentState.RESOLVED


def asks_for_approval(effect: Effect) -> bool:
    """Return whether an incident that a message lists waits for an approver."""
    return any(brief.why in _ASKING for brief in effect.briefs)


def _remedy(worst: Effect) -> str:
    acting = worst.incident.remedy
    return standing_of(stated(acting), worst.at) if acting is not None else ""


def _approvals(effect: Effect) -> str:
    asking = sum(brief.why in _ASKING for brief in effect.briefs)
    return (
        f"{format_count(asking, 'remedy', 'remedies')} wait{'s' if asking == 1 else ''} for approval." if asking else ""
    )


def _causes(effect: Effect, briefs: list[IncidentSummary]) -> str:
    """Return `9 input drift, 3 schema break` if incidents share a cause. It counts only the listed incidents, and says so."""
    counted = Counter(brief.cause for brief in briefs).most_common()
    if not counted or counted[0][1] == 1:
        return ""
    words = ", ".join(f"{n:,} {cause_words(cause)}" for cause, n in counted)
    if effect.tally.incidents:
        return f"{words} (of the {len(effect.briefs)} worst)"
    return f"all {cause_words(counted[0][0])}" if len(counted) == 1 else words


def _places(effect: Effect) -> str:
    targets = Counter(brief.target for brief in effect.briefs)
    most = [(target, n) for target, n in targets.most_common(_NAMED) if n > 1]
    if len(targets) < 2 or effect.tally.incidents:
        return ""
    return ", ".join(f"{shorten_name(name_of(target), 40)} ({n:,})" for target, n in most)


def _span(effect: Effect, briefs: list[IncidentSummary]) -> str:
    if not briefs or effect.tally.incidents:
        return ""
    first, last = min(brief.since for brief in briefs), max(brief.since for brief in briefs)
    if format_time(first) == format_time(last):
        return f"{format_time(first)} ({format_age(first, effect.at)})"
    day, _, _ = format_time(first).partition(" ")
    return f"{format_time(first).removesuffix(' UTC')} to {format_time(last).removeprefix(f'{day} ')}"
