"""Reads an answer to a plan as it comes through a door, strictly: whoever decides must have meant exactly this."""

import re
from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from kedge.domain.action import Answer
from kedge.errors import MalformedSignal

DOOR: Final = "lambda"
"""The door of whoever invokes the function directly and names no other."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_FIELDS: Final = frozenset({"digest", "action", "decision", "by", "reason", "proof", "door"})
_LONGEST: Final = {"by": 1_024, "reason": 1_000, "door": 64}


class Ballot(Struct, frozen=True, kw_only=True):
    """What somebody says of a plan. `proof` is by what AWS may vouch for them, None where they bring none."""

    digest: str
    answer: Answer
    by: str
    reason: str = ""
    proof: Mapping[str, object] | None = None
    door: str = DOOR


def ballot_of(event: object) -> Ballot:
    """An answer out of `{"digest" (or "action"), "decision", "by", "reason", "proof", "door"}`, or out of a short one.

    That is `{"approve" (or "reject"): <digest>, "by"}`, as a button says it. Raises MalformedSignal with the field and what would mend it.
    """
    if not isinstance(event, Mapping):
        raise MalformedSignal(
            "$", 'must be an object such as {"digest": "…", "decision": "approve", "by": "responder"}'
        )
    event = _spelled_out(event)
    for name in event:
        if name not in _FIELDS:
            raise MalformedSignal(f"$.{name}", f"is not known: an answer has {', '.join(sorted(_FIELDS))}")
    proof = event.get("proof")
    if proof is not None and not isinstance(proof, Mapping):
        raise MalformedSignal("$.proof", "must be the object that `kedge approval` makes, or be left out")
    return Ballot(
        digest=_digest(event),
        answer=_answer(event),
        by=_by(event, proven=proof is not None),
        reason=_text(event, "reason"),
        proof=proof,
        door=_text(event, "door") or DOOR,
    )


def _spelled_out(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """A short answer in full. The command of a button may have 100 characters, and a digest and two names leave no room for more."""
    short = [answer for answer in Answer if answer in event]
    if not short:
        return event
    if len(short) > 1 or event.keys() & {"digest", "action", "decision"}:
        raise MalformedSignal(f"$.{short[-1]}", "says it a second time: give one answer to one plan")
    (answer,) = short
    rest = {name: value for name, value in event.items() if name != answer}
    return {"digest": event[answer], "decision": answer, **rest}


def _digest(event: Mapping[str, Any]) -> str:
    given = {name: event[name] for name in ("digest", "action") if name in event}
    if not given:
        raise MalformedSignal("$.digest", "is missing: the 64 digits that the message and `kedge approval list` show")
    for name, value in given.items():
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            why = (
                "must be all 64 hexadecimal digits of the plan, in small letters: what is approved is exactly that plan"
            )
            raise MalformedSignal(f"$.{name}", why)
    if len(set(given.values())) > 1:
        raise MalformedSignal("$.action", "names another plan than $.digest: give one of the two")
    return str(next(iter(given.values())))


def _answer(event: Mapping[str, Any]) -> Answer:
    decision = event.get("decision")
    if decision not in tuple(Answer):
        missing = "is missing" if decision is None else "is neither of the two"
        raise MalformedSignal("$.decision", f"{missing}: say approve or reject")
    return Answer(decision)


def _by(event: Mapping[str, Any], *, proven: bool) -> str:
    by = _text(event, "by")
    if not by and not proven:
        raise MalformedSignal(
            "$.by", "is missing: say who decides, by the name under which the policy's approvers know them"
        )
    return by


def _text(event: Mapping[str, Any], name: str) -> str:
    value = event.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise MalformedSignal(f"$.{name}", f"must be text, not {type(value).__name__}")
    if len(value) > _LONGEST[name]:
        raise MalformedSignal(f"$.{name}", f"has {len(value)} characters; {_LONGEST[name]} are the most")
    if not value.isprintable():
        raise MalformedSignal(f"$.{name}", "has a line break or another character that cannot be seen: leave it out")
    return value.strip()
