"""A window is measured once in effect, whatever breaks or repeats."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from kedge.domain.errors import InputError, Permanent, Transient
from kedge.domain.run import Verdict, Window
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import GroundTruth, MonitorTarget, Promise
from kedge.monitors.spec import ModelQualitySpec, MonitoringType
from kedge.monitors.task import MeasurementTask
from kedge.services.measurement.inputs import input_objects
from kedge.services.measurement.window import RECORD, MeasureWindow, TaskOutcome, WindowResult, failed
from kedge.sources.event_header import Home
from kedge.sources.reader import Reader
from tests.fakes.captures import MemoryCaptures

END = datetime(2026, 11, 20, 10, tzinfo=UTC)
NOW = END + timedelta(minutes=16)
REPORT = "kedge-monitoring/churn-prod/churn-data/2026/11/20/10"
CAPTURE = "captures/churn-prod/AllTraffic/2026/11/20/09/05-00-000-a.jsonl"


def task(**changes: Any) -> MeasurementTask:
    """The measurement of one hour of data quality."""
    given: dict[str, Any] = {
        "monitor": "churn-data",
        "source": "churn-data",
        "kind": MonitoringType.DATA_QUALITY,
        "target": MonitorTarget(kind=TargetKind.ENDPOINT, name="churn-prod"),
        "window": Window(END - timedelta(hours=1), END),
        "capture": "s3://b/captures/churn-prod",
        "baseline": "s3://b/baselines/churn",
        "reports": "s3://b/kedge-monitoring/churn-prod/churn-data",
        "promise": Promise(1.0, timedelta(weeks=26)),
        "runs_per_week": 168.0,
        "comparison_threshold": 0.1,
        "unreadable_share": 0.01,
    }
    return MeasurementTask(**given | changes)


class Signals:
    def __init__(self):
        self.bodies, self.failing = [], None

    def send_one(self, body):
        if self.failing is not None:
            error, self.failing = self.failing, None
            raise error
        self.bodies.append(msgspec.json.decode(body))


class EngineDouble:
    """Counts the captured lines: more than one is a violation. `failing` is what it raises."""

    def __init__(self):
        self.failing, self.measured = None, 0

    def measure(self, given, inputs, captures):
        if self.failing is not None:
            raise self.failing
        self.measured += 1
        lines = sum(captures.open(inputs.bucket, found).read().count(b"\n") for found in inputs.captures)
        violations: list[dict[str, object]] = [{"feature_name": "tenure", "observed": lines / 10}] if lines > 1 else []
        verdict = Verdict.VIOLATED if violations else Verdict.CLEAN if lines else Verdict.NO_DATA
        files = {
            "constraint_violations.json": msgspec.json.encode({"violations": violations}),
            "statistics.json": b"{}",
        }
        return WindowResult(verdict=verdict, message="said", violations=violations, records=lines, files=files)


class World:
    def __init__(self):
        self.store, self.signals, self.engine, self.now = MemoryCaptures(), Signals(), EngineDouble(), NOW
        self.store.put(CAPTURE, b"{}\n{}\n")
        self.use_case = MeasureWindow(self.store, self.engine, self.signals, "111122223333", "us-east-1", self.clock)

    def clock(self):
        self.now += timedelta(seconds=1)
        return self.now

    def measure(self, **changes):
        return self.use_case.measure(task(**changes))

    def reports(self):
        return {
            key.removeprefix(f"{REPORT}/"): data
            for (_, key), data in self.store.objects.items()
            if key.startswith(REPORT)
        }


def test_a_window_writes_its_files_and_sends_one_signal():
    world = World()
    done = world.measure()
    assert (done.outcome, done.verdict) == (TaskOutcome.MEASURED, Verdict.VIOLATED)
    assert set(world.reports()) == {"constraint_violations.json", "statistics.json", RECORD}
    [signal] = world.signals.bodies
    assert signal["detail"]["report"] == f"s3://b/{REPORT}/constraint_violations.json"
    assert signal["detail"]["window"] == {"start": "2026-11-20T09:00:00Z", "end": "2026-11-20T10:00:00Z"}
    assert signal["detail"]["violations"] == [{"feature_name": "tenure", "observed": 0.2}]


def test_the_signal_is_one_that_intake_reads():
    world = World()
    world.measure()
    [body] = world.signals.bodies
    [run] = Reader(world, world, world, Home("111122223333", "us-east-1")).read(body, NOW)
    assert (run.verdict, run.source, run.at, run.target.name) == (Verdict.VIOLATED, "churn-data", END, "churn-prod")


def test_a_repetition_measures_nothing_and_sends_the_same_signal():
    world = World()
    world.measure()
    before = world.reports()
    assert world.measure().outcome is TaskOutcome.REPEATED
    assert (world.engine.measured, world.reports()) == (1, before)
    assert world.signals.bodies[0] == world.signals.bodies[1]


@pytest.mark.parametrize("broken", range(3))
def test_a_crash_at_any_write_leaves_a_window_that_is_measured_again_with_the_same_files(broken: int):
    whole = World()
    whole.measure()
    world = World()
    world.store.breaks_at = broken
    with pytest.raises(Transient):
        world.measure()
    assert world.signals.bodies == []
    world.measure()
    assert set(world.reports()) == set(whole.reports())
    assert all(world.reports()[name] == data for name, data in whole.reports().items() if name != RECORD)
    assert [body["id"] for body in world.signals.bodies] == [body["id"] for body in whole.signals.bodies]


def test_a_crash_before_the_signal_sends_the_recorded_one():
    world = World()
    world.signals.failing = Transient("the queue did not answer")
    with pytest.raises(Transient):
        world.measure()
    assert world.measure().outcome is TaskOutcome.REPEATED
    assert world.engine.measured == 1
    assert len(world.signals.bodies) == 1


def test_records_that_come_late_amend_the_verdict_if_it_changes():
    world = World()
    world.store.put(CAPTURE, b"{}\n")
    assert world.measure().verdict is Verdict.CLEAN
    world.store.put(CAPTURE.replace("05-00", "59-00"), b"{}\n")
    assert world.measure(checks_again=1).outcome is TaskOutcome.AMENDED
    first, amended = world.signals.bodies
    assert (first["detail"]["verdict"], amended["detail"]["verdict"]) == ("clean", "violated")
    assert first["detail"]["revision"] != amended["detail"]["revision"]


def test_records_that_come_late_and_change_no_verdict_send_the_same_signal():
    world = World()
    world.measure()
    world.store.put(CAPTURE.replace("05-00", "59-00"), b"{}\n")
    assert world.measure(checks_again=1).outcome is TaskOutcome.UNCHANGED
    first, again = world.signals.bodies
    assert first == again


def test_a_failure_with_another_reason_is_a_signal_of_its_own():
    world = World()
    for why in ("the baseline is empty", "the baseline is empty", "the captures cannot be read"):
        world.engine.failing = Permanent(why)
        world.measure()
    first, again, other = world.signals.bodies
    assert first == again
    assert (first["detail"]["message"], other["detail"]["message"]) == (
        "the baseline is empty",
        "the captures cannot be read",
    )
    assert first["id"] != other["id"]


@pytest.mark.parametrize(
    "error", [InputError("baseline", "the columns do not match: make a new baseline"), Permanent("S3 refuses it")]
)
def test_a_measurement_that_cannot_work_is_a_failed_run_with_the_reason(error: Exception):
    world = World()
    world.engine.failing = error
    assert world.measure().verdict is Verdict.FAILED
    [signal] = world.signals.bodies
    assert signal["detail"]["message"] == str(error)
    assert "report" not in signal["detail"]


def test_a_bucket_that_refuses_is_a_failed_run_that_names_the_parameter():
    world = World()
    world.store.denied = {"captures/"}
    assert world.measure().verdict is Verdict.FAILED
    assert "MonitoredBucketArns" in world.signals.bodies[0]["detail"]["message"]


def test_a_bucket_that_refuses_the_reports_costs_the_files_but_not_the_signal():
    world = World()
    world.store.refuses_writes = True
    assert world.measure().verdict is Verdict.FAILED
    assert (len(world.signals.bodies), world.reports()) == (1, {})
    assert "bucket policy" in world.signals.bodies[0]["detail"]["message"]


def test_a_throttled_read_is_tried_again_and_sends_nothing():
    world = World()
    world.engine.failing = Transient("slow down")
    with pytest.raises(Transient):
        world.measure()
    assert (world.signals.bodies, world.reports()) == ([], {})


def test_a_failed_measurement_is_measured_again_when_its_cause_is_gone():
    world = World()
    world.engine.failing = Permanent("S3 refuses it")
    world.measure()
    world.engine.failing = None
    assert world.measure(checks_again=1).outcome is TaskOutcome.AMENDED


def test_violations_that_are_too_many_for_a_message_are_left_in_their_file():
    world = World()
    world.engine.measure = lambda *_: WindowResult(
        verdict=Verdict.VIOLATED, message="many", violations=[{"feature_name": "x" * 1000} for _ in range(200)]
    )
    world.measure()
    [signal] = world.signals.bodies
    assert "violations" not in signal["detail"]
    assert signal["detail"]["report"].endswith("/constraint_violations.json")


def test_only_the_hours_and_the_variants_of_a_window_are_read():
    store = MemoryCaptures()
    for hour in (7, 8, 9, 10, 11, 12):
        for variant in ("blue", "green"):
            store.put(f"captures/churn-prod/{variant}/2026/11/20/{hour:02d}/05-00-000-a.jsonl")
    both = input_objects(task(), store).captures
    one = input_objects(
        task(target=MonitorTarget(kind=TargetKind.ENDPOINT, name="churn-prod", variants=("blue",))), store
    )
    assert {found.key.split("/")[6] for found in both} == {"09", "10"}
    assert {found.key.split("/")[2] for found in both} == {"blue", "green"}
    assert {found.key.split("/")[2] for found in one.captures} == {"blue"}


def test_labels_are_read_until_their_maximum_age_and_only_where_they_are_needed():
    store = MemoryCaptures()
    for day in (20, 21, 23):
        store.put(f"labels/2026/11/{day}/12/part.jsonl")
    truth = GroundTruth(prefix="s3://b/labels", delay=timedelta(hours=1), maximum_age=timedelta(days=2))
    quality = ModelQualitySpec(problem_type="Regression", ground_truth_attribute="y")
    with_labels = {"ground_truth": truth, "model_quality": quality}
    needed = input_objects(task(kind=MonitoringType.MODEL_QUALITY, **with_labels), store)
    assert [found.key.split("/")[3] for found in needed.labels] == ["20", "21"]
    assert input_objects(task(**with_labels), store).labels == ()


def test_a_window_that_waits_for_labels_is_measured_again_although_nothing_came():
    world = World()
    waits = WindowResult(verdict=Verdict.INCONCLUSIVE, message="0 of 2 records have a label")
    world.engine.measure = lambda given, *_: failed("Labels never came") if given.is_last else waits
    outcomes = [world.measure(checks_again=number, is_last=number == 2).outcome for number in range(3)]
    assert outcomes == [TaskOutcome.MEASURED, TaskOutcome.UNCHANGED, TaskOutcome.AMENDED]
    assert [(body["id"], body["detail"]["verdict"]) for body in world.signals.bodies] == [
        ("churn-data/2026-11-20T10:00:00+00:00/0/1", "inconclusive"),
        ("churn-data/2026-11-20T10:00:00+00:00/0/1", "inconclusive"),
        ("churn-data/2026-11-20T10:00:00+00:00/2/2", "failed"),
    ]


def test_the_verdict_on_attributions_keeps_no_promise_because_its_limit_has_no_level():
    kinds = (MonitoringType.DATA_QUALITY, MonitoringType.ATTRIBUTION)
    world = World()
    for kind in kinds:
        world.measure(kind=kind, reports=f"s3://b/kedge-monitoring/{kind}")
    assert [body["detail"]["promised"] for body in world.signals.bodies] == [True, False]
