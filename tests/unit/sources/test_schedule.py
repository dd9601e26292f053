"""Monitoring schedules, whose event is documented nowhere."""

from typing import Any

import pytest
from msgspec import structs

from kedge.domain.errors import MalformedSignal
from kedge.domain.provenance import Voucher
from kedge.domain.run import Monitor
from tests.support import samples
from tests.unit.sources.world import SCHEDULE, TARGET, World


def event(detail: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    """A schedule event with this content."""
    return samples.event("eventbridge.schedule") | {"detail": detail} | envelope


@pytest.mark.parametrize(
    "detail",
    [
        {"MonitoringScheduleName": "churn-data-quality", "Surprise": [1]},
        {"monitoringScheduleName": "churn-data-quality"},
        {"MonitoringScheduleArn": SCHEDULE.arn},
        {},
    ],
)
def test_a_schedule_is_found_by_whatever_names_it(detail: dict[str, Any]):
    world = World(SCHEDULE)
    found = world.one(event(detail))
    assert (str(found.target), found.source, found.monitor) == (TARGET, "churn-data-quality", Monitor.DATA_QUALITY)
    assert len(world.monitors.calls) == 1


@pytest.mark.parametrize(("told", "status"), [("STOPPED", "Stopped"), ("Failed", "Failed"), (None, "Scheduled")])
def test_the_status_is_the_events_own_where_it_has_one(told: str | None, status: str):
    detail = {"MonitoringScheduleName": "churn-data-quality", "MonitoringScheduleStatus": told}
    assert World(SCHEDULE).one(event(detail)).status == status


def test_a_batch_schedule_is_its_own_target():
    found = World(structs.replace(SCHEDULE, endpoint=None, failure_reason="no role")).one(event({}))
    assert (str(found.target), found.said) == ("111122223333/us-east-1/schedule/churn-data-quality", "no role")


def test_a_schedule_that_is_gone_is_described_by_its_event():
    detail = {"MonitoringScheduleStatus": "Stopped", "EndpointName": "churn-prod", "MonitoringType": "ModelBias"}
    found = World().one(event(detail))
    assert (str(found.target), found.monitor, found.status) == (TARGET, Monitor.MODEL_BIAS, "Stopped")


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (event({}, resources=[]), "$.detail.MonitoringScheduleName"),
        (event({}), "$.detail.MonitoringScheduleStatus"),
        (event({}) | {"detail": None}, "$.detail"),
    ],
)
def test_a_schedule_without_name_or_status_is_malformed(raw: object, path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().one(raw)
    assert caught.value.path == path


@pytest.mark.parametrize("elsewhere", [("111122223333", "444455556666"), ("us-east-1", "eu-west-1")])
def test_a_schedule_of_another_account_or_region_is_not_described_by_the_one_of_that_name_here(
    elsewhere: tuple[str, str],
):
    arn = SCHEDULE.arn.replace(*elsewhere)
    detail = {"MonitoringScheduleArn": arn, "MonitoringScheduleStatus": "Stopped", "EndpointName": "theirs"}
    found = World(SCHEDULE).one(event(detail))
    assert (found.target.name, found.provenance.voucher) != ("churn-prod", Voucher.SAGEMAKER)
    assert (found.target.account, found.target.region) == (arn.split(":")[4], arn.split(":")[3])
