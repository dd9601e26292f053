"""Builds a tree from text: YAML's own events, without guessed types. JSON is YAML, too.

Types come from the policy's schema, not from YAML, so `on`, `no`, `12:30` and `1e3` keep their text. Anchors and
aliases work up to a size. Merge keys and tags are refused.
"""

import re
from collections.abc import Iterator
from typing import Final

import yaml
from msgspec import Struct

from kedge.policy.lint.fault import Fault, quoted
from kedge.policy.lint.tree import Lines, Node, NodeKind

_ONLY_A_KEY: Final = re.compile(r"[ -]*+([\w./][\w./-]*+) *+")
# YAML's own messages, their meaning, and the fix.
_PLAINLY: Final = {
    "mapping values are not allowed": ("there is a `: ` where none can be", "put a value that contains `: ` in single quotes, or begin a new line"),
    "could not find expected ':'": ("a key without its colon", "write `key: value`"),
    "did not find expected key": ("this does not belong where it is", "check the indentation, and quotes that close too early"),
    "did not find expected '-' indicator": ("a list ends in the middle", "begin each item with `- `, all of them in one column"),
    "did not find expected ',' or": ("a bracket is not closed", "add the missing `,`, `]` or `}`"),
    "did not find expected node content": ("a value is missing, or a bracket is not closed", ""),
    "found unexpected end of stream": ("a quote is not closed", "close it"),
    "found unknown escape character": ("a backslash in double quotes must be doubled", "use single quotes: a backslash is a normal character there"),
    "found character that cannot start any token": ("a value cannot begin with this character", "put it in single quotes"),
    "block sequence entries are not allowed": ("a list cannot begin here", "begin it on a new line"),
    "did not find expected <document start>": ("this does not belong to what comes before it", "check the lines before: each key needs its colon"),
    "found unexpected ':'": ("a colon inside of brackets needs quotes, or a space after it", "put the value in single quotes"),
    "did not find expected whitespace or line break": ("a space or a new line is missing here", ""),
    "found invalid Unicode character escape": ("half of a character is escaped", "write the character itself"),
}  # fmt: skip


def said_plainly(error: yaml.MarkedYAMLError, text: str, lines: Lines) -> Fault:
    """Return the fault that YAML found in a text, in plain words."""
    index = min(error.problem_mark.index if error.problem_mark is not None else 0, len(text))
    line, column = lines.place(index)
    blank = lines.line(line)[:column]
    if "\t" in blank and not blank.strip():
        return Fault(
            line=line, column=blank.index("\t") + 1, why="a tab where YAML wants spaces", mend="indent with spaces"
        )
    problem = str(error.problem)
    if problem.startswith("mapping values") and (key := _ONLY_A_KEY.fullmatch(lines.line(line)[: column - 1])):
        why, mend = (
            "this key does not belong where it is",
            "check the colon of the line before, and the column of this one",
        )
        return Fault(line=line, column=key.start(1) + 1, why=why, mend=mend)
    found = next((plain for words, plain in _PLAINLY.items() if words in problem), (f"this is not YAML: {problem}", ""))
    if "is not closed" in found[0] and error.context_mark is not None:
        # The place of the opening is more useful than the end of the file.
        line, column = lines.place(min(error.context_mark.index, len(text)))
    return Fault(line=line, column=column, why=found[0], mend=found[1])


LARGEST: Final = 256 * 1024
"""The maximum size of a document in bytes."""

_HEAVIEST: Final = 10_000
_DEEPEST: Final = 32
# The C parser is used if it is available: it is 10 times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """The document has no tree."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.why)
        self.fault = fault


class _Open(Struct):
    """A mapping or list without its end so far."""

    kind: NodeKind
    index: int
    anchor: str | None
    nodes: list[Node]


def tree(text: str, lines: Lines) -> Node:
    """Return the tree of a text. Raises Unreadable."""
    if (odd := _NOT_YAML.search(text)) is not None:
        line, column = lines.place(odd.start())
        raise Unreadable(
            Fault(line=line, column=column, why=f"the character {odd[0]!a} is not allowed", mend="remove it")
        )
    try:
        return _Builder(lines).build(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        raise Unreadable(said_plainly(error, text, lines)) from error


class _Builder:
    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._root: Node | None = None

    def build(self, events: Iterator[yaml.Event]) -> Node:
        documents = 0
        for event in events:
            index = _index(event)
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise self._fault(
                            index, "a second document begins here", "a file holds one document: remove the `---`"
                        )
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._begin(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end()
                case yaml.ScalarEvent():
                    self._scalar(event)
                case yaml.AliasEvent():
                    self._add(self._known(event.anchor or "", index), index)
        if self._root is None or self._root.is_nothing:
            raise self._fault(0, "there is nothing in it", "begin with `apiVersion: kedge/v1`")
        return self._root

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        self._no_tag(event)
        if len(self._open) >= _DEEPEST:
            raise self._fault(_index(event), f"nested more than {_DEEPEST} deep", "no document needs that")
        kind = NodeKind.MAPPING if isinstance(event, yaml.MappingStartEvent) else NodeKind.LIST
        self._open.append(_Open(kind, _index(event), event.anchor, []))

    def _end(self) -> None:
        ended = self._open.pop()
        line, column = self._lines.place(ended.index)
        nodes = ended.nodes
        weight, depth = 1 + sum(node.weight for node in nodes), 1 + max((node.depth for node in nodes), default=0)
        if weight > _HEAVIEST or depth > _DEEPEST:
            raise self._fault(
                ended.index,
                f"more than {_HEAVIEST:,} keys and values, or too deep",
                "no document needs that; what an alias stands for counts each time",
            )
        entries = tuple(zip(nodes[::2], nodes[1::2], strict=True)) if ended.kind is NodeKind.MAPPING else ()
        items = tuple(nodes) if ended.kind is NodeKind.LIST else ()
        node = Node(kind=ended.kind, line=line, column=column, entries=entries, items=items, weight=weight, depth=depth)
        self._add(node, ended.index, ended.anchor)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._no_tag(event)
        line, column = self._lines.place(_index(event))
        node = Node(kind=NodeKind.TEXT, line=line, column=column, text=event.value, plain=event.implicit[0])
        self._add(node, _index(event), event.anchor)

    def _add(self, node: Node, index: int, anchor: str | None = None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if parent.kind is NodeKind.MAPPING and len(parent.nodes) % 2 == 0:
            if node.kind is not NodeKind.TEXT:
                raise self._fault(
                    index, f"{node.kind} cannot be a key", "put a value that begins with { or [ in quotes"
                )
            if node.text == "<<":
                raise self._fault(index, "merge keys (<<) are not read", "write the keys out")
        parent.nodes.append(node)

    def _known(self, anchor: str, index: int) -> Node:
        if anchor in self._anchors:
            return self._anchors[anchor]
        inside = any(open_.anchor == anchor for open_ in self._open)
        why = (
            f"*{anchor} stands for something that it is part of"
            if inside
            else f"*{anchor} stands for nothing: there is no &{anchor} before it"
        )
        raise self._fault(index, why, "put a text that begins with * in quotes")

    def _no_tag(self, event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._fault(
                _index(event),
                f"tags such as {quoted(event.tag)} are not read",
                "remove it, or put a text that begins with ! in quotes",
            )

    def _fault(self, index: int, why: str, mend: str) -> Unreadable:
        line, column = self._lines.place(index)
        return Unreadable(Fault(line=line, column=column, why=why, mend=mend))


def _index(event: yaml.Event) -> int:
    """Return the position of an event's first character."""
    return event.start_mark.index if event.start_mark is not None else 0
