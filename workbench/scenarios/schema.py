"""The JSON Schema of files of policy tests, from the types that read them. It is draft 7, which every editor supports."""

import inspect
from typing import Any, Final

import msgspec

from workbench.scenarios import document

DIALECT: Final = "http://json-schema.org/draft-07/schema#"

type Schema = dict[str, Any]


def schema_of_tests() -> Schema:
    """Return the schema as it is committed."""
    whole = msgspec.json.schema(document.PolicyTests, ref_template="#/definitions/{name}")
    definitions = whole.pop("$defs")
    for name, part in definitions.items():
        part["description"] = inspect.cleandoc(getattr(document, name).__doc__) if hasattr(document, name) else ""
        for key, property_ in part.get("properties", {}).items():
            part["properties"][key] = _widened(property_)
    return {"$schema": DIALECT, "title": "Kedge policy tests", **whole, "definitions": definitions}


def _widened(property_: Schema) -> Schema:
    """Return a schema that also accepts text that looks like a number to YAML: `values: 0.3`, `tier: 1`."""
    for part in (property_, *property_.get("anyOf", ())):
        if part.get("additionalProperties") == {"type": "string"}:
            part["additionalProperties"] = {"type": ["string", "number", "boolean"]}
        if part.get("type") == "string" and "pattern" not in part:
            part["type"] = ["string", "number"]
    return property_
