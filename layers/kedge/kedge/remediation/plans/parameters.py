"""The parameters of a started resource: the policy's templates, filled in, within the service's limits."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Final

from msgspec import Struct

from kedge.domain.decision import RemedyHeld
from kedge.domain.plan import Starter
from kedge.domain.remedy import HoldReason
from kedge.domain.target import TargetKind
from kedge.remediation.plans.launch import Launch
from kedge.remediation.plans.request import PlanRequest

BASELINE_TAG: Final = "kedge:baseline"
"""The tag of an endpoint with the place of its baseline, an S3 URI."""


class _Bounds(Struct, frozen=True):
    """The limits of a service: the number of parameters, their names, and the length of their values in characters."""

    most: int
    name: re.Pattern[str]
    shortest: int
    longest: int


# botocore's models (docs/aws-behaviour.md); parameters that become one JSON text are limited as a whole, below.
_BOUNDS: Final[Mapping[Starter, _Bounds]] = {
    Starter.PIPELINE: _Bounds(200, re.compile(r"[A-Za-z0-9\-_]{1,256}"), 0, 1_024),
    Starter.CODE_PIPELINE: _Bounds(50, re.compile(r"[A-Za-z0-9@\-_]{1,128}"), 1, 1_000),
}
_PLACE: Final = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/.*)?")
_SHOWN: Final = 200
_LARGEST_INPUT: Final = 250_000
"""Bytes of a JSON input. Step Functions, Lambda's queue and EventBridge accept 262,144 with its envelope."""


def _endpoint(request: PlanRequest) -> str | None:
    return request.name if request.target.kind is TargetKind.ENDPOINT else None


def _window_start(request: PlanRequest) -> str | None:
    window = request.incident.problem.window
    return _moment(window.start) if window is not None else None


def _window_end(request: PlanRequest) -> str | None:
    window = request.incident.problem.window
    return _moment(window.end) if window is not None else None


def _whose_report(request: PlanRequest) -> str:
    problem = request.incident.problem
    return f"written by SageMaker's job {problem.job}" if problem.job else f"named by the signal of {problem.source}"


def _whose_baseline(request: PlanRequest) -> str:
    return f"by the tag {BASELINE_TAG} of {request.name}"


PLACES: Final[Mapping[str, Callable[[PlanRequest], str]]] = {"report": _whose_report, "baseline": _whose_baseline}
"""The names of places in S3, and who names each place: a training reads its data there."""

FILLED_IN: Final[Mapping[str, Callable[[PlanRequest], str | None]]] = {
    "incident": lambda request: request.incident.id,
    "endpoint": _endpoint,
    "monitor": lambda request: request.incident.monitor.value,
    "window_start": _window_start,
    "window_end": _window_end,
    "report": lambda request: request.incident.problem.report,
    "baseline": lambda request: request.tags.get(BASELINE_TAG) or None,
}
"""The value of each name in a template; None if the incident does not have it."""


def notes_of(request: PlanRequest) -> tuple[str, ...]:
    """Return the notes for an approver about the parameters: who gives a training its place in S3."""
    asked = {name for template in request.rule.parameters.values() for name in _names_in(template)}
    named = [(name, place) for name in PLACES if name in asked and (place := FILLED_IN[name](request)) is not None]
    notes = [f"{name} {place}: {PLACES[name](request)}" for name, place in named]
    if named and request.facts.buckets is None:
        notes.append("nothing says which buckets the operator named: check that these are yours before you approve")
    return tuple(notes)


def parameters_of(request: PlanRequest, using: Launch) -> dict[str, str] | RemedyHeld:
    """Return the filled-in parameters of the request's rule.

    They are refused if a value is missing, or if the started resource does not accept one.
    """
    filled: dict[str, str] = {}
    for name, template in request.rule.parameters.items():
        place = f"{request.place}.parameters.{name}"
        value = _filled(request, place, template)
        if isinstance(value, RemedyHeld):
            return value
        if (wrong := _wrong(request, using, name, value)) is not None:
            return request.refused(HoldReason.WRONG_PARAMETER, f"{place} {wrong}")
        filled[name] = value
    return _too_many(request, using, filled) or filled


def parsed(template: str) -> tuple[tuple[str, str | None], ...]:
    """Return the pieces of a template: each a text, and the name that is filled in after it, None after the last.

    Raises:
        ValueError: a brace stands alone, or a name is unknown; the text is `why: fix`.
    """
    try:
        pieces = [(text, name, detail, conversion) for text, name, detail, conversion in Formatter().parse(template)]
    except ValueError:
        raise ValueError("a brace stands alone: write {{ and }} for braces that stand for themselves") from None
    for _, name, detail, conversion in pieces:
        if name is not None and (name not in FILLED_IN or detail or conversion is not None):
            whole = name + (f"!{conversion}" if conversion is not None else "") + (f":{detail}" if detail else "")
            raise ValueError(f"nothing fills in {{{whole}}}: {_known(name)}")
    return tuple((text, name) for text, name, _, _ in pieces)


def _known(name: str) -> str:
    bare = re.split(r"[^A-Za-z_]", name, maxsplit=1)[0]
    return f"write {{{bare}}}" if bare in FILLED_IN else f"there are {', '.join(f'{{{each}}}' for each in FILLED_IN)}"


def _filled(request: PlanRequest, place: str, template: str) -> str | RemedyHeld:
    filled: list[str] = []
    try:
        pieces = parsed(template)
    except ValueError as error:
        return request.refused(HoldReason.WRONG_PARAMETER, f"{place} cannot be read: {error}")
    for text, name in pieces:
        filled.append(text)
        if name is None:
            continue
        value = FILLED_IN[name](request)
        if value is not None and name in PLACES and (strange := _strange(request, name, value)) is not None:
            return request.refused(HoldReason.WRONG_PARAMETER, f"{place} asks for {{{name}}}, {strange}")
        if value is None:
            says = f"{place} asks for {{{name}}}, and this incident has none ({request.incident.id})"
            return request.refused(HoldReason.WRONG_PARAMETER, says)
        filled.append(value)
    return "".join(filled)


def _names_in(template: str) -> Iterator[str]:
    try:
        yield from (name for _, name in parsed(template) if name is not None)
    except ValueError:
        return  # the plan is refused for it, with its place


def _strange(request: PlanRequest, name: str, value: str) -> str | None:
    """Return why a training may not receive a place in S3, as the end of a sentence; None if it may.

    A tag, or a call that names a report, may be a stranger's: without the buckets that the operator named, only people
    decide.
    """
    says = f"which is {value[:_SHOWN]!r} ({PLACES[name](request)})"
    found = _PLACE.fullmatch(value) if value.isprintable() else None
    if found is None:
        return f"{says}: that is no S3 URI; write s3://bucket/key there, or take {{{name}}} out of the rule"
    named = request.facts.buckets
    if named is None:
        unknown = f"{says}: nothing says which buckets the operator named; set the rule's mode to approval"
        return unknown if request.is_automatic else None
    if found["bucket"] in named:
        return None
    known = f"only {', '.join(named)}" if named else "no bucket"
    fix = f"name {found['bucket']} among the report buckets of the stack, or take {{{name}}} out of the rule"
    return f"{says}: the operator named {known}; {fix}"


def _wrong(request: PlanRequest, using: Launch, name: str, value: str) -> str | None:
    """Return the fault of one parameter, as the end of a sentence that begins with its place."""
    bounds = _BOUNDS.get(using.starter)
    if bounds is None:
        return None
    if bounds.name.fullmatch(name) is None:
        return f"is no name that {using.words} takes: letters, digits, hyphens and underscores"
    if not bounds.shortest <= len(value) <= bounds.longest:
        return f"is {len(value)} characters long, and {using.words} takes {bounds.shortest} to {bounds.longest}"
    known = request.facts.parameters
    if known is not None and name not in known:
        return f"is no parameter of {using.words}, which has {', '.join(sorted(known)) or 'none'}"
    return None


def _too_many(request: PlanRequest, using: Launch, filled: Mapping[str, str]) -> RemedyHeld | None:
    bounds = _BOUNDS.get(using.starter)
    if bounds is not None and len(filled) > bounds.most:
        says = f"{request.place}.parameters are {len(filled)}, and {using.words} takes {bounds.most}"
        return request.refused(HoldReason.WRONG_PARAMETER, says)
    size = len(json.dumps(filled).encode())
    if size > _LARGEST_INPUT:
        says = f"{request.place}.parameters are {size} bytes together, and {using.words} takes {_LARGEST_INPUT}"
        return request.refused(HoldReason.WRONG_PARAMETER, says)
    return None


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
