"""Reads a file of policy tests, or returns every fault in it with its place."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from kedge.policy.lint import Fault
from kedge.policy.lint.schema_check import shaped
from kedge.policy.lint.tree import Lines, Node
from kedge.policy.lint.yaml_tree import LARGEST, Unreadable, tree
from workbench.scenarios.checks import wrong
from workbench.scenarios.document import PolicyTests


class Sheet(Struct, frozen=True, kw_only=True):
    """A file that was read: its document, and the tree with the place of each node."""

    file: Path
    document: PolicyTests
    root: Node

    def line_of_test(self, test: int) -> int:
        """Return the line at which a test begins, from 1."""
        return self.root.each("tests")[test].line

    def line_of_route(self, route: int) -> int:
        """Return the line at which a test of routes begins."""
        return self.root.each("routes")[route].line

    def line_of(self, test: int, expectation: int) -> int:
        """Return the line at which an expectation of a test begins."""
        return self.root.each("tests")[test].each("expect")[expectation].line


def sheet_of(file: Path) -> Sheet | tuple[Fault, ...]:
    """Return the content of a file, or all its faults. Raises OSError if it does not exist."""
    with file.open("rb") as stream:
        data = stream.read(LARGEST + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (Fault(line=1, column=1, why="this is not UTF-8", mend="save the file as UTF-8", file=str(file)),)
    lines = Lines(text)
    if len(data) > LARGEST:
        large = Fault(line=1, column=1, why=f"larger than {LARGEST // 1024} kB", mend="split it into several files")
        return _placed([large], lines, file)
    try:
        root = tree(text, lines)
    except Unreadable as error:
        return _placed([error.fault], lines, file)
    return _read(file, root, lines)


def _read(file: Path, root: Node, lines: Lines) -> Sheet | tuple[Fault, ...]:
    if root.get("policy_files") is None and root.get("route") is not None:
        beside = file.with_name(f"{file.stem}.test{file.suffix}")
        mend = f"did you mean {beside}?" if beside.is_file() else f"write its tests into {beside.name}"
        return _placed([root.fault("this is a policy, not a file of tests", mend)], lines, file)
    value, faults = shaped(root, PolicyTests)
    if faults:
        return _placed(faults, lines, file)
    try:
        document = msgspec.convert(value, PolicyTests)
    except msgspec.ValidationError as error:
        return _placed([root.fault(str(error))], lines, file)
    faults = list(wrong(root, document, file.parent))
    return _placed(faults, lines, file) if faults else Sheet(file=file, document=document, root=root)


def _placed(faults: Iterable[Fault], lines: Lines, file: Path) -> tuple[Fault, ...]:
    return tuple(
        msgspec.structs.replace(fault, file=str(file), source=lines.line(fault.line)) for fault in sorted(set(faults))
    )
