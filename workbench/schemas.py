"""Writes the JSON Schemas from the types that write and read the documents: `python -m workbench.schemas`."""

import json
from pathlib import Path
from typing import Any, Final

import msgspec

from kedge.messages.programs.document import Notification
from workbench.cli.monitor.json_schema import monitors_schema
from workbench.cli.policy.json_schema import policy_schema
from workbench.scenarios.schema import schema_of_tests

FOLDER: Final = Path(__file__).parent.parent / "docs" / "schemas"
POLICY: Final = Path(__file__).parent.parent / "policies" / "schema" / "policy.v1.json"
MONITORS: Final = Path(__file__).parent.parent / "monitors" / "schema" / "monitors.v1.json"
POLICY_TEST: Final = POLICY.with_name("policy-test.v1.json")
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# Programs may have generated their types from the schema, so its names stay if a class is renamed.
_PUBLIC_NAMES: Final = {
    "ShownTarget": "Target",
    "ShownEvidence": "Evidence",
    "ShownUnlisted": "More",
    "EntryPoint": "Door",
    "HoldReason": "Refusal",
}


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema of docs/schemas by its file name."""
    notification = _with_public_names(msgspec.json.schema(Notification))
    return {"notification.v1.json": {"$schema": _DIALECT, "title": "kedge.incident/v1", **notification}}


def _with_public_names(schema: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(schema)
    for name, public in _PUBLIC_NAMES.items():
        text = text.replace(f'"#/$defs/{name}"', f'"#/$defs/{public}"').replace(
            f'"{name}": {{"title": "{name}"', f'"{public}": {{"title": "{public}"'
        )
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def text_of(schema: dict[str, Any]) -> str:
    """Return a schema as it is committed."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write all schemas into docs/schemas, and those of policies, their tests and monitors beside them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text_of(schema), encoding="utf-8")
    POLICY.parent.mkdir(parents=True, exist_ok=True)
    POLICY.write_text(text_of(policy_schema()), encoding="utf-8")
    POLICY_TEST.write_text(text_of(schema_of_tests()), encoding="utf-8")
    MONITORS.parent.mkdir(parents=True, exist_ok=True)
    MONITORS.write_text(text_of(monitors_schema()), encoding="utf-8")


if __name__ == "__main__":
    main()
