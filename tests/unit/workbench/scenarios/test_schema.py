"""The schema for editors agrees with the reader, on the files that ship and on what it refuses."""

from pathlib import Path

import jsonschema
import pytest
import yaml

from workbench.scenarios.schema import schema_of_tests
from workbench.schemas import POLICY_TEST, text_of

ROOT = Path(__file__).parents[4]
SCHEMA = schema_of_tests()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


class AsWritten(yaml.SafeLoader):
    """YAML 1.2, as editors read it: a date is a text."""


AsWritten.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def test_the_committed_schema_is_that_of_the_types():
    assert POLICY_TEST.read_text(encoding="utf-8") == text_of(SCHEMA), "run python -m workbench.schemas"


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("file", sorted((ROOT / "policies").rglob("*.test.yaml")), ids=lambda file: file.name)
def test_what_ships_is_valid_and_names_its_schema(file: Path):
    text = file.read_text(encoding="utf-8")
    assert list(VALIDATOR.iter_errors(yaml.load(text, Loader=AsWritten))) == []  # noqa: S506  a safe loader of our own
    schema = text.partition("$schema=")[2].partition("\n")[0]
    assert (file.parent / schema).resolve() == POLICY_TEST


@pytest.mark.parametrize(
    "test",
    [
        {"name": "a", "expect": []},
        {"name": "a", "expect": [{"at": "1h", "notfy": []}]},
        {"name": "a", "expect": [{"at": "soon"}]},
        {"name": "a", "expect": [{"at": "1h", "incident": {"severity": "bad"}}]},
        {"expect": [{"at": "1h"}]},
    ],
)
def test_editors_mark_what_the_reader_refuses(test):
    assert not VALIDATOR.is_valid({"apiVersion": "kedge/v1", "policy_files": ["a.yaml"], "tests": [test]})
