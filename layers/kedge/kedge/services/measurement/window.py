"""Measures one window, writes its files, and sends the result as a signal.

The order makes a crash harmless. The files are written first, then the record of the run, then the signal is sent. A
repetition that finds a record with the same inputs sends the recorded signal again; its id is the same, so intake
recognises it. A repetition without a record measures the same objects again and writes the same files.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from kedge.domain.errors import InputError, Permanent
from kedge.domain.run import Measure, Verdict
from kedge.domain.target import TargetKind
from kedge.monitors.task import MeasurementTask
from kedge.ports.captures import Captures
from kedge.services.measurement.inputs import InputObjects, bucket_and_key, input_objects
from kedge.sources.measurement import DETAIL_TYPE, SOURCE

RECORD: Final = "kedge_run.json"
"""The record of a run: what it read, and the signal that it sent."""

_TYPES: Final = {"json": "application/json", "html": "text/html; charset=utf-8"}
# SQS accepts 256 KB in a message. Above this size the message names the file, and intake reads it.
_MOST_VIOLATIONS: Final = 150_000
_LONGEST_MESSAGE: Final = 1_024
# These values name what an entry is about. The others are numbers and sentences with numbers.
_NAMES: Final = ("constraint_check_type", "feature_name", "metric_name", "facet", "facet_value", "label", "columns")


class WindowResult(Struct, kw_only=True):
    """The result of a measurement.

    `violations` are the entries of constraint_violations.json, `files` the bytes of all files by their names. `message`
    is what SageMaker would call the exit message. `estimate` says how good the model probably still is. `metrics` are numbers for CloudWatch by name.
    `is_pending` says that a job measures the window, so that a repetition looks for its result.
    """

    verdict: Verdict
    message: str
    violations: list[dict[str, object]] = []
    records: int | None = None
    features: int | None = None
    measures: tuple[Measure, ...] = ()
    estimate: str = ""
    files: Mapping[str, bytes] = {}
    metrics: Mapping[str, float] = {}
    is_pending: bool = False


class RunRecord(Struct, frozen=True, kw_only=True):
    """The record of a run.

    `inputs` is the digest of what was read, `event` the signal that was sent, and `statement` what it says.
    """

    inputs: str
    revision: int
    verdict: Verdict
    statement: str
    event: msgspec.Raw
    is_pending: bool = False

    @property
    def is_final(self) -> bool:
        """Return whether the same objects would give the same result again.

        A window that waits for labels is given up at a certain age, also if nothing came.
        """
        return self.verdict not in (Verdict.FAILED, Verdict.INCONCLUSIVE) and not self.is_pending


class TaskOutcome(StrEnum):
    """The result of a task."""

    MEASURED = "measured"
    AMENDED = "amended"  # records that came later changed the verdict
    UNCHANGED = "unchanged"  # they did not change it
    REPEATED = "repeated"  # the same objects were measured before


class MeasuredWindow(Struct, frozen=True, kw_only=True):
    """The result of a task for log and metrics."""

    task: MeasurementTask
    outcome: TaskOutcome
    verdict: Verdict
    metrics: Mapping[str, float] = {}


class Engine(Protocol):
    """The measurement itself."""

    def measure(self, task: MeasurementTask, inputs: InputObjects, captures: Captures) -> WindowResult:
        """Return what a window shows.

        Raises:
            InputError: data, baseline or settings cannot be measured; the text names the place and the action.
            Transient: an object changed while it was read, or S3 throttles.
            Permanent: S3 refuses.
        """


class SignalsQueue(Protocol):
    """The queue that intake reads."""

    def send_one(self, body: str) -> None:
        """Send a body. Raises Transient or Permanent."""


class MeasureWindow:
    """The use case of the function `monitor`."""

    def __init__(
        self,
        captures: Captures,
        engine: Engine,
        signals: SignalsQueue,
        account: str,
        region: str,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. `account` and `region` are those of the monitored endpoints."""
        self._captures = captures
        self._engine = engine
        self._signals = signals
        self._account = account
        self._region = region
        self._clock = clock

    def measure(self, task: MeasurementTask) -> MeasuredWindow:
        """Measure a window and send the result. A repetition has the same files and the same signal.

        A measurement that cannot work is a result, too: its signal says why and what to do. The same holds if the bucket of
        the reports refuses them.

        Raises:
            Transient: try again later.
            Permanent: the signal cannot be sent.
        """
        try:
            return self._measure(task)
        except Permanent as error:
            self._signals.send_one(self._event(task, failed(str(error)), 1).decode())
            return MeasuredWindow(task=task, outcome=TaskOutcome.MEASURED, verdict=Verdict.FAILED)

    def _measure(self, task: MeasurementTask) -> MeasuredWindow:
        before = self._record(task)
        found = self._inputs(task)
        digest = found.digest(task) if isinstance(found, InputObjects) else ""
        if before is not None and before.inputs == digest and before.is_final:
            self._signals.send_one(bytes(before.event).decode())
            return MeasuredWindow(task=task, outcome=TaskOutcome.REPEATED, verdict=before.verdict)
        result = self._result(task, found)
        statement = _statement(result)
        same = before is not None and before.statement == statement
        revision = (before.revision + (not same)) if before is not None else 1
        event = before.event if before is not None and same else msgspec.Raw(self._event(task, result, revision))
        record = RunRecord(
            inputs=digest,
            revision=revision,
            verdict=result.verdict,
            statement=statement,
            event=event,
            is_pending=result.is_pending,
        )
        self._write(task, {**result.files, RECORD: msgspec.json.encode(record)})
        self._signals.send_one(bytes(event).decode())
        outcome = TaskOutcome.MEASURED if before is None else TaskOutcome.UNCHANGED if same else TaskOutcome.AMENDED
        return MeasuredWindow(task=task, outcome=outcome, verdict=result.verdict, metrics=result.metrics)

    def _record(self, task: MeasurementTask) -> RunRecord | None:
        bucket, key = bucket_and_key(task.report)
        try:
            data = self._captures.read(bucket, f"{key}/{RECORD}")
        except Permanent as error:
            raise Permanent(
                f"S3 refuses the reports below {task.reports}: name a prefix in the bucket of the parameter MonitorReportsBucket as "
                "`reports`, and name the KMS key of this bucket in MonitorReportsKeyArn"
            ) from error
        try:
            return None if data is None else msgspec.json.decode(data, type=RunRecord)
        except msgspec.DecodeError:
            return None  # another release wrote it: the window is measured again

    def _inputs(self, task: MeasurementTask) -> InputObjects | InputError | Permanent:
        try:
            return input_objects(task, self._captures)
        except (InputError, Permanent) as error:
            return error

    def _result(self, task: MeasurementTask, found: InputObjects | InputError | Permanent) -> WindowResult:
        if not isinstance(found, InputObjects):
            return failed(str(found))
        try:
            return self._engine.measure(task, found, self._captures)
        except (InputError, Permanent) as error:
            return failed(str(error))

    def _event(self, task: MeasurementTask, result: WindowResult, revision: int) -> bytes:
        window = {"start": f"{task.window.start:%FT%TZ}", "end": f"{task.window.end:%FT%TZ}"}
        detail: dict[str, object] = {
            "monitor": task.source,
            "monitoringType": str(task.kind.monitor),
            "window": window,
            "verdict": str(result.verdict),
            "revision": str(revision),
            "message": result.message[:_LONGEST_MESSAGE],
            "promised": task.promise is not None and task.kind.keeps_promise,
            "records": result.records,
            "features": result.features,
            "measures": [{"name": each.name, "value": each.value, "limit": each.limit} for each in result.measures],
        }
        if result.estimate:
            detail["estimate"] = result.estimate
        if task.target.kind is TargetKind.ENDPOINT:
            detail["endpoint"] = task.target.name
        if result.verdict in (Verdict.CLEAN, Verdict.VIOLATED):
            detail["report"] = f"{task.report}/constraint_violations.json"
        if len(msgspec.json.encode(result.violations)) <= _MOST_VIOLATIONS:
            detail["violations"] = result.violations
        return msgspec.json.encode(
            {
                "version": "0",
                "id": f"{task.name}/{revision}",
                "source": SOURCE,
                "detail-type": DETAIL_TYPE,
                "account": self._account,
                "region": self._region,
                "time": f"{self._clock():%FT%TZ}",
                "resources": [],
                "detail": detail,
            }
        )

    def _write(self, task: MeasurementTask, files: Mapping[str, bytes]) -> None:
        bucket, key = bucket_and_key(task.report)
        for name, data in files.items():
            kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
            self._captures.write(bucket, f"{key}/{name}", data, kind)


def _statement(result: WindowResult) -> str:
    """Return what a result says: the verdict, what is violated, and the reason of a failure.

    Late records always change the numbers. They amend a verdict only if it says something else.
    """
    violated = sorted(str([entry.get(name) for name in _NAMES]) for entry in result.violations)
    why = result.message if result.verdict is Verdict.FAILED else ""
    return msgspec.json.encode((result.verdict, violated, why)).decode()


def failed(why: str) -> WindowResult:
    """Return the result of a measurement that cannot work, with the reason and the action."""
    return WindowResult(verdict=Verdict.FAILED, message=why[:_LONGEST_MESSAGE])
