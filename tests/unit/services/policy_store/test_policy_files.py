"""The tests that ship with the policies, each as a test of this suite; and every policy has some."""

from pathlib import Path

import pytest

from workbench.scenarios.machine import wrong
from workbench.scenarios.playing import Play, plays
from workbench.scenarios.reading import Sheet, sheet_of

ROOT = Path(__file__).parents[4]
FILES = sorted((ROOT / "policies").rglob("*.test.yaml"))
POLICIES = [file for file in sorted((ROOT / "policies").rglob("*.yaml")) if file not in FILES]


def shipped() -> list[tuple[str, Play]]:
    found = []
    for file in FILES:
        sheet = sheet_of(file)
        assert isinstance(sheet, Sheet), "\n".join(map(str, sheet))
        found += [(f"{file.name}: {name}", play) for name, play in plays(sheet)]
    return found


@pytest.mark.parametrize("play", [pytest.param(play, id=name) for name, play in shipped()])
def test_a_shipped_policy_does_what_its_tests_promise(play: Play):
    result = play()
    assert result.ok, "\n".join(wrong(result))


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_every_shipped_policy_has_tests(policy: Path):
    assert policy.with_name(f"{policy.stem}.test.yaml") in FILES


def test_the_default_policy_is_tried_in_more_than_twenty_situations():
    assert sum(name.startswith("default.test.yaml: ") for name, _ in shipped()) > 20
