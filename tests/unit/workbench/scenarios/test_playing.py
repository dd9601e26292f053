"""What is expected is compared with what the engine did; what differs is told."""

from datetime import UTC, datetime

from kedge.policy.compiled import default_policy
from workbench.scenarios.ring import Ring

SERIES = "input: [{monitor: ModelQuality, metric: auc, limit: 0.7, values: '0.8 0.6x2 0.8'}]"


def expecting(*expectations: str, more: str = SERIES) -> str:
    return f"tests: [{{name: a, {more}, expect: [{', '.join(expectations)}]}}]"


def test_what_is_as_expected_passes(desk):
    text = expecting(
        "{at: 0h, incident: null, open: 0, notify: [], quiet: [], remedies: [], reason: clean}",
        "{at: 1h, incident: {state: firing, severity: critical}, open: 1, notify: [day], remedies: []}",
        "{at: 2h, remedies: [{remedy: retrain, mode: approval}], reason: still_firing}",
        "{at: 3h, remedies: [{remedy: retrain, stage: asked}], notify: [{receiver: day, why: approval_wanted}]}",
        "{at: 4h, incident: {state: resolved}, notify: [{receiver: day, why: resolved}], remedies: []}",
    )
    assert all(result.ok for result in desk.play(text))
    assert desk.rows(text) == []


def test_silence_that_was_expected_and_did_not_come_names_who_was_told(desk):
    assert desk.rows(expecting("{at: 1h, notify: []}")) == [("notify", "nobody", "day, first_seen")]


def test_a_message_that_was_expected_and_did_not_come_is_nobody(desk):
    rows = desk.rows(expecting("{at: 1h, notify: [day, night]}"))
    assert rows == [("notify", "night", "nobody")]


def test_the_reason_of_a_message_counts_where_it_is_given(desk):
    rows = desk.rows(expecting("{at: 1h, notify: [{receiver: day, why: reminder}]}"))
    assert rows == [("notify", "day, reminder", "day, first_seen")]


def test_what_was_told_before_is_not_told_again_to_the_next_expectation(desk):
    assert desk.rows(expecting("{at: 1h, notify: [day]}", "{at: 2h, notify: [day]}")) == [("notify", "day", "nobody")]


def test_expectations_are_looked_at_in_order_of_time_however_they_are_written(desk):
    assert desk.rows(expecting("{at: 2h, notify: []}", "{at: 1h, notify: [day]}")) == []


def test_an_incident_that_should_not_be_is_named(desk):
    rows = desk.rows(expecting("{at: 1h, incident: null}"))
    assert rows == [("incident", "none", "firing, critical, concept_drift")]


def test_an_incident_that_should_be_is_missed(desk):
    assert desk.rows(expecting("{at: 0h, incident: {state: firing}}")) == [("incident", "firing", "none")]


def test_every_field_of_an_incident_is_a_row_of_its_own(desk):
    rows = desk.rows(expecting("{at: 3h, incident: {severity: warning, runs: 3, cause: bias_drift, owner: null}}"))
    assert rows == [("severity", "warning", "critical"), ("cause", "bias_drift", "concept_drift")]


def test_the_wrong_remedy_is_told(desk):
    rows = desk.rows(expecting("{at: 2h, remedies: [roll_back]}", "{at: 3h, remedies: []}"))
    assert rows == [
        ("remedies", "roll_back", "retrain, approval, planned, pipeline/retrain"),
        ("remedies", "none", "retrain, approval, asked, pipeline/retrain"),
    ]


def test_the_text_of_a_message_is_compared(desk):
    rows = desk.rows(expecting("{at: 1h, message: {subject: Good morning, contains: [auc, nobody reads this]}}"))
    assert [row[:2] for row in rows] == [("subject", "Good morning"), ("contains", "nobody reads this")]
    assert "it does not" in rows[1][2]


def test_a_message_that_nobody_sent_has_no_text(desk):
    assert desk.rows(expecting("{at: 0h, message: {contains: [auc]}}")) == [("message", "one by mail", "none")]


def test_quiet_names_what_kept_it_so(desk):
    silenced = f"{SERIES}, silences: [{{matchers: [metric=auc], for: 2h}}]"
    text = expecting(
        "{at: 1h, notify: [], quiet: [{receiver: day, quiet: muted}]}", "{at: 3h, notify: [day, day]}", more=silenced
    )
    assert desk.rows(text) == [("quiet", "day, muted", "day, silenced")]


def test_the_environment_of_a_test_is_that_of_its_stack(desk):
    assert desk.rows(expecting("{at: 1h, notify: [night]}", more=f"environment: prod, {SERIES}")) == []


def test_a_decision_about_nothing_breaks_the_test(desk):
    (result,) = desk.play(expecting("{at: 1h, notify: []}", more="input: [{at: 1h, ack: {by: oncall}}]"))
    assert not result.ok
    assert result.broken == "oncall has no incident of model-prod to acknowledge"


def test_an_event_that_cannot_be_read_breaks_the_test(desk):
    (desk.folder / "event.json").write_text(
        '{"detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch"}'
    )
    (result,) = desk.play(expecting("{at: 1h}", more="input: [{at: 1h, event: event.json}]"))
    assert result.broken.startswith("event.json: $.detail")


def test_the_people_of_a_test_are_who_they_say_they_are():
    silence = {
        "id": "s1",
        "matchers": ['endpoint="model-prod"'],
        "starts_at": "2000-01-01T00:00:00Z",
        "ends_at": "2000-01-20T00:00:00Z",
        "author": "ada",
        "comment": "backfill",
    }
    event = {"source": "kedge", "detail-type": "Silence Changed", "detail": {"id": "one", "silence": silence}}
    ring = Ring(default_policy(), datetime(2000, 1, 1, tzinfo=UTC))
    ring.take_in(event, "event.json")
    (kept,) = ring.story.silences.values()
    assert (kept.author, kept.proven) == ("ada", True)


def test_a_test_that_extends_another_has_its_input_and_its_own(desk):
    text = f"""
    tests:
      - {{name: a, {SERIES}, expect: [{{at: 1h, notify: [day]}}]}}
      - name: b
        extends: a
        environment: prod
        input: [{{at: 90m, ack: {{by: oncall}}}}]
        expect: [{{at: 2h, incident: {{state: acknowledged, by: oncall}}, notify: [night]}}]
    """
    assert desk.rows(text) == []


def test_a_route_is_compared_by_its_receivers(desk):
    text = """
    routes:
      - {labels: {environment: prod}, receivers: [night]}
      - {labels: {environment: dev}, receivers: [night]}
    """
    assert desk.rows(text) == [("receivers", "night", "day")]


def test_several_series_of_one_monitor_are_one_run(desk):
    series = (
        "input: [{monitor: DataQuality, feature: a, limit: 0.1, values: '0.2'},"
        " {monitor: DataQuality, feature: [b, c], limit: 0.1, values: '0.3'}]"
    )
    assert desk.rows(expecting("{at: 0h, incident: {runs: 1, findings: 3}, notify: [day]}", more=series)) == []


def test_a_number_breaks_its_limit_on_the_side_on_which_its_check_breaks(desk):
    series = (
        "input: [{monitor: DataQuality, feature: a, limit: 0.9, check: completeness_check, values: '0.95'},"
        " {monitor: DataQuality, feature: b, limit: 0.9, check: completeness_check, values: '0.9'},"
        " {monitor: DataQuality, feature: c, limit: 0.1, values: '0.1'}]"
    )
    assert desk.rows(expecting("{at: 0h, incident: null, reason: clean}", more=series)) == []


def test_of_many_that_were_told_against_expectation_the_first_are_named(desk):
    weeks = "input: [{monitor: DataQuality, feature: age, values: violatedx30}], interval: 1d"
    rows = desk.rows(expecting("{at: 20d, notify: []}", more=weeks))
    assert len(rows) == 11
    assert rows[-1] == ("notify", "nobody", "and 11 more")


def test_a_silence_is_there_when_what_begins_with_it_comes(desk):
    silenced = "input: [{at: 1h, alarm: {name: a}}], silences: [{matchers: [source=a], from: 1h, for: 2h}]"
    text = expecting("{at: 1h, notify: [], quiet: [day]}", "{at: 3h, notify: [day]}", more=silenced)
    assert desk.rows(text) == []
