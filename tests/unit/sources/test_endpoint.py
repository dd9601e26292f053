"""Endpoints and their deployments."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kedge.domain.errors import MalformedSignal
from tests.support import samples
from tests.unit.sources.world import TARGET, World

ENDPOINT = "eventbridge.endpoint.in_service"
BAKING = "eventbridge.deployment.baking"


def event(name: str = ENDPOINT, **detail: Any) -> dict[str, Any]:
    """A sample with parts of its detail replaced."""
    raw: dict[str, Any] = samples.event(name)
    raw["detail"] |= detail
    return raw


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("IN_SERVICE", "InService"),
        ("InService", "InService"),
        ("OUT_OF_SERVICE", "OutOfService"),
        ("SYSTEM_UPDATING", "SystemUpdating"),
        ("ROLLING_BACK", "RollingBack"),
        ("UPDATE_ROLLBACK_FAILED", "UpdateRollbackFailed"),
        ("FAILED", "Failed"),
        ("SOMETHING_NEW", "SomethingNew"),
        ("SomethingNew", "SomethingNew"),
        ("DELETED", "Deleted"),
    ],
)
def test_a_status_is_spelled_as_the_api_spells_it(told: str, status: str):
    assert World().one(event(EndpointStatus=told)).status == status


def test_the_name_keeps_the_case_that_the_arn_has_lost():
    found = World().one(event(EndpointName="Churn-Prod"))
    assert (found.target.name, found.config) == ("Churn-Prod", "churn-41")


def test_an_endpoint_event_is_dated_by_the_change():
    assert World().one(ENDPOINT).at == datetime(2026, 11, 20, 10, 35, 14, 287000, UTC)


def test_an_envelopes_time_may_be_a_text_of_milliseconds():
    raw = event(LastModifiedTime=None) | {"time": "1583831889050"}
    assert World().one(raw).at == datetime(2020, 3, 10, 9, 18, 9, 50000, UTC)


@pytest.mark.parametrize("tags", [{}, [], [{"Key": "team", "Value": "churn"}], None, "x"])
def test_tags_come_in_two_shapes_and_neither_matters_here(tags: Any):
    assert str(World().one(event(Tags=tags)).target) == TARGET


def test_a_deployment_names_what_runs_what_comes_and_how_far_it_is():
    found = World().one(BAKING)
    assert (found.config, found.pending, found.stage, found.status) == ("churn-40", "churn-41", "Baking", "Updating")
    assert found.at == datetime(2026, 11, 20, 10, 14, 29, 181000, UTC)


def test_a_change_of_capacity_has_no_pending_config():
    found = World().one("eventbridge.deployment.capacity")
    assert (found.config, found.pending, found.stage) == ("churn-41", None, "Updating")


def test_the_stage_of_many_variants_is_the_one_that_began_last():
    variants = [
        {"VariantStatus": [{"Status": "Baking", "StartTime": 1795169669000}, {"Status": "Creating", "StartTime": 1}]},
        {"VariantStatus": [{"Status": "ActivatingTraffic", "StartTime": 1795169600000}, {"Status": 7}, "x"]},
    ]
    found = World().one(
        event(BAKING, PendingDeploymentSummary={"EndpointConfigName": "c", "ProductionVariants": variants})
    )
    assert found.stage == "Baking"


def test_stages_without_a_time_come_in_their_order():
    variants = [{"VariantStatus": [{"Status": "Creating"}, {"Status": "Baking"}]}]
    assert World().one(event(BAKING, PendingDeploymentSummary={"ProductionVariants": variants})).stage == "Baking"


def test_two_stages_of_one_deployment_are_two_facts():
    first = World().one(BAKING)
    raw = samples.event(BAKING)
    raw["detail"]["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]["Status"] = (
        "ActivatingTraffic"
    )
    assert World().one(raw).id != first.id


@pytest.mark.parametrize("name", [ENDPOINT, BAKING])
@pytest.mark.parametrize(
    ("detail", "path"),
    [
        ({"EndpointStatus": None}, "$.detail.EndpointStatus"),
        ({"EndpointStatus": 3}, "$.detail.EndpointStatus"),
        ({"EndpointName": None, "EndpointArn": None}, "$.detail.EndpointName"),
    ],
)
def test_an_endpoint_event_without_name_or_status_is_malformed(name: str, detail: dict[str, Any], path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().one(event(name, **detail) | {"resources": []})
    assert caught.value.path == path
