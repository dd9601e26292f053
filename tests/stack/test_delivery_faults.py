"""Faults between a commit and its receiver do not lose or repeat a notification."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from kedge.ledger.delivery import Delivery, DeliveryStatus
from kedge.ledger.timeline import EntryKind
from tests.stack.deployed_ring import LATER, SOON, alarm
from workbench.local_stack.activity import StillBusy

pytestmark = pytest.mark.usefixtures("one_road")
LONG_AGO = datetime(2025, 11, 20, tzinfo=UTC)


def standings(story) -> dict[str, DeliveryStatus]:
    """Return the status of the delivery of each channel."""
    return {delivery.effect.rpartition("/")[2]: delivery.standing for delivery in story.deliveries}


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


def test_a_crash_after_publishing_and_before_recording_repeats_the_message_with_the_same_id(ring):
    ring.stack.let_fail("kedge-dispatch", "dynamodb:PutItem", "crash", operation="TransactWriteItems", times="1")
    with ring.hiding_for(LATER):
        (outcome,) = ring.invoke(alarm("twice"))["outcomes"]
        incident = outcome["incident"]["id"]
        ring.until(lambda: any(ring.told("twice").values()))
        ring.until(lambda: let_claims_run_out(ring, incident))
        ring.settle()
    told = ring.told("twice")
    # The crash ends every dispatch at work, so more than one channel can receive 2 messages; none receives more.
    assert {1, 2} >= {len(messages) for messages in told.values()} >= {2}
    for channel in ("programs", "chat"):
        assert len({json.loads(message.body)["id"] for message in told[channel]}) == 1
    assert len({message.body for message in told["mail"]}) == 1
    story = ring.ledger.story(incident)
    assert max(delivery.tries for delivery in story.deliveries) == 2
    assert set(standings(story).values()) == {DeliveryStatus.DELIVERED}
    assert [entry.what for entry in story.entries].count(EntryKind.DELIVERED) == 3


def let_claims_run_out(ring, incident: str) -> int:
    """End the leases of an incident's deliveries, as a minute would, unless they are over, and return their number."""
    table, dynamodb = ring.outputs["TableName"], ring.stack.client("dynamodb")
    found = dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{incident}"}, ":sk": {"S": "DELIVERY#"}},
    )["Items"]
    held = 0
    for item in found:
        delivery = msgspec.json.decode(item["body"]["S"], type=Delivery)
        if delivery.standing is DeliveryStatus.CLAIMED:
            over = msgspec.structs.replace(delivery, until=LONG_AGO)
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
        wanted = {
            "mail": DeliveryStatus.UNDELIVERED,
            "programs": DeliveryStatus.DELIVERED,
            "chat": DeliveryStatus.DELIVERED,
        }
        assert standings(story) == wanted
        (entry,) = [entry for entry in story.entries if entry.what is EntryKind.UNDELIVERED]
        assert entry.effect in {json.loads(letter["Body"])["id"] for letter in letters}
        assert entry.because.startswith("could not tell ml-oncall through mail: publish: ")
        assert "AuthorizationError" in entry.because
    ring.stack.mend()
    ring.redrive("EffectsQueueUrl", *letters)
    ring.settle()
    assert len(ring.mails("unheard")) == 2
    assert [set(standings(story).values()) for story in ring.stories("unheard")] == [{DeliveryStatus.DELIVERED}] * 2


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
