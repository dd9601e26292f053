"""What every message to people says, as labelled sentences in the order in which they are needed."""

from collections.abc import Iterator
from typing import Final

from kedge.domain.effect import Effect
from kedge.domain.incident import Incident, Problem
from kedge.domain.run import Verdict
from kedge.notify.evidence import Row, rows
from kedge.notify.figures import age, duration, many, moment
from kedge.notify.kind import MEASURED_NOTHING, Kind, kind_of, kind_of_problem
from kedge.notify.plain import plain, short, squeezed
from kedge.notify.wording import action, first_step, impact, problem_words, turn

_LONGEST: Final = 400
_SPOKEN: Final = frozenset({Kind.FAILED, Kind.NO_DATA, Kind.STOPPED, Kind.ALARM, Kind.UNREAD, Kind.NO_REPORT})


def mark(effect: Effect) -> str:
    """The word in brackets at the head of a message: the severity while it lasts."""
    return "RESOLVED" if kind_of(effect) is Kind.RESOLVED else effect.incident.severity.upper()


def standing(effect: Effect) -> str:
    """The word in brackets at the end of a message: where the incident stands."""
    incident = effect.incident
    return f"was {incident.severity.upper()}" if kind_of(effect) is Kind.RESOLVED else incident.state.upper()


def target_name(effect: Effect) -> str:
    """The target's name, whole where it is one that SageMaker takes (63 characters)."""
    return squeezed(effect.incident.target.name, 63) or "unnamed"


def place(effect: Effect) -> str:
    """Environment, region and account, as far as they are known."""
    target = effect.incident.target
    account = plain(target.account)
    parts = (plain(effect.environment), plain(target.region), f"account {account}" if account else "")
    return short(", ".join(part for part in parts if part), 200)


def facts(effect: Effect) -> Iterator[tuple[str, str]]:
    """Label and sentence, each short enough to be read in one breath; none is empty."""
    return ((label, short(text, _LONGEST)) for label, text in _facts(effect) if plain(text))


def evidence_rows(effect: Effect) -> tuple[Row, ...]:
    """The evidence; none where nothing was measured, for what was found before is not what is wrong now."""
    kinds = {kind_of(effect), kind_of_problem(effect)}
    return () if kinds & (MEASURED_NOTHING | {Kind.RESOLVED}) else rows(effect.incident.problem)


def _facts(effect: Effect) -> Iterator[tuple[str, str]]:
    incident, kind = effect.incident, kind_of(effect)
    if kind is Kind.RESOLVED:
        ended = incident.resolved or effect.at
        yield "Lasted", ", ".join(filter(None, (duration(ended - incident.since), _seen(incident))))
        yield "From", moment(incident.since)
        yield "To", f"{moment(ended)} ({age(ended, effect.at)})"
        yield "It was", problem_words(effect)
        yield "Ended by", effect.because
    else:
        yield "New", turn(effect)
        yield "Impact", impact(effect)
        yield "Since", f"{moment(incident.since)} ({age(incident.since, effect.at)})" + _after_comma(_seen(incident))
    if kind is Kind.BLINDED:
        yield "What broke", effect.because
    if kind in _SPOKEN:
        yield "It said", incident.problem.said
    yield "Not read", _why_unread(kind, incident.problem)
    yield "Kedge did", action(effect)
    yield "Next", first_step(effect)


def _seen(incident: Incident) -> str:
    if incident.problem.verdict is Verdict.ALARM:
        return f"went off {incident.runs:,} times" if incident.runs > 1 else ""
    return f"seen in {many(incident.runs, 'run')}"


def _after_comma(text: str) -> str:
    return f", {text}" if text else ""


def _why_unread(kind: Kind, problem: Problem) -> str:
    match kind:
        case Kind.UNREAD:
            return problem.why_unread or "nobody knows why"
        case Kind.NO_REPORT:
            return problem.why_unread or "there is no report where the monitor should have left one"
        case _:
            return ""
