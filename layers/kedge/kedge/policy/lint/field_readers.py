"""Readers of texts, by their key. Each reader raises ValueError with `why: mend`."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from types import UnionType
from typing import Annotated, Any, Final, TypeAliasType, Union, get_args, get_origin, get_type_hints

from msgspec import Struct, structs

from kedge.domain.cause import Cause
from kedge.domain.finding import FAULT_CHECKS
from kedge.domain.incident import Severity
from kedge.domain.run import Monitor, Verdict
from kedge.policy import days, time_intervals
from kedge.policy.durations import parse_duration
from kedge.policy.lint.fault import near, quoted
from kedge.policy.matchers import Matcher, Operator, matcher
from kedge.policy.spec import document, remediation
from kedge.policy.spec.types import Duration, Matchers, Moment
from kedge.remediation.check_intervals import LONGEST_APPROVAL, LONGEST_WATCH

type Reader = Callable[[str], object]

KNOWN_VALUES: Final[Mapping[str, type[StrEnum]]] = {
    "severity": Severity,
    "monitor": Monitor,
    "cause": Cause,
    "verdict": Verdict,
}
"""Labels with a fixed set of values."""

_LABEL: Final = re.compile(r"[A-Za-z_][\w.:/@+-]*")
_DAY: Final = re.compile(r"[\dW-]+")
"""A date without a time, which `datetime` would read as midnight."""
_EVERY_LABEL: Final = "..."
_NEVER: Final = "never"
_SHORTEST_REPEAT: Final = timedelta(minutes=1)


@lru_cache(maxsize=4_096)
def condition(text: str) -> Matcher:
    """Return a matcher that an incident could fulfil."""
    found = matcher(text)
    if (known := KNOWN_VALUES.get(found.label)) is None or not found.value:
        return found
    values = [value.value for value in known]
    positive = Matcher(found.label, Operator.MATCH if found.pattern else Operator.EQUAL, found.value, found.pattern)
    if not any(positive.holds({found.label: (value,)}) for value in values):
        mend = near(found.value, values) or f"it is one of {', '.join(values)}"
        raise ValueError(f"there is no {found.label} {quoted(found.value)}: {mend}")
    return found


def moment(text: str) -> datetime:
    """Return a moment with its zone."""
    no_moment = f"{quoted(text)} is not a time: write it as 2026-12-24T18:00:00+01:00"
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(no_moment) from None
    if _DAY.fullmatch(text):
        raise ValueError(no_moment)
    if found.tzinfo is None:
        raise ValueError(f"{quoted(text)} has no zone: end it with Z, or with +01:00")
    return found


class Readers(Struct, frozen=True):
    """The readers of a kind of document: by the named type of a field, and before that by part and field."""

    by_alias: Mapping[TypeAliasType, Reader]
    by_field: Mapping[tuple[type[Struct], str], Reader]

    def reader(self, cls: type[Struct], key: str) -> Reader | None:
        """Return the reader for the texts under a key of a part of the document; None if any text is valid."""
        field = _fields(cls)[key]
        named = self.by_field.get((cls, field))
        found = (self.by_alias[alias] for alias in _aliases(_hints(cls)[field]) if alias in self.by_alias)
        return named or next(found, None)


def some_time(text: str) -> timedelta:
    """Return a duration that is not zero."""
    found = parse_duration(text)
    if not found:
        raise ValueError("the duration is zero: write one such as 5m")
    return found


def _time_to_approve(text: str) -> timedelta:
    return _within(text, LONGEST_APPROVAL, "a workflow waits for an approval for")


def _time_to_verify(text: str) -> timedelta:
    return _within(text, LONGEST_WATCH, "a workflow waits for the result of a remedy for")


def _within(text: str, longest: timedelta, what: str) -> timedelta:
    found = some_time(text)
    if found > longest:
        raise ValueError(f"{what} at most {longest.days}d: write {longest.days}d or less")
    return found


def _repeat(text: str) -> timedelta | None:
    if text == _NEVER:
        return None
    try:
        found = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"{error}, or never") from error
    if found < _SHORTEST_REPEAT:
        raise ValueError(f"{quoted(text)} is too often: write a minute (1m) or more, or never")
    return found


def _label(text: str) -> str:
    if not _LABEL.fullmatch(text):
        raise ValueError(f"{quoted(text)} is not a label: write a name such as endpoint, or that of a tag")
    return text


def _grouped(text: str) -> str:
    return text if text == _EVERY_LABEL else _label(text)


def _fault_check(text: str) -> str:
    if text in FAULT_CHECKS:
        return text
    instead = near(text, sorted(FAULT_CHECKS)) or "docs/watchdog.md lists them"
    raise ValueError(f"{quoted(text)} is not a check of monitoring itself: {instead}")


_BY_ALIAS: Final[Mapping[TypeAliasType, Reader]] = {Duration: parse_duration, Matchers: condition, Moment: moment}
_BY_FIELD: Final[Mapping[tuple[type[Struct], str], Reader]] = {
    (document.EvidenceSpec, "disabled_checks"): _fault_check,
    (document.FlappingSpec, "within"): some_time,
    (document.UpstreamSpec, "within"): some_time,
    (document.RateLimitSpec, "per"): some_time,
    (remediation.LimitsSpec, "per"): some_time,
    (remediation.ApprovalSpec, "expires_after"): _time_to_approve,
    (remediation.RemedyRuleSpec, "verify_within"): _time_to_verify,
    (document.DeploymentSpec, "within"): some_time,
    (document.RouteSpec, "repeat_interval"): _repeat,
    (document.RouteSpec, "group_by"): _grouped,
    (document.InhibitRuleSpec, "equal"): _label,
    (document.ReceiverSpec, "time_zone"): time_intervals.zone,
    (document.TimeInterval, "location"): time_intervals.zone,
    (document.TimeInterval, "weekdays"): days.weekdays,
    (document.TimeInterval, "days_of_month"): days.days_of_month,
    (document.TimeInterval, "months"): days.months,
    (document.TimeInterval, "years"): days.years,
    (document.TimeInterval, "dates"): days.dates,
    (document.TimeRange, "start_time"): time_intervals.clock,
    (document.TimeRange, "end_time"): time_intervals.clock,
}
POLICY_READERS: Final = Readers(_BY_ALIAS, _BY_FIELD)
"""The readers of a policy."""


@cache
def _fields(cls: type[Struct]) -> dict[str, str]:
    """Return the names of fields by their keys in the document."""
    return {field.encode_name: field.name for field in structs.fields(cls)}


@cache
def _hints(cls: type[Struct]) -> dict[str, Any]:
    return get_type_hints(cls, include_extras=True)


def _aliases(hint: Any) -> Iterator[TypeAliasType]:
    """Yield the named types in an annotation, without expanding them."""
    if isinstance(hint, TypeAliasType):
        yield hint
    elif get_origin(hint) in (Union, UnionType, Annotated):
        for part in get_args(hint):
            yield from _aliases(part)
