"""Check steps of pipelines: found when their execution has ended, however long it ran."""

import json
from datetime import timedelta

import pytest

from kedge.domain.errors import Throttled
from kedge.domain.ids import mark, step_id
from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from kedge.ports.watched import ListedPipeline, ListedPipelineExecution, ListedStep
from kedge.services.watch import check_steps as module
from kedge.services.watch.check_steps import StepProgress, StepWatch
from kedge.services.watch.progress import ListingProgress, PassResult
from kedge.services.watch.sending import LostSignals
from tests.fakes.listings import FakeListings, FakeReceived
from tests.fakes.queue import MemoryQueue
from tests.support.ledgers import NOW
from tests.unit.services.watch.test_executions import HOME, HOUR, MINUTE

PIPELINE = Target(account=HOME.account, region=HOME.region, kind=TargetKind.PIPELINE, name="churn-train")
CHECK = ListedStep(name="check", kind="QualityCheck", status="Failed", check_type="DATA_QUALITY")
RUNS = "Executing"


class Story:
    """Passes over one pipeline in memory."""

    def __init__(self) -> None:
        self.listings, self.received, self.queue = FakeListings(), FakeReceived(), MemoryQueue()
        self.now = NOW
        self.progress: StepProgress | None = StepProgress(listing=ListingProgress(since=NOW - 10 * MINUTE))
        self.watch = StepWatch(self.listings, LostSignals(self.received, self.queue), HOME, lambda: self.now)

    def execution(self, name: str, status: str, began: timedelta, *steps: ListedStep) -> str:
        """Add an execution that began so long ago, or change it, and return its ARN."""
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-train/execution/{name}"
        every = self.listings.runs.setdefault("churn-train", [])
        every[:] = [each for each in every if each[1].arn != arn]
        every.append((NOW - began, ListedPipelineExecution(arn=arn, status=status)))
        last = max(at for at, _ in every)
        self.listings.all_pipelines = [ListedPipeline(name="churn-train", created=NOW - 99 * HOUR, last_run=last)]
        self.listings.steps[arn] = steps or (CHECK,)
        return arn

    def look(self, minutes: int = 0) -> PassResult:
        self.now += minutes * MINUTE
        done = PassResult()
        self.progress = self.watch.look(self.progress, lambda: True, done)
        return done

    @property
    def sent(self) -> list[str]:
        return [json.loads(body)["id"] for body in self.queue.bodies]


def test_a_check_step_of_an_execution_that_ended_is_sent():
    story = Story()
    arn = story.execution("a", "Failed", 5 * MINUTE)
    assert story.look().sent == 1
    assert story.sent == [step_id(arn, "check", "Failed")]
    (body,) = map(json.loads, story.queue.bodies)
    assert body["detail"]["metadata"] == {"qualityCheck": {"checkType": "DATA_QUALITY"}}


def test_a_check_step_that_the_ring_has_received_is_not_sent():
    story = Story()
    arn = story.execution("a", "Failed", 5 * MINUTE)
    story.received.marks[PIPELINE, Monitor.DATA_QUALITY] = frozenset({mark(step_id(arn, "check", "Failed"))})
    assert story.look().sent == 0


def test_an_execution_that_runs_for_days_is_found_at_its_end():
    story = Story()
    arn = story.execution("long", RUNS, 5 * MINUTE)
    for _ in range(20):
        assert story.look(60).sent == 0
    assert story.progress is not None
    assert story.progress.running == (arn,)
    story.execution("long", "Succeeded", 5 * MINUTE)
    assert story.look(60).sent == 1
    assert story.progress.running == ()


def test_an_execution_that_was_deleted_is_forgotten():
    story = Story()
    story.execution("long", RUNS, 5 * MINUTE)
    story.look()
    story.listings.runs.clear()
    story.look(60)
    assert (story.progress and story.progress.running) == ()


def test_a_step_that_still_runs_or_never_began_is_not_sent():
    story = Story()
    story.execution("a", "Stopped", 5 * MINUTE, ListedStep(name="x", kind="QualityCheck", status="Executing"))
    assert story.look().sent == 0


def test_a_pipeline_without_an_execution_since_the_last_pass_costs_no_call():
    story = Story()
    story.execution("old", "Failed", 40 * HOUR)
    assert (story.look().sent, story.listings.calls) == (0, 1)


def test_an_execution_that_is_listed_twice_is_followed_once():
    story = Story()
    story.execution("a", RUNS, 5 * MINUTE)
    story.look()
    story.execution("a", "Failed", 5 * MINUTE)
    assert story.look(5).sent == 1


def test_a_throttled_pass_loses_nothing():
    story = Story()
    one, two = story.execution("a", "Failed", 5 * MINUTE), story.execution("b", RUNS, 6 * MINUTE)
    story.listings.failing = Throttled("slow down")
    story.look()
    story.listings.failing = None
    story.look(10)
    story.execution("b", "Failed", 6 * MINUTE)
    story.look(60)
    assert set(story.sent) == {step_id(one, "check", "Failed"), step_id(two, "check", "Failed")}


def test_the_progress_holds_a_largest_number_of_running_executions(monkeypatch):
    monkeypatch.setattr(module, "MOST_RUNNING", 2)
    story = Story()
    names = [story.execution(name, RUNS, 5 * MINUTE) for name in "abc"]
    story.look()
    assert story.progress is not None
    assert story.progress.running == tuple(names[1:])


@pytest.mark.parametrize("kind", ["QualityCheck", "ClarifyCheck"])
def test_both_kinds_of_check_are_sent_as_the_event_names_them(kind):
    story = Story()
    story.execution(
        "a", "Failed", 5 * MINUTE, ListedStep(name="x", kind=kind, status="Failed", check_type="MODEL_BIAS")
    )
    story.look()
    (body,) = map(json.loads, story.queue.bodies)
    assert body["detail"]["metadata"] == {kind[0].lower() + kind[1:]: {"checkType": "MODEL_BIAS"}}
