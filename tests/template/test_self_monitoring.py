"""Kedge's own faults notify an engineer without any code of Kedge in between."""

import json
import re
from itertools import accumulate
from typing import Any

import pytest

from kedge.lambdas.observability import Count
from kedge.services.self_check import SOON
from tests.template.acts import FUNCTIONS_OF_ACTS
from tests.template.deployed import ROOT, STACK, Deployed, whole

ALARMS = whole().of_type("AWS::CloudWatch::Alarm")
# The alarms that fire because nothing happens.
SILENT = "ReconcileMissingAlarm"
UNWATCHED = "WatchMissingAlarm"
STOPPED = "HeartbeatMissingAlarm"
FUNCTIONS = sorted(whole().of_type("AWS::Lambda::Function"))


def watched(stack: Deployed) -> set[tuple[str, str]]:
    """Return the metrics with an alarm, each with its resource."""
    return {
        (metric["MetricName"], dimension["Value"])
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        for metric in metrics_of(alarm)
        for dimension in metric["Dimensions"]
    }


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics of an alarm: its own, or those of its expression."""
    return [each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each] or [alarm]


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_goes_to_the_ops_topic_and_to_nothing_else(name):
    assert ALARMS[name]["AlarmActions"] == ["${OpsTopic}"]
    # Each alarm turns OK when the stack is made: as many mails as alarms, on the first day.
    assert "OKActions" not in ALARMS[name]


@pytest.mark.parametrize("name", sorted(ALARMS))
def test_an_alarm_bears_the_name_of_the_stack_says_what_it_means_and_rests_while_nothing_happens(name):
    assert ALARMS[name]["AlarmName"].startswith(f"{STACK}-")
    assert len(ALARMS[name]["AlarmDescription"]) > 40
    assert ALARMS[name]["TreatMissingData"] == ("breaching" if name in (SILENT, UNWATCHED, STOPPED) else "notBreaching")


def test_the_ops_topic_sends_mail_and_wakes_no_function(stack):
    protocols = {
        it["Protocol"] for it in stack.of_type("AWS::SNS::Subscription").values() if it["TopicArn"] == "${OpsTopic}"
    }
    assert protocols == {"email"}


@pytest.mark.parametrize("name", [name for name in whole().of_type("AWS::SQS::Queue") if name.endswith("DeadLetters")])
def test_one_dead_letter_is_enough_for_an_alarm(name, stack):
    assert ("ApproximateNumberOfMessagesVisible", f"${{{name}.QueueName}}") in watched(stack)


@pytest.mark.parametrize("name", [name for name in whole().of_type("AWS::SQS::Queue") if name.endswith("Queue")])
def test_a_queue_that_nobody_empties_is_noticed(name, stack):
    assert ("ApproximateAgeOfOldestMessage", f"${{{name}.QueueName}}") in watched(stack)


# A failed step is tried again, and then passed to a queue for engineers, which has alarms.
WATCHED_BY_THE_WORKFLOW = {"RemediateFunction", *FUNCTIONS_OF_ACTS}
# The caller of these waits for the answer, and sees the failure; the same holds for a push of a policy.
WATCHED_BY_THEIR_CALLERS = {"ApproveFunction", "ApproveFromChatFunction", "PeopleFunction", "ValidatePolicyFunction"}
# A monitor that is held back lets its windows wait, and windows-age notices that.
WATCHED_BY_ITS_QUEUE = {("Throttles", "MonitorFunction")}
# A reconcile that is held back for 5 minutes did not run for 5 minutes, and a watch for 30.
WATCHED_BY_ITS_ABSENCE = {("Throttles", "ReconcileFunction"), ("Throttles", "WatchFunction")}


@pytest.mark.parametrize("alarm", ["RemediesEscalatedAlarm", "WorkflowFailedAlarm", "WorkflowTimedOutAlarm"])
def test_a_workflow_that_cannot_go_on_is_noticed(alarm):
    assert ALARMS[alarm]["Threshold"] in (0, 1)


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - WATCHED_BY_THE_WORKFLOW - WATCHED_BY_THEIR_CALLERS))
def test_a_function_that_fails_or_is_held_back_is_noticed(name, metric, stack):
    assert ((metric, f"${{{name}}}") in watched(stack)) is not (
        (metric, name) in WATCHED_BY_ITS_ABSENCE | WATCHED_BY_ITS_QUEUE
    )


def test_a_reconcile_that_does_not_run_is_noticed_within_minutes(stack):
    alarm = stack.properties(SILENT)
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["Period"] * alarm["EvaluationPeriods"] <= 300


def test_a_watch_that_does_not_run_is_noticed_after_3_passes(stack):
    alarm, schedule = stack.properties(UNWATCHED), stack.properties("WatchFunctionEveryTenMinutes")
    assert (alarm["MetricName"], alarm["Statistic"]) == ("Invocations", "Sum")
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    every = int(re.fullmatch(r"rate\((\d+) minutes\)", schedule["ScheduleExpression"])[1]) * 60
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 3 * every


def test_a_heartbeat_that_does_not_come_round_is_noticed_within_twenty_minutes(stack):
    alarm, schedule = stack.properties(STOPPED), stack.properties("HeartbeatSchedule")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Kedge", Count.HEARTBEATS)
    assert (alarm["ComparisonOperator"], alarm["Threshold"], alarm["Statistic"]) == ("LessThanThreshold", 1, "Sum")
    every = int(re.fullmatch(r"rate\((\d+) minutes\)", schedule["ScheduleExpression"])[1]) * 60
    # One heartbeat can be late or lost: 3 in a row are not an accident.
    assert 3 * every <= alarm["Period"] * alarm["EvaluationPeriods"] <= 1200


def test_a_heartbeat_goes_the_way_of_every_event(stack):
    (heartbeat,) = stack.properties("HeartbeatRule")["Targets"]
    (other,) = stack.properties("ProcessingJobRule")["Targets"]
    assert (heartbeat["Arn"], heartbeat["DeadLetterConfig"]) == (other["Arn"], other["DeadLetterConfig"])
    assert stack.properties("HeartbeatSchedule")["Target"]["Arn"].endswith(":event-bus/default")


def test_an_event_that_a_rule_could_deliver_nowhere_is_noticed(stack):
    alarm = stack.properties("RulesFailedAlarm")
    failing = {(metric["MetricName"], metric["Dimensions"][0]["Value"]) for metric in metrics_of(alarm)}
    rules = {name for name, rule in stack.of_type("AWS::Events::Rule").items() if "EventPattern" in rule}
    assert failing == {("FailedInvocations", f"${{{name}}}") for name in rules - {"HeartbeatRule"}}
    # The expression is the only one that returns data. CloudWatch takes at most 10 metrics in it.
    (expression,) = [each for each in alarm["Metrics"] if each.get("ReturnData", True)]
    assert expression["Expression"] == "SUM(METRICS())"
    assert len(failing) <= 10


def test_mails_that_reach_nobody_are_noticed(stack):
    alarm = stack.properties("NobodyListensAlarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == ("Kedge", Count.NOBODY_LISTENS)
    # While no subscription exists, reconcile checks so often that the alarm does not end between two checks.
    assert alarm["Period"] >= 2 * SOON.total_seconds()


def test_the_alarms_cost_no_more_than_thirty_metrics_beyond_those_that_are_free(stack):
    metrics = sum(len(metrics_of(alarm)) for alarm in ALARMS.values())
    assert metrics - 10 <= 30


def test_a_policy_that_nobody_can_read_for_a_while_is_noticed_and_not_one_that_nobody_could_read_once(stack):
    alarm = stack.properties("PolicyUnreadAlarm")
    assert ("PolicyUnread", STACK) in watched(stack)
    assert alarm["EvaluationPeriods"] > 1


def test_an_outbox_that_lags_and_a_message_that_nobody_got_are_noticed(stack):
    assert ("IteratorAge", "${RelayFunction}") in watched(stack)
    assert ("DeliveryFailed", STACK) in watched(stack)
    assert ("NumberOfNotificationsFailed", "${PeopleTopic.TopicName}") in watched(stack)


def test_a_remedy_that_could_not_be_carried_to_its_end_is_noticed_whoever_else_was_told(stack):
    watching = watched(stack)
    assert {(f"Executions{how}", "${Remediation}") for how in ("Failed", "TimedOut")} <= watching
    assert ("RemediesEscalated", STACK) in watching


def test_the_dashboard_shows_metrics_that_kedge_emits(stack):
    body = json.loads(stack.properties("Dashboard")["DashboardBody"])
    metrics = [metric for widget in body["widgets"] for metric in widget["properties"]["metrics"]]
    # A dot stands for the namespace of the line before.
    namespaces = accumulate((metric[0] for metric in metrics), lambda before, own: own if own.strip(".") else before)
    shown = {metric[1] for metric, namespace in zip(metrics, namespaces, strict=True) if namespace == "Kedge"}
    emitted = (ROOT / "layers/kedge/kedge/lambdas/observability.py").read_text(encoding="utf-8")
    assert shown == {
        "SignalsTaken",
        "SignalsIgnored",
        "LostSignalsSent",
        "IncidentsOpened",
        "IncidentsResolved",
        "Delivered",
        "DeliveryFailed",
        "RemediesDone",
        "RemediesVerified",
        "RemediesFailed",
        "RemediesUnverified",
        "RemediesRefused",
    }
    assert shown <= set(re.findall(r"\w+", emitted))


def test_the_metrics_of_two_stacks_in_one_account_stay_apart(stack):
    for function in stack.of_type("AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == STACK
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Kedge"
