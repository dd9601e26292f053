"""Every scenario comes to the cause and the remedy that are right; the report of them says so in one line each."""

import io
from pathlib import Path

import pytest
import yaml

from workbench.scenarios.machine import wrong
from workbench.scenarios.playing import Play
from workbench.scenarios.suite import report, scenarios

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "tests" / "scenarios"
ALL = list(scenarios(FOLDER))
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("play", [pytest.param(play, id=f"{file.name}: {name}") for file, name, play in ALL])
def test_a_scenario_comes_to_what_is_right(play: Play):
    result = play()
    assert result.ok, "\n".join(wrong(result))


def test_there_are_more_than_sixty_and_none_is_twice():
    # By the files: one file may be played under several policies.
    names = [test["name"] for file in FILES for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]]
    assert len(names) > 60
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_scenario_says_what_is_done_or_not(file: Path):
    for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]:
        said = {key for each in test["expect"] for key in each}
        assert said & {"remedies", "standing", "acts"}, test["name"]


BAD = """
apiVersion: kedge/v1
policy_files: [policy.yaml]
tests:
  - name: a
    input: [{monitor: DataQuality, feature: age, limit: 0.1, values: "0.05 0.3"}]
    expect: [{at: 1h, incident: {cause: input_drift}, remedies: [roll_back]}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.yaml").write_text((ROOT / "policies" / "default.yaml").read_text(encoding="utf-8"))
    return tmp_path


def reported(folder: Path) -> tuple[int, str, str]:
    out, notes = io.StringIO(), io.StringIO()
    return report(folder, out, notes), out.getvalue(), notes.getvalue()


def test_what_differs_is_told_beside_what_was_expected_and_counts(folder: Path):
    (folder / "a.test.yaml").write_text(BAD)
    code, out, _ = reported(folder)
    first, line, last = out.splitlines()
    assert (code, first) == (1, str(folder / "a.test.yaml"))
    assert line.startswith("  DIFFERS a  expected input_drift: roll_back  got input_drift: none")
    assert last == "1 scenario: 0 as expected, 1 differ"


def test_what_is_as_expected_is_one_line_too(folder: Path):
    (folder / "a.test.yaml").write_text(BAD.replace("[roll_back]", "[]"))
    code, out, _ = reported(folder)
    assert code == 0
    assert out.splitlines()[1].split() == ["ok", "a", "expected", "input_drift:", "none", "got", "input_drift:", "none"]


@pytest.mark.parametrize(
    ("text", "said"), [("tests: [", "a.test.yaml:"), (BAD.replace("policy.yaml", "no.yaml"), "no file")]
)
def test_what_cannot_be_played_is_told_with_its_place(folder: Path, text: str, said: str):
    (folder / "a.test.yaml").write_text(text)
    code, out, notes = reported(folder)
    assert (code, out) == (2, "")
    assert said in notes


def test_a_folder_without_scenarios_is_a_slip(folder: Path):
    assert reported(folder)[0] == 2
