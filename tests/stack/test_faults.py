"""What goes wrong around the ring, and that nothing is lost, told twice or told wrongly for it.

A queue hides a message for minutes after a failure; here for seconds, so that a test sees it come again.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random

import msgspec
import pytest

from kedge.domain.decision import Reason
from kedge.domain.run import Reading
from kedge.ledger.delivery import Delivery, Standing
from kedge.ledger.timeline import What
from tests.samples import event
from workbench.sagemaker.unreliable import Unreliable
from workbench.stack.activity import StillBusy

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
SOON = 2  # seconds for which a queue hides what failed
LATER = 3  # the same, where the function must start anew first
RECEIVES = 5


@pytest.fixture(autouse=True)
def one_road_and_no_fault_left_behind(ring):
    """Only SageMaker's own events: with S3's, a run would be heard of by another road. All works again afterwards."""
    ring.tell_of_objects(yes=False)
    yield
    ring.stack.mend()
    ring.stack.server.control.clear_faults()
    ring.stack.send_events_to(ring.stack.bus.put_event)
    ring.tell_of_objects()
    # What a failed test left in the queues would be the next one's.
    assert not any(ring.settle().dead.values())


def alarm(endpoint: str, name: str = "slow", value: str = "ALARM", minute: int = 20) -> dict:
    """An alarm of an endpoint, as EventBridge tells it."""
    sample = event("eventbridge.alarm.alarm")
    sample["detail"] |= {"alarmName": f"{endpoint} {name}"}
    sample["resources"] = [f"arn:aws:cloudwatch:us-east-1:111122223333:alarm:{endpoint} {name}"]
    sample["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] = {"EndpointName": endpoint}
    sample["detail"]["state"] |= {"value": value, "timestamp": f"2026-11-20T11:{minute}:04.149+0000"}
    return sample


def standings(story) -> dict[str, Standing]:
    """How the delivery of each channel stands."""
    return {delivery.effect.rpartition("/")[2]: delivery.standing for delivery in story.deliveries}


# --- before the decision ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        # One call is tried three times within a function; the fourth failure is the queue's second offer.
        ("throttle", {"times": 4}),
        ("time_out", {"times": 4}),
        ("time_out", {"times": 1, "seconds": 6.0}),  # longer than Kedge waits for an answer
    ],
)
def test_a_run_is_told_once_when_sagemaker_is_well_again(kind, more, ring):
    target = f"unwell-{kind}-{more['times']}".replace("_", "-")
    ring.monitor(target)
    ring.stack.server.control.add_fault("DescribeProcessingJob", kind, **more)
    with ring.hiding_for(SOON):
        ring.run(target, TEN, "violated")
        ring.settle()
    assert len(ring.mails(target)) == 1


def test_a_signal_that_sagemaker_denies_for_ever_is_kept_as_it_came_and_told_once_it_is_allowed(ring):
    ring.monitor("denied")
    ring.stack.server.control.add_fault("DescribeProcessingJob", "deny", times=None)
    with ring.hiding_for(1):
        job = ring.run("denied", TEN, "violated")
        ring.stack.bus.put_event(alarm("well-meanwhile"))
        assert ring.settle().dead["SignalsDeadLetters"] == 1
    assert ring.mails("denied") == []
    assert len(ring.mails("well-meanwhile")) == 1
    (letter,) = ring.letters("SignalsDeadLettersUrl")
    kept = json.loads(letter["Body"])
    assert (kept["source"], kept["detail"]["ProcessingJobName"]) == ("aws.sagemaker", job)
    ring.stack.server.control.clear_faults()
    ring.redrive("SignalsQueueUrl", letter)
    ring.settle()
    assert len(ring.mails("denied")) == 1


def test_a_report_that_may_not_be_read_is_an_incident_all_the_same_and_says_why(ring):
    ring.stack.client("s3").create_bucket(Bucket="reports-of-others")
    ring.monitor("unread", bucket="reports-of-others")
    ring.run("unread", TEN, "violated")
    ring.settle()
    assert ring.mails("unread") == [
        "[WARNING] unread: data quality monitor found violations, report cannot be read (FIRING)"
    ]
    (story,) = ring.stories("unread")
    assert story.incident.problem.reading is Reading.UNREADABLE
    assert "denied" in story.incident.problem.why_unread.lower()


def test_events_lost_repeated_delayed_and_out_of_order_tell_once_of_each_run_that_was_heard_of(ring):
    targets = [f"bad-day-{number}" for number in range(8)]
    ring.monitor(*targets)
    ring.settle()
    heard = []

    def pass_on(sent):
        heard.append(sent["detail"])
        ring.stack.bus.put_event(sent)

    bus = Unreliable(sink=pass_on, random=Random(8), drop=0.3, repeat=0.5, delay=0.5)  # noqa: S311  seeded
    ring.stack.send_events_to(bus)
    jobs = {ring.run(target, TEN, "violated"): target for target in targets}
    bus.release()
    ring.settle()
    told = {jobs[one["ProcessingJobName"]] for one in heard if one["ProcessingJobStatus"] == "Completed"}
    assert 0 < len(told) < len(targets)
    assert {target: len(ring.mails(target)) for target in targets} == {target: target in told for target in targets}


# --- around the commit -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "times"),
    [
        ("crash", 1),
        ("TransactionConflictException", 1),
        ("ProvisionedThroughputExceededException", 4),
    ],
)
def test_a_decision_that_could_not_be_kept_is_made_again(code, times, ring):
    target = f"commit-{code.lower()}"
    ring.stack.let_fail("kedge-intake", "dynamodb:PutItem", code, operation="TransactWriteItems", times=str(times))
    with ring.hiding_for(LATER if code == "crash" else SOON):
        ring.stack.bus.put_event(alarm(target))
        ring.settle()
    assert ring.stack.mend()["dynamodb:PutItem"] > times
    assert len(ring.mails(target)) == 1
    (story,) = ring.stories(target)
    assert [entry.reason for entry in story.entries if entry.what is What.DECIDED] == [Reason.FIRST_SEEN]


def test_a_crash_after_the_commit_repeats_the_signal_and_tells_nobody_again(ring):
    # Of two signals in a batch, the first is kept when the second is looked up.
    ring.stack.let_fail("kedge-intake", "dynamodb:GetItem", "crash", skip="1", times="1")
    bodies = [json.dumps(alarm(f"batch-{number}")) for number in range(2)]
    with ring.hiding_for(LATER):
        ring.stack.client("sqs").send_message_batch(
            QueueUrl=ring.outputs["SignalsQueueUrl"],
            Entries=[{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)],
        )
        ring.settle()
    # The second is looked up again, and mostly the first, too: unless two functions had one each.
    assert ring.stack.mend()["dynamodb:GetItem"] in (3, 4)
    assert [len(ring.mails(f"batch-{number}")) for number in range(2)] == [1, 1]
    for story in ring.stories("batch-"):
        assert [entry.what for entry in story.entries].count(What.DECIDED) == 1


def test_eight_intakes_at_once_on_one_case_lose_nothing_and_tell_nothing_twice(ring):
    names = [f"alarm {number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as together:
        fired = list(together.map(lambda name: ring.invoke(alarm("race", name)), names))
        reasons = [answer["outcomes"][0]["reason"] for answer in fired]
        assert sorted(reasons) == ["another_alarm"] * 7 + ["first_seen"]
        ended = list(together.map(lambda name: ring.invoke(alarm("race", name, "OK", 40)), names))
    reasons = [answer["outcomes"][0]["reason"] for answer in ended]
    # Whoever comes last finds every other alarm well: had one got lost, nobody would have resolved.
    assert sorted(reasons) == ["others_firing"] * 7 + ["resolved"]
    ring.settle()
    # Each alarm is told once, the end once.
    assert sorted(mail.split()[0] for mail in ring.mails("race")) == ["[RESOLVED]"] + ["[WARNING]"] * 8


def test_what_was_decided_while_the_relay_stood_still_is_told_when_it_goes_on(ring):
    with ring.stopped("RelayFunction"):
        (outcome,) = ring.invoke(alarm("relay-stopped"))["outcomes"]
        ring.settle()
        assert ring.mails("relay-stopped") == []
        story = ring.ledger.story(outcome["incident"]["id"])
        assert len(story.entries[0].effects) == 3
        assert story.deliveries == ()
    ring.until(lambda: ring.told("relay-stopped")["mail"])
    ring.settle()
    assert len(ring.mails("relay-stopped")) == 1


@pytest.mark.parametrize(("code", "times"), [("crash", 1), ("RequestThrottled", 3), ("AccessDenied", 2)])
def test_an_effect_that_the_relay_could_not_carry_is_offered_again(code, times, ring):
    target = f"relay-{code.lower()}"
    ring.stack.let_fail("kedge-relay", "sqs:SendMessage", code, times=str(times))
    ring.stack.bus.put_event(alarm(target))
    ring.settle()
    assert len(ring.mails(target)) == 1


# --- around the publication ------------------------------------------------------------------------------------------


def test_a_crash_after_publishing_and_before_recording_repeats_the_message_with_the_same_id(ring):
    ring.stack.let_fail("kedge-dispatch", "dynamodb:PutItem", "crash", operation="TransactWriteItems", times="1")
    with ring.hiding_for(LATER):
        (outcome,) = ring.invoke(alarm("twice"))["outcomes"]
        incident = outcome["incident"]["id"]
        ring.until(lambda: any(ring.told("twice").values()))
        ring.until(lambda: let_claims_run_out(ring, incident))
        ring.settle()
    told = ring.told("twice")
    # The crash takes every dispatch with it that is at work, so more than one channel may hear twice; none more often.
    assert {1, 2} >= {len(messages) for messages in told.values()} >= {2}
    for channel in ("programs", "chat"):
        assert len({json.loads(message.body)["id"] for message in told[channel]}) == 1
    assert len({message.body for message in told["mail"]}) == 1
    story = ring.ledger.story(incident)
    assert max(delivery.tries for delivery in story.deliveries) == 2
    assert set(standings(story).values()) == {Standing.DELIVERED}
    assert [entry.what for entry in story.entries].count(What.DELIVERED) == 3


def let_claims_run_out(ring, incident: str) -> int:
    """End the leases of an incident's deliveries, as a minute would, unless they are over; how many there were."""
    table, dynamodb = ring.outputs["TableName"], ring.stack.client("dynamodb")
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident}"}, ":sk": {"S": "DELIVERY#"}},
    )["Items"]
    held = 0
    for item in found:
        delivery = msgspec.json.decode(item["body"]["S"], type=Delivery)
        if delivery.standing is Standing.CLAIMED:
            over = msgspec.structs.replace(delivery, until=TEN.replace(year=2025))
            item["body"]["S"] = msgspec.json.encode(over).decode()
            try:
                dynamodb.put_item(
                    TableName=table,
                    Item=item,
                    ConditionExpression="version = :version",
                    ExpressionAttributeValues={":version": item["version"]},
                )
            except dynamodb.exceptions.ConditionalCheckFailedException:
                continue
            held += 1
    return held


def test_a_topic_that_refuses_for_ever_holds_up_nobody_and_the_timeline_says_who_was_not_told(ring):
    ring.stack.let_fail("kedge-dispatch", "sns:Publish", "AuthorizationError", resource=ring.outputs["PeopleTopicArn"])
    with ring.hiding_for(SOON):
        ring.stack.bus.put_event(alarm("unheard"))
        ring.until(lambda: ring.told("unheard")["programs"])
        ring.stack.bus.put_event(alarm("unheard-too"))
        ring.until(lambda: ring.told("unheard-too")["chat"])
        assert ring.settle().dead["EffectsDeadLetters"] == 2
    told = ring.told("unheard")
    assert {channel: len(messages) for channel, messages in told.items()} == {"chat": 2, "mail": 0, "programs": 2}
    letters = ring.letters("EffectsDeadLettersUrl")
    for story in ring.stories("unheard"):
        wanted = {"mail": Standing.UNDELIVERED, "programs": Standing.DELIVERED, "chat": Standing.DELIVERED}
        assert standings(story) == wanted
        (entry,) = [entry for entry in story.entries if entry.what is What.UNDELIVERED]
        assert entry.effect in {json.loads(letter["Body"])["id"] for letter in letters}
        assert entry.because.startswith("could not tell ml-oncall through mail: publish: ")
        assert "AuthorizationError" in entry.because
    ring.stack.mend()
    ring.redrive("EffectsQueueUrl", *letters)
    ring.settle()
    assert len(ring.mails("unheard")) == 2
    assert [set(standings(story).values()) for story in ring.stories("unheard")] == [{Standing.DELIVERED}] * 2


def test_a_channel_that_is_throttled_is_tried_again(ring):
    ring.stack.let_fail("kedge-dispatch", "sns:Publish", "ThrottledException", times="4")
    with ring.hiding_for(SOON):
        ring.stack.bus.put_event(alarm("throttled-topic"))
        ring.settle()
    assert len(ring.mails("throttled-topic")) == 1


def test_whoever_waits_for_what_cannot_end_hears_where_it_hangs_and_why(ring):
    ring.stack.let_fail("kedge-dispatch", "dynamodb:GetItem", "HeldUpOnPurpose", times="3")
    with ring.hiding_for(SOON):
        ring.stack.bus.put_event(alarm("hanging"))
        ring.until(lambda: ring.stack.log.read_text().count("(HeldUpOnPurpose)") == 3)
        with pytest.raises(
            StillBusy, match=r"not at rest after 1 s: \d in EffectsQueue(.|\n)*dispatch.*HeldUpOnPurpose"
        ):
            ring.settle(1)
        ring.settle()
    assert len(ring.mails("hanging")) == 1


# --- poison ----------------------------------------------------------------------------------------------------------

POISON = ("{not json", '"a word"', "[1, 2]", "{}", '{"detail-type": 7}', '{"Records": []}', '{"AlarmName": null}')


@pytest.mark.parametrize("queue", ["Signals", "Effects"])
def test_what_no_function_can_read_is_kept_as_it_came_and_holds_up_nobody(queue, ring):
    sqs, url, target = ring.stack.client("sqs"), ring.outputs[f"{queue}QueueUrl"], f"beside-{queue.lower()}"
    before = time.monotonic()
    with ring.hiding_for(SOON):
        for body in POISON[: len(POISON) // 2]:
            sqs.send_message(QueueUrl=url, MessageBody=body)
        ring.stack.bus.put_event(alarm(target))
        for body in POISON[len(POISON) // 2 :]:
            sqs.send_message(QueueUrl=url, MessageBody=body)
        ring.settle()
    assert len(ring.mails(target)) == 1
    letters = ring.letters(f"{queue}DeadLettersUrl")
    assert sorted(letter["Body"] for letter in letters) == sorted(POISON)
    for letter in letters:
        told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert told["fault"] == "MalformedSignal"
        assert told["path"].startswith("$")
        assert told["why"]
    # Not after five tries: what cannot be read now cannot be read later.
    assert time.monotonic() - before < SOON * RECEIVES


def test_what_cannot_even_be_kept_aside_becomes_a_dead_letter_of_the_queue_itself(ring):
    ring.stack.let_fail("kedge-dispatch", "sqs:SendMessage", "AccessDenied")
    with ring.hiding_for(1):
        ring.stack.client("sqs").send_message(QueueUrl=ring.outputs["EffectsQueueUrl"], MessageBody=POISON[0])
        ring.settle()
    assert [letter["Body"] for letter in ring.letters("EffectsDeadLettersUrl")] == [POISON[0]]


def test_a_direct_call_that_nobody_waits_for_and_that_cannot_be_read_is_kept_as_it_came(ring):
    ring.invoke_and_go({"nobodys": "event"})
    ring.until(lambda: ring.settle().dead["SignalsDeadLetters"])
    (letter,) = ring.letters("SignalsDeadLettersUrl")
    assert json.loads(letter["Body"])["requestPayload"] == {"nobodys": "event"}
