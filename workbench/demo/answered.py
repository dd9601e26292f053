"""Describes a remedy from its evidence to its outcome, as the application itself stores it."""

from collections.abc import Iterator
from dataclasses import dataclass

from kedge.domain.action import Action, Answer, RemedyStatus, Vote
from kedge.domain.decision import Reason
from kedge.domain.incident import Incident
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.timeline import EntryKind


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An incident's remedy. `what` is its short name, `came_to` its stage, `lines` the rest: label and text."""

    target: str
    what: str
    came_to: str
    lines: tuple[tuple[str, str], ...]


def standing(incident: Incident | None) -> str:
    """Return the status of an incident's remedy, or an empty text if there is none.

    For example `roll_back asked`, `roll_back refused: cooldown`, or `held back: hold`.
    """
    acting = incident.remedy if incident is not None else None
    if acting is None:
        return ""
    why = f": {acting.why}" if acting.why is not None else ""
    none = acting.remedy is RemedyName.NONE
    return f"held back{why}" if none else f"{acting.remedy} {acting.stage}{why}"


def answered(story: IncidentHistory, acting: RemedyStatus, action: Action | None) -> Answered:
    """Return the description of an incident's remedy with its timeline; `action` is None if none was begun."""
    incident, none = story.incident, acting.remedy is RemedyName.NONE
    return Answered(
        target=incident.target.name,
        what="nothing is done" if none else acting.brief or acting.remedy.value.replace("_", " "),
        came_to="held back" if none else acting.stage.value,
        lines=tuple(_lines(story, acting, action)),
    )


def _lines(story: IncidentHistory, acting: RemedyStatus, action: Action | None) -> Iterator[tuple[str, str]]:
    incident = story.incident
    yield "cause", incident.cause.value.replace("_", " ")
    yield from (("evidence", said) for said in incident.evidence)
    if acting.sentence:
        yield "plan", acting.sentence
    if acting.stage is Stage.REFUSED:
        yield "held back", f"{acting.why}: {acting.says}".replace("_", " ", 1)
    elif acting.stage is Stage.PROPOSED:
        yield "done", "nothing: dry run"
    if action is not None:
        yield from _done(action)
    yield from _worked(story)


def _worked(story: IncidentHistory) -> Iterator[tuple[str, str]]:
    """Yield the evidence of the verification, and the later news about it."""
    verified = False
    for entry in story.entries:
        if entry.what is not EntryKind.DECIDED:
            continue
        if entry.reason is Reason.REMEDY_VERIFIED:
            yield "verified", entry.because
            verified = True
        elif verified and entry.reason is Reason.REMEDY_NEWS:
            yield "since", entry.because


def _done(action: Action) -> Iterator[tuple[str, str]]:
    yield "plan id", action.digest
    if action.mode is Mode.AUTO:
        yield "approval", "not needed: mode auto"
    yield from (("approval", _said(vote)) for vote in action.votes)
    if action.acted is not None:
        yield "done", f"at {action.acted:%H:%M:%S} UTC{f': {action.started}' if action.started else ''}"


def _said(vote: Vote) -> str:
    word = "approved" if vote.answer is Answer.APPROVE else "rejected"
    proof = "confirmed by AWS" if vote.proven else "as they say"
    return f"{word} by {vote.by}, {proof}, at {vote.at:%H:%M:%S} UTC: {vote.reason}"
