"""The body of a message: labelled sentences, ordered by what an on-call engineer needs first."""

import re
from collections.abc import Iterator
from typing import Final

from kedge.domain.action import RemedyStatus
from kedge.domain.effect import Effect
from kedge.domain.incident import IncidentState, Problem
from kedge.domain.provenance import EntryPoint
from kedge.domain.run import Monitor, Verdict
from kedge.domain.stage import Stage
from kedge.formatting import format_age, format_count, format_deadline, format_duration, format_time, one_line, shorten
from kedge.messages.digest import EVIDENCE, about_several, facts_of_several
from kedge.messages.findings_table import Row, rows
from kedge.messages.message_type import MessageType, kind_of_problem, message_type_of
from kedge.messages.remedy_status import due_of, in_brief, news_of, plan_of, stated
from kedge.messages.update import shows_evidence, shows_plan, shows_row
from kedge.messages.wording.advice import action, first_step, impact
from kedge.messages.wording.change import change_words, confirmed_by, in_hand, reminder_words, times_back
from kedge.messages.wording.fleet import features_and_targets
from kedge.messages.wording.problem import problem_words
from kedge.messages.wording.remedy import WORDS, standing_of
from kedge.messages.wording.watch import faults_of

_LONGEST: Final = 400
# An approver sees the whole plan.
_LONGER: Final = {"Plan": 1_500, "Preconditions": 1_000, "Remedy": 800, "Endpoints": 1_500}
_NOTES: Final = 8
# The boundary between two faults of a policy: FILE:LINE:COLUMN, on a line of its own or after a semicolon.
_NEXT_FAULT: Final = re.compile(r"\n|; (?=\S+:\d+:\d+: )|; (?=and \d+ more$)")


def facts(effect: Effect) -> Iterator[tuple[str, str]]:
    """Return label and sentence of each fact: short, and never empty."""
    told = facts_of_several(effect) if about_several(effect) else _facts(effect)
    shown = ((label, text) for label, text in told if one_line(text) and shows_row(effect, label))
    return ((label, shorten(text, _LONGER.get(label, _LONGEST))) for label, text in shown)


def place(effect: Effect) -> str:
    """Return environment, region, account and variant: those that are known and, for targets, the same for all."""
    several = about_several(effect)
    targets = [brief.target for brief in effect.briefs] if several else [effect.incident.target]
    variant = "" if several else one_line(effect.incident.variant or "")
    parts = (
        one_line(effect.environment),
        _shared({one_line(target.region) for target in targets}, "", "region"),
        _shared({one_line(target.account) for target in targets}, "account ", "account"),
        f"variant {variant}" if variant else "",
    )
    return shorten(", ".join(part for part in parts if part), 200)


def evidence_rows(effect: Effect) -> tuple[Row, ...]:
    """Return the rows of evidence; none if nothing was measured, because earlier findings do not explain the current problem."""
    if about_several(effect) or effect.incident.monitor is Monitor.FLEET or not shows_evidence(effect):
        return ()
    return (
        ()
        if not (message_type_of(effect).has_rows and kind_of_problem(effect).has_rows)
        else rows(effect.incident.problem)
    )


def _shared(values: set[str], before: str, thing: str) -> str:
    if len(values) > 1:
        return format_count(len(values), thing)
    value = "".join(values)
    return f"{before}{value}" if value else ""


def _facts(effect: Effect) -> Iterator[tuple[str, str]]:
    incident, kind, acting = effect.incident, message_type_of(effect), news_of(effect)
    if acting is not None:
        yield from _of_the_remedy(effect, acting)
    yield from _of_the_end(effect) if kind is MessageType.RESOLVED else _of_the_trouble(effect)
    if kind.quotes_monitor:
        yield "Monitor message", incident.problem.said
    if kind in {MessageType.WATCH, MessageType.UNWATCHED}:
        yield from faults_of(incident.problem)
    if kind is MessageType.OVERDUE:
        yield "Missed runs", incident.problem.said
    if kind is MessageType.UNMEASURED:
        yield "Records", incident.problem.said
    if kind in {MessageType.POLICY, MessageType.MONITORS}:
        yield from (("Fault", fault) for fault in _NEXT_FAULT.split(incident.problem.said))
    yield "Report status", _why_unread(kind, incident.problem)
    if acting is None:
        yield from (("Evidence", line) for line in incident.evidence[:EVIDENCE])
    if (
        kind is not MessageType.RESOLVED
        and incident.provenance is not None
        and incident.provenance.entry_point is not EntryPoint.KEDGE
    ):
        yield "Confirmed by", confirmed_by(incident.provenance)
    if incident.remedy is not None and acting is not incident.remedy:
        own = stated(incident.remedy)
        yield "Remedy", standing_of(own if shows_plan(effect, own) else in_brief(own), effect.at)
    yield "Owner", incident.owner or ""
    acknowledged = incident.state is IncidentState.ACKNOWLEDGED
    yield "Acknowledged by" if acknowledged else "Mitigation by", in_hand(incident)
    yield "Action taken", action(effect)
    yield "Next step", first_step(effect)


def _of_the_remedy(effect: Effect, acting: RemedyStatus) -> Iterator[tuple[str, str]]:
    """Yield the outcome of the remedy, or its plan with the decision deadline and the evidence; then the problem in a few words."""
    asked, plan = acting.stage is Stage.ASKED, plan_of(acting)
    planned = asked or bool(one_line(acting.sentence))
    # If the last event repeats the plan, the headline has already said the rest.
    says = stated(acting).says
    yield "Update", reminder_words(effect) if planned and plan in one_line(says) else says
    yield "Plan", plan if planned else ""
    if (due := due_of(acting)) is not None and (deadline := WORDS[acting.stage].deadline):
        yield deadline, format_deadline(due, effect.at)
    if acting.stage is Stage.REFUSED and acting.until is not None:
        yield "Re-evaluation", format_deadline(acting.until, effect.at)
    yield from (("Evidence", line) for line in effect.incident.evidence[:EVIDENCE])
    if asked:
        yield "Preconditions", "; ".join(acting.preconditions)
        yield from (("Note", note) for note in acting.notes[:_NOTES])
    if message_type_of(effect) is not MessageType.RESOLVED:
        yield "Problem", problem_words(effect)


def _of_the_end(effect: Effect) -> Iterator[tuple[str, str]]:
    incident = effect.incident
    ended = incident.resolved or effect.at
    if news_of(effect) is None:
        yield "Resolution", effect.because
    yield "Duration", ", ".join(filter(None, (format_duration(ended - incident.since), *_seen(effect))))
    yield "Start", format_time(incident.since)
    yield "End", f"{format_time(ended)} ({format_age(ended, effect.at)})"
    yield "Problem", problem_words(effect)


def _of_the_trouble(effect: Effect) -> Iterator[tuple[str, str]]:
    incident = effect.incident
    yield "Update", change_words(effect)
    acting = news_of(effect)
    if acting is None or acting.stage is not Stage.VERIFIED:
        yield "Impact", impact(effect)
        yield "Estimated quality", incident.problem.estimate
    if incident.monitor is Monitor.FLEET:
        yield "Features", features_and_targets(incident)
    yield "Time series", "; ".join(incident.problem.contributors)
    since = f"{format_time(incident.since)} ({format_age(incident.since, effect.at)})"
    yield "Since", ", ".join(filter(None, (since, *_seen(effect))))


def _seen(effect: Effect) -> tuple[str, str]:
    """Return in how many runs the problem was seen, and how often it came back."""
    incident, back = effect.incident, times_back(effect.incident)
    uncounted = kind_of_problem(effect) in {MessageType.OVERDUE, MessageType.UNMEASURED}
    if incident.monitor in {Monitor.FLEET, Monitor.POLICY, Monitor.WATCH, Monitor.DRILL} or uncounted:
        return "", back
    if incident.problem.verdict is Verdict.ALARM:
        return f"fired {incident.runs:,} times" if incident.runs > 1 else "", back
    return f"seen in {format_count(incident.runs, 'run')}", back


def _why_unread(kind: MessageType, problem: Problem) -> str:
    match kind:
        case MessageType.UNREAD:
            return problem.why_unread or "the reason is unknown"
        case MessageType.NO_REPORT:
            return problem.why_unread or "there is no report under the output path of the monitor"
        case _:
            return ""
