"""Mutated Monitors documents: they have faults, or they measure; those that were in force before go on."""

import json
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from kedge.domain.errors import KedgeError
from kedge.domain.target import TargetKind
from kedge.monitors import lint
from kedge.monitors.definitions import MonitorDefinitions, compile_monitors
from kedge.monitors.due_windows import next_due
from kedge.monitors.task import decode_task
from kedge.ports.captures import CaptureConfig
from kedge.ports.storage import Published
from kedge.services.measurement.schedule import MeasurementSchedule
from kedge.services.policy_store.monitors import MONITORS, MonitorsInForce
from kedge.services.policy_store.published import DocumentWatch, target_of
from tests.fakes.policies import FakePublished, FakeShelf
from tests.fuzz import mutations
from tests.fuzz.invariants import MOST_OF_A_MESSAGE, must

_ROOT: Final = Path(__file__).parents[2]
_A_DAY: Final = timedelta(days=1)
_CAPTURE: Final = CaptureConfig(is_on=True, destination="s3://captures/churn")
_TARGET: Final = target_of("kedge", "111122223333", "us-east-1", TargetKind.MONITORS)
_EVERY_KEY: Final = b"""\
apiVersion: kedge/v1
kind: Monitors
name: every-key
version: "7"
defaults:
  types: [data_quality]
  reports: s3://reports/kedge
  window: 1h
  schedule: cron(0 * ? * * *)
  offset: 20m
  catch_up: 3
  mode: promise
  promise: {false_pages: 0.5, within: 8w}
  comparison_threshold: 0.2
  unreadable_share: 0.05
  exclude: [id]
  seasonality: hour_of_week
monitors:
  - name: bias
    target: {endpoint: churn-prod, variants: [blue, green]}
    baseline: s3://baselines/churn
    capture: s3://captures/churn
    types: [data_quality, model_quality, bias, attribution]
    ground_truth: {prefix: s3://labels/churn, delay: 1h, maximum_age: 2d}
    model_quality: {problem_type: BinaryClassification, ground_truth_attribute: label, probability_attribute: score}
    bias:
      label: label
      inference_attribute: answer
      positive_values: ["1", "2"]
      facets: [{name: age, threshold: 40}, {name: plan, values: [pro]}]
      group_attribute: region
      feature_attributes: [charge, tenure]
    attribution: {columns: {a: b}}
    spark: {application: 00f1, code: s3://code/kedge, job_role: "arn:aws:iam::111122223333:role/jobs"}
"""


@cache
def documents() -> tuple[bytes, ...]:
    """Return every Monitors document of the repository, and one with every key. All are valid."""
    files = (*sorted((_ROOT / "monitors").glob("*.yaml")), _ROOT / "workbench/demo/monitors.yaml")
    return (*(file.read_bytes() for file in files), _EVERY_KEY)


def mutated(draw: Random) -> bytes:
    """Return a mutated Monitors document: its text, or its values, which are then written as JSON."""
    sound = draw.choice(documents())
    if draw.random() < 0.4:
        return mutations.text_of(draw, sound)
    changed = mutations.value(draw, yaml.safe_load(sound))
    return json.dumps(changed).encode("utf-8", "surrogatepass")


def publish(text: bytes, seed: int, began: datetime, counts: Counter[str]) -> None:
    """Check that a document is valid, or has faults with their places, and that monitors that ran before go on."""
    reading = lint.read(text, "monitors.yaml")
    counts["monitors with faults"] += reading.document is None
    must((reading.document is None) == bool(reading.faults), "monitors are valid, or they have a fault")
    for fault in (*reading.faults, *reading.notes):
        must(fault.line >= 1 and fault.column >= 1 and fault.why, "a fault of monitors has a place and a reason")
        f"{fault}{fault.brief}".encode()
    stack = _Stack(began)
    before = stack.put(Random(seed).choice(documents()))  # noqa: S311 - chance must come again
    after = stack.put(text)
    if reading.document is None:
        must(stack.is_broken, "broken monitors are told")
        must(after == before, "broken monitors leave the valid ones in force")
        must(stack.sent, "monitors that ran before measure while a newer document is broken")
        return
    must(after == compile_monitors(reading.document), "valid monitors are in force")
    must({task.monitor for task in stack.sent} <= {each.name for each in after.definitions}, "only monitors measure")


class _Stack:
    """What a stack does with published documents. AWS answers each call."""

    def __init__(self, began: datetime) -> None:
        self._now = began
        self._published, self._shelf, self._moments = FakePublished(), FakeShelf(), FakeShelf()
        self._watch = DocumentWatch(
            MONITORS, self._published, self._shelf, lint.read, _TARGET, lambda: self._now, self._refuse
        )
        self._schedule = MeasurementSchedule(self.in_force, self._moments, self, self, lambda: self._now)
        self.sent: list[Any] = []
        self.is_broken = False

    def put(self, text: bytes) -> MonitorDefinitions:
        """Publish a document, let reconcile run a day later, and return the monitors in force."""
        self._published.policy = Published(text)
        news = self._watch.look()
        self.is_broken = news is not None and news.fault is not None
        self._now += _A_DAY  # the longest schedule of the documents
        done = self._schedule.send_due()
        must(not done.failed, "each monitor can be scheduled")
        self.sent = done.sent
        found = self.in_force()
        for definition in found.definitions:
            next_due(definition, self._now)
        return found

    def in_force(self) -> MonitorDefinitions:
        return MonitorsInForce(self._shelf, lambda: 0.0, self._refuse).monitors()

    def send(self, body: str, group: str, name: str) -> None:
        must(len(body.encode()) <= MOST_OF_A_MESSAGE, "a task fits into the queue")
        must(decode_task(body).name == name and group, "a task can be read again")

    def capture_of(self, endpoint: str) -> CaptureConfig:
        must(endpoint, "a monitored endpoint has a name")
        return _CAPTURE

    def _refuse(self, error: KedgeError) -> None:
        raise error
