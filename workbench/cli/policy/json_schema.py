"""The JSON Schema of the policy document, built from its types and from the meaning of its keys.

It uses Draft 7, because every editor supports it. If a text is required, a number is also valid. `kedge policy lint`
accepts what is written, even if YAML would read it as a number.
"""

from typing import Any, Final

import msgspec

from kedge.policy.days import MONTHS, WEEKDAYS
from kedge.policy.labels import BUILT_IN
from kedge.policy.spec.document import PolicyDocument
from workbench.cli.policy.keys import KEYS

DIALECT: Final = "http://json-schema.org/draft-07/schema#"
_LABELS: Final = {"group_by", "equal"}
_SUGGESTED: Final = {"weekdays": WEEKDAYS, "months": MONTHS}

type Schema = dict[str, Any]


def policy_schema() -> Schema:
    """Return the schema, as it is committed."""
    whole = msgspec.json.schema(PolicyDocument, ref_template="#/definitions/{name}")
    definitions = whole.pop("$defs")
    for part, keys in KEYS.items():
        for key, property_ in definitions[part]["properties"].items():
            definitions[part]["properties"][key] = _described(_widened(key, property_), keys[key])
    return {"$schema": DIALECT, "title": "Kedge policy", **whole, "definitions": definitions}


def _described(property_: Schema, says: str) -> Schema:
    # Draft 7 ignores everything beside a reference.
    inner = {"allOf": [{"$ref": property_.pop("$ref")}], **property_} if "$ref" in property_ else property_
    return {**inner, "description": says}


def _widened(key: str, property_: Schema) -> Schema:
    """Return the schema of a key, which also accepts numbers, and suggestions for editors."""
    for part in (property_, *property_.get("anyOf", ())):
        if (items := part.get("items")) is not None and items.get("type") == "string":
            part["items"] = _item(key, items)
        if part.get("type") == "string" and not part.get("pattern", "").startswith(("^(?:", "^http", "^arn", r"^\d")):
            part["type"] = ["string", "number"]
        if part.get("additionalProperties") == {"type": "string"}:
            part["additionalProperties"] = {"type": ["string", "number", "boolean"]}
    return property_


def _item(key: str, items: Schema) -> Schema:
    if key.endswith("matchers"):
        return items
    known = BUILT_IN if key in _LABELS else _SUGGESTED.get(key)
    anything: Schema = {"type": ["string", "number"]}
    return {"anyOf": [{"enum": list(known)}, anything]} if known is not None else anything
