"""A window that is too large for the function is measured by a job, and its result is sent once."""

from typing import Any

import msgspec
import pytest

from kedge.domain.run import Verdict
from kedge.monitors.spec import ModelQualitySpec, MonitoringType, SparkSpec
from kedge.ports.spark_jobs import SparkJob
from kedge.services.measurement import engine as module
from kedge.services.measurement.engine import EmbeddedEngine
from kedge.services.measurement.handover import RESULT
from kedge.services.measurement.inputs import input_objects
from kedge.services.measurement.window import MeasureWindow, TaskOutcome
from tests.fakes.captures import MemoryCaptures
from tests.unit.services.measurement.test_window import CAPTURE, NOW, REPORT, Signals, task

SPARK = SparkSpec(
    application="00f1", code="s3://code/kedge", job_role="arn:aws:iam::111122223333:role/kedge-monitor-jobs"
)


class JobsDouble:
    """Returns one run for each token."""

    def __init__(self) -> None:
        self.started: list[SparkJob] = []

    def start(self, job: SparkJob) -> str:
        self.started.append(job)
        return f"run-{[each.token for each in self.started].index(job.token)}"


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "LARGEST", 2)
        self.store, self.signals, self.jobs = MemoryCaptures(), Signals(), JobsDouble()
        self.store.put(CAPTURE)
        engine = EmbeddedEngine(lambda: NOW, self.jobs)
        self.use_case = MeasureWindow(self.store, engine, self.signals, "111122223333", "us-east-1", lambda: NOW)

    def measure(self, **changes: Any):
        return self.use_case.measure(task(**{"spark": SPARK, "is_last": False, **changes}))

    def finish_job(self, verdict: Verdict = Verdict.VIOLATED) -> None:
        """The job writes its files, with the digest that it was given."""
        options = msgspec.json.decode(self.options())
        result = {"inputs": options["inputs"], "verdict": verdict, "message": "said", "records": 9, "features": 2}
        self.store.put(f"{REPORT}/{RESULT}", msgspec.json.encode(result))
        self.store.put(f"{REPORT}/constraint_violations.json", b'{"violations": [{"feature_name": "tenure"}]}')

    def options(self) -> str:
        given = self.jobs.started[-1].arguments
        return given[given.index("--options") + 1]

    @property
    def verdicts(self) -> list[str]:
        return [body["detail"]["verdict"] for body in self.signals.bodies]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def test_a_window_that_is_too_large_is_handed_over_and_says_so(world: World):
    assert world.measure().verdict is Verdict.INCONCLUSIVE
    [job] = world.jobs.started
    assert (job.application, job.role, job.script) == ("00f1", SPARK.job_role, "s3://code/kedge/monitor_spark.py")
    assert job.arguments[:10] == (
        *("--capture", "s3://b/captures/churn-prod", "--baseline", "s3://b/baselines/churn"),
        *("--reports", f"s3://b/{REPORT}", "--start", "2026-11-20T09:00:00Z", "--end", "2026-11-20T10:00:00Z"),
    )
    assert "spark.archives=s3://code/kedge/monitor-spark.tar.gz#monitor" in job.parameters
    [signal] = world.signals.bodies
    assert "job run run-0 of the application 00f1" in signal["detail"]["message"]


def test_the_job_reads_its_task_as_the_function_wrote_it(world: World):
    spark = pytest.importorskip("jobs.monitor_spark")
    world.measure(exclude=("id",))
    given = spark.read_task(world.jobs.started[0].arguments)
    assert given.settings.capture.excluded == ("id",)
    assert given.settings.compare.runs_per_week == 168.0
    assert f"{given.settings.capture.window.end:%FT%T}" == "2026-11-20T10:00:00"
    assert given.inputs == input_objects(task(spark=SPARK, exclude=("id",)), world.store).digest(
        task(spark=SPARK, exclude=("id",))
    )


def test_a_repetition_sends_the_result_of_the_job_once(world: World):
    world.measure()
    world.finish_job()
    assert world.measure(checks_again=1).outcome is TaskOutcome.AMENDED
    assert world.measure(checks_again=2).outcome is TaskOutcome.REPEATED
    assert world.verdicts == ["inconclusive", "violated", "violated"]
    assert world.signals.bodies[1] == world.signals.bodies[2]
    detail = world.signals.bodies[1]["detail"]
    assert (detail["records"], detail["violations"]) == (9, [{"feature_name": "tenure"}])
    assert len(world.jobs.started) == 1


def test_a_repetition_before_the_end_of_the_job_starts_no_second_run_and_says_nothing_new(world: World):
    world.measure()
    assert world.measure(checks_again=1).outcome is TaskOutcome.UNCHANGED
    assert len({job.token for job in world.jobs.started}) == 1
    assert world.signals.bodies[0] == world.signals.bodies[1]


def test_later_objects_are_a_job_of_their_own(world: World):
    world.measure()
    world.finish_job()
    world.store.put(CAPTURE.replace("05-00", "59-00"))
    assert world.measure(checks_again=1).verdict is Verdict.INCONCLUSIVE
    assert len({job.token for job in world.jobs.started}) == 2


def test_the_last_repetition_takes_a_result_without_the_newest_objects(world: World):
    world.measure()
    world.finish_job(Verdict.CLEAN)
    world.store.put(CAPTURE.replace("05-00", "59-00"))
    assert world.measure(checks_again=4, is_last=True).verdict is Verdict.CLEAN


def test_a_job_without_a_result_is_a_failure_at_the_last_repetition(world: World):
    world.measure()
    assert world.measure(checks_again=4, is_last=True).verdict is Verdict.FAILED
    assert "wrote no result. Read the log of the job run" in world.signals.bodies[-1]["detail"]["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"spark": None},
        {
            "kind": MonitoringType.MODEL_QUALITY,
            "model_quality": ModelQualitySpec(problem_type="Regression", inference_attribute="y"),
        },
    ],
    ids=["no application", "a type with labels"],
)
def test_a_window_that_cannot_be_handed_over_is_a_failure_with_the_action(world: World, changes: dict[str, Any]):
    assert world.measure(**changes).verdict is Verdict.FAILED
    assert "use a shorter window" in world.signals.bodies[0]["detail"]["message"]
    assert world.jobs.started == []
