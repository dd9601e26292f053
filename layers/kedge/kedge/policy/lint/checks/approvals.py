"""Checks that AWS can prove each approver's identity, and that there are as many approvers as required."""

from collections.abc import Iterator
from typing import Final

from kedge.domain.remedy import Sessions
from kedge.policy.lint.fault import Fault, parted
from kedge.policy.lint.tree import Node
from kedge.remediation.approvers import CHAT, PrincipalKind, approver_of, is_name

_YES: Final = frozenset({"true", "True", "TRUE"})
_NO: Final = frozenset({"false", "False", "FALSE"})


def approvers(document: Node) -> Iterator[Fault]:
    """Yield the approvers that are not a user or a role, or that cover a name that a caller could choose."""
    rule = _rule(document)
    if rule is None:
        return
    for approver in rule.texts("approvers"):
        if approver.text == CHAT or (not _asks_for_proof(rule) and is_name(approver.text) and approver.text.strip()):
            continue
        try:
            approver_of(approver.text, _sessions(rule))
        except ValueError as error:
            yield approver.fault(*parted(str(error)))


def chat_is_believed(document: Node) -> Iterator[Fault]:
    """Yield a fault if the chat is an approver although `proof` is required: it cannot prove a person's identity."""
    rule = _rule(document)
    if rule is None or rule.words("proof") not in _YES:
        return
    for approver in rule.texts("approvers"):
        if approver.text == CHAT:
            yield approver.fault(
                "the chat cannot prove who answers, and `proof: true` asks for it",
                "leave out `proof`: all other approvers have to prove who they are",
            )


def enough(document: Node) -> Iterator[Fault]:
    """Yield a fault if fewer people may approve than must."""
    rule = _rule(document)
    required = rule.get("required") if rule is not None else None
    asked = _required(rule) if rule is not None else 1
    if rule is None or required is None or (asked == 1 and not rule.each("approvers")):
        return
    most = _people(rule)
    if most is not None and asked > most:
        yield required.fault(f"{asked} must say yes, and {most} may", "name more `approvers`, or require fewer")


def unproven(document: Node) -> Iterator[Fault]:
    """Yield remedies that run on the word of a caller without proof."""
    rule, limits = _rule(document), document.get("limits")
    acts = limits.get("dry_run") if limits is not None else None
    if acts is not None and acts.text in _NO and acts.plain and _is_open(rule):
        yield acts.fault(
            "remedies are carried out, and all who may invoke the approve function can approve them under any name",
            "name `approvers`, such as role/MlOnCall, and leave out `proof`, or write `proof: true` under `approval:`",
        )
    proof = rule.get("proof") if rule is not None else None
    if proof is not None and rule is not None and proof.text in _NO and rule.each("approvers"):
        why = (
            "a caller can answer with the name of any approver, and all such answers count as one person"
            if _is_open(rule)
            else "it changes nothing, since AWS has to confirm each user and role that is named"
        )
        yield proof.fault(why, "leave it out: then AWS has to confirm each approver")


def one_name_for_many(document: Node) -> Iterator[Fault]:
    """Yield approval rules that need two people but have one approver entry for both."""
    rule = _rule(document)
    required = rule.get("required") if rule is not None else None
    if rule is None or required is None or _people(rule) is not None:
        return
    if _required(rule) > 1 and len(rule.each("approvers")) == 1:
        yield required.fault(
            f"{required.text} must say yes, and one approver stands for all of them",
            "check that no person can be two of them, or name each",
        )


def _rule(document: Node) -> Node | None:
    limits = document.get("limits")
    return limits.get("approval") if limits is not None else None


def _asks_for_proof(rule: Node) -> bool:
    said = rule.words("proof")
    return said in _YES if said is not None else bool(rule.each("approvers"))


def _sessions(rule: Node) -> Sessions:
    return Sessions.BOUND if rule.words("sessions") == Sessions.BOUND else Sessions.FREE


def _required(rule: Node) -> int:
    text = rule.words("required") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _is_open(rule: Node | None) -> bool:
    """Return whether an answer without proof may count for an approver, or for all callers of the function."""
    if rule is None:
        return True
    named = [each.text for each in rule.texts("approvers")]
    return not _asks_for_proof(rule) and (not named or any(map(is_name, named)))


def _people(rule: Node) -> int | None:
    """Return the maximum number of people that the approvers stand for; None for any number.

    All names without proof count as one person.
    """
    said, proven, sessions = False, set[tuple[str, ...]](), _sessions(rule)
    for approver in rule.texts("approvers"):
        if approver.text == CHAT or is_name(approver.text):
            said = True
            continue
        try:
            found = approver_of(approver.text, sessions)
        except ValueError:
            proven.add((approver.text,))
            continue
        session = found.session if found.kind is PrincipalKind.SESSION and sessions is Sessions.BOUND else ""
        if "*" in found.name or "*" in session:
            return None
        proven.add((found.kind, found.name, session))
    return len(proven) + said
