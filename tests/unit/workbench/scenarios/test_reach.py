"""A test that somebody else wrote names files of its own project, and of no other place of the machine."""

from pathlib import Path

import pytest

from workbench.scenarios.reach import is_in_reach, project_of

KEYS = "aws_secret_access_key: wJalrXUtnFEMI\n"
TEST = "tests: [{name: a, input: [{at: 1h, GIVEN}], expect: [{at: 2h, notify: []}]}]\n"


@pytest.fixture
def keys(tmp_path):
    (tmp_path / "keys.yaml").write_text(KEYS)
    sent = tmp_path / "sent"
    sent.mkdir()
    (sent / "small.yaml").write_text("apiVersion: kedge/v1\n")
    return sent


@pytest.mark.parametrize("name", ["../keys.yaml", "{}/keys.yaml", "link.yaml", "folder/keys.yaml", "../absent.yaml"])
@pytest.mark.parametrize("key", ["policy_files", "report", "event", "statistics"])
def test_a_file_outside_of_the_project_is_refused_unread(keys, run, name, key):
    (keys / "link.yaml").symlink_to(keys.parent / "keys.yaml")
    (keys / "folder").symlink_to(keys.parent)
    name = name.format(keys.parent)
    policy = name if key == "policy_files" else "small.yaml"
    given = {
        "policy_files": "event: small.yaml",
        "statistics": f"monitor: DataQuality, report: small.yaml, statistics: {name}",
    }.get(key, f"{key}: {name}")
    file = keys / "x.test.yaml"
    file.write_text(f"apiVersion: kedge/v1\npolicy_files: [{policy}]\n{TEST.replace('GIVEN', given)}")
    result = run(file)
    assert result.exit_code == 2
    assert f"lies outside of {keys}" in result.output
    assert "wJalrXUtnFEMI" not in result.output


def test_a_link_among_the_tests_of_a_folder_is_refused_unread(keys, run):
    (keys / "x.test.yaml").symlink_to(keys.parent / "keys.yaml")
    result = run(keys)
    assert result.exit_code == 2
    assert "leads out of" in result.output
    assert "wJalrXUtnFEMI" not in result.output


def test_a_project_reaches_as_far_as_its_work_tree(keys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/nonexistent")
    (tmp_path / ".git").mkdir()
    assert project_of(keys) == tmp_path
    assert is_in_reach(keys / "../keys.yaml", keys)


def test_without_a_work_tree_a_project_reaches_as_far_as_the_folder_of_the_command(keys, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", "/nonexistent")
    monkeypatch.chdir(tmp_path)
    assert project_of(keys) == tmp_path
    monkeypatch.chdir("/usr")
    assert project_of(keys) == keys


@pytest.mark.parametrize("tree", [True, False])
def test_a_folder_that_holds_a_home_is_nobodys_project(keys, monkeypatch, tmp_path, tree):
    home = tmp_path / "home"
    monkeypatch.setattr(Path, "home", lambda: home)
    if tree:
        (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert project_of(keys) == keys
