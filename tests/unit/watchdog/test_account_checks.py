"""The checks of a whole account, and the table of all checks."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.finding import FAULT_CHECKS, Check
from kedge.watchdog.checks import faults_of_account, text_of, unwatched_endpoints
from kedge.watchdog.facts import (
    EndpointMonitoring,
    Refusal,
    SubscriptionFacts,
    SubscriptionState,
    TopicFacts,
    WatchedAccount,
)
from tests.unit.watchdog.planted import ALARM, DAY, MONITOR, NOW, SECOND, watched, without_monitors

CONFIRMED = SubscriptionFacts(topic="people", protocol="email", address="oncall@example.com")


def account(*endpoints: EndpointMonitoring, **more: object) -> WatchedAccount:
    return WatchedAccount(account="111122223333", region="us-east-1", endpoints=endpoints, **more)


def topic(*states: SubscriptionState, deleted: int = 0) -> WatchedAccount:
    found = tuple(replace(CONFIRMED, state=state) for state in states)
    return account(topics=(TopicFacts(name="people", subscriptions=found, deleted=deleted),))


@pytest.mark.parametrize(
    ("facts", "is_unwatched"),
    [
        (watched(), False),
        (watched(alarms=()), False),
        (replace(without_monitors(), alarms=(ALARM,)), False),
        (without_monitors(created=NOW - DAY + SECOND), False),
        (without_monitors(status="Updating"), False),
        (without_monitors(), True),
        (without_monitors(created=None), True),
        (watched(replace(MONITOR, status="Stopped"), alarms=()), True),
    ],
)
def test_an_endpoint_is_unwatched_without_a_running_monitor_and_an_alarm(facts: EndpointMonitoring, is_unwatched: bool):
    found = unwatched_endpoints(account(facts), NOW)
    assert [fault.subject for fault in found] == (["churn-prod"] if is_unwatched else [])
    assert faults_of_account(account(facts), NOW) == ()


@pytest.mark.parametrize(
    ("facts", "subjects"),
    [
        (topic(SubscriptionState.CONFIRMED), []),
        (topic(SubscriptionState.CONFIRMED, SubscriptionState.PENDING), ["people email o…@example.com"]),
        (topic(SubscriptionState.PENDING), ["people email o…@example.com", "people"]),
        (topic(SubscriptionState.CONFIRMED, SubscriptionState.DELETED), ["people"]),
        (topic(SubscriptionState.CONFIRMED, deleted=1), ["people"]),
        (topic(), ["people"]),
    ],
)
def test_a_topic_needs_confirmed_subscriptions_only(facts: WatchedAccount, subjects: list[str]):
    found = faults_of_account(facts, NOW)
    assert [fault.subject for fault in found] == subjects
    assert {fault.check for fault in found} <= {Check.SUBSCRIPTION}
    assert not any("oncall@" in fault.finding.said for fault in found)


def test_a_refused_read_and_an_alarm_without_an_endpoint_are_faults_of_the_account():
    alarm = replace(ALARM, dimensions={"MonitoringSchedule": "batch"}, is_listed=False)
    facts = account(alarms=(alarm,), refused=(Refusal(permission="sns:ListSubscriptionsByTopic", said="denied"),))
    assert [fault.check for fault in faults_of_account(facts, NOW)] == [Check.WATCH_PERMISSION, Check.ALARM_DIMENSIONS]
    assert faults_of_account(account(alarms=(ALARM,)), NOW + timedelta(days=9)) == ()


@pytest.mark.parametrize("check", sorted(FAULT_CHECKS))
def test_each_check_of_monitoring_says_when_it_finds_something(check: Check):
    assert text_of(check).found.endswith(".")
    assert text_of(check).fix
