"""Checks the document against its schema: every key, type and text, with all faults at once, and suggests corrections."""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from msgspec import Struct, inspect

from kedge.policy.lint.fault import Fault, near, parted, quoted
from kedge.policy.lint.field_readers import POLICY_READERS, Reader, Readers
from kedge.policy.lint.tree import Node, NodeKind
from kedge.policy.spec.document import PolicyDocument

_WHOLE: Final = re.compile(r"-?[0-9]{1,9}")
_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9})")
_PERCENT: Final = re.compile(r"([0-9]{1,3}(?:\.[0-9]+)?) ?%")
_SWITCH: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_YES: Final = frozenset({"yes", "on", "y", "1"})
_NO: Final = frozenset({"no", "off", "n", "0"})


def whole_number(node: Node, type_: inspect.IntType) -> int:
    """Return a whole number within its bounds."""
    if not _WHOLE.fullmatch(node.text):
        raise ValueError(f"{quoted(node.text)} is not a whole number: write digits only")
    _must_be_plain(node, "a number")
    return int(_bounded(int(node.text), type_))


def number(node: Node, type_: inspect.FloatType) -> float:
    """Return a number within its bounds."""
    if percent := _PERCENT.fullmatch(node.text):
        raise ValueError(f"{quoted(node.text)} is not a number: write {float(percent[1]) / 100:g}")
    if not _NUMBER.fullmatch(node.text):
        raise ValueError(f"{quoted(node.text)} is not a number: write one such as 0.3")
    _must_be_plain(node, "a number")
    return _bounded(float(node.text), type_)


def switch(node: Node) -> bool:
    """Return True or False."""
    if node.text not in _SWITCH:
        small = node.text.lower()
        mend = (
            "did you mean true?" if small in _YES else "did you mean false?" if small in _NO else "write true or false"
        )
        raise ValueError(f"{quoted(node.text)} is neither true nor false: {mend}")
    _must_be_plain(node, "true or false")
    return _SWITCH[node.text]


def choice(node: Node, known: tuple[str, ...]) -> str:
    """Return one of a few words."""
    if node.text in known:
        return node.text
    mend = near(node.text, known) or f"write {'one of ' if len(known) > 1 else ''}{', '.join(known)}"
    raise ValueError(f"{quoted(node.text)} is not known here: {mend}")


def text(node: Node, type_: inspect.StrType) -> str:
    """Return a text of the right form."""
    if not node.text.strip() and type_.min_length:
        raise ValueError("there is no text here: write one")
    if type_.pattern is not None and not re.search(type_.pattern, node.text):
        raise ValueError(
            f"{quoted(node.text)} does not have the required form: {_FORMS.get(type_.pattern[:5], f'it must match {type_.pattern}')}"
        )
    return node.text


# Descriptions of patterns for people, by the beginning of the pattern.
_FORMS: Final = {
    "^[A-Z": "letters, digits, dots, dashes and underscores, 64 at most, beginning with a letter or digit",
    "^http": "write an address that begins with https://",
    "^arn:": "write an ARN, such as arn:aws:sagemaker:eu-central-1:111122223333:pipeline/retrain-churn",
}


def _must_be_plain(node: Node, what: str) -> None:
    if not node.plain:
        raise ValueError(f"{quoted(node.text)} in quotes is a text, and {what} is asked for: remove the quotes")


def _bounded[T: (int, float)](value: T, type_: inspect.IntType | inspect.FloatType) -> T:
    if type_.ge is not None and value < type_.ge:
        raise ValueError(f"{value:g} is too small: it must be {type_.ge:g} or more")
    if type_.le is not None and value > type_.le:
        raise ValueError(f"{value:g} is too large: it must be {type_.le:g} or less")
    if type_.gt is not None and value <= type_.gt:
        raise ValueError(f"{value:g} is too small: it must be more than {type_.gt:g}")
    return value


# Alertmanager's keys of a receiver and of an interval's zone, with Kedge's keys for them.
_HABITS: Final = {
    "slack_configs": ("channels", "write `channels: [chat]`; which chat channel it is, the stack's parameters say"),
    "email_configs": ("channels", "write `channels: [mail]`; addresses subscribe to the stack's topic for people"),
    "webhook_configs": (
        "channels",
        "write `channels: [programs]`; addresses subscribe to the stack's topic for programs",
    ),
    "pagerduty_configs": (
        "channels",
        "write `channels: [programs]`; services subscribe to the stack's topic for programs",
    ),
    "opsgenie_configs": (
        "channels",
        "write `channels: [programs]`; services subscribe to the stack's topic for programs",
    ),
    "time_zone": ("location", "did you mean location?"),
}


def rewritten(node: Node, kind: NodeKind, *, of: NodeKind = NodeKind.TEXT) -> str:
    """Return a hint on how to write a node as the required kind; the items of a list have the kind `of`."""
    if kind is NodeKind.LIST and node.kind is NodeKind.TEXT:
        return "begin it with `- ` on a line of its own, or put it in [ ]"
    if kind is NodeKind.LIST and of is NodeKind.MAPPING:
        return "begin each item with `- `"
    if node.kind is NodeKind.MAPPING and node.entries:
        key, value = node.entries[0]
        if value.kind is NodeKind.TEXT:
            matcher = f'{key.text}="{value.text}"'
            return f"write `{'- ' if kind is NodeKind.LIST else ''}{matcher}` if it is a matcher"
    if kind is NodeKind.MAPPING:
        return "write `key: value`, one on each line"
    return "" if kind is NodeKind.LIST else "write one value, without brackets"


def spelt_out(node: Node, required: tuple[str, ...]) -> str:
    """Return a hint on how to write a text as keys and values, with the required keys."""
    if node.kind is NodeKind.TEXT and node.text and len(required) == 1:
        return f"write `{required[0]}: {node.text}`"
    return rewritten(node, NodeKind.MAPPING)


def elsewhere(key: str, here: tuple[str, ...], everywhere: Mapping[str, tuple[str, ...]]) -> str:
    """Return a question: is another key of this part meant, or does the key belong to another part?"""
    instead, mend = _HABITS.get(key, ("", ""))
    if instead in here:
        return mend
    homes = everywhere.get(key, ())
    if homes and not any(key in name for name in here):
        return f"it belongs to {' or '.join(homes)}"
    return near(key, here) or f"known here: {', '.join(here)}"


@cache
def homes_of(document: type[Struct]) -> Mapping[str, tuple[str, ...]]:
    """Return, for each key, the parts of the document that have it, by the key of the part."""
    homes: dict[str, list[str]] = {}
    seen: set[type] = set()

    def visit(type_: inspect.Type, name: str) -> None:
        match type_:
            case inspect.Metadata(type=inner):
                visit(inner, name)
            case inspect.UnionType(types=types):
                for one in types:
                    visit(one, name)
            case inspect.VarTupleType(item_type=inner):
                visit(inner, name)
            case inspect.StructType(cls=cls, fields=fields) if cls not in seen:
                seen.add(cls)
                for field in fields:
                    homes.setdefault(field.encode_name, []).append(name)
                    visit(field.type, field.encode_name)

    visit(inspect.type_info(document), "the top")
    return {key: tuple(dict.fromkeys(names)) for key, names in homes.items()}


_HEAD: Final = {"apiVersion": "apiVersion: kedge/v1", "kind": "kind: Monitors"}
_OFF: Final = frozenset({"false", "off", "no", "never", "none"})
_WANTED: Final = {NodeKind.MAPPING: "keys and values", NodeKind.LIST: "a list", NodeKind.TEXT: "a single value"}


def shaped(
    root: Node, document: type[Struct] = PolicyDocument, readers: Readers = POLICY_READERS
) -> tuple[object, list[Fault]]:
    """Return the content of a tree as plain dicts, lists and values, and its faults.

    If there is a fault, do not use the value. `readers` check the texts of this kind of document.
    """
    walk = _Walk(homes_of(document), readers)
    return walk.value(root, inspect.type_info(document), None), walk.faults


class _Walk:
    def __init__(self, homes: Mapping[str, tuple[str, ...]], readers: Readers) -> None:
        self.faults: list[Fault] = []
        self._homes = homes
        self._readers = readers

    def value(self, node: Node, type_: inspect.Type, read: Reader | None) -> object:
        """Return a node's content as a value of a type. `read` checks the texts in it."""
        match type_:
            case inspect.Metadata(type=inner):
                return self.value(node, inner, read)
            case inspect.UnionType(types=types):
                return self._one_of(node, types, read)
            case inspect.StructType():
                return self._struct(node, type_)
            case inspect.VarTupleType():
                return self._list(node, type_, read)
            case inspect.DictType():
                return self._dictionary(node)
        return self._scalar(node, type_, read)

    def _one_of(self, node: Node, types: tuple[inspect.Type, ...], read: Reader | None) -> object:
        if node.is_nothing and any(isinstance(type_, inspect.NoneType) for type_ in types):
            return None
        # msgspec cannot distinguish a text with a pattern from another text. The alternatives here differ in their
        # kind.
        some = [type_ for type_ in types if not isinstance(type_, inspect.NoneType)]
        if len(some) < len(types) and _kind(some[0]) is NodeKind.MAPPING and node.text.lower() in _OFF:
            self._fault(node, f"{quoted(node.text)} does not switch it off", "write null")
            return None
        return self.value(node, next((type_ for type_ in some if _kind(type_) is node.kind), some[0]), read)

    def _struct(self, node: Node, type_: inspect.StructType) -> dict[str, object]:
        required = tuple(field.encode_name for field in type_.fields if field.required)
        if not self._is(node, NodeKind.MAPPING, spelt_out(node, required)):
            return {}
        fields = {field.encode_name: field for field in type_.fields}
        first: dict[str, Node] = {}
        values: dict[str, object] = {}
        for key, value in node.entries:
            if key.text in first:
                self._fault(key, f"{key.text} is given twice", f"the first is in line {first[key.text].line}: keep one")
            elif key.text not in fields:
                self._fault(
                    key, f"{quoted(key.text)} is not a key here", elsewhere(key.text, tuple(fields), self._homes)
                )
            elif self._has_value(key, value, fields[key.text]):
                values[key.text] = self.value(value, fields[key.text].type, self._readers.reader(type_.cls, key.text))
            first.setdefault(key.text, key)
        for name, field in fields.items():
            if field.required and name not in first:
                mend = f"begin with `{_HEAD[name]}`" if name in _HEAD else f"add `{name}:`"
                self._fault(node, f"{name} is missing", mend)
        return values

    def _has_value(self, key: Node, value: Node, field: inspect.Field) -> bool:
        """Return whether a key has a value.

        An empty value means null only if null is the default. Otherwise it is a mistake.
        """
        if not value.is_nothing:
            return True
        can_be_null = isinstance(field.type, inspect.UnionType) and field.type.includes_none
        if can_be_null and (value.text or field.default is None):
            return True
        mend = "give it one, or leave the key out" + ("; null switches it off" if can_be_null else "")
        self._fault(key, f"{key.text} has no value", "give it one" if field.required else mend)
        return False

    def _list(self, node: Node, type_: inspect.VarTupleType, read: Reader | None) -> list[object]:
        if not self._is(node, NodeKind.LIST, rewritten(node, NodeKind.LIST, of=_kind(type_.item_type))):
            return []
        if len(node.items) < (type_.min_length or 0):
            self._fault(node, "the list is empty", "it needs at least one item")
        return [self.value(item, type_.item_type, read) for item in node.items]

    def _dictionary(self, node: Node) -> dict[str, str]:
        if not self._is(node, NodeKind.MAPPING):
            return {}
        values: dict[str, str] = {}
        for key, value in node.entries:
            if key.text in values:
                self._fault(key, f"{key.text} is given twice", "keep one")
            if self._is(value, NodeKind.TEXT):
                values[key.text] = value.text
        return values

    def _scalar(self, node: Node, type_: inspect.Type, read: Reader | None) -> object:
        if not self._is(node, NodeKind.TEXT):
            return None
        if node.is_nothing:
            self._fault(node, "there is no value here", "write one, or remove the line")
            return None
        if read is not None:
            return self._try(node, lambda: (read(node.text), node.text)[1])
        match type_:
            case inspect.BoolType():
                return self._try(node, lambda: switch(node))
            case inspect.IntType():
                return self._try(node, lambda: whole_number(node, type_))
            case inspect.FloatType():
                return self._try(node, lambda: number(node, type_))
            case inspect.EnumType(cls=cls):
                return self._try(node, lambda: choice(node, tuple(member.value for member in cls)))
            case inspect.LiteralType(values=values):
                return self._try(node, lambda: choice(node, tuple(map(str, values))))
            case inspect.StrType():
                return self._try(node, lambda: text(node, type_))
        raise TypeError(f"the document has an unknown type: {type_}")

    def _is(self, node: Node, kind: NodeKind, mend: str = "") -> bool:
        if node.kind is kind:
            return True
        self._fault(node, f"{node.kind} stands where {_WANTED[kind]} should", mend or rewritten(node, kind))
        return False

    def _try(self, node: Node, read: Callable[[], Any]) -> object:
        try:
            return read()
        except ValueError as error:
            self._fault(node, *parted(str(error)))
            return None

    def _fault(self, node: Node, why: str, mend: str) -> None:
        self.faults.append(node.fault(why, mend))


def _kind(type_: inspect.Type) -> NodeKind:
    match type_:
        case inspect.StructType() | inspect.DictType():
            return NodeKind.MAPPING
        case inspect.VarTupleType():
            return NodeKind.LIST
    return NodeKind.TEXT
