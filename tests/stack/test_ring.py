"""The whole ring as it is deployed: events, receivers of notifications, and the content of the table."""

import json
from datetime import UTC, datetime
from random import Random

import pytest

from kedge.domain.decision import Reason
from kedge.domain.incident import IncidentState
from kedge.ledger.delivery import DeliveryStatus
from kedge.ledger.timeline import EntryKind
from tests.stack.sample_world import Sample
from tests.support import samples
from workbench.demo import evidence
from workbench.local_sagemaker.job_definitions import KINDS
from workbench.local_stack.alarms import Alarms

# The sentence says "exceeds"; the score is too low.
BIASED = {
    "version": "1.0",
    "violations": [
        {
            "facet": "Age",
            "facet_value": "40",
            "metric_name": "DPPL",
            "constraint_check_type": "bias_drift_check",
            "description": "Metric value 0.3748947825295131 doesn't meet the baseline constraint requirement "
            "0.28176563733194276",
        }
    ],
}
REORDERED = {
    "violations": [
        {
            "label": "label0",
            "metric_name": "shap",
            "constraint_check_type": "feature_attribution_drift_check",
            "description": "Feature attribution drift 0.7639720923277322 exceeds threshold 0.9",
        }
    ]
}
TEN, ELEVEN, TWELVE, THIRTEEN = (datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (10, 11, 12, 13))
COPIES = 3

DRIFT = ("warning", "input_drift", "violated")
BROKEN = ("warning", "monitor_fault")
DRIFT_ALARM = ("warning", "input_drift", "alarm")
ALARM = ("critical", "inconclusive", "alarm")
# The notification of each sample: severity, cause, verdict. The others do not cause a notification.
TOLD = {
    "direct.violations": DRIFT,
    "direct.violations.inline": DRIFT,
    "eventbridge.alarm.alarm": DRIFT_ALARM,
    "eventbridge.alarm.anomaly": ALARM,
    "eventbridge.alarm.composite": ALARM,
    "eventbridge.alarm.contributor": ALARM,
    "eventbridge.alarm.metric_math": ALARM,
    "eventbridge.pipeline_step.quality_check": DRIFT,
    "eventbridge.processing_job.completed": DRIFT,
    "eventbridge.processing_job.failed": (*BROKEN, "failed"),
    "eventbridge.processing_job.stopped": (*BROKEN, "stopped"),
    "eventbridge.schedule": (*BROKEN, "stopped"),
    "kedge.execution.no_data": (*BROKEN, "no_data"),
    "kedge.measurement": ("critical", "schema_break", "violated"),
    "kedge.watchdog.fault": (*BROKEN, "violated"),
    "lambda.alarm_action": DRIFT_ALARM,
    "lambda.alarm_action.composite": ALARM,
    # SageMaker knows the schedule of this report, and no run of that hour: it is a question, and evidence for no cause.
    "s3.object_created": ("warning", "inconclusive", "violated"),
    "sns.alarm.anomaly": ALARM,
    "sns.alarm.composite": ALARM,
    "sns.alarm.contributor": ALARM,
    "sns.alarm.extended_statistic": ALARM,
    "sns.alarm.metric": DRIFT_ALARM,
    "sns.alarm.metric_math": ALARM,
    "sns.alarm.minimal": ALARM,
    "sqs.eventbridge_processing_job": DRIFT,
    "sqs.sns_alarm": DRIFT_ALARM,
}


@pytest.fixture(scope="module")
def played(ring):
    """Play every sample: send each 3 times, in random order."""
    every = {name: Sample(name) for name in samples.names()}
    ring.tell_of_objects(yes=False)
    for sample in every.values():
        sample.prepare(ring)
    ring.tell_of_objects()
    copies = [sample for sample in every.values() for _ in range(COPIES)]
    Random(20).shuffle(copies)  # noqa: S311  the same every time
    for sample in copies:
        sample.send(ring)
    assert not any(ring.settle().dead.values())
    return every


@pytest.mark.parametrize("name", samples.names())
def test_a_sample_event_that_comes_three_times_is_told_once_on_each_topic_or_not_at_all(name, ring, played):
    target = played[name].target
    assert len(ring.mails(target)) == (name in TOLD)
    for message in ring.told(target)["programs"]:
        told = json.loads(message.body)
        assert (told["severity"], told["cause"], told["evidence"]["verdict"]) == TOLD[name]
        assert told["state"] == "firing"


def test_the_timeline_tells_what_happened_who_was_told_and_by_which_message(ring, played):
    target = played["eventbridge.processing_job.completed"].target
    (story,) = ring.stories(target)
    decided, *delivered = story.entries
    assert (decided.what, decided.reason) == (EntryKind.DECIDED, Reason.FIRST_SEEN)
    assert decided.signal == f"processing-job/{story.incident.problem.job}/Completed"
    assert [entry.what for entry in delivered] == [EntryKind.DELIVERED] * 3
    assert {entry.effect for entry in delivered} == set(decided.effects)
    sent = {message.id for messages in ring.told(target).values() for message in messages}
    assert {entry.message_id for entry in delivered} == sent
    assert {delivery.message_id for delivery in story.deliveries} == sent
    assert {delivery.standing for delivery in story.deliveries} == {DeliveryStatus.DELIVERED}
    assert {delivery.tries for delivery in story.deliveries} == {1}


DIRECT = (
    "eventbridge.processing_job.completed",
    "eventbridge.alarm.alarm",
    "sns.alarm.metric",
    "sns.alarm.minimal",
    "lambda.alarm_action",
    "direct.violations",
    "direct.violations.inline",
)


def test_whoever_invokes_intake_with_any_form_of_event_hears_what_came_of_it(ring):
    every = [Sample(name, "invoked") for name in DIRECT]
    ring.tell_of_objects(yes=False)
    for sample in every:
        sample.prepare(ring)
    ring.tell_of_objects()
    for sample in every:
        first, second = (ring.invoke(sample.event)["outcomes"] for _ in range(2))
        (outcome,) = first
        assert (outcome["reason"], outcome["incident"]["state"]) == ("first_seen", "firing"), sample.name
        assert outcome["effects"] == [{"receiver": "ml-oncall", "why": "first_seen"}]
        assert second[0]["effects"] == []
    ring.settle()
    assert {sample.name: len(ring.mails(sample.target)) for sample in every} == dict.fromkeys(DIRECT, 1)


def test_an_event_that_nobody_can_read_is_an_error_that_names_the_place(ring):
    assert ring.invoke({"nobodys": "event"}) == {
        "errorType": "MalformedSignal",
        "errorMessage": "$: is no event: it has neither detail-type, alarmData, AlarmName, Records nor monitoringScheduleName",
    }


def test_a_violated_run_that_arrives_after_the_clean_one_that_follows_it_wakes_nobody(ring):
    ring.monitor("late")
    ring.run("late", ELEVEN, "clean")
    ring.settle()
    ring.run("late", TEN, "violated")
    ring.settle()
    assert ring.mails("late") == []


def test_a_clean_run_that_arrives_late_does_not_resolve_what_was_found_after_it(ring):
    ring.monitor("later")
    for at, verdict in ((TEN, "violated"), (TWELVE, "violated"), (ELEVEN, "clean")):
        ring.run("later", at, verdict)
        ring.settle()
    assert ring.mails("later") == ["[WARNING] later: tenure drifted (0.41, limit 0.1) (FIRING)"]
    (story,) = ring.stories("later")
    assert story.incident.state is IncidentState.FIRING
    reasons = [entry.reason for entry in story.entries if entry.what is EntryKind.DECIDED]
    assert reasons[0] is Reason.FIRST_SEEN
    assert Reason.SUPERSEDED in reasons
    assert Reason.RESOLVED not in reasons


def test_a_clean_run_resolves_and_the_next_violation_is_another_incident(ring):
    ring.monitor("again")
    for at, verdict in ((TEN, "violated"), (ELEVEN, "clean"), (TWELVE, "clean"), (THIRTEEN, "violated")):
        ring.run("again", at, verdict)
        ring.settle()
    assert ring.mails("again") == [
        "[WARNING] again: tenure drifted (0.41, limit 0.1) (FIRING)",
        "[RESOLVED] again: data quality is within its limits again after 1 h (was WARNING)",
        "[WARNING] again: tenure drifted (0.41, limit 0.1) (FIRING)",
    ]
    assert [story.incident.state for story in ring.stories("again")] == [IncidentState.RESOLVED, IncidentState.FIRING]


def test_each_monitor_of_an_endpoint_has_an_incident_of_its_own(ring):
    ring.monitor("four", kinds=tuple(KINDS))
    found = {
        "DataQuality": evidence.drifted(),
        "ModelQuality": evidence.worse(),
        "ModelBias": BIASED,
        "ModelExplainability": REORDERED,
    }
    for kind, report in found.items():
        ring.run("four", TEN, "violated", report, kind)
    ring.settle()
    assert len(ring.mails("four")) == len(found)
    told = [json.loads(message.body) for message in ring.told("four")["programs"]]
    assert {one["monitor"]: one["cause"] for one in told} == {
        "DataQuality": "input_drift",
        "ModelQuality": "concept_drift",
        "ModelBias": "bias_drift",
        "ModelExplainability": "attribution_drift",
    }


def test_an_alarm_that_comes_by_rule_and_by_topic_is_one_incident_told_once_and_resolved_once(ring):
    alarms, topic = Alarms(ring.stack), ring.outputs["AlarmsTopicArn"]
    slow = {"EndpointName": "two-roads", "VariantName": "AllTraffic"}
    alarms.create(
        "slow", namespace="AWS/SageMaker", metric="ModelLatency", dimensions=slow, threshold=5e5, actions=(topic,)
    )
    for state in ("OK", "ALARM", "OK"):
        alarms.change("slow", state, "on purpose")
        ring.settle()
    assert [mail.split()[0] for mail in ring.mails("two-roads")] == ["[CRITICAL]", "[RESOLVED]"]
    (story,) = ring.stories("two-roads")
    decided = [entry.reason for entry in story.entries if entry.what is EntryKind.DECIDED]
    # If the topic was first, the timeline also says that the event confirmed it, which is not notified again.
    assert [reason for reason in decided if reason is not Reason.DUPLICATE] == [Reason.FIRST_SEEN, Reason.RESOLVED]
    assert decided.count(Reason.DUPLICATE) <= 1


def test_a_bare_alarm_finds_its_endpoint_by_asking_cloudwatch(ring):
    churn = {"EndpointName": "bare-endpoint", "VariantName": "AllTraffic"}
    Alarms(ring.stack).create("bare", namespace="AWS/SageMaker", metric="ModelLatency", dimensions=churn, threshold=5e5)
    message = {"AlarmName": "bare", "AlarmDescription": "slow", "NewStateValue": "ALARM"}
    (outcome,) = ring.invoke({"Records": [{"Sns": {"Message": json.dumps(message)}}]})["outcomes"]
    assert outcome["signal"]["target"] == "111122223333/us-east-1/endpoint/bare-endpoint"
    ring.settle()
    assert len(ring.mails("bare-endpoint")) == 1


def test_sixty_signals_of_twelve_targets_in_any_order_are_twelve_incidents_each_told_once(ring):
    chance = Random(60)  # noqa: S311  the same every time
    targets = [f"storm-{number:02}" for number in range(12)]
    ring.monitor(*targets)
    ring.settle()
    heard = []
    ring.stack.send_events_to(heard.append)
    try:
        for target in targets:
            ring.run(target, TEN, "violated")
    finally:
        ring.stack.send_events_to(ring.stack.bus.put_event)
    ended = [event for event in heard if event["detail"].get("ProcessingJobStatus") == "Completed"]
    assert len(ended) == len(targets)
    signals = ended * 5
    chance.shuffle(signals)
    ring.stack.bus.put_events(signals)
    ring.settle()
    assert {target: len(ring.mails(target)) for target in targets} == dict.fromkeys(targets, 1)
    assert len(ring.stories("storm-")) == len(targets)
