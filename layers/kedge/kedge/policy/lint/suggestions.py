"""Suggestions for a misplaced key or value."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from msgspec import Struct, inspect

from kedge.policy.lint.fault import near
from kedge.policy.lint.tree import Node, NodeKind

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
