"""`kedge policy test` as people and programs call it."""

import json
from xml.etree import ElementTree as Tree

PASSES = "{name: drift is told, input: [{monitor: DataQuality, feature: age, values: clean violated}], expect: [{at: 1h, notify: [day]}]}"
FAILS = "{name: drift is not told, extends: drift is told, expect: [{at: 1h, notify: [], quiet: []}]}"


def test_tests_that_pass_are_named_and_counted(desk, run):
    done = run(desk.write(f"tests: [{PASSES}]"))
    assert done.exit_code == 0
    assert "  ok      drift is told\n" in done.stdout
    assert "1 test: 1 ok" in done.stdout


def test_a_failure_shows_expected_against_got_at_its_moment_and_what_happened_so_far(desk, run):
    file = desk.write(f"tests:\n  - {PASSES}\n  - {FAILS}")
    done = run(file)
    assert done.exit_code == 1
    assert "FAILED  drift is not told" in done.stdout
    assert f"at 1h, Monday 2026-01-05 01:00 UTC  {file}:5" in done.stdout
    lines = [line.strip() for line in done.stdout.splitlines()]
    assert "expected  got" in lines
    assert "! notify  nobody    day, first_seen" in lines
    assert "quiet   nobody    nobody" in lines
    assert "notified day (first_seen)" in lines
    assert "2 tests: 1 ok, 1 FAILED" in done.stdout


def test_what_happens_again_and_again_is_one_line_of_the_story(desk, run):
    text = PASSES.replace("clean violated", "violatedx9").replace("at: 1h, notify: [day]", "at: 9h, notify: []")
    done = run(desk.write(f"tests: [{text}]"))
    (line,) = [line for line in done.stdout.splitlines() if "still_firing" in line]
    assert line.endswith("(9 times, until 9h)")


def test_only_tests_that_are_asked_for_are_played(desk, run):
    file = desk.write(f"tests: [{PASSES}, {FAILS}]")
    assert run(file, "--run", "is told$").exit_code == 0
    assert run(file, "--run", "not").exit_code == 1
    assert run(file, "--run", "nobody").exit_code == 2
    assert run(file, "--run", "(").exit_code == 2


def test_programs_get_a_line_of_json_for_each_test(desk, run):
    done = run(desk.write(f"tests: [{PASSES}, {FAILS}]"), "--json")
    first, second = map(json.loads, done.stdout.splitlines())
    assert (first["test"], first["ok"], "story" in first) == ("drift is told", True, False)
    assert (second["ok"], second["looked"][0]["at"]) == (False, "2026-01-05T01:00:00Z")
    assert second["looked"][0]["rows"][0] == {
        "what": "notify",
        "expected": "nobody",
        "got": "day, first_seen",
        "ok": False,
    }
    assert second["story"][-1]["details"] == ["notified day (first_seen)"]


def test_collectors_get_junit(desk, run, tmp_path):
    file, out = desk.write(f"tests: [{PASSES}, {FAILS}]"), tmp_path / "out.xml"
    assert run(file, "--junit", out).exit_code == 1
    (suite,) = Tree.parse(out).getroot()  # noqa: S314  written by ourselves
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == (str(file), "2", "1")
    assert [case.get("name") for case in suite] == ["drift is told", "drift is not told"]
    assert "notify: expected nobody, got day, first_seen" in (suite[1][0].get("message") or "")


def test_a_folder_stands_for_the_tests_in_it(desk, run):
    desk.write(f"tests: [{PASSES}]")
    assert "1 test: 1 ok" in run(desk.folder).stdout


def test_a_folder_without_tests_is_a_slip(desk, run):
    assert run(desk.folder).exit_code == 2


def test_a_file_that_cannot_be_read_is_told_with_its_places_and_nothing_is_played(desk, run):
    done = run(desk.write("tests: [{name: a, expect: [{at: 1h, notfy: []}]}]"))
    assert (done.exit_code, done.stdout) == (2, "")
    assert "small.test.yaml:3:37: 'notfy' is not a key here" in done.stderr
    assert "did you mean notify?" in done.stderr


def test_a_policy_that_cannot_be_read_is_told_with_its_place(desk, run):
    file = desk.write(f"tests: [{PASSES}]")
    (desk.folder / "small.yaml").write_text("apiVersion: kedge/v1\nrecievers: []\n")
    done = run(file)
    assert done.exit_code == 2
    assert "small.yaml:2:1: 'recievers' is not a key here" in done.stderr


def test_under_several_policies_each_test_is_played_under_each(desk, run):
    other = (desk.folder / "small.yaml").read_text().replace("receiver: day", "receiver: night")
    (desk.folder / "other.yaml").write_text(other)
    head = "apiVersion: kedge/v1\npolicy_files: [small.yaml, other.yaml]\n"
    done = run(desk.write(f"tests: [{PASSES}]", head=head))
    assert done.exit_code == 1
    assert "ok      drift is told (under small.yaml)" in done.stdout
    assert "FAILED  drift is told (under other.yaml)" in done.stdout


def test_colour_is_for_terminals(desk, run):
    assert "\x1b" not in run(desk.write(f"tests: [{PASSES}, {FAILS}]")).stdout
