"""docs/policy.md: its keys are the code's, its examples are sound, and its text about faults is the output of lint."""

import re

import pytest
import yaml

from kedge.policy import lint
from kedge.policy.labels import BUILT_IN
from tests.unit.docs import policy_table
from tests.unit.docs.pages import ROOT, table, text_of
from workbench.cli.policy.keys import KEYS

PAGE = policy_table.PAGE
FENCES = re.findall(r"^```yaml\n(.*?)^```", text_of(PAGE), re.DOTALL | re.MULTILINE)
SMALLEST = next(fence for fence in FENCES if fence.startswith("apiVersion"))
SOURCES = "\n".join(
    text_of(path)
    for folder in ("lint", "policy", "remediation")
    for path in sorted((ROOT / "layers" / "kedge" / "kedge" / folder).rglob("*.py"))
)

PARTS = {
    "apiVersion": "apiVersion: kedge/v1",
    "receivers": "receivers: [{name: ml-oncall}]",
    "route": "route: {receiver: ml-oncall}",
}


def test_the_tables_of_keys_are_the_codes():
    assert text_of(PAGE) == policy_table.page_with(text_of(PAGE)), "python -m tests.unit.docs.policy_table"
    assert set(policy_table.HEADINGS) == set(KEYS)


def test_the_labels_are_the_codes():
    assert [row[0] for row in table(PAGE, "label", "value")] == list(BUILT_IN)


@pytest.mark.parametrize("fence", [fence for fence in FENCES if not fence.startswith("#")])
def test_an_example_is_sound_in_the_smallest_policy(fence: str):
    keys = yaml.compose(fence).value
    given = {key.value for key, _ in keys}
    rest = [line for part, line in PARTS.items() if part not in given]
    reading = lint.read("\n".join([*rest, fence]), "p")
    assert (reading.faults, reading.notes) == ((), ())


def test_the_smallest_policy_is_what_examples_are_put_into():
    assert yaml.safe_load(SMALLEST) == yaml.safe_load("\n".join(PARTS.values()))


@pytest.mark.parametrize("column", ["fault", "note"])
def test_every_fault_that_is_explained_is_one_that_lint_tells(column: str):
    cells = re.findall(rf"^\| {column} \| means \|\n\| --- \| --- \|\n((?:\|.*\n)+)", text_of(PAGE), re.MULTILINE)[0]
    named = [
        double or single
        for row in cells.splitlines()
        for double, single in re.findall(r"``(.+?)``|`([^`]+)`", row.split(" | ")[0])
    ]
    assert len(named) > 2
    plain = re.sub(r"\{_\w+(?::,)?\}|\{LARGEST // 1024\}", "#", SOURCES)
    missing = [words for words in named if re.sub(r"[\d,]*\d", "#", words) not in re.sub(r"\d+", "#", plain)]
    assert missing == []
