"""The remedy of an incident: whether a message is about it, what it asks of its reader, and what it is called."""

import re
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.action import RemedyStatus
from kedge.domain.effect import Effect
from kedge.domain.incident import Incident
from kedge.domain.reason import OF_REMEDIES
from kedge.domain.remedy import Mode, RemedyName
from kedge.domain.stage import Stage
from kedge.formatting import one_line, shorten_name

_OF_EARLIER: Final = {stage.reason: stage for stage in Stage if stage.did_not_help}

# A remedy is held back by a fact, and a question may follow: `the data is broken: did the deployment break it?`.
_QUESTION: Final = re.compile(r"(?P<fact>.+)[:;.] (?P<question>(?:(?![:;.] ).)+\?)")
_BRIEF: Final = 44
_PREFIX: Final = 12
"""Digits of a digest that name a plan to a person: 48 bits."""


def news_of(effect: Effect) -> RemedyStatus | None:
    """The remedy, where a message is about what became of it; None where it is about the problem.

    What did not help may have been done for an earlier incident: then it is not the incident's own, and has the name of none.
    """
    own, stage = effect.incident.remedy, _OF_EARLIER.get(effect.why)
    if stage is not None and (own is None or own.stage is not stage):
        return RemedyStatus(remedy=RemedyName.NONE, mode=Mode.DRY_RUN, stage=stage, at=effect.at, says=effect.because)
    return own if effect.why in OF_REMEDIES else None


def asked_of(incident: Incident) -> RemedyStatus | None:
    """The plan that waits for somebody's approval; None where none does, or nobody could say which."""
    acting = incident.remedy
    asks = acting is not None and acting.stage is Stage.ASKED and incident.is_open
    return acting if acting is not None and asks and handle_of(acting) else None


def wants_approval(effect: Effect) -> bool:
    """Whether a message asks its reader for a decision, before all else."""
    asked = asked_of(effect.incident)
    return asked is not None and news_of(effect) is asked


def wants_eyes(effect: Effect) -> bool:
    """Whether a message tells that people must look now, whatever else is well again."""
    acting = news_of(effect)
    return acting is not None and acting.stage.did_not_help


def handle_of(acting: RemedyStatus) -> str:
    """As much of a plan's digest as a person types; empty where there is no plan, or it has no digest that may be typed."""
    digest = acting.digest or ""
    return digest[:_PREFIX] if len(digest) >= _PREFIX and digest.isascii() and digest.isalnum() else ""


def brief_of(acting: RemedyStatus) -> str:
    """The remedy in a few words that follow `to`."""
    return shorten_name(acting.brief, _BRIEF) or acting.remedy.brief


def plan_of(acting: RemedyStatus) -> str:
    """What would be done, in the words that an approver approves."""
    return one_line(acting.sentence) or one_line(acting.says) or brief_of(acting)


def stated(acting: RemedyStatus) -> RemedyStatus:
    """Return the status of a remedy without the question that holds it back: the next step asks it."""
    found = _QUESTION.fullmatch(one_line(acting.says)) if acting.stage is Stage.REFUSED else None
    return acting if found is None else msgspec.structs.replace(acting, says=found["fact"])


def in_brief(acting: RemedyStatus) -> RemedyStatus:
    """Return the status of a remedy with its plan in a few words."""
    return msgspec.structs.replace(acting, sentence=brief_of(acting))


def question_of(acting: RemedyStatus) -> str:
    """Return the question that an engineer has to answer before a remedy; empty if there is none."""
    found = _QUESTION.fullmatch(one_line(acting.says)) if acting.stage is Stage.REFUSED else None
    return found["question"] if found is not None else ""


def due_of(acting: RemedyStatus) -> datetime | None:
    """Until when an answer or an outcome is waited for; None where nothing is."""
    if acting.stage.is_over:
        return None
    return acting.due or acting.until
