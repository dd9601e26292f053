"""A policy under pseudonyms: each rule for a name becomes the same rule for its pseudonym."""

import re
from collections.abc import Callable, Iterator, Mapping
from string import ascii_lowercase
from typing import Any, Final

import msgspec

from kedge.policy.matchers import Matcher, matcher
from kedge.policy.spec.document import PolicyDocument
from kedge.remediation.approvers import CHAT, alike, is_name, principal_of
from kedge.remediation.plans.parameters import parsed
from workbench.record.names import Names

# The labels whose values are Kedge's or SageMaker's own words, or stay unchanged in a recording.
_KEPT_LABELS: Final = frozenset(
    {
        "severity", "monitor", "cause", "verdict", "check", "feature", "metric", "facet", "region", "environment", "confirmed",
    }
)  # fmt: skip
_MATCHERS: Final = frozenset({"matchers", "source_matchers", "target_matchers"})
_NAMED: Final = {"receiver": "receiver", "mute_time_intervals": "interval", "active_time_intervals": "interval"}
_NAMES: Final = {"": "policy", "receivers": "receiver", "mute_time_intervals": "interval"}
_FREE: Final = frozenset({"url", "using"})
_DIGITS: Final = 12  # of an account
_EVERYTHING: Final = frozenset({".*", ".+"})
_NUMBERED: Final = re.compile(r"[\d.]*")


class TooMany(Exception):
    """The policy has more expressions than there are letters to mark names."""


def expressions(document: PolicyDocument) -> dict[str, re.Pattern[str]]:
    """Return the expressions that distinguish names in the policy, each under its own letter. Raises TooMany."""
    found = dict.fromkeys(_expressions("", msgspec.to_builtins(document)))
    if len(found) > len(ascii_lowercase):
        raise TooMany(
            f"the policy has {len(found)} expressions on names, and at most {len(ascii_lowercase)} can be carried over"
        )
    return dict(zip(ascii_lowercase, found, strict=False))


def _expressions(key: str, value: Any) -> Iterator[re.Pattern[str]]:
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _expressions(name, part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _expressions(key, part)
    elif key in _MATCHERS and (telling := _telling_names_apart(matcher(value))) is not None:
        yield telling


def _telling_names_apart(written: Matcher) -> re.Pattern[str] | None:
    """Return the expression of a matcher that distinguishes names; None for any other matcher."""
    of_names = written.label not in _KEPT_LABELS and written.label != "account"
    return written.pattern if of_names and written.value not in _EVERYTHING else None


def renamed(document: PolicyDocument, names: Names) -> dict[str, Any]:
    """Return the policy in JSON's types, under pseudonyms. `names` knows every name of the recording."""
    built: dict[str, Any] = msgspec.to_builtins(document)
    return {key: _of(key, value, names, "") for key, value in built.items()}


def _of(key: str, value: Any, names: Names, within: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _of(key if key == "parameters" else name, part, names, key) for name, part in value.items()}
    if key == "approvers":
        return [said for each in value for said in _approver(each, names)]
    if isinstance(value, list | tuple):
        return [_of(key, each, names, within) for each in value]
    return _text(key, value, names, within) if isinstance(value, str) else value


def _text(key: str, value: str, names: Names, within: str) -> str:
    if key in _MATCHERS:
        return str(_matcher(matcher(value), names))
    if key == "parameters":
        return _parameter(value, names)
    if key == "author":
        return names.arn(value) if principal_of(value) is not None else names.of("person", value)
    if key == "comment":
        return key  # free text for people, which no rule reads
    if key == "version":
        return value if _NUMBERED.fullmatch(value) else names.of(key, value)
    if key == "name":
        return names.of(_NAMES.get(within, "name"), value)
    if key in _NAMED:
        return names.of(_NAMED[key], value)
    return names.text(value) if key in _FREE else value


def _approver(text: str, names: Names) -> Iterator[str]:
    """Yield the pseudonyms of an approver, of the same kind.

    An ARN with a pattern for the account becomes one ARN for each account that fits.
    """
    if text == CHAT:
        yield text
    elif text.startswith("arn:"):
        *head, account, resource = text.split(":", 5)
        for said in _accounts_named(account, names):
            yield ":".join((*head, said, _identity(resource, names)))
    else:
        yield _pieces("person", text, names) if is_name(text) else _identity(text, names)


def _accounts_named(account: str, names: Names) -> list[str]:
    if account == "*" or "*" not in account:
        return [account if account in {"", "*"} else names.account(account)]
    return _accounts(lambda number: alike(account, number), names)


def _identity(resource: str, names: Names) -> str:
    """Return the pseudonym of `user/NAME`, `role/NAME` or `role/NAME/SESSION`: the first word and each `*` stay."""
    kind, slash, rest = resource.partition("/")
    return f"{kind}{slash}{_pieces(kind, rest, names)}"


def _pieces(kind: str, text: str, names: Names) -> str:
    return "".join(part if part in {"*", "/", ""} else names.of(kind, part) for part in re.split(r"([*/])", text))


def _parameter(template: str, names: Names) -> str:
    """Return the pseudonym of a template: its placeholders stay."""
    said = ""
    text: Callable[[str], str] = names.text
    for plain, filled_in in parsed(template):
        said += text(plain).replace("{", "{{").replace("}", "}}") + ("" if filled_in is None else f"{{{filled_in}}}")
        # In a URI, the rest consists of parts of a key.
        text = names.key if template.lower().startswith("s3://") else names.text
    return said


def _matcher(written: Matcher, names: Names) -> Matcher:
    if written.label in _KEPT_LABELS:
        return written
    if written.pattern is None:
        return msgspec.structs.replace(written, value=_value(written, names))
    if written.label == "account":
        return msgspec.structs.replace(written, value="|".join(_accounts(written.pattern.fullmatch, names)))
    if _telling_names_apart(written) is None:
        return written
    # An expression does not fit pseudonyms, so the pseudonyms of matching names end in its letter.
    letter = next(letter for letter, fits in names.marks.items() if fits.pattern == written.value)
    value = f".*-{letter}(-.*)?"
    own = "".join(f"|{plain}" for plain in ("", "true", "false") if written.pattern.fullmatch(plain))
    return msgspec.structs.replace(written, value=value + own)


def _accounts(fits: Callable[[str], object], names: Names) -> list[str]:
    """Return the pseudonyms of the accounts that fit; if none does, an account that does not exist."""
    found = {said for name, said in names.table.items() if _is_account(name) and fits(name)}
    return sorted(found) or ["0" * _DIGITS]


def _is_account(text: str) -> bool:
    return len(text) == _DIGITS and text.isdecimal()


def _value(written: Matcher, names: Names) -> str:
    if written.label == "account":
        return names.account(written.value)
    return names.table.get(written.value) or names.value(written.value)
