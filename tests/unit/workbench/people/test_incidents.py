import json
from datetime import timedelta

from kedge.domain.incident import IncidentState
from tests.unit.workbench.people.conftest import Terminal


def test_the_list_shows_what_is_open_and_with_all_what_is_over(terminal: Terminal):
    terminal.drifts("churn-prod", ago=timedelta(hours=3))
    terminal.drifts("churn-prod", ago=timedelta(hours=2), clean=True)
    terminal.drifts("fraud-prod")
    shown = terminal.type("incident", "list")
    assert shown.exit_code == 0
    assert "fraud-prod" in shown.output
    assert "churn-prod" not in shown.output
    assert "churn-prod" in terminal.type("incident", "list", "--all").output


def test_the_list_takes_matchers_and_speaks_json(terminal: Terminal):
    terminal.drifts("churn-prod")
    fraud = terminal.drifts("fraud-prod")
    lines = terminal.type("incident", "list", "--match", 'endpoint="fraud-prod"', "--json").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [fraud]


def test_a_value_that_no_incident_can_have_is_no_empty_list(terminal: Terminal):
    refused = terminal.type("incident", "list", "--match", 'severity="high"')
    assert refused.exit_code == 2
    assert "it is one of critical, warning, info" in refused.stderr


def test_an_empty_list_says_so(terminal: Terminal):
    assert terminal.type("incident", "list").stdout == "No incident.\n"


def test_whoever_acknowledges_is_named_and_the_timeline_keeps_what_they_said(terminal: Terminal):
    incident = terminal.drifts()
    done = terminal.type("incident", "ack", incident[-12:], "--comment", "looking")
    assert (done.exit_code, done.stdout) == (0, "churn-prod DataQuality: acknowledged (user/oncall: looking)\n")
    assert terminal.stack.ledger.incidents[incident].state is IncidentState.ACKNOWLEDGED
    shown = terminal.type("incident", "show", incident).output
    assert "acknowledged by user/oncall" in shown
    assert "user/oncall: looking [default@3]" in shown


def test_a_person_is_who_aws_says_they_are(terminal: Terminal):
    incident = terminal.drifts()
    terminal.type("incident", "ack", incident, "--mitigating")
    kept = terminal.stack.ledger.incidents[incident]
    assert (kept.state, kept.by) == (IncidentState.MITIGATING, "user/oncall")


def test_what_is_resolved_by_hand_is_over_and_a_second_time_is_too_late(terminal: Terminal):
    incident = terminal.drifts()
    assert terminal.type("incident", "resolve", incident, "--comment", "backfilled").exit_code == 0
    assert terminal.stack.ledger.incidents[incident].state is IncidentState.RESOLVED
    late = terminal.type("incident", "ack", incident)
    assert late.exit_code == 1
    assert "is as it was" in late.stderr


def test_resolving_needs_a_comment(terminal: Terminal):
    assert terminal.type("incident", "resolve", terminal.drifts()).exit_code == 2


def test_a_note_may_be_made_when_all_is_over(terminal: Terminal):
    incident = terminal.drifts(ago=timedelta(hours=2))
    terminal.drifts(clean=True)
    assert terminal.type("incident", "note", incident, "it was the backfill").exit_code == 0
    assert "it was the backfill" in terminal.type("incident", "show", incident).output


def test_a_part_of_an_id_that_two_incidents_have_or_none_is_refused(terminal: Terminal):
    first, second = terminal.drifts("churn-prod"), terminal.drifts("fraud-prod")
    shared = first[: next(index for index, pair in enumerate(zip(first, second, strict=True)) if len(set(pair)) > 1)]
    both = terminal.type("incident", "show", shared)
    assert both.exit_code == 2
    assert "2 incidents' ids begin or end with" in both.stderr
    assert "no incident's id begins or ends with 'zzz'" in terminal.type("incident", "show", "zzz").stderr


def test_the_story_says_who_was_told_and_who_was_not(terminal: Terminal):
    terminal.type("silence", "add", 'endpoint="churn-prod"', "--for", "4h", "--comment", "upgrade")
    incident = terminal.drifts(ago=timedelta(0))
    shown = terminal.type("incident", "show", incident).output
    assert "not notified: ml-oncall, silenced" in " ".join(shown.split())
    assert "kept from" in shown


def test_a_story_in_json_holds_all_of_it(terminal: Terminal):
    story = json.loads(terminal.type("incident", "show", terminal.drifts(), "--json").stdout)
    assert set(story) == {"incident", "entries", "deliveries"}
    assert story["entries"][0]["policy"] == "default@3"
