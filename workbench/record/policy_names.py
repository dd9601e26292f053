"""A policy under the names of a recording: what it says of a name, it says of the one that stands for it."""

import re
from collections.abc import Iterator, Mapping
from string import ascii_lowercase
from typing import Any, Final

import msgspec

from kedge.policy.document import PolicyDocument
from kedge.policy.matchers import Matcher, matcher
from workbench.record.names import Names

# The labels whose values are Kedge's and SageMaker's own words, or stay in a recording as they are.
_KEPT_LABELS: Final = frozenset(
    {"severity", "monitor", "cause", "verdict", "check", "feature", "metric", "facet", "region", "environment"}
)
_MATCHERS: Final = frozenset({"matchers", "source_matchers", "target_matchers"})
_PEOPLE: Final = frozenset({"author", "approvers"})
_NAMED: Final = {"receiver": "receiver", "mute_time_intervals": "interval", "active_time_intervals": "interval"}
_NAMES: Final = {"": "policy", "receivers": "receiver", "mute_time_intervals": "interval"}
_FREE: Final = frozenset({"url", "using", "parameters"})
_DIGITS: Final = 12  # of an account
_EVERYTHING: Final = frozenset({".*", ".+"})


class TooMany(Exception):
    """The policy has more expressions than there are letters by which names could be marked."""


def expressions(document: PolicyDocument) -> dict[str, re.Pattern[str]]:
    """The expressions by which the policy tells names apart, each under a letter of its own. Raises TooMany."""
    found = dict.fromkeys(_expressions("", msgspec.to_builtins(document)))
    if len(found) > len(ascii_lowercase):
        raise TooMany(
            f"the policy has {len(found)} expressions on names, and at most {len(ascii_lowercase)} can be carried over"
        )
    return {letter: re.compile(value) for letter, value in zip(ascii_lowercase, found, strict=False)}


def _expressions(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _expressions(name, part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _expressions(key, part)
    elif key in _MATCHERS and _tells_names_apart(written := matcher(value)):
        yield written.value


def _tells_names_apart(written: Matcher) -> bool:
    of_names = written.label not in _KEPT_LABELS and written.label != "account"
    return of_names and written.pattern is not None and written.value not in _EVERYTHING


def renamed(document: PolicyDocument, names: Names) -> dict[str, Any]:
    """The policy as JSON's types, under other names. `names` has met every name of the recording."""
    built: dict[str, Any] = msgspec.to_builtins(document)
    return {key: _of(key, value, names, "") for key, value in built.items()}


def _of(key: str, value: Any, names: Names, within: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _of(key if key in _FREE else name, part, names, key) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_of(key, each, names, within) for each in value]
    if not isinstance(value, str):
        return value
    if key in _MATCHERS:
        return str(_matcher(matcher(value), names))
    if key in _PEOPLE:
        return _person(value, names)
    if key == "comment":
        return key  # written by people for people, and read by no rule
    if key == "name":
        return names.of(_NAMES.get(within, "name"), value)
    if key in _NAMED:
        return names.of(_NAMED[key], value)
    return names.text(value) if key in _FREE else value


def _person(text: str, names: Names) -> str:
    if text.startswith("arn:"):
        return names.arn(text)
    return "".join(part if part in {"*", "/", ""} else names.of("person", part) for part in re.split(r"([*/])", text))


def _matcher(written: Matcher, names: Names) -> Matcher:
    if written.label in _KEPT_LABELS:
        return written
    if written.pattern is None:
        return msgspec.structs.replace(written, value=_value(written, names))
    if written.label == "account":
        return msgspec.structs.replace(written, value=_choices(written, names))
    if not _tells_names_apart(written):
        return written
    # An expression cannot be carried over to other names: those that it fits end in its letter.
    letter = next(letter for letter, fits in names.marks.items() if fits.pattern == written.value)
    value = f".*-{letter}(-.*)?"
    own = "".join(f"|{plain}" for plain in ("", "true", "false") if written.pattern.fullmatch(plain))
    return msgspec.structs.replace(written, value=value + own)


def _choices(written: Matcher, names: Names) -> str:
    fits = re.compile(written.value).fullmatch
    found = sorted(
        said for name, said in names.table.items() if len(name) == _DIGITS and name.isdecimal() and fits(name)
    )
    return "|".join(found) or "0" * _DIGITS


def _value(written: Matcher, names: Names) -> str:
    if written.label == "account":
        return names.account(written.value)
    return names.table.get(written.value) or names.value(written.value)
