"""For programs: one JSON document a message, with a version and a schema (docs/schemas/notification.v1.json).

`id` is the effect's: whoever has seen it has seen the message. Numbers that JSON cannot write are strings. New fields
may come within v1; none goes or changes its meaning.
"""

import math
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from kedge.domain.decision import Reason
from kedge.domain.effect import Effect
from kedge.domain.finding import Finding
from kedge.domain.incident import Cause, IncidentState, Problem, Severity
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.sentence import Breach
from kedge.domain.target import TargetKind
from kedge.notify.attributes import attributes
from kedge.notify.evidence import SHOWN, said_safely, worst_first
from kedge.notify.links import links
from kedge.notify.plain import short
from kedge.notify.wording import headline
from kedge.ports import Message

_TEXT: Final = 1_000
_NAME: Final = 300
_CHECKS: Final = 30

type Moment = Annotated[datetime, Meta(tz=True)]
type Figure = float | Literal["Infinity", "-Infinity", "NaN"] | None


class Target(Struct, frozen=True, kw_only=True):
    """What is monitored. `id` is `<account>/<region>/<kind>/<name>`."""

    id: str
    account: str
    region: str
    kind: TargetKind
    name: str


class ShownFinding(Struct, frozen=True, kw_only=True):
    """One violated check. `check` is the report's own word; a number is null where the report gives none."""

    subject: str
    check: str
    observed: Figure
    limit: Figure
    breach: Breach
    description: str


class Evidence(Struct, frozen=True, kw_only=True):
    """What the newest bad run or alarm showed; `reading` says whether its report could be read, else `why_unread`."""

    source: str
    verdict: Verdict
    said: str
    reading: Reading | None
    why_unread: str | None
    job: str | None
    window_start: Moment | None
    window_end: Moment | None


class Counts(Struct, frozen=True, kw_only=True):
    """How many. Null where nobody counted; `findings` of this document is only the worst few of `counts.findings`."""

    findings: int | None
    subjects: int | None
    features: int | None
    records: int | None
    runs: int
    by_check: dict[str, int]


class Notification(Struct, frozen=True, kw_only=True):
    """One message about an incident. Times are UTC, RFC 3339."""

    version: Annotated[Literal["kedge.incident/v1"], Meta(description="The version of this document's shape.")]
    id: Annotated[str, Meta(description="The message's own id. A message that comes twice has it twice.")]
    incident: Annotated[str, Meta(description="The incident's id, the same in all messages about it.")]
    revision: Annotated[int, Meta(description="Counts the incident's changes: a lower one is older news.")]
    at: Moment
    environment: str
    receiver: str
    headline: str
    target: Target
    monitor: Monitor
    severity: Severity
    state: IncidentState
    cause: Cause
    why: Annotated[Reason, Meta(description="Why this message was sent.")]
    because: Annotated[str, Meta(description="The decision in one sentence, for people.")]
    since: Moment
    resolved: Moment | None
    evidence: Evidence
    counts: Counts
    findings: Annotated[tuple[ShownFinding, ...], Meta(max_length=SHOWN)]
    links: Annotated[dict[str, str], Meta(description="Addresses by name: runbook, report, report_uri, endpoint …")]
    policy: Annotated[str, Meta(description="The policy and its version that decided.")]


def write(effect: Effect, runbook_url: str) -> Message:
    """The document that an effect asks for. `runbook_url` may be empty."""
    return Message(body=msgspec.json.encode(notification(effect, runbook_url)).decode(), attributes=attributes(effect))


def notification(effect: Effect, runbook_url: str) -> Notification:
    """The document as a value, every text cut to a bounded length."""
    incident, problem = effect.incident, effect.incident.problem
    target = incident.target
    return Notification(
        version="kedge.incident/v1",
        id=short(effect.id, _TEXT),
        incident=short(incident.id, _NAME),
        revision=incident.revision,
        at=effect.at,
        environment=short(effect.environment, _NAME),
        receiver=short(effect.receiver, _NAME),
        headline=short(headline(effect), _NAME),
        target=Target(
            id=short(str(target), _TEXT),
            account=short(target.account, _NAME),
            region=short(target.region, _NAME),
            kind=target.kind,
            name=short(target.name, _NAME),
        ),
        monitor=incident.monitor,
        severity=incident.severity,
        state=incident.state,
        cause=incident.cause,
        why=effect.why,
        because=short(effect.because, _TEXT),
        since=incident.since,
        resolved=incident.resolved,
        evidence=_evidence(problem),
        counts=Counts(
            findings=problem.findings,
            subjects=problem.subjects,
            features=problem.features,
            records=problem.records,
            runs=incident.runs,
            by_check={short(check, _NAME): n for check, n in list(problem.checks.items())[:_CHECKS]},
        ),
        findings=tuple(_finding(finding) for finding in worst_first(problem)[:SHOWN]),
        links=_links(effect, runbook_url),
        policy=short(effect.policy, _NAME),
    )


def _evidence(problem: Problem) -> Evidence:
    return Evidence(
        source=short(problem.source, _NAME),
        verdict=problem.verdict,
        said=short(problem.said, _TEXT),
        reading=problem.reading,
        why_unread=short(problem.why_unread, _TEXT) if problem.why_unread is not None else None,
        job=short(problem.job, _TEXT) if problem.job is not None else None,
        window_start=problem.window.start if problem.window is not None else None,
        window_end=problem.window.end if problem.window is not None else None,
    )


def _finding(finding: Finding) -> ShownFinding:
    observed, limit, breach = finding.numbers
    return ShownFinding(
        subject=short(finding.subject, _NAME),
        check=short(finding.check, _NAME),
        observed=_figure(observed),
        limit=_figure(limit),
        breach=breach,
        description=said_safely(finding),
    )


def _figure(value: float | None) -> Figure:
    if value is None or math.isfinite(value):
        return value
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _links(effect: Effect, runbook_url: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in links(effect, runbook_url):
        found[link.key] = link.url
        if link.raw:
            found[f"{link.key}_uri"] = link.raw
    return found
