"""The remedy of an incident: whether a message is about it, what it asks of the reader, and its name."""

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

# A fact holds a remedy back, and a question can follow: `the data is broken: did the deployment break it?`.
_QUESTION: Final = re.compile(r"(?P<fact>.+)[:;.] (?P<question>(?:(?![:;.] ).)+\?)")
_BRIEF: Final = 44
_PREFIX: Final = 12
"""Digits of a digest that name a plan for an approver: 48 bits."""


def news_of(effect: Effect) -> RemedyStatus | None:
    """Return the remedy if a message is about its outcome; None if the message is about the problem.

    A remedy that did not help can belong to an earlier incident. Then the result is not the incident's own remedy, and has no name.
    """
    own, stage = effect.incident.remedy, _OF_EARLIER.get(effect.why)
    if stage is not None and (own is None or own.stage is not stage):
        return RemedyStatus(remedy=RemedyName.NONE, mode=Mode.DRY_RUN, stage=stage, at=effect.at, says=effect.because)
    return own if effect.why in OF_REMEDIES else None


def asked_of(incident: Incident) -> RemedyStatus | None:
    """Return the plan that waits for an approver; None if no plan waits, or its digest cannot be typed."""
    acting = incident.remedy
    asks = acting is not None and acting.stage is Stage.ASKED and incident.is_open
    return acting if acting is not None and asks and handle_of(acting) else None


def wants_approval(effect: Effect) -> bool:
    """Return whether a message first of all asks its reader for a decision."""
    asked = asked_of(effect.incident)
    return asked is not None and news_of(effect) is asked


def wants_eyes(effect: Effect) -> bool:
    """Return whether an engineer must check the target now, even if the problem is resolved."""
    acting = news_of(effect)
    return acting is not None and acting.stage.did_not_help


def handle_of(acting: RemedyStatus) -> str:
    """Return the part of a plan's digest that an approver types; empty without a plan or without a digest that can be typed."""
    digest = acting.digest or ""
    return digest[:_PREFIX] if len(digest) >= _PREFIX and digest.isascii() and digest.isalnum() else ""


def brief_of(acting: RemedyStatus) -> str:
    """Return the remedy in a few words that follow `to`."""
    return shorten_name(acting.brief, _BRIEF) or acting.remedy.brief


def plan_of(acting: RemedyStatus) -> str:
    """Return the planned action in the words that an approver approves."""
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
    """Return the deadline of an answer or a result; None if the remedy is over or does not have a deadline."""
    if acting.stage.is_over:
        return None
    return acting.due or acting.until
