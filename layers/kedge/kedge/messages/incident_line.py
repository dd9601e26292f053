"""One incident as one line of a message about several: severity, target, symptom and start."""

from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from kedge.domain.cause import Cause
from kedge.domain.incident import IncidentState
from kedge.domain.notification import IncidentSummary
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from kedge.formatting import format_count, one_line, shorten_name

_AREAS: Final = {
    Monitor.DATA_QUALITY: "data quality",
    Monitor.MODEL_QUALITY: "model quality",
    Monitor.MODEL_BIAS: "bias",
    Monitor.MODEL_EXPLAINABILITY: "feature attribution",
    Monitor.CUSTOM: "own check",
    Monitor.ALARM: "alarm",
    Monitor.WATCH: "monitoring",
    Monitor.DRILL: "drill",
}
# The name of the monitor already says which problem it finds.
_OWN_CAUSES: Final = {
    Monitor.MODEL_QUALITY: Cause.CONCEPT_DRIFT,
    Monitor.MODEL_BIAS: Cause.BIAS_DRIFT,
    Monitor.MODEL_EXPLAINABILITY: Cause.ATTRIBUTION_DRIFT,
}
_WHAT: Final = 32
_WITHOUT_FINDINGS: Final = frozenset({Monitor.ALARM, Monitor.FLEET, Monitor.POLICY, Monitor.WATCH, Monitor.DRILL})
_TURNS: Final = {
    Reason.REOPENED: "again",
    Reason.FLAPPING: "flapping",
    Reason.SETTLED: "firing",
    Reason.SEVERITY_RAISED: "worse",
    Reason.CAUSE_CHANGED: "new cause",
    Reason.ANOTHER_FAULT: "worse",
    Reason.REMINDER: "still firing",
    Reason.STILL_FIRING: "still firing",
}
_REMEDIES: Final = {
    Reason.REMEDY_PROPOSED: "dry run",
    Reason.REMEDY_REFUSED: "not carried out",
    Reason.REMEDY_PLANNED: "remedy starts",
    Reason.APPROVAL_WANTED: "approve?",
    Reason.APPROVAL_REMINDER: "approve?",
    Reason.REMEDY_APPROVED: "approved",
    Reason.REMEDY_REJECTED: "rejected",
    Reason.APPROVAL_EXPIRED: "approval expired",
    Reason.REMEDY_ACTED: "remedy started",
    Reason.REMEDY_VERIFIED: "remedy verified",
    Reason.REMEDY_FAILED: "remedy failed",
    Reason.REMEDY_UNVERIFIED: "result unknown",
}


class Line(Struct, frozen=True):
    """A row of the list, or its header. `mark` is the severity while the incident is open."""

    mark: str
    target: str
    what: str
    since: str


HEAD: Final = Line("Severity", "Target", "What", "Since")


def line_of(brief: IncidentSummary, at: datetime) -> Line:
    """Return the line of an incident, for a message that is written at `at`."""
    over = brief.state is IncidentState.RESOLVED
    return Line(
        mark="RESOLVED" if over else brief.severity.upper(),
        target=name_of(brief.target),
        what=_as_fits(*_of_a_remedy(brief)) if brief.why in _REMEDIES else _as_fits(_symptom(brief), *_rest(brief)),
        since=_since(brief.since, at),
    )


def name_of(target: Target) -> str:
    """Return the name of a target in a list: a fleet has no name of its own."""
    return "fleet" if target.kind is TargetKind.FLEET else one_line(target.name) or "unnamed"


def cause_words(cause: Cause) -> str:
    """Return a cause in plain words."""
    return cause.replace("_", " ")


def _of_a_remedy(brief: IncidentSummary) -> tuple[str, str, str]:
    return _REMEDIES[brief.why], cause_words(brief.cause), _AREAS.get(brief.monitor, "")


def _symptom(brief: IncidentSummary) -> str:
    match brief.monitor:
        case Monitor.POLICY if brief.target.kind is TargetKind.MONITORS:
            return "Monitors document cannot be read"
        case Monitor.POLICY:
            return "policy cannot be read"
        case Monitor.WATCH:
            return f"{format_count(brief.findings or 0, 'fault')} of monitoring"
        case Monitor.FLEET:
            return f"{format_count(brief.findings, 'feature')} on many targets" if brief.findings else "on many targets"
        case Monitor.ALARM if brief.cause is Cause.INCONCLUSIVE:
            return _alarm(brief)
        case _ if brief.cause is Cause.MONITOR_FAULT:
            return f"{_AREAS[brief.monitor]} not measured"
        case _ if brief.cause in {_OWN_CAUSES.get(brief.monitor), Cause.INCONCLUSIVE}:
            return _AREAS[brief.monitor]
        case Monitor.DATA_QUALITY:
            return cause_words(brief.cause)
        case _:
            return f"{_AREAS[brief.monitor]}: {cause_words(brief.cause)}"


def _alarm(brief: IncidentSummary) -> str:
    """Return the name of the alarm, if its target has another name."""
    named = "" if brief.source == brief.target.name else shorten_name(brief.source, _WHAT - len("alarm "))
    return f"alarm {named}".rstrip()


def _rest(brief: IncidentSummary) -> tuple[str, ...]:
    if brief.state is IncidentState.RESOLVED:
        return (f"was {brief.severity}",)
    return (_turn(brief), "" if brief.state is IncidentState.FIRING else brief.state.value, _found(brief))


def _found(brief: IncidentSummary) -> str:
    if brief.monitor in _WITHOUT_FINDINGS or brief.cause is Cause.MONITOR_FAULT:
        return ""
    return format_count(brief.findings, "finding") if brief.findings is not None else "report unread"


def _turn(brief: IncidentSummary) -> str:
    if brief.why is Reason.MONITOR_FAULT and brief.cause is not Cause.MONITOR_FAULT:
        return "monitor failed"
    return _TURNS.get(brief.why, "")


def _since(since: datetime, at: datetime) -> str:
    """Return the time of the day in UTC (`08:00Z`), or the date if it is not the day of the message."""
    since, at = since.astimezone(UTC), at.astimezone(UTC)
    if since.date() == at.date():
        return f"{since:%H:%MZ}"
    return f"{since:%m-%d}" if since.year == at.year else f"{since.year:04}-{since:%m-%d}"


def _as_fits(symptom: str, *rest: str) -> str:
    """Return the symptom with as many of the other parts as fit into a line, each of them whole."""
    for part in filter(None, rest):
        if len(symptom) + len(part) + 2 <= _WHAT:
            symptom = f"{symptom}, {part}"
    return symptom
