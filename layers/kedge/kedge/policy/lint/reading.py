"""Reads a document from its text, or lists everything that is wrong with the text. A policy is one kind of document."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedDocument
from kedge.policy.compiled import compile_policy
from kedge.policy.lint.checks import approvals, evidence, lists, notes, remedies, routes, times
from kedge.policy.lint.fault import Fault
from kedge.policy.lint.field_readers import POLICY_READERS, Readers
from kedge.policy.lint.schema_check import shaped
from kedge.policy.lint.tree import Lines, Node
from kedge.policy.lint.yaml_tree import LARGEST, Unreadable, tree
from kedge.policy.spec.document import PolicyDocument
from kedge.policy.spec.types import VersionedDocument

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


class LintResult[Document: VersionedDocument = PolicyDocument](Struct, frozen=True, kw_only=True):
    """The result of reading. `document` is set if there are no faults. Both lists follow the order of the text."""

    document: Document | None
    faults: tuple[Fault, ...] = ()
    notes: tuple[Fault, ...] = ()


class Grammar[Document: VersionedDocument](Struct, frozen=True, kw_only=True):
    """One kind of document: its type, the readers of its texts, and the checks beyond the schema.

    `strange` returns the fault of a tree that is another kind of document. `compiled` raises MalformedDocument for a
    document that functions could not use.
    """

    document: type[Document]
    readers: Readers
    strange: Callable[[Node], Fault | None]
    faults: tuple[Check, ...]
    notes: tuple[Check, ...]
    compiled: Callable[[Document], object]


def read(text: str | bytes, name: str) -> LintResult:
    """Return the policy in a text, and all its faults. `name` is the file's, for the faults. Never raises."""
    return read_as(text, name, POLICY)


def read_as[Document: VersionedDocument](
    text: str | bytes, name: str, grammar: Grammar[Document]
) -> LintResult[Document]:
    """Return the document of one kind in a text, and all its faults, as `read` does for a policy. Never raises."""
    decoded, fault = _decoded(text)
    lines = Lines(decoded)
    if fault is not None:
        return LintResult(document=None, faults=_placed([fault], lines, name))
    try:
        root = tree(decoded, lines)
    except Unreadable as error:
        return LintResult(document=None, faults=_placed([error.fault], lines, name))
    if (strange := grammar.strange(root)) is not None:
        return LintResult(document=None, faults=_placed([strange], lines, name))
    value, faults = shaped(root, grammar.document, grammar.readers)
    faults += _found(grammar.faults, root)
    remarks = _placed(_found(grammar.notes, root), lines, name)
    if faults:
        return LintResult(document=None, faults=_placed(faults, lines, name), notes=remarks)
    try:
        document = msgspec.convert(value, grammar.document)
        grammar.compiled(document)
    except (msgspec.ValidationError, MalformedDocument) as error:
        # These parts may refuse a document for a reason that the checks above did not find.
        return LintResult(document=None, faults=_placed([root.fault(str(error))], lines, name), notes=remarks)
    version = document.version or version_of(decoded)
    return LintResult(document=msgspec.structs.replace(document, version=version), notes=remarks)


def kind_of(text: str | bytes) -> str:
    """Return the kind that a document names; an empty text if it names none or cannot be read. A policy names none."""
    decoded, fault = _decoded(text)
    try:
        root = tree(decoded, Lines(decoded))
    except Unreadable:
        return ""
    return "" if fault is not None else root.words("kind") or ""


def version_of(text: str) -> str:
    """Return the version of a document that has none: 8 digits of its text's digest."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _of_another_kind(root: Node) -> Fault | None:
    kind = root.get("kind")
    if kind is None or kind.text != "Monitors":
        return None
    return kind.fault("this is a Monitors document, not a policy", "check it with `kedge monitor lint`")


POLICY: Final = Grammar(
    document=PolicyDocument,
    readers=POLICY_READERS,
    strange=_of_another_kind,
    faults=FAULTS,
    notes=NOTES,
    compiled=compile_policy,
)


def _decoded(text: str | bytes) -> tuple[str, Fault | None]:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        return "", Fault(line=1, column=1, why=f"larger than {LARGEST // 1024} kB", mend="no document needs that")
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
