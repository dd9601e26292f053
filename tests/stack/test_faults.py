"""Faults between an event and its commit do not lose, repeat or falsify a notification."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random

import pytest

from kedge.domain.decision import Reason
from kedge.domain.run import Reading
from kedge.ledger.timeline import EntryKind
from tests.stack.deployed_ring import LATER, SOON, alarm
from workbench.local_sagemaker.unreliable import Unreliable

pytestmark = pytest.mark.usefixtures("one_road")
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        # A function tries one call 3 times; the fourth failure is the queue's second offer.
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
    ring.invoke(kept)
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
    assert [entry.reason for entry in story.entries if entry.what is EntryKind.DECIDED] == [Reason.FIRST_SEEN]


def test_a_crash_after_the_commit_repeats_the_signal_and_tells_nobody_again(ring):
    # From two signals in a batch, the first is kept when the second is looked up.
    ring.stack.let_fail("kedge-intake", "dynamodb:GetItem", "crash", skip="1", times="1")
    bodies = [json.dumps(alarm(f"batch-{number}")) for number in range(2)]
    with ring.hiding_for(LATER):
        ring.stack.client("sqs").send_message_batch(
            QueueUrl=ring.outputs["SignalsQueueUrl"],
            Entries=[{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)],
        )
        ring.settle()
    # The failed lookup is repeated; a function that starts again also reads the policy.
    assert ring.stack.mend()["dynamodb:GetItem"] > 2
    assert [len(ring.mails(f"batch-{number}")) for number in range(2)] == [1, 1]
    for story in ring.stories("batch-"):
        assert [entry.what for entry in story.entries].count(EntryKind.DECIDED) == 1


def test_eight_intakes_at_once_on_one_case_lose_nothing_and_tell_nothing_twice(ring):
    names = [f"alarm {number}" for number in range(8)]
    with ThreadPoolExecutor(len(names)) as together:
        fired = list(together.map(lambda name: ring.invoke(alarm("race", name)), names))
        reasons = [answer["outcomes"][0]["reason"] for answer in fired]
        assert sorted(reasons) == ["another_alarm"] * 7 + ["first_seen"]
        ended = list(together.map(lambda name: ring.invoke(alarm("race", name, "OK", 40)), names))
    reasons = [answer["outcomes"][0]["reason"] for answer in ended]
    # The last signal finds every other alarm OK: if one had got lost, the incident would stay open.
    assert sorted(reasons) == ["others_firing"] * 7 + ["resolved"]

    def told() -> list[str]:
        ring.minute()
        ring.settle()
        return [mail.split()[0] for mail in ring.mails("race")]

    ring.until(lambda: "[RESOLVED]" in told())
    # A signal that lost the race too often is left to reconcile, which may notify several alarms at once.
    assert told().count("[RESOLVED]") == 1
    assert 1 <= told().count("[WARNING]") <= 8
    (story,) = ring.stories("race")
    assert len({entry.signal for entry in story.entries if entry.what is EntryKind.DECIDED}) == 16
