"""What each entry point takes, and who vouches for it."""

import json
from typing import Any

import pytest
from msgspec import structs

from kedge.domain.errors import Transient
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.signal import Ignored
from tests.support import samples
from tests.unit.sources.world import RECEIVED, SCHEDULE, World, check_step, job, processing_event

TOPIC = "arn:aws:sns:us-east-1:111122223333:kedge-alarms"
ALARM = json.dumps({"AlarmName": "churn-5xx", "NewStateValue": "ALARM"})
EVENTS = sorted(name for name in samples.names() if name.startswith(("eventbridge.", "s3.")))
CALLS = ["direct.violations", "direct.violations.inline"]
ACTIONS = ["lambda.alarm_action", "lambda.alarm_action.composite"]
PEOPLE = ["people.decision", "people.silence"]
# What no API read confirms: the event is all that there is.
ONLY_TOLD = {
    "eventbridge.endpoint.in_service": "an event about endpoint churn-prod",
    "eventbridge.deployment.baking": "an event about a deployment to endpoint churn-prod",
    "eventbridge.pipeline": "an event about pipeline churn-retrain",
    "eventbridge.model_package": "an event about model package churn",
    "eventbridge.alarm.alarm": "an event about alarm churn-prod drift: tenure",
}


def noted(message: object, topic: str = TOPIC) -> str:
    """The body of a message that SNS has put into the signals queue."""
    text = message if isinstance(message, str) else json.dumps(message)
    return json.dumps({"Type": "Notification", "MessageId": "m", "TopicArn": topic, "Message": text})


def queue(**more: Any) -> World:
    """A world whose reader hears from the signals queue of a stack with an alarms topic of its own."""
    return World(SCHEDULE, alarms_topic=TOPIC, **more).by(EntryPoint.EVENTS)


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_of_a_service_is_taken_from_the_queue_as_from_a_direct_call(name: str):
    by_queue, by_call = World(SCHEDULE).by(EntryPoint.EVENTS).one(name), World(SCHEDULE).one(name)
    assert getattr(by_queue, "id", by_queue) == getattr(by_call, "id", by_call)


@pytest.mark.parametrize("name", [*CALLS, *ACTIONS, *PEOPLE])
def test_calls_and_what_people_decide_are_not_taken_from_the_queue(name: str):
    assert queue().one(name) is Ignored.UNKNOWN_SOURCE


def test_a_bare_alarm_message_is_not_taken_from_the_queue():
    """Its topic wraps what it delivers, so that nothing of AWS sends it."""
    assert queue().one(ALARM) is Ignored.UNKNOWN_SOURCE


@pytest.mark.parametrize("name", [*EVENTS, *CALLS, *ACTIONS, *PEOPLE])
def test_the_alarms_topic_takes_alarm_messages_and_nothing_else(name: str):
    assert queue().one(noted(samples.event(name))) is Ignored.UNKNOWN_SOURCE


def test_an_alarm_message_of_the_alarms_topic_is_taken_and_nobody_vouches_for_it():
    found = queue().one(noted(ALARM))
    assert (found.provenance.entry_point, found.provenance.voucher) == (EntryPoint.TOPIC, Voucher.NOBODY)
    assert found.provenance.says == "a message on the alarms topic about alarm churn-5xx"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(noted(ALARM, f"{TOPIC}-of-another-stack"), id="another topic"),
        pytest.param(noted(noted(ALARM), f"{TOPIC}-of-another-stack"), id="another topic, with the own one inside"),
    ],
)
def test_a_notification_of_another_topic_is_not_taken(body: str):
    assert queue().one(body) is Ignored.UNKNOWN_SOURCE


@pytest.mark.parametrize("entry_point", [EntryPoint.EVENTS, EntryPoint.TOPIC, EntryPoint.DIRECT, EntryPoint.KEDGE])
@pytest.mark.parametrize("name", PEOPLE)
def test_what_people_decide_is_taken_at_their_own_door_alone(name: str, entry_point: EntryPoint):
    assert World().by(entry_point).one(name) is Ignored.UNKNOWN_SOURCE
    assert not isinstance(World().by(EntryPoint.PEOPLE).one(name), Ignored)


@pytest.mark.parametrize("name", [*EVENTS, *CALLS, *ACTIONS])
def test_the_door_of_people_takes_nothing_else(name: str):
    assert World(SCHEDULE).by(EntryPoint.PEOPLE).one(name) is Ignored.UNKNOWN_SOURCE


@pytest.mark.parametrize("wrap", [json.dumps, noted], ids=["bare", "in a notification"])
def test_an_alarm_message_may_be_handed_in_directly(wrap: Any):
    found = World(alarms_topic=TOPIC).one(wrap(json.loads(ALARM)))
    assert (found.provenance.entry_point, found.provenance.is_vouched) == (EntryPoint.DIRECT, False)


@pytest.mark.parametrize(("name", "says"), ONLY_TOLD.items())
def test_an_event_that_no_api_confirms_is_vouched_for_by_eventbridge(name: str, says: str):
    world = queue()
    found = world.one(name)
    assert (found.provenance.entry_point, found.provenance.voucher) == (EntryPoint.EVENTS, Voucher.EVENTBRIDGE)
    assert found.provenance.says == says
    assert world.asked == 1


@pytest.mark.parametrize("name", ONLY_TOLD)
def test_an_event_in_a_message_that_the_queue_does_not_know_is_a_direct_call(name: str):
    world = queue()
    world.proven = False
    found = world.one(name)
    assert (found.provenance.entry_point, found.provenance.voucher) == (EntryPoint.DIRECT, Voucher.NOBODY)
    assert found.provenance.says.startswith("a direct call about ")


@pytest.mark.parametrize("name", ONLY_TOLD)
def test_an_event_that_is_handed_in_directly_merely_claims_to_be_a_services(name: str):
    found = World(SCHEDULE).one(name)
    assert (found.provenance.entry_point, found.provenance.voucher) == (EntryPoint.DIRECT, Voucher.NOBODY)


@pytest.mark.parametrize("entry_point", [EntryPoint.EVENTS, EntryPoint.DIRECT])
def test_a_run_whose_job_sagemaker_knows_is_vouched_for_by_sagemaker_whoever_told_of_it(entry_point: EntryPoint):
    world = World(job()).by(entry_point)
    found = world.one(processing_event())
    assert (found.provenance.voucher, found.provenance.says) == (Voucher.SAGEMAKER, f"processing job {job().name}")
    assert world.asked == 0, "a call to SQS costs as much as the one to SageMaker that made it needless"


@pytest.mark.parametrize(
    ("entry_point", "voucher"), [(EntryPoint.EVENTS, Voucher.EVENTBRIDGE), (EntryPoint.DIRECT, Voucher.NOBODY)]
)
def test_a_run_whose_job_sagemaker_has_forgotten_has_only_its_event(entry_point: EntryPoint, voucher: Voucher):
    told = processing_event(Environment=dict(job().environment), MonitoringScheduleArn=SCHEDULE.arn)
    assert World().by(entry_point).one(told).provenance.voucher is voucher


def test_a_job_that_no_schedule_started_is_no_schedules_run_whatever_its_environment_says():
    """Anybody who may create a processing job chooses its environment."""
    found = World(job(schedule_arn=None)).by(EntryPoint.EVENTS).one(processing_event())
    assert (found.source, found.provenance.voucher) == ("churn-data-quality", Voucher.NOBODY)
    assert found.provenance.says == f"processing job {job().name}, which no monitoring schedule started"


@pytest.mark.parametrize(
    ("steps", "entry_point", "voucher"),
    [
        ([check_step()], EntryPoint.DIRECT, Voucher.SAGEMAKER),
        ([], EntryPoint.EVENTS, Voucher.EVENTBRIDGE),
        ([], EntryPoint.DIRECT, Voucher.NOBODY),
    ],
)
def test_a_check_step_is_vouched_for_by_sagemaker_if_it_knows_the_step(
    steps: Any, entry_point: EntryPoint, voucher: Voucher
):
    found = World(steps=steps).by(entry_point).one("eventbridge.pipeline_step.quality_check")
    assert found.provenance.voucher is voucher
    assert found.provenance.says.endswith("step check-data-quality of pipeline churn-retrain")


@pytest.mark.parametrize(
    ("status", "entry_point", "voucher"),
    [
        ("Stopped", EntryPoint.DIRECT, Voucher.SAGEMAKER),
        ("Scheduled", EntryPoint.EVENTS, Voucher.EVENTBRIDGE),
        ("Scheduled", EntryPoint.DIRECT, Voucher.NOBODY),
    ],
)
def test_the_status_of_a_schedule_is_vouched_for_by_sagemaker_if_it_says_the_same(
    status: str, entry_point: EntryPoint, voucher: Voucher
):
    world = World(structs.replace(SCHEDULE, status=status)).by(entry_point)
    assert world.one("eventbridge.schedule").provenance.voucher is voucher


@pytest.mark.parametrize("name", CALLS)
def test_nobody_vouches_for_a_detectors_call(name: str):
    found = World(SCHEDULE).one(name)
    assert (found.provenance.entry_point, found.provenance.voucher) == (EntryPoint.DIRECT, Voucher.NOBODY)
    assert found.provenance.says == "a detector's call"


def test_a_message_that_cannot_be_proven_just_now_is_left_for_later():
    world = queue()

    def throttled() -> bool:
        raise Transient("throttled")

    with pytest.raises(Transient):
        world.reader.read(samples.event("eventbridge.pipeline"), RECEIVED, EntryPoint.EVENTS, throttled)


def test_a_message_is_proven_once_however_much_it_holds():
    world = queue()
    bodies = [json.dumps(samples.event(name)) for name in ONLY_TOLD]
    world.reads({"Records": [{"eventSource": "aws:sqs", "messageId": "m", "body": body} for body in bodies]})
    assert world.asked == 1


HEARTBEAT = {"source": "kedge.heartbeat", "detail-type": "Kedge Heartbeat", "detail": {}}


def test_a_heartbeat_counts_only_if_it_comes_out_of_the_queue_where_only_the_stacks_own_rule_puts_one():
    assert queue().one(json.dumps(HEARTBEAT)) is Ignored.HEARTBEAT
    assert World(SCHEDULE).one(HEARTBEAT) is Ignored.UNKNOWN_SOURCE
    assert queue().one(noted(HEARTBEAT)) is Ignored.UNKNOWN_SOURCE
    assert queue().one(json.dumps(HEARTBEAT | {"source": "kedge.monitor"})) is Ignored.UNKNOWN_SOURCE
