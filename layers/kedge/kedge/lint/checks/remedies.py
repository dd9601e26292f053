"""Remedies that say what they start, and approvals that somebody can give."""

import re
from collections.abc import Iterator
from typing import Final

from kedge.domain.plan import Starter
from kedge.domain.remedy import RemedyName
from kedge.lint.fault import Fault, listing, near, quoted
from kedge.lint.tree import Kind, Node

_STARTS_SOMETHING: Final = frozenset({RemedyName.RETRAIN, RemedyName.INVOKE})
_SERVICES: Final[dict[str, tuple[str, ...]]] = {
    RemedyName.RETRAIN: tuple(Starter),
    RemedyName.INVOKE: (Starter.FUNCTION.value, Starter.STATE_MACHINE.value),
}
_BLANKS: Final = ("incident", "endpoint", "monitor", "window_start", "window_end", "report", "baseline")
_BLANK: Final = re.compile(r"\{([A-Za-z_]+)\}")


def using(document: Node) -> Iterator[Fault]:
    """What calls something says what; what starts nothing does not. What retrains an endpoint, its own tag may say."""
    for rule in document.each("remedies"):
        remedy, what = rule.get("remedy"), rule.get("using")
        if remedy is None or remedy.text not in RemedyName:
            continue
        if remedy.text == RemedyName.INVOKE and what is None:
            yield rule.fault(
                f"{remedy.text} does not say what it starts",
                "add `using:` with the ARN of a pipeline, state machine, function or project",
            )
        if remedy.text in _SERVICES and what is not None and what.kind is Kind.TEXT:
            service = what.text.split(":")[2] if what.text.startswith("arn:") else None
            if service is not None and service not in _SERVICES[remedy.text]:
                mend = listing(_SERVICES[remedy.text])
                yield what.fault(f"{remedy.text} starts nothing of {quoted(service)}", mend)
        if remedy.text not in _STARTS_SOMETHING and what is not None:
            yield what.fault(
                f"{remedy.text} starts nothing of yours", "remove `using`, or did you mean retrain or invoke?"
            )


def parameters(document: Node) -> Iterator[Fault]:
    """Only what is known is filled in."""
    for rule in document.each("remedies"):
        given = rule.get("parameters")
        for _, value in given.entries if given is not None else ():
            for blank in _BLANK.findall(value.text) if value.kind is Kind.TEXT else ():
                if blank not in _BLANKS:
                    mend = near(blank, _BLANKS) or listing(_BLANKS)
                    yield value.fault(f"nothing fills in {quoted('{' + blank + '}')}", mend)


def approval(document: Node) -> Iterator[Fault]:
    """There are as many people who may say yes as must."""
    limits = document.get("limits")
    rule = limits.get("approval") if limits is not None else None
    people = {person.text for person in rule.texts("approvers")} if rule is not None else set()
    required = rule.get("required") if rule is not None else None
    asked = int(required.text) if required is not None and required.text.isascii() and required.text.isdigit() else 1
    if required is not None and asked > len(people) and (people or asked > 1):
        yield required.fault(f"{asked} must say yes, and {len(people)} may", "name more `approvers`, or require fewer")
