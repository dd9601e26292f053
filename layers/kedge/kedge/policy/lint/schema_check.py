"""Checks the document against its schema: every key, type and text, with all faults at once."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct, inspect

from kedge.policy.lint import field_readers, scalars
from kedge.policy.lint.fault import Fault, parted, quoted
from kedge.policy.lint.field_readers import Reader
from kedge.policy.lint.suggestions import elsewhere, homes_of, rewritten, spelt_out
from kedge.policy.lint.tree import Node, NodeKind
from kedge.policy.spec.document import PolicyDocument

_OFF: Final = frozenset({"false", "off", "no", "never", "none"})
_WANTED: Final = {NodeKind.MAPPING: "keys and values", NodeKind.LIST: "a list", NodeKind.TEXT: "a single value"}


def shaped(root: Node, document: type[Struct] = PolicyDocument) -> tuple[object, list[Fault]]:
    """Return the content of a tree as plain dicts, lists and values, and its faults.

    If there is a fault, do not use the value.
    """
    walk = _Walk(homes_of(document))
    return walk.value(root, inspect.type_info(document), None), walk.faults


class _Walk:
    def __init__(self, homes: Mapping[str, tuple[str, ...]]) -> None:
        self.faults: list[Fault] = []
        self._homes = homes

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
                values[key.text] = self.value(value, fields[key.text].type, field_readers.reader(type_.cls, key.text))
            first.setdefault(key.text, key)
        for name, field in fields.items():
            if field.required and name not in first:
                mend = "begin with `apiVersion: kedge/v1`" if name == "apiVersion" else f"add `{name}:`"
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
                return self._try(node, lambda: scalars.switch(node))
            case inspect.IntType():
                return self._try(node, lambda: scalars.whole_number(node, type_))
            case inspect.FloatType():
                return self._try(node, lambda: scalars.number(node, type_))
            case inspect.EnumType(cls=cls):
                return self._try(node, lambda: scalars.choice(node, tuple(member.value for member in cls)))
            case inspect.LiteralType(values=values):
                return self._try(node, lambda: scalars.choice(node, tuple(map(str, values))))
            case inspect.StrType():
                return self._try(node, lambda: scalars.text(node, type_))
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
