"""Reads a policy from its text, or lists everything that is wrong with the text."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedPolicy
from kedge.policy.compiled import compile_policy
from kedge.policy.lint.checks import approvals, evidence, lists, notes, remedies, routes, times
from kedge.policy.lint.fault import Fault
from kedge.policy.lint.schema_check import shaped
from kedge.policy.lint.tree import Lines, Node
from kedge.policy.lint.yaml_tree import LARGEST, Unreadable, tree
from kedge.policy.spec.document import PolicyDocument

type Check = Callable[[Node], Iterator[Fault]]

FAULTS: Final[tuple[Check, ...]] = (
    routes.root,
    routes.names,
    routes.reachable,
    lists.first_counts,
    lists.possible,
    lists.inhibits,
    lists.severity_asked,
    lists.once,
    evidence.persistence,
    evidence.many,
    evidence.records,
    evidence.ages,
    times.intervals,
    times.silences,
    remedies.using,
    remedies.parameters,
    approvals.approvers,
    approvals.chat_is_believed,
    approvals.enough,
)
"""The checks beyond the schema."""

NOTES: Final[tuple[Check, ...]] = (
    notes.nobody_named,
    notes.almost_labels,
    notes.nobodys_labels,
    notes.rehearsed,
    approvals.unproven,
    approvals.one_name_for_many,
)


class LintResult(Struct, frozen=True, kw_only=True):
    """The result of reading. `document` is set if there are no faults. Both lists follow the order of the text."""

    document: PolicyDocument | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


def read(text: str | bytes, name: str) -> LintResult:
    """Return the policy in a text, and all its faults. `name` is the file's, for the faults. Never raises."""
    decoded, fault = _decoded(text)
    lines = Lines(decoded)
    if fault is not None:
        return LintResult(document=None, faults=_placed([fault], lines, name))
    try:
        root = tree(decoded, lines)
    except Unreadable as error:
        return LintResult(document=None, faults=_placed([error.fault], lines, name))
    value, faults = shaped(root)
    faults += _found(FAULTS, root)
    remarks = _placed(_found(NOTES, root), lines, name)
    if faults:
        return LintResult(document=None, faults=_placed(faults, lines, name), notes=remarks)
    try:
        document = msgspec.convert(value, PolicyDocument)
        compile_policy(document)
    except (msgspec.ValidationError, MalformedPolicy) as error:
        # These parts may refuse a policy for a reason that the checks above did not find.
        return LintResult(document=None, faults=_placed([root.fault(str(error))], lines, name), notes=remarks)
    version = document.version or version_of(decoded)
    return LintResult(document=msgspec.structs.replace(document, version=version), notes=remarks)


def version_of(text: str) -> str:
    """Return the version of a policy that has none: 8 digits of its text's digest."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _decoded(text: str | bytes) -> tuple[str, Fault | None]:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        return "", Fault(line=1, column=1, why=f"larger than {LARGEST // 1024} kB", mend="no policy needs that")
    if isinstance(text, str):
        return text.removeprefix("\ufeff"), None
    try:
        return text.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        good = text[: error.start].decode("utf-8-sig", "replace")
        line, column = Lines(good).place(len(good))
        why = f"this is not UTF-8: byte 0x{text[error.start]:02x}"
        return text.decode("utf-8-sig", "replace"), Fault(
            line=line, column=column, why=why, mend="save the file as UTF-8"
        )


def _found(checks: Iterable[Check], root: Node) -> list[Fault]:
    return [fault for check in checks for fault in check(root)]


def _placed(faults: Iterable[Fault], lines: Lines, name: str) -> tuple[Fault, ...]:
    """Return the faults in the order of the text, each once, with file and line."""
    return tuple(
        msgspec.structs.replace(fault, file=name, source=lines.line(fault.line)) for fault in sorted(set(faults))
    )
