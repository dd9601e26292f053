"""The JSON Schema of policies: what editors complete and check by."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from workbench.cli.policy.json_schema import policy_schema
from workbench.cli.policy.keys import KEYS
from workbench.main import app
from workbench.schemas import POLICY, text_of

ROOT = Path(__file__).parents[4]
POLICIES = sorted(path for path in (ROOT / "policies").rglob("*.yaml") if not path.name.endswith(".test.yaml"))
SCHEMA = policy_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


class Core(yaml.SafeLoader):
    """Reads as editors do: YAML 1.2's core schema, in which 12:30, no and 2026-12-24 are texts."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", r"^(?:~|null|Null|NULL|)$", [*"~nN", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+0123456789.")),
):
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), first)


def faults(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(yaml.load(text, Core))]  # noqa: S506


def test_the_committed_schema_is_that_of_the_types():
    assert POLICY.read_text(encoding="utf-8") == text_of(SCHEMA), "run python -m workbench.schemas"


def test_the_command_prints_the_schema():
    printed = CliRunner().invoke(app, ["policy", "schema"])
    assert printed.exit_code == 0
    assert printed.stdout == text_of(SCHEMA)


def test_the_schema_is_one_that_editors_understand():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_key_says_what_it_is_for():
    parts = {name: part for name, part in SCHEMA["definitions"].items() if "properties" in part}
    assert {name: list(part["properties"]) for name, part in parts.items()} == {
        name: list(keys) for name, keys in KEYS.items()
    }
    for part in parts.values():
        assert all(key["description"] for key in part["properties"].values())


def reached(schema: dict[str, Any]) -> dict[str, Any]:
    """What a key's schema comes to, references followed."""
    while (inner := schema.get("allOf", [schema])[0].get("$ref")) is not None:
        schema = SCHEMA["definitions"][inner.rpartition("/")[2]]
    return schema


def test_words_are_offered_where_there_are_only_few():
    keys = {name: part.get("properties", {}) for name, part in SCHEMA["definitions"].items()}
    assert set(reached(keys["SeverityRuleSpec"]["severity"])["enum"]) == {"critical", "warning", "info"}
    assert set(reached(keys["RemedyRuleSpec"]["mode"])["enum"]) == {"dry_run", "approval", "auto"}
    assert "endpoint" in keys["InhibitRuleSpec"]["equal"]["items"]["anyOf"][0]["enum"]
    assert "monday" in keys["TimeInterval"]["weekdays"]["items"]["anyOf"][0]["enum"]


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_every_policy_names_the_schema_and_keeps_to_it(path: Path):
    text = path.read_text(encoding="utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named is not None
    assert (path.parent / named[1]).resolve() == POLICY
    assert faults(text) == []


WHOLE = "apiVersion: kedge/v1\nreceivers: [{name: a}]\nroute: {receiver: a}\n"


@pytest.mark.parametrize(
    "more",
    [
        "version: 2",
        "version: 2026.11",
        "mute_time_intervals: [{name: a, time_intervals: [{years: [2026], months: [12, may], days_of_month: [1, '1:7']}]}]",
        "mute_time_intervals: [{name: a, time_intervals: [{times: [{start_time: 22:00, end_time: 07:00}]}]}]",
        "remedies: [{remedy: none, parameters: {Rows: 5, Quick: true}}]",
        "evidence: {flapping: null}",
        "route2: 1",
        "evidence: {reopen_within: 5}",
        "evidence: {reopen_within: 5 minutes}",
        "severities: [{severity: bad}]",
        "limits: {dry_run: no}",
        "limits: {most_actions: '3'}",
        "limits: {largest_share_of_fleet: 2}",
    ],
)
def test_schema_and_lint_agree(more):
    from kedge.policy import lint

    text = f"{WHOLE}{more}\n"
    assert bool(faults(text)) is bool(lint.read(text, "p").faults)
