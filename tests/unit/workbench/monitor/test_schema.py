"""The JSON Schema of Monitors documents: what editors complete and check by."""

import re

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from kedge.monitors import lint
from tests.unit.monitors.conftest import QUALITY, SMALL, TRUTH
from tests.unit.workbench.monitor.test_document import EXAMPLE
from tests.unit.workbench.policy.test_schema import Core
from workbench.cli.monitor.json_schema import monitors_schema
from workbench.cli.monitor.keys import MONITOR_KEYS
from workbench.main import app
from workbench.schemas import MONITORS, text_of

SCHEMA = monitors_schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def faults(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(yaml.load(text, Core))]  # noqa: S506


def test_the_committed_schema_is_that_of_the_types():
    assert MONITORS.read_text(encoding="utf-8") == text_of(SCHEMA), "run python -m workbench.schemas"


def test_the_command_prints_the_schema():
    printed = CliRunner().invoke(app, ["monitor", "schema"])
    assert (printed.exit_code, printed.stdout) == (0, text_of(SCHEMA))


def test_the_schema_is_one_that_editors_understand():
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(SCHEMA)


def test_every_key_says_what_it_is_for():
    parts = {name: part for name, part in SCHEMA["definitions"].items() if "properties" in part}
    assert {name: set(part["properties"]) for name, part in parts.items()} == {
        name: set(keys) for name, keys in MONITOR_KEYS.items()
    }
    assert all(key["description"] for part in parts.values() for key in part["properties"].values())


def test_the_example_names_the_schema_and_keeps_to_it():
    text = EXAMPLE.read_text(encoding="utf-8")
    named = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert named is not None
    assert (EXAMPLE.parent / named[1]).resolve() == MONITORS
    assert faults(text) == []


@pytest.mark.parametrize(
    "more",
    [
        "",
        "    exclude: [1, a]\n",
        "    types: [model_quality]\n" + TRUTH + QUALITY,
        "    window: 5\n",
        "    window: 5 minutes\n",
        "    schedule: hourly\n",
        "    mode: strict\n",
        "    types: [quality]\n",
        "    catch_up: 0\n",
        "    capture: my-bucket/capture\n",
        "    unreadable_share: 2\n",
        "    widow: 1h\n",
        "    promise: {false_pages: 0}\n",
        "    model_quality: {problem_type: Binary}\n",
    ],
)
def test_schema_and_lint_agree(more):
    assert bool(faults(SMALL + more)) is bool(lint.read(SMALL + more, "m").faults)
