"""Rules that were believed to work: tried before, watched while they do, and refused where they cannot."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from kedge.domain.cause import Cause
from kedge.domain.reason import Reason
from kedge.domain.run import Monitor, Verdict
from kedge.policy import lint
from kedge.policy.compiled import default_policy
from tests.support.stories import drift, run
from tests.template.deployed import ROOT, whole
from tests.wanted.teams import Team
from workbench.main import app

SMALL = """\
apiVersion: kedge/v1
receivers:
  - name: ml-oncall
route:
  receiver: ml-oncall
"""


def said(text: str) -> list[str]:
    return [fault.brief for fault in lint.read(text, "policy.yaml").faults]


def test_10_a_policy_is_tried_with_its_own_tests_before_anybody_trusts_it():
    tests = ROOT / "policies" / "examples" / "two-teams.test.yaml"
    result = CliRunner().invoke(app, ["policy", "test", str(tests)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(("verified", "code"), [("ml-oncall", 0), ("fraud-team", 1)])
def test_10_where_something_would_be_told_at_a_given_time_is_asked_without_telling_anybody(verified, code):
    policy = str(ROOT / "policies" / "default.yaml")
    labels = ["--labels", "severity=critical", "--at", "2026-12-24T03:00:00Z", "--verify", verified]
    result = CliRunner().invoke(app, ["route", "test", "--policy", policy, *labels])
    assert result.exit_code == code, result.output


def test_11_the_only_thing_that_never_happens_is_noticed_by_an_alarm_that_goes_off_in_silence():
    alarm = whole().of_type("AWS::CloudWatch::Alarm")["ReconcileMissingAlarm"]
    assert (alarm["MetricName"], alarm["ComparisonOperator"]) == ("Invocations", "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching"


def test_11_a_monitor_that_ran_every_hour_and_stops_is_told_of():
    team = Team()
    for hour in range(8, 20):
        team.ring.now = run(f"{hour:02}:00", Verdict.CLEAN).finished
        team.hears(run(f"{hour:02}:00", Verdict.CLEAN))
    assert team.told == []
    for _ in range(default_policy().missed_runs + 2):
        team.ring.wait(3_540)
        team.ring.minutes(1)
    assert team.told[0] is Reason.FIRST_SEEN
    assert team.incident.cause is Cause.MONITOR_FAULT


RULE = "inhibit_rules:\n  - {{source_matchers: [{}], target_matchers: [{}], equal: [endpoint]}}\n"


@pytest.mark.parametrize(
    ("part", "why"),
    [
        (RULE.format("severity=critical", "severity=critical"), "suppresses nothing"),
        (RULE.format("severity=critical", "monitor=Alarm, monitor=DataQuality"), "nothing can match"),
        ("evidence: {persistence: [{runs: 3, of: 2}]}\n", "of"),
        ("inhibit_rule: []\n", "inhibit_rules"),
    ],
)
def test_17_a_rule_that_could_never_do_anything_is_refused_with_its_place(part, why):
    assert said(SMALL) == []
    faults = said(SMALL + part)
    assert faults
    assert why in faults[0]
    assert re.match(r"policy\.yaml:[67]:\d+: ", faults[0])


def test_17_a_route_that_nothing_reaches_is_refused():
    routes = "  routes:\n    - {matchers: [endpoint=churn-prod]}\n    - {matchers: [endpoint=churn-prod, severity=critical]}\n"
    assert any("nothing comes to this route" in fault for fault in said(SMALL + routes))


def test_17_two_problems_are_two_incidents_however_alike_they_look():
    team = Team()
    team.hears(run("19:00", Verdict.VIOLATED, drift("age")))
    team.hears(run("19:00", Verdict.VIOLATED, drift("age"), monitor=Monitor.MODEL_QUALITY, source="churn-mq"))
    assert len({incident.id for incident in team.incidents}) == 2
    team.ring.minutes(2)
    assert team.told == [Reason.FIRST_SEEN, Reason.FIRST_SEEN]


def test_17_what_comes_back_after_a_day_is_another_incident():
    team = Team().hears(run("17:00", Verdict.VIOLATED, drift("age")), run("18:00", Verdict.CLEAN))
    late = run("19:00", Verdict.VIOLATED, drift("age"))
    team.ring.wait(24 * 3_600)
    at = late.at + timedelta(days=1)
    team.hears(replace(late, id="the next day", at=at, finished=at, job="the next day"))
    assert len(team.incidents) == 2
