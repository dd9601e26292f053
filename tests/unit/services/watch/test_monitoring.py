"""What the watchdog reads of an account, and what a refused read costs."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.errors import KedgeError, Permanent, Transient
from kedge.domain.run import Monitor
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import GroundTruth, MonitorDefinition, MonitorDefinitions, MonitorTarget
from kedge.monitors.schedule_expressions import parse_schedule
from kedge.monitors.spec import ModelQualitySpec, MonitoringType
from kedge.services.watch.monitoring import MonitoringReader, ReadAccount
from kedge.sources.event_header import Home
from kedge.watchdog.facts import LabelFacts, MonitorOwner, SubscriptionFacts, TopicFacts
from tests.fakes.monitored import FakeAccount
from tests.unit.watchdog.planted import ALARM, ENDPOINT, HOUR, MONITOR, NOW

HOME = Home("111122223333", "us-east-1")
TOPIC = "arn:aws:sns:us-east-1:111122223333:people"
OWN = MonitorDefinition(
    name="own",
    target=MonitorTarget(kind=TargetKind.ENDPOINT, name="churn-prod"),
    types=(MonitoringType.MODEL_QUALITY,),
    capture=None,
    baseline="s3://data/own",
    reports="s3://reports",
    window=HOUR,
    schedule=parse_schedule("1h"),
    offset=timedelta(),
    catch_up=1,
    promise=None,
    comparison_threshold=0.1,
    unreadable_share=0.1,
    ground_truth=GroundTruth(prefix="s3://data/labels", delay=2 * HOUR, maximum_age=9 * HOUR),
    model_quality=ModelQualitySpec(problem_type="Regression"),
)


def an_account() -> FakeAccount:
    account = FakeAccount()
    account.of_endpoints = {
        "churn-prod": replace(ENDPOINT, invocations=None, captured=None, searched_since=None),
        "search-prod": replace(ENDPOINT, name="search-prod", invocations=None, captured=None, searched_since=None),
    }
    account.of_schedules = {"churn-dq": replace(MONITOR, baseline=replace(MONITOR.baseline, created=None, seen=None))}
    account.of_alarms = [replace(ALARM, is_listed=None)]
    account.of_topics = {
        TOPIC: TopicFacts(
            name="people", subscriptions=(SubscriptionFacts(topic="people", protocol="email", address="a@b.c"),)
        )
    }
    account.traffic = {"churn-prod": 2_400.0}
    account.objects = {
        "s3://data/capture/churn-prod/AllTraffic/x": NOW - HOUR,
        "s3://data/baseline/constraints.json": NOW - 250 * HOUR,
    }
    return account  # fmt: skip


def read(account: FakeAccount, *own: MonitorDefinition, left: bool = True) -> ReadAccount:
    reader = MonitoringReader(
        account, account, account, account, lambda: MonitorDefinitions(definitions=own), (TOPIC,), HOME
    )
    return reader.read(NOW, lambda: left)


def test_an_endpoint_has_its_monitors_its_alarms_and_its_traffic():
    found = read(an_account())
    assert (found.is_complete, found.failed, found.unknown) == (True, [], frozenset())
    churn, search = found.account.endpoints
    assert [each.name for each in churn.monitors] == ["churn-dq"]
    assert [(each.name, each.is_listed) for each in churn.alarms] == [("churn drift", True)]
    assert (churn.endpoint.invocations, churn.endpoint.captured) == (2_400.0, NOW - HOUR)
    assert churn.monitors[0].baseline.created == NOW - 250 * HOUR
    assert (search.monitors, search.alarms, search.endpoint.invocations) == ((), (), None)
    assert [each.name for each in found.account.topics] == ["people"]


def test_traffic_is_only_asked_for_where_a_check_needs_it():
    account = an_account()
    account.of_schedules.clear()
    read(account)
    assert "invocations" not in account.calls
    assert "after" not in account.calls


def test_an_alarm_that_fires_had_data():
    account = an_account()
    account.of_alarms = [replace(ALARM, state="ALARM", is_listed=None)]
    assert read(account).account.endpoints[0].alarms[0].is_listed is None
    assert ALARM.name not in account.calls


def test_a_monitor_of_kedge_is_one_monitor_for_each_type():
    account = an_account()
    account.objects["s3://data/labels/2026"] = NOW
    own = read(account, OWN).account.endpoints[0].monitors[-1]
    assert (own.name, own.kind, own.owner) == ("own", Monitor.MODEL_QUALITY, MonitorOwner.KEDGE)
    assert own.baseline.uri == "s3://data/own/model_quality/constraints.json"
    assert own.labels == LabelFacts(
        prefix="s3://data/labels", due_within=27 * HOUR, newest=NOW, searched_since=NOW - 27 * HOUR
    )


def test_columns_are_only_compared_if_the_newest_run_has_statistics():
    account = an_account()
    baseline = replace(MONITOR.baseline, columns=None, seen=None, newest="s3://reports/statistics.json")
    account.of_schedules["churn-dq"] = replace(MONITOR, baseline=baseline)
    account.features = {baseline.uri: ("age",)}
    assert read(account).account.endpoints[0].monitors[0].baseline.columns is None
    account.features["s3://reports/statistics.json"] = ("age", "plan")
    assert read(account).account.endpoints[0].monitors[0].baseline.seen == ("age", "plan")


def test_a_monitor_and_an_alarm_without_an_endpoint_belong_to_the_account():
    account = an_account()
    account.of_schedules["batch"] = replace(MONITOR, name="batch", endpoint=None)
    account.of_alarms.append(replace(ALARM, name="batch drift", dimensions={"MonitoringSchedule": "batch"}))
    found = read(account).account
    assert [each.name for each in found.batch] == ["batch"]
    assert [each.name for each in found.alarms] == ["batch drift"]


def test_an_alarm_on_a_deleted_endpoint_belongs_to_the_account():
    account = an_account()
    del account.of_endpoints["churn-prod"]
    assert [each.name for each in read(account).account.alarms] == ["churn drift"]


DENIED = Permanent("describe: User: x is not authorized to perform: sagemaker:DescribeEndpoint on resource: y")


@pytest.mark.parametrize("error", [DENIED, Transient("throttled")])
def test_an_endpoint_that_cannot_be_read_is_unknown_and_hides_no_other(error: KedgeError):
    account = an_account()
    account.failing["churn-prod"] = error
    found = read(account)
    assert found.unknown == {"churn-prod"}
    assert [each.endpoint.name for each in found.account.endpoints] == ["search-prod"]
    refused = ["sagemaker:DescribeEndpoint"] if error is DENIED else []
    assert [each.permission for each in found.account.refused] == refused


@pytest.mark.parametrize("listing", ["endpoints", "schedules", "alarms", "topic"])
def test_a_list_that_fails_leaves_the_account_incomplete(listing: str):
    account = an_account()
    account.failing[listing] = Transient("throttled")
    assert not read(account).is_complete


@pytest.mark.parametrize("call", ["churn-dq", "churn drift", "written", "after", "invocations"])
def test_a_fact_that_cannot_be_read_costs_itself_only(call: str):
    account = an_account()
    account.failing[call] = Permanent("denied")
    found = read(account)
    assert found.is_complete
    assert len(found.account.endpoints) == 2
    assert [str(error) for _, error in found.failed] == ["denied"]


def test_without_time_an_endpoint_is_unknown():
    found = read(an_account(), left=False)
    assert found.unknown == {"churn-prod", "search-prod"}
    assert not found.is_complete
