"""What reconcile sends to the monitor: each window once, in order, whatever breaks in between."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from kedge.domain.errors import Conflict, MalformedSignal, Permanent, Transient
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import GroundTruth, MonitorDefinition, MonitorDefinitions, MonitorTarget, Promise
from kedge.monitors.schedule_expressions import parse_schedule
from kedge.monitors.spec import ModelQualitySpec, MonitoringType, SparkSpec
from kedge.monitors.task import decode_task
from kedge.ports.captures import CaptureConfig
from kedge.services.measurement.schedule import LABEL_CHECKS, MeasurementSchedule, repetitions_of

NOW = datetime(2026, 11, 20, 10, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAPTURE = CaptureConfig(is_on=True, destination="s3://captures/churn/")


def definition(name: str = "churn-data", **changes: Any) -> MonitorDefinition:
    """An hourly monitor of data quality."""
    given: dict[str, Any] = {
        "name": name,
        "target": MonitorTarget(kind=TargetKind.ENDPOINT, name="churn-prod"),
        "types": (MonitoringType.DATA_QUALITY,),
        "capture": None,
        "baseline": "s3://baselines/churn",
        "reports": "s3://reports",
        "window": HOUR,
        "schedule": parse_schedule("rate(1 hour)"),
        "offset": timedelta(minutes=15),
        "catch_up": 24,
        "promise": Promise(1.0, timedelta(weeks=26)),
        "comparison_threshold": 0.1,
        "unreadable_share": 0.01,
    }
    return MonitorDefinition(**given | changes)


WITH_LABELS = {
    "types": (MonitoringType.MODEL_QUALITY,),
    "ground_truth": GroundTruth(prefix="s3://labels/churn", delay=HOUR, maximum_age=timedelta(days=2)),
    "model_quality": ModelQualitySpec(problem_type="Regression", ground_truth_attribute="y"),
}


class Text:
    """The stored moments. `failing` is raised by the next write."""

    def __init__(self):
        self.text, self.version, self.failing = None, 0, None

    def load(self):
        return self.text, self.version

    def keep(self, text, over):
        if self.failing is not None:
            error, self.failing = self.failing, None
            raise error
        if over != self.version:
            raise Conflict("another worker")
        self.text, self.version = text, over + 1


class Queue:
    """A FIFO queue, which drops a name that it has seen. `failing` names groups that refuse."""

    def __init__(self):
        self.bodies, self.names, self.failing = [], set(), set()

    def send(self, body, group, name):
        if group in self.failing:
            raise Transient("throttled")
        if (group, name) not in self.names:
            self.names.add((group, name))
            self.bodies.append((group, decode_task(body)))


class World:
    """A schedule of some monitors and its ports; the clock is moved by hand."""

    def __init__(self, *definitions, capture=CAPTURE):
        self.definitions, self.capture = definitions or (definition(),), capture
        self.now, self.text, self.queue = NOW, Text(), Queue()
        self.schedule = MeasurementSchedule(
            lambda: MonitorDefinitions(label="monitors/1", definitions=self.definitions),
            self.text,
            self.queue,
            self,
            lambda: self.now,
        )

    def capture_of(self, endpoint):
        if isinstance(self.capture, Exception):
            raise self.capture
        return self.capture

    def minutes(self, count):
        sent = []
        for _ in range(count):
            sent += self.schedule.send_due().sent
            self.now += timedelta(minutes=1)
        return sent

    def first_measurements(self):
        return [task.window.end for _, task in self.queue.bodies if task.checks_again == 0]


def hours(count, after=NOW):
    """The full hours up to a moment."""
    last = after.replace(minute=0)
    return [last - HOUR * number for number in range(count)][::-1]


def test_a_new_monitor_measures_its_newest_window_at_once():
    world = World()
    world.minutes(1)
    [(group, task)] = world.queue.bodies
    assert group == task.source == "churn-data"
    assert (task.window.start, task.window.end) == (NOW.replace(hour=9, minute=0), NOW.replace(minute=0))
    assert task.capture == "s3://captures/churn/churn-prod"
    assert task.report == "s3://reports/kedge-monitoring/churn-prod/churn-data/2026/11/20/10"
    assert task.runs_per_week == 168
    assert task.earlier[:2] == (task.window.start, task.window.start - HOUR)
    assert task.document == "monitors/1"


def test_each_window_is_sent_once_in_order():
    world = World()
    world.minutes(60 * 6)
    assert world.first_measurements() == hours(7, NOW + 6 * HOUR)


def test_a_window_is_measured_again_for_records_that_came_late():
    world = World()
    world.minutes(61)
    again = [task for _, task in world.queue.bodies if task.checks_again]
    assert [(task.window.end, task.is_last) for task in again] == [(NOW.replace(minute=0), True)]


def test_the_windows_of_a_pause_are_caught_up_and_the_rest_is_named():
    world = World(definition(catch_up=3))
    world.minutes(1)
    world.now += timedelta(days=7)
    done = world.schedule.send_due()
    assert [task.window.end for task in done.sent if not task.checks_again] == hours(3, NOW + timedelta(days=7))
    [(name, skipped)] = done.skipped
    assert name == "churn-data"
    assert skipped.count == 168 - 3


def test_a_crash_after_the_send_sends_the_same_names_again():
    world = World()
    world.text.failing = Transient("the write was lost")
    with pytest.raises(Transient):
        world.schedule.send_due()
    world.minutes(1)
    assert len(world.queue.bodies) == 1


def test_a_monitor_whose_queue_refuses_does_not_delay_another_and_is_sent_later():
    world = World(definition("one"), definition("two"))
    world.queue.failing = {"one"}
    done = world.schedule.send_due()
    assert [name for name, _ in done.failed] == ["one"]
    assert [task.source for task in done.sent] == ["two"]
    world.queue.failing = set()
    world.now += timedelta(minutes=1)
    assert [task.source for task in world.schedule.send_due().sent] == ["one"]


def test_no_write_happens_in_a_minute_without_a_due_window():
    world = World()
    world.minutes(10)
    assert world.text.version == 1


def test_a_stack_without_monitors_reads_and_writes_nothing():
    world = World()
    world.definitions = ()
    world.text.load = lambda: pytest.fail("read")
    assert world.schedule.send_due().sent == []


@pytest.mark.parametrize(
    ("capture", "says"),
    [
        (None, "the endpoint churn-prod does not exist"),
        (CaptureConfig(is_on=False, destination="s3://x"), "data capture of the endpoint churn-prod is switched off"),
    ],
)
def test_a_window_without_capture_is_still_sent_and_says_why(capture: object, says: str):
    world = World(capture=capture)
    [task] = world.minutes(1)
    assert task.capture_off.startswith(says)


def test_an_endpoint_that_cannot_be_read_now_is_tried_in_the_next_minute():
    world = World(capture=Permanent("denied"))
    done = world.schedule.send_due()
    assert (done.sent, [name for name, _ in done.failed]) == ([], ["churn-data"])


def test_a_window_without_labels_is_repeated_until_their_maximum_age():
    with_labels = definition(**WITH_LABELS)
    later = repetitions_of(with_labels, MonitoringType.MODEL_QUALITY)
    assert len(later) == LABEL_CHECKS
    assert later[-1] + with_labels.wait_of(MonitoringType.MODEL_QUALITY) == timedelta(days=2)
    world = World(with_labels)
    world.minutes(1)
    world.now += later[-1]
    sent = world.schedule.send_due().sent
    assert {task.checks_again for task in sent} == {0, *range(1, LABEL_CHECKS + 1)}
    assert {task.is_last for task in sent if task.checks_again == LABEL_CHECKS} == {True}


def test_no_window_from_before_the_monitor_is_measured_by_a_repetition():
    world = World()
    world.minutes(120)
    first = world.first_measurements()[0]
    assert min(task.window.end for _, task in world.queue.bodies) == first


def test_moments_in_an_unknown_form_count_as_none():
    world = World()
    world.text.text = '{"churn-data": 7}'
    assert len(world.minutes(1)) == 1


def test_a_message_that_is_no_task_names_the_path():
    with pytest.raises(MalformedSignal) as caught:
        decode_task(msgspec.json.encode({"monitor": 3}).decode())
    assert caught.value.path == "$.monitor"


def test_a_monitor_with_an_application_of_spark_looks_for_the_result_of_a_job_for_a_day():
    spark = SparkSpec(application="00f1", code="s3://code/kedge", job_role="arn:aws:iam::111122223333:role/jobs")
    hours = [
        later / timedelta(hours=1) for later in repetitions_of(definition(spark=spark), MonitoringType.DATA_QUALITY)
    ]
    assert hours == [1, 3, 6, 24]
