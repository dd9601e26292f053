"""What could have been meant by something that stands where it cannot."""

from collections.abc import Mapping
from functools import cache

from msgspec import Struct, inspect

from kedge.lint.fault import near
from kedge.lint.tree import Kind, Node


def rewritten(node: Node, kind: Kind) -> str:
    """How what was written could be written instead."""
    if kind is Kind.LIST and node.kind is Kind.TEXT:
        return "begin it with `- ` on a line of its own, or put it in [ ]"
    if node.kind is Kind.MAPPING and node.entries:
        key, value = node.entries[0]
        if value.kind is Kind.TEXT:
            matcher = f'{key.text}="{value.text}"'
            return f"write `{'- ' if kind is Kind.LIST else ''}{matcher}` if it is a matcher"
    if kind is Kind.MAPPING:
        return "write `key: value`, one on each line"
    return "" if kind is Kind.LIST else "remove what is too much"


def elsewhere(key: str, here: tuple[str, ...], everywhere: Mapping[str, tuple[str, ...]]) -> str:
    """Did you mean a key of this part, or is it one of another part?"""
    if mend := near(key, here):
        return mend
    homes = everywhere.get(key, ())
    return f"it belongs to {' or '.join(homes)}" if homes else f"known here: {', '.join(here)}"


@cache
def homes_of(document: type[Struct]) -> Mapping[str, tuple[str, ...]]:
    """The parts of the document (by the key under which they stand) that have a key, by that key."""
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
