"""The JSON Schema of the policy and of other documents, built from their types and from the meaning of their keys.

It uses Draft 7, because every editor supports it. If a text is required, a number is also valid. `kedge policy lint`
accepts what is written, even if YAML would read it as a number.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

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
    return document_schema(PolicyDocument, KEYS, "Kedge policy")


def document_schema(document: type[Struct], meanings: dict[str, dict[str, str]], title: str) -> Schema:
    """Return the schema of a kind of document. `meanings` has a sentence for each key of each part."""
    whole = msgspec.json.schema(document, ref_template="#/definitions/{name}")
    definitions = whole.pop("$defs")
    for part, keys in meanings.items():
        for key, property_ in definitions[part]["properties"].items():
            definitions[part]["properties"][key] = _described(_widened(key, property_), keys[key])
    return {"$schema": DIALECT, "title": title, **whole, "definitions": definitions}


def _described(property_: Schema, says: str) -> Schema:
    # Draft 7 ignores everything beside a reference.
    inner = {"allOf": [{"$ref": property_.pop("$ref")}], **property_} if "$ref" in property_ else property_
    return {**inner, "description": says}


def _widened(key: str, property_: Schema) -> Schema:
    """Return the schema of a key, which also accepts numbers, and suggestions for editors."""
    for part in (property_, *property_.get("anyOf", ())):
        if (items := part.get("items")) is not None and items.get("type") == "string":
            part["items"] = _item(key, items)
        if part.get("type") == "string" and not part.get("pattern", "").startswith(
            ("^(?:", "^http", "^arn", "^s3:", r"^\d")
        ):
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
