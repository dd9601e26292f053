"""The tables of keys in docs/policy.md, made from the types and from the explanations of their keys.

    python -m tests.unit.docs.policy_table

writes them between the two marks in that page; a test fails while page and code differ.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from kedge.policy.spec.document import PolicyDocument, RouteSpec
from tests.unit.docs.event_table import between
from workbench.cli.policy.keys import KEYS

PAGE = Path(__file__).parents[3] / "docs" / "policy.md"
BEGIN, END = "<!-- keys: begin (from the code) -->", "<!-- keys: end -->"
HEADINGS = {
    "PolicyDocument": "The document",
    "EvidenceSpec": "`evidence`",
    "PersistenceSpec": "`persistence`",
    "FlappingSpec": "`flapping`",
    "OverdueSpec": "`overdue`",
    "UpstreamSpec": "`upstream`",
    "DeploymentSpec": "`deployment`",
    "SeverityRuleSpec": "`severities`",
    "Many": "`many`",
    "ReceiverSpec": "`receivers`",
    "RateLimitSpec": "`limit`",
    "RouteSpec": "`route`, and each of `routes`",
    "NamedInterval": "`mute_time_intervals`",
    "TimeInterval": "`time_intervals`",
    "TimeRange": "`times`",
    "PlannedSilence": "`silences`",
    "InhibitRuleSpec": "`inhibit_rules`",
    "Ownership": "`ownership`",
    "RunbookSpec": "`runbooks`",
    "RemedyRuleSpec": "`remedies`",
    "LimitsSpec": "`limits`",
    "ApprovalSpec": "`approval`",
}


def tables(document: type[msgspec.Struct], headings: dict[str, str], keys: dict[str, dict[str, str]]) -> str:
    """Return a table for each part of a document that has a heading."""
    parts = {type_.cls.__name__: type_ for type_ in inspect.multi_type_info(_structs(document))}
    return "\n\n".join(_table(parts[name], heading, keys[name]) for name, heading in headings.items())


def page_with(page: str) -> str:
    """Return the page with these tables."""
    return between(BEGIN, END, tables(PolicyDocument, HEADINGS, KEYS), page)


def _table(part: inspect.StructType, heading: str, keys: dict[str, str]) -> str:
    rows = [f"| `{field.encode_name}` | {_default(part, field)} | {_said(field, keys)} |" for field in part.fields]
    return "\n".join([f"### {heading}", "", "| key | default | meaning |", "| --- | --- | --- |", *rows])


def _said(field: inspect.Field, keys: dict[str, str]) -> str:
    return keys[field.encode_name].replace("|", "\\|")


def _default(part: inspect.StructType, field: inspect.Field) -> str:
    if field.required:
        return "required"
    made = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(made, msgspec.Struct):
        return "as below"
    value = msgspec.to_builtins(made)
    if value is None and part.cls is RouteSpec:
        return "inherited"
    if value is None or value in ("", [], (), {}):
        return "none"
    if isinstance(value, list | tuple):
        return f"`[{', '.join(value)}]`" if all(isinstance(each, str) for each in value) else "those of the default"
    return f"`{msgspec.json.encode(value).decode()}`".replace('"', "")


def _structs(root: type[msgspec.Struct]) -> list[Any]:
    """Return the structs inside a struct, itself first."""
    found: dict[str, Any] = {}

    def visit(type_: inspect.Type) -> None:
        match type_:
            case inspect.Metadata(type=inner) | inspect.VarTupleType(item_type=inner):
                visit(inner)
            case inspect.UnionType(types=types):
                for one in types:
                    visit(one)
            case inspect.StructType(cls=cls, fields=fields) if cls.__name__ not in found:
                found[cls.__name__] = cls
                for field in fields:
                    visit(field.type)

    visit(inspect.type_info(root))
    return list(found.values())


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
