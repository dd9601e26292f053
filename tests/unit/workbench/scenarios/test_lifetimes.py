"""What is deleted and made in the middle of a test, policies included, and what is heard of late."""

from datetime import UTC, datetime, timedelta

import pytest

from kedge.domain.run import Monitor
from kedge.policy.compiled import default_policy
from workbench.scenarios.document import Input
from workbench.scenarios.lifetimes import DeletedPart, MadePart, Told
from workbench.scenarios.living import lived
from workbench.scenarios.ring import Ring
from workbench.scenarios.situation import NOWHERE

START = datetime(2026, 1, 5, tzinfo=UTC)
NAME = NOWHERE.target.name


def played(*parts: tuple[timedelta, Input]) -> Ring:
    ring = Ring(default_policy(), START)
    for after, given in parts:
        for happening in lived(given, NOWHERE, START + after):
            ring.run_until(happening.at)
            happening.do(ring)
    ring.run_until(START + timedelta(hours=1))
    return ring


def test_an_endpoint_that_was_deleted_is_not_there_any_more():
    ring = played((timedelta(0), Input(deleted=DeletedPart())))
    assert ring.world.endpoints.endpoint(NAME) is None


@pytest.mark.parametrize(("heard", "events"), [(Told.ONCE, 2), (Told.TWICE, 4), (Told.NEVER, 0)])
def test_a_deletion_is_heard_of_as_often_as_the_test_says(heard: Told, events: int):
    ring = played((timedelta(0), Input(deleted=DeletedPart(heard=heard))))
    assert len([each for each in ring.story.entries if each.decision is not None and each.target is not None]) == events


def test_a_deployment_after_a_deletion_makes_the_endpoint_again(desk):
    text = """
    tests:
      - name: a
        input:
          - {at: 0s, deployment: {config: a-1}}
          - {at: 1h, deleted: {}}
          - {at: 2h, deployment: {config: a-2}}
        expect: [{at: 3h, open: 0}]
    """
    assert desk.rows(text) == []


def test_what_is_not_there_cannot_be_deleted(desk):
    text = (
        "tests: [{name: a, input: [{at: 1h, world: {gone: true}}, {at: 2h, deleted: {}}], expect: [{at: 3h, open: 0}]}]"
    )
    (result,) = desk.play(text)
    assert "there is no endpoint" in result.broken


def test_a_schedule_is_gone_until_it_is_made_again():
    made = Input(schedule="churn-dq", monitor=Monitor.DATA_QUALITY, made=MadePart())
    gone = Input(schedule="churn-dq", monitor=Monitor.DATA_QUALITY, deleted=DeletedPart(heard=Told.NEVER))
    ring = played((timedelta(0), made), (timedelta(minutes=1), gone))
    assert ring.world.schedule("churn-dq") is None
    ring = played((timedelta(0), made), (timedelta(minutes=1), gone), (timedelta(minutes=2), made))
    known = ring.world.schedule("churn-dq")
    assert known is not None
    assert (known.status, known.endpoint, known.monitoring_type) == ("Scheduled", NAME, "DataQuality")


def test_an_endpoint_is_not_made_as_a_schedule_is(desk):
    (fault,) = desk.faults("tests: [{name: a, input: [{at: 1h, made: {}}], expect: [{at: 3h, open: 0}]}]")
    assert "only a schedule is made so" in fault


OTHER = """
apiVersion: kedge/v1
name: other
receivers: [{name: night}]
route: {receiver: night}
"""


def test_another_policy_decides_from_when_it_is_published(desk):
    (desk.folder / "other.yaml").write_text(OTHER)
    text = """
    tests:
      - name: a
        input:
          - {monitor: ModelQuality, metric: auc, limit: 0.7, values: "0.6"}
          - {at: 90m, policy: other.yaml}
          - {at: 2h, monitor: ModelBias, facet: sex, limit: 0.1, values: "0.6"}
        expect:
          - {at: 1h, notify: [day]}
          - {at: 3h, notify: [night]}
    """
    assert desk.rows(text) == []


def test_a_policy_that_is_not_there_is_told_with_the_words_that_are(desk):
    (fault,) = desk.faults("tests: [{name: a, input: [{at: 1h, policy: kill_swich_on}], expect: [{at: 3h, open: 0}]}]")
    assert "there is no file" in fault
    assert "kill_switch_on" in fault


def test_a_policy_that_cannot_be_read_ends_the_test(desk):
    (desk.folder / "other.yaml").write_text("apiVersion: kedge/v1\nroute: {receiver: nobody}\n")
    (result,) = desk.play("tests: [{name: a, input: [{at: 1h, policy: other.yaml}], expect: [{at: 3h, open: 0}]}]")
    assert "other.yaml cannot be published" in result.broken


def test_an_alarm_that_is_heard_of_late_went_off_when_it_did(desk):
    text = """
    tests:
      - name: a
        input: [{at: 1h, late: 30m, alarm: {name: errors}}]
        expect:
          - {at: 85m, open: 0}
          - {at: 90m, open: 1, message: {contains: ["01:00"]}}
    """
    assert desk.rows(text) == []


def test_who_caused_a_plan_is_compared(desk):
    text = """
    tests:
      - name: a
        input: [{monitor: ModelQuality, metric: auc, limit: 0.7, values: "0.8 0.6x2"}]
        expect: [{at: 3h, remedies: [{remedy: retrain, requesters: [ana]}]}]
    """
    assert desk.rows(text) == [("requesters", "ana", "nobody")]
    assert desk.rows(text.replace("[ana]", "[]")) == []
