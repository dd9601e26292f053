"""Text to tree: YAML's own events, with nothing guessed from them. JSON is YAML, too.

Types come from the policy's schema, not from YAML, so `on`, `no`, `12:30` and `1e3` are what is written. Anchors and
aliases work, up to a size; merge keys and tags mean nothing here and are refused.
"""

import re
from collections.abc import Iterator
from typing import Final

import yaml
from msgspec import Struct

from kedge.lint.fault import Fault, quoted
from kedge.lint.lines import Lines
from kedge.lint.plainly import said_plainly
from kedge.lint.tree import Kind, Node

LARGEST: Final = 256 * 1024
"""Bytes of a document."""

_HEAVIEST: Final = 10_000
_DEEPEST: Final = 32
# The C parser where there is one: it is ten times as fast.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """The document has no tree."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.why)
        self.fault = fault


class _Open(Struct):
    """A mapping or list whose end has not come."""

    kind: Kind
    index: int
    anchor: str | None
    nodes: list[Node]


def tree(text: str, lines: Lines) -> Node:
    """The tree of a text. Raises Unreadable."""
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
                            index, "a second document begins here", "a file holds one policy: remove the `---`"
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
            raise self._fault(_index(event), f"nested more than {_DEEPEST} deep", "no policy needs that")
        kind = Kind.MAPPING if isinstance(event, yaml.MappingStartEvent) else Kind.LIST
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
                "no policy needs that; what an alias stands for counts each time",
            )
        entries = tuple(zip(nodes[::2], nodes[1::2], strict=True)) if ended.kind is Kind.MAPPING else ()
        items = tuple(nodes) if ended.kind is Kind.LIST else ()
        node = Node(kind=ended.kind, line=line, column=column, entries=entries, items=items, weight=weight, depth=depth)
        self._add(node, ended.index, ended.anchor)

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._no_tag(event)
        line, column = self._lines.place(_index(event))
        node = Node(kind=Kind.TEXT, line=line, column=column, text=event.value, plain=event.implicit[0])
        self._add(node, _index(event), event.anchor)

    def _add(self, node: Node, index: int, anchor: str | None = None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self._root = node
            return
        parent = self._open[-1]
        if parent.kind is Kind.MAPPING and len(parent.nodes) % 2 == 0:
            if node.kind is not Kind.TEXT:
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
    """Where an event begins, in characters."""
    return event.start_mark.index if event.start_mark is not None else 0
