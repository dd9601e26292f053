"""`kedge route test`: where labels lead, and whether that is where they should."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli.policy.labels import MalformedLabels, labels_in
from workbench.cli.policy.route_test import span
from workbench.main import app

EXAMPLES = Path(__file__).parents[4] / "policies" / "examples"


def where(name: str, labels: str, *arguments: str | Path):
    return asked("--policy", EXAMPLES / f"{name}.yaml", "--labels", labels, *arguments)


def asked(*arguments: str | Path):
    return CliRunner().invoke(app, ["route", "test", *map(str, arguments)])


@pytest.mark.parametrize(
    ("verify", "code"),
    [("data-owners,model-owners", 0), ("model-owners, data-owners", 0), ("data-owners", 1), ("", 1)],
)
def test_the_receivers_are_compared_with_those_that_should_hear(verify, code):
    ran = where("who-can-mend-it", "endpoint=churn,cause=schema_break", "--verify", verify)
    assert ran.exit_code == code
    assert ("expected" in ran.stderr) is (code == 1)


def test_the_way_through_the_tree_is_told_with_the_matcher_that_failed():
    ran = where("who-can-mend-it", "endpoint=churn,cause=schema_break")
    assert 'route.routes[0]  ml-platform: does not match (cause="monitor_fault" does not hold' in ran.stdout
    assert ">   route.routes[1]  data-owners: ends here" in ran.stdout
    assert "not reached (route.routes[2] took it and has no continue)" in ran.stdout
    assert "group: data-owners route.routes[1] endpoint=churn cause=schema_break" in ran.stdout


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-11-18T23:00:00+01:00", "berlin-nights: quiet until 2026-11-19 07:00 UTC"),
        ("2026-11-18T12:00:00+01:00", "berlin-nights: not now"),
    ],
)
def test_mute_times_are_looked_at_for_the_time_that_is_asked_for(at, said):
    assert said in where("two-teams", "team=churn,severity=warning", "--at", at).stdout


def test_planned_silences_and_inhibitions_are_told():
    ran = where(
        "one-voice", "endpoint=search-prod,monitor=Alarm,severity=warning", "--at", "2026-12-05T21:00:00Z", "--json"
    )
    told = json.loads(ran.stdout)
    assert [(each["name"], each["holds"]) for each in told["silences"]] == [("planned-1", True)]
    assert told["inhibitions"][0]["said"].startswith('quiet while an incident is open that matches severity="critical"')


def test_an_inhibition_without_its_equal_labels_does_not_apply():
    told = json.loads(where("one-voice", "monitor=Alarm,severity=warning", "--json").stdout)
    assert told["inhibitions"][0]["said"] == "does not apply: there is no endpoint to be equal"


def test_a_label_that_is_almost_kedges_own_is_noted():
    ran = asked("--labels", "monitr=Alarm")
    assert ran.exit_code == 0
    assert "did you mean monitor?" in ran.stderr


def test_a_time_without_its_zone_is_wrong_usage():
    assert asked("--labels", "a=b", "--at", "2026-12-05T21:00:00").exit_code == 2


def test_labels_may_hold_commas_and_come_again():
    assert labels_in(["feature=age,feature=income", 'team="a, b",x=1,2']) == {
        "feature": ("age", "income"),
        "team": ("a, b",),
        "x": ("1,2",),
    }
    with pytest.raises(MalformedLabels, match="write name=value"):
        labels_in(["endpoint"])


@pytest.mark.parametrize(("seconds", "text"), [(0, "0s"), (90, "1m30s"), (86_400, "1d"), (93_784, "1d2h3m4s")])
def test_durations_are_written_as_policies_write_them(seconds, text):
    assert span(seconds) == text


def test_a_value_that_no_incident_can_have_is_refused_with_the_one_that_was_meant():
    ran = where("two-teams", "team=churn,severity=critcal")
    assert ran.exit_code == 2
    assert "there is no severity 'critcal': did you mean critical?" in ran.stderr
