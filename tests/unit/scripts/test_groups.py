"""The groups in which `make test` runs the tests on the stack, and that none is left out of the verdict on permissions."""

import os
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from tests.stack.asked import JUDGED, KEPT_IN, kept

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def script():
    """`scripts/test` as a module."""
    loader = SourceFileLoader("scripts_test", str(ROOT / "scripts" / "test"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def test_each_file_of_the_stack_runs_in_one_group_and_the_judge_in_none(script, tmp_path):
    *named, others = script.groups(tmp_path)
    files = [each for run in named for each in run.arguments if each.endswith(".py")]
    assert all((ROOT / each).is_file() for each in (*files, script.JUDGE))
    assert len(set(files)) == len(files)
    assert {each.removeprefix("--ignore=") for each in others.arguments[3:]} == {*files, script.JUDGE}


def test_each_group_leaves_its_calls_in_a_file_of_its_own(script, tmp_path):
    left = [run.environment[KEPT_IN] for run in script.groups(tmp_path)]
    assert len(set(left)) == len(left)
    assert {str(tmp_path / name) for name in script.ASKED} <= set(left)


def test_the_verdict_is_on_each_group_that_has_to_leave_its_calls_and_on_each_that_did(script, tmp_path):
    (tmp_path / "others").touch()
    judged = script.judge(tmp_path).environment[JUDGED].split(os.pathsep)
    assert sorted(judged) == sorted(str(tmp_path / name) for name in (*script.ASKED, "others"))


def test_the_verdict_fails_if_a_group_left_nothing(script, tmp_path, monkeypatch):
    monkeypatch.setenv(JUDGED, script.judge(tmp_path).environment[JUDGED])
    with pytest.raises(FileNotFoundError):
        kept()


def test_the_tests_on_spark_are_a_run_of_their_own(script):
    assert script.on_spark().arguments == ("-m", "spark", "tests/spark")
