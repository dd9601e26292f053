"""For programs: one JSON document per message, with a version and a schema (docs/schemas/notification.v1.json).

`id` is the effect's: a second document with the same `id` is the same message. Numbers that JSON cannot write are strings.
New fields can be added within v1. No field is removed, and none changes its meaning.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.effect import Effect
from kedge.domain.finding import worst_first
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.run import Monitor
from kedge.formatting import shorten
from kedge.messages.attributes import attributes
from kedge.messages.digest import about_several
from kedge.messages.findings_table import SHOWN
from kedge.messages.headline import head
from kedge.messages.links import links
from kedge.messages.programs.findings import (
    Counts,
    ShownEvidence,
    ShownFinding,
    ShownProvenance,
    counts_of,
    evidence_of,
    provenance_of,
    shown,
)
from kedge.messages.programs.incidents import (
    ListedIncident,
    Moment,
    ShownRemedy,
    ShownTarget,
    ShownUnlisted,
    listed,
    more,
    shown_remedy,
    target_of,
)
from kedge.messages.wording.advice import first_step
from kedge.messages.wording.problem import headline
from kedge.ports.channels import Message

_TEXT: Final = 1_000
_NAME: Final = 300
_LINES: Final = 10


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
    target: ShownTarget
    monitor: Monitor
    severity: Severity
    state: IncidentState
    cause: Cause
    why: Annotated[Reason, Meta(description="Why this message was sent.")]
    because: Annotated[str, Meta(description="The decision in one sentence, for people.")]
    since: Moment
    resolved: Moment | None
    evidence: ShownEvidence
    counts: Counts
    findings: Annotated[tuple[ShownFinding, ...], Meta(max_length=SHOWN)]
    links: Annotated[dict[str, str], Meta(description="Addresses by name: runbook, report, report_uri, endpoint …")]
    policy: Annotated[str, Meta(description="The policy and its version that decided.")]
    variant: str | None
    owner: Annotated[str | None, Meta(description="Whose it is, as the policy reads it from the target's tags.")]
    by: Annotated[str | None, Meta(description="Who acknowledged it, or said that it is over.")]
    resolved_by: Annotated[
        str | None, Meta(description="The person who said that it is over; null where a result did.")
    ]
    reopened: Annotated[int, Meta(description="How often it fired again after it was resolved.")]
    flapping: Annotated[bool, Meta(description="It comes and goes, and its next turns are not told.")]
    incidents: Annotated[
        tuple[ListedIncident, ...],
        Meta(
            description="All that the message is about, the worst first, as far as there is room; `incident` is the first."
        ),
    ]
    provenance: Annotated[
        ShownProvenance | None,
        Meta(description="Who confirms the evidence; null for an incident that is older than this field."),
    ]
    next_step: Annotated[str, Meta(description="The first action, for people; empty if the message is about several.")]
    cause_evidence: Annotated[
        tuple[str, ...], Meta(description="Why the cause is thought to be the cause, in words and numbers.")
    ]
    remedy: Annotated[
        ShownRemedy | None, Meta(description="Where its remedy stands; null where there is none for its cause.")
    ]
    drill: Annotated[bool, Meta(description="A person tests routes and receivers: no model has a problem.")]
    more: Annotated[ShownUnlisted, Meta(description="What the message is about beyond `incidents`, counted only.")]


def write(effect: Effect, runbook_url: str) -> Message:
    """Return the document of an effect. `runbook_url` may be empty."""
    return Message(body=msgspec.json.encode(notification(effect, runbook_url)).decode(), attributes=attributes(effect))


def notification(effect: Effect, runbook_url: str) -> Notification:
    """Return the document as a value, each text cut to its greatest length."""
    incident, problem, incidents = effect.incident, effect.incident.problem, listed(effect)
    return Notification(
        version="kedge.incident/v1",
        id=shorten(effect.id, _TEXT),
        incident=shorten(incident.id, _NAME),
        revision=incident.revision,
        at=effect.at,
        environment=shorten(effect.environment, _NAME),
        receiver=shorten(effect.receiver, _NAME),
        headline=shorten(_headline(effect), _NAME),
        target=target_of(incident.target),
        monitor=incident.monitor,
        severity=incident.severity,
        state=incident.state,
        cause=incident.cause,
        why=effect.why,
        because=shorten(effect.because, _TEXT),
        since=incident.since,
        resolved=incident.resolved,
        evidence=evidence_of(incident),
        counts=counts_of(incident),
        findings=tuple(shown(finding) for finding in worst_first(problem.worst)[:SHOWN]),
        links=_links(effect, runbook_url),
        policy=shorten(effect.policy, _NAME),
        variant=_name(incident.variant),
        owner=_name(incident.owner),
        by=_name(incident.by),
        resolved_by=_name(incident.resolved_by),
        reopened=incident.reopened,
        flapping=incident.flapping,
        incidents=incidents,
        provenance=provenance_of(incident),
        next_step="" if about_several(effect) else shorten(first_step(effect), _TEXT),
        cause_evidence=tuple(shorten(line, _NAME) for line in incident.evidence[:_LINES]),
        remedy=shown_remedy(incident.remedy),
        drill=incident.monitor is Monitor.DRILL,
        more=more(effect, len(incidents)),
    )


def _headline(effect: Effect) -> str:
    """Return the headline; the whole first line of a message about several incidents, because it has no single target."""
    if not about_several(effect):
        return headline(effect)
    first = head(effect)
    return f"{first.name}: {first.words}"


def _name(text: str | None) -> str | None:
    return shorten(text, _NAME) if text is not None else None


def _links(effect: Effect, runbook_url: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for link in links(effect, runbook_url):
        found[link.key] = link.url
        if link.raw:
            found[f"{link.key}_uri"] = link.raw
    return found
