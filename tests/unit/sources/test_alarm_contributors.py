"""Alarms that watch several time series, and the one that changed."""

from typing import Any

import pytest

from kedge.domain.target import TargetKind
from tests.support import samples
from tests.unit.sources.alarm_events import NAME, event, message, metric, sns
from tests.unit.sources.world import TARGET, World

CONTRIBUTOR = {"id": "c1", "attributes": {"EndpointName": "churn-prod", "VariantName": "A"}}


QUERY = 'SELECT SUM(Invocation5XXErrors) FROM SCHEMA("AWS/SageMaker", EndpointName, VariantName) GROUP BY EndpointName'


def contributors_event(query: str = QUERY, **contributor: Any) -> dict[str, Any]:
    """The event about one contributor, which has neither a previous state nor data of its reason."""
    raw = event(
        alarmContributor=CONTRIBUTOR | contributor,
        configuration={"metrics": [{"id": "q1", "expression": query, "returnData": True}]},
    )
    del raw["detail"]["previousState"], raw["detail"]["state"]["reasonData"]
    return raw | {"detail-type": "CloudWatch Alarm Contributor State Change"}


def test_a_contributor_that_names_an_endpoint_belongs_to_it_by_every_road():
    told = World().one(contributors_event())
    assert (str(told.target), told.contributor, told.part) == (TARGET, "c1", "EndpointName=churn-prod, VariantName=A")
    action = samples.event("lambda.alarm_action")
    action["alarmData"] |= {
        "alarmContributor": CONTRIBUTOR,
        "configuration": contributors_event()["detail"]["configuration"],
    }
    by_sns = message(
        AlarmContributorId="c1",
        AlarmContributorAttributes=CONTRIBUTOR["attributes"],
        Trigger={"Metrics": [{"Id": "q1", "Expression": QUERY, "ReturnData": True}]},
    )
    for raw in (action, sns(by_sns)):
        found = World().one(raw)
        assert (found.target, found.source, found.id) == (told.target, told.source, told.id)


def test_contributors_of_one_moment_are_two_facts():
    one, other = World().one(contributors_event()), World().one(contributors_event(id="c2"))
    assert one.id != other.id
    assert one.source != other.source
    assert one.source_target == other.source_target


def test_a_contributor_of_another_services_query_belongs_to_the_alarm():
    query = QUERY.replace("AWS/SageMaker", "Shop")
    assert World().one(contributors_event(query)).target.kind is TargetKind.ALARM


@pytest.mark.parametrize("attributes", [None, "nonsense", 7, [], {}])
def test_a_contributor_without_attributes_is_known_by_its_id(attributes: Any):
    told = message(AlarmContributorId="c1", AlarmContributorAttributes=attributes)
    assert World().one(sns(told)).source.endswith("[c1]")


def test_metric_math_over_two_endpoints_is_about_the_alarm():
    metrics = [metric(EndpointName="a"), metric(EndpointName="b")]
    found = World().one(event(configuration={"metrics": metrics}))
    assert str(found.target) == f"111122223333/us-east-1/alarm/{NAME}"
