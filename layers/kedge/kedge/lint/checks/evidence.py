"""What the evidence is asked for can be shown, and what is said about it says something."""

from collections.abc import Iterator

from kedge.lint.fault import Fault
from kedge.lint.tree import Node
from kedge.policy.history import KEPT


def persistence(document: Node) -> Iterator[Fault]:
    """No more runs are asked for than are looked at, and none that nobody remembers."""
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
    """`many` says how many."""
    for rule in document.each("severities"):
        asked = rule.get("many")
        if asked is not None and asked.get("count") is None and asked.get("share") is None:
            yield asked.fault("`many` does not say how many", "add `count: 5`, or `share: 0.3`, or both")


def _counts(node: Node) -> bool:
    return node.text.isascii() and node.text.isdigit() and len(node.text) < 10
