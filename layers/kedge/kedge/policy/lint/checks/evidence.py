"""Checks that the required evidence is possible and that each rule about it has an effect."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kedge.decide.run_history import KEPT
from kedge.policy.durations import parse_duration
from kedge.policy.lint.fault import Fault
from kedge.policy.lint.tree import Node
from kedge.policy.spec.document import EvidenceSpec

_LEAST_AGE: Final = timedelta(days=1)


def persistence(document: Node) -> Iterator[Fault]:
    """Yield persistence rules that need more runs than they read, or than Kedge remembers."""
    asked = list(document.each("evidence", "persistence"))
    asked += [rule for remedy in document.each("remedies") if (rule := remedy.get("persistence")) is not None]
    for rule in asked:
        runs, of = rule.get("runs"), rule.get("of")
        if runs is None or of is None or not (_counts(runs) and _counts(of)):
            continue
        if int(runs.text) > int(of.text):
            yield runs.fault(f"{runs.text} of the last {of.text} runs can never be bad", "`runs` is at most `of`")
        if int(of.text) > KEPT:
            yield of.fault(f"only the last {KEPT} runs are remembered", f"write {KEPT} or less")


def many(document: Node) -> Iterator[Fault]:
    """Yield a `many` without a number."""
    for rule in document.each("severities"):
        asked = rule.get("many")
        if asked is not None and asked.get("count") is None and asked.get("share") is None:
            yield asked.fault("`many` does not say how many", "add `count: 5`, or `share: 0.3`, or both")


def records(document: Node) -> Iterator[Fault]:
    """Yield a fault if the minimum for a schema is above the minimum for drift."""
    evidence = document.get("evidence")
    schema = evidence.get("minimum_schema_records") if evidence is not None else None
    if evidence is None or schema is None or not _counts(schema):
        return
    drift = evidence.get("minimum_records")
    least = int(drift.text) if drift is not None and _counts(drift) else EvidenceSpec().minimum_records
    if int(schema.text) > least:
        yield schema.fault(
            f"{schema.text} records for a schema are more than the {least} for drift", f"write {least} or less"
        )


def ages(document: Node) -> Iterator[Fault]:
    """Yield ages below one day: a run comes hours after its window, and later if a queue had to wait."""
    evidence = document.get("evidence")
    stale = evidence.get("stale_after") if evidence is not None else None
    if stale is None:
        return
    try:
        span = parse_duration(stale.text)
    except ValueError:
        return  # the schema already reports it
    if span < _LEAST_AGE:
        yield stale.fault(f"with {stale.text}, runs that come late would be lost", "write 1d or more, or null")


def _counts(node: Node) -> bool:
    return node.text.isascii() and node.text.isdigit() and len(node.text) < 10
