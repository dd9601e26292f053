"""The page about tests of policies: its example passes, its failure is the real output, and its tables are the types."""

import re
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from kedge.domain.incident import SuppressionReason
from tests.unit.docs.pages import ROOT, fences, table
from workbench.main import app
from workbench.scenarios.checks import KINDS
from workbench.scenarios.document import Expectation, IncidentPart, Input, PolicyTest, PolicyTests
from workbench.scenarios.entry_points import By

PAGE = ROOT / "docs" / "policy-tests.md"
RECORDINGS = ROOT / "docs" / "recordings.md"
EXAMPLE = next(block for block in fences(PAGE) if block.startswith("apiVersion"))
PRINTED = next(block for block in fences(PAGE) if "FAILED" in block)

FAILING = """\
apiVersion: kedge/v1
policy_files: [policy.yaml]
tests:
  - name: drift is told to nobody
    target: {endpoint: churn-prod}
    input: [{monitor: DataQuality, feature: age, limit: 0.1, values: "0.05x1 0.41"}]
    expect:
      - {at: 2h, incident: {state: firing}, notify: []}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "policy.yaml").write_text((ROOT / "policies" / "default.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def play(folder: Path, text: str) -> tuple[int, str]:
    (folder / "policy.test.yaml").write_text(text)
    done = CliRunner().invoke(app, ["policy", "test", "policy.test.yaml"])
    return done.exit_code, done.stdout


def keys(*columns: str) -> set[str]:
    return {key for row in table(PAGE, *columns) for key in row[0].split(", ")}


def names(of: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(of)}


def test_the_example_passes(folder: Path):
    code, printed = play(folder, EXAMPLE)
    assert code == 0, printed
    assert "3 tests: 3 ok" in printed


def test_the_failure_is_what_is_printed(folder: Path):
    code, printed = play(folder, FAILING)
    assert code == 1
    assert re.sub(r" \(\d+\.\d s\)", "", printed) == PRINTED


def test_every_reason_for_a_suppression_is_listed():
    (row,) = (row for row in table(PAGE, "expectation", "means") if row[0] == "quiet")
    assert set(row[1].partition("is one of ")[2].split(", ")) == set(SuppressionReason)
    (row,) = (row for row in table(RECORDINGS, "key", "meaning") if row[0] == "decision.quiet")
    assert set(re.findall(r"kind of suppression \((.*?)\)", row[1])[0].split(", ")) == set(SuppressionReason)


def test_every_key_is_explained():
    assert keys("file", "means") == names(PolicyTests)
    assert keys("test", "means") == names(PolicyTest)
    assert keys("expectation", "means") == names(Expectation)
    assert keys("input", "means") == set(KINDS)
    assert keys("series", "means") | set(KINDS) | {"at", "by", "target", "interval", "statistics"} == names(Input)


def test_every_way_to_reach_kedge_is_explained():
    assert keys("by", "means", "of") == set(By)


def test_every_field_of_an_incident_is_named():
    (row,) = [row for row in table(PAGE, "expectation", "means") if row[0] == "incident"]
    assert names(IncidentPart) <= set(re.findall(r"\w+", row[1]))
