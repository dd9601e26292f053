"""Every AWS call of the ring's functions, without and with faults, in one story."""

from datetime import UTC, datetime, timedelta
from typing import Final

from kedge.domain.target import Target, TargetKind
from tests.stack.deployed_ring import DRIFTED, DeployedRing, alarm
from tests.stack.publishing import in_force, publish
from tests.stack.remedying import act_on_all_there_is
from tests.stack.sample_world import Sample
from tests.support import samples
from workbench.local_stack.environment import ACCOUNT, REGION

POLICY: Final = """\
apiVersion: kedge/v1
name: asks
version: "1"
evidence: {upstream: null}
receivers: [{name: ml-oncall, limit: {messages: 60, per: 1s}}]
route: {receiver: ml-oncall, group_wait: 1s}
inhibit_rules:
  - {source_matchers: ['monitor="Alarm"'], target_matchers: ['monitor="DataQuality"'], equal: [endpoint]}
"""


def decide_by_a_policy_that_asks_for_all_there_is(ring: DeployedRing) -> None:
    """Play an incident that suppresses another until it ends, and one that waits in a group before its notification."""
    publish(ring, POLICY)
    in_force(ring, "asks@1")
    ring.monitor("asks-inhibited")
    ring.invoke(alarm("asks-inhibited"))
    ring.run("asks-inhibited", datetime(2026, 11, 20, 10, tzinfo=UTC), "violated")
    ring.settle()
    ring.invoke(alarm("asks-inhibited", value="OK", minute=30))
    ring.invoke({"monitoringScheduleName": "asks-batch", "violationReport": DRIFTED})

    def told() -> bool:
        ring.minute()
        ring.settle()
        return any("asks-batch" in message.body for message in ring.inbox.messages)

    ring.until(told)


def let_people_decide(ring: DeployedRing) -> None:
    """Mark a config, silence an absent target, and end an incident, as a person does."""
    (story,) = ring.stories("asks-batch")
    target = str(Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name="asks-inhibited"))
    ring.say("Config Marked", {"target": target, "config": "asks-1", "good": True, "by": "oncall", "comment": "tested"})
    now = datetime.now(UTC)
    silence = {"id": "asks", "matchers": ['endpoint="asks-nobody"'], "author": "oncall", "comment": "tested"}
    ends = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
    ring.say("Silence Changed", {"silence": silence | ends})
    about = {"incident": story.incident.id, "target": str(story.incident.target)}
    said = {"monitor": str(story.incident.monitor), "act": "resolve", "by": "oncall", "comment": "fixed"}
    ended = ring.say("Decision Made", about | said)
    assert ended["outcomes"][0]["reason"] == "resolved", ended
    ring.settle()


def let_what_failed_come_again(ring: DeployedRing) -> None:
    """Let a signal and a message fail once, each in its own queue."""
    ring.stack.let_fail(
        "kedge-intake", "dynamodb:PutItem", "AccessDeniedException", operation="TransactWriteItems", times="1"
    )
    ring.stack.let_fail("kedge-dispatch", "sns:Publish", "AuthorizationError", times="1")
    ring.stack.bus.put_event(alarm("asks-again"))
    # The queues hide a message for minutes. It comes within these seconds only because its retry was accelerated.
    ring.until(lambda: all(ring.told("asks-again").values()))
    ring.settle()
    ring.stack.mend()


def ask_for_all_there_is(ring: DeployedRing) -> None:
    """Send every sample, let people and policies decide, act, and let calls fail. The ring decides by another policy afterwards."""
    every = [Sample(name, "asks") for name in samples.names()]
    ring.tell_of_objects(yes=False)
    for sample in every:
        sample.prepare(ring)
    ring.tell_of_objects()
    for sample in every:
        sample.send(ring)
    for queue in ("Signals", "Effects"):
        ring.stack.client("sqs").send_message(QueueUrl=ring.outputs[f"{queue}QueueUrl"], MessageBody="{poison")
    ring.settle()
    decide_by_a_policy_that_asks_for_all_there_is(ring)
    let_people_decide(ring)
    act_on_all_there_is(ring)
    let_what_failed_come_again(ring)
    for queue in ("Signals", "Effects"):
        assert [letter["Body"] for letter in ring.letters(f"{queue}DeadLettersUrl")] == ["{poison"]
