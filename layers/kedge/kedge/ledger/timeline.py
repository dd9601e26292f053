"""The lines of an incident's timeline."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from msgspec import Struct, field

from kedge.domain.decision import Decision, Reason, RemedyHeld, RemedySelected, Suppressed
from kedge.domain.effect import Effect
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState, Severity
from kedge.domain.notification import IncidentSummary
from kedge.domain.provenance import EntryPoint
from kedge.domain.reason import OF_REMEDIES
from kedge.formatting import format_time
from kedge.ports.storage import Commit


def said_of_remedy(decision: Decision, incident: Incident) -> tuple[str, str | None]:
    """Return a decision's text about a remedy, and the digest of its plan; empty if it is about something else."""
    acting = incident.remedy
    if decision.remedies:
        plans = (each.plan for each in decision.remedies if isinstance(each, RemedySelected) and each.plan is not None)
        return "; ".join(map(_chosen, decision.remedies)), next((plan.digest for plan in plans), None)
    if acting is None or decision.reason not in OF_REMEDIES:
        return "", None
    return f"{acting.remedy} {acting.stage}{f' ({acting.why})' if acting.why else ''}", acting.digest


def _chosen(treated: RemedySelected | RemedyHeld) -> str:
    """Return what the policy chose, or why it did not run a remedy."""
    if isinstance(treated, RemedyHeld):
        until = f", until {format_time(treated.until)}" if treated.until else ""
        return f"{treated.remedy} refused ({treated.why}{until}): {treated.says}"
    return f"{treated.remedy} ({treated.mode}): {treated.says}"


_LONGEST: Final = 400


class EntryKind(StrEnum):
    """The kind of a timeline line."""

    DECIDED = "decided"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of an incident's timeline.

    `at` is when it happened (as far as the case still knows), and `recorded` when it was stored. `state`, `severity`
    and `revision` are the incident's after it.
    A decision names its signal, the `policy` (name and version), the `routes` that it took, its effects, and its
    notices for later. `suppressed` lists the suppressed receivers with the reasons. If a person decided, `by` and
    `comment` belong to that person. `remedy` says in words what would be done, why it does not run, or how far it has
    come. `action` is the digest of its plan, if there is one.
    A delivery names its effect and, in `message_id`, the channel's own id of the message. `confirmed_by` says in words
    who confirms the signal; it is empty for Kedge's own acts.
    """

    what: EntryKind
    at: datetime
    recorded: datetime
    reason: Reason
    because: str
    state: IncidentState
    severity: Severity
    revision: int
    signal: str | None = None
    policy: str = ""
    routes: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    suppressed: tuple[Suppressed, ...] = field(default=(), name="quieted")
    by: str | None = None
    comment: str = ""
    remedy: str = ""
    action: str | None = None
    effect: str | None = None
    message_id: str | None = None
    confirmed_by: str = ""

    @classmethod
    def decided(cls, commit: Commit, incident: Incident) -> Self:
        """Return the line for a decision on a signal, with its reasons."""
        decision = commit.decision
        remedy, action = said_of_remedy(decision, incident)
        lasts = (*decision.state.sources.values(), *decision.state.unconfirmed.values())
        known_as = {commit.signal_id, mark(commit.signal_id)}
        happened = (last.finished for last in lasts if last.id in known_as)
        return cls(
            what=EntryKind.DECIDED,
            at=next(happened, commit.now),
            recorded=commit.now,
            reason=decision.reason,
            because=decision.because,
            state=incident.state,
            severity=incident.severity,
            revision=incident.revision,
            signal=commit.signal_id,
            policy=decision.policy,
            routes=decision.routes,
            effects=tuple(effect.id for effect in commit.effects),
            notices=tuple(notice.id for notice in commit.notices),
            suppressed=decision.suppressed,
            by=commit.by,
            comment=commit.comment,
            remedy=remedy,
            action=action,
            confirmed_by=""
            if commit.provenance.entry_point is EntryPoint.KEDGE
            else commit.provenance.words[:_LONGEST],
        )


type Lines = dict[str, Entry]
"""One line for each incident, by its id."""


def delivered(effect: Effect, message_id: str, now: datetime, but: str | None = None) -> Lines:
    """Return the lines for a sent message, one for every incident that it lists.

    `but` says why its receiver probably did not get it.
    """
    because = f"notified {effect.receiver} through {effect.channel}"
    if but is not None:
        because = f"{effect.channel} for {effect.receiver}: accepted, {but}"
    return _lines(EntryKind.DELIVERED, effect, because, now, message_id)


def undelivered(effect: Effect, why: str, now: datetime) -> Lines:
    """Return the lines for a message that failed permanently, one for every incident that it lists."""
    because = f"could not tell {effect.receiver} through {effect.channel}: {why}"
    return _lines(EntryKind.UNDELIVERED, effect, because, now)


def _lines(what: EntryKind, effect: Effect, because: str, now: datetime, message_id: str | None = None) -> Lines:
    briefs = effect.briefs or (IncidentSummary.of(effect.incident, effect.why, effect.receiver),)
    others = len(effect.briefs) + effect.tally.incidents - 1
    company = f", together with {others} more" if others > 0 else ""
    return {
        brief.incident: Entry(
            what=what,
            at=now,
            recorded=now,
            reason=brief.why,
            because=because + company,
            state=brief.state,
            severity=brief.severity,
            revision=brief.revision,
            effect=effect.id,
            message_id=message_id,
        )
        for brief in briefs
    }
