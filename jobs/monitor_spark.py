"""Measures one window on Spark: captured objects of any number and a baseline to the verdict and all files.

Each partition fills one state with the code that also runs in Lambda. The driver merges the states, compares and writes.
docs/monitor-engines.md has the command for EMR Serverless.
"""

import argparse
import math
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.read_report import check_readable
from kedge_monitor.capture.reader import survey_capture
from kedge_monitor.capture.window import CaptureWindow, may_hold, parse_time
from kedge_monitor.compare.history import DriftHistory
from kedge_monitor.engines.embedded import Measurement, MeasureSettings, Neighbours, edges_of, judge
from kedge_monitor.engines.labelled import (
    ANALYSIS,
    LabelledRun,
    LabelledWindow,
    judge_bias,
    judge_quality,
    read_bias,
    read_quality,
)
from kedge_monitor.engines.parts import join_bias_parts, join_profiled, join_quality_parts
from kedge_monitor.engines.spark import (
    PART,
    PART_SCHEMA,
    FileMissing,
    HadoopFiles,
    PartFunction,
    bias_partition,
    broadcast_labels,
    merge_profiled,
    profile_partition,
    quality_partition,
)
from kedge_monitor.engines.workers import profile_objects
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.cloudwatch import drift_metrics
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.struct_files import read_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import QualityConstraints
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HISTORY: Final = "kedge_history.json"
RESULT: Final = "kedge_job.json"
_MOST_ON_DRIVER: Final = 64
"""Parts that the driver merges by itself. More are merged on the executors first."""


class SparkTask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One window to measure.

    Attributes:
        capture: the folder above `yyyy/mm/dd/hh` of the captured objects, for one variant or for all of an endpoint.
        baseline: the folder of the baseline.
        reports: the folder for the files of this window.
        settings: how records are read, with the window, and how they are compared.
        history: the file that the run before wrote; None: there is none.
        quality: the columns of model quality; `bias`: those of bias. Without both, data quality is measured.
        labels: the folder of the labels; None: the records have their labels, as the merge job writes them.
        rule: the verdict on model quality and bias.
        waiting: how many labels are enough.
        known_labels: the labels of the baseline.
        inputs: the digest of the objects, if the function `monitor` started the job; the job then writes RESULT last.
    """

    capture: str
    baseline: str
    reports: str
    settings: MeasureSettings = MeasureSettings()
    history: str | None = None
    quality: QualityColumns | None = None
    bias: BiasColumns | None = None
    labels: str | None = None
    rule: VerdictRule = VerdictRule()
    waiting: LabelWaiting = LabelWaiting()
    known_labels: tuple[str, ...] = ()
    inputs: str | None = None


class SparkResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a job that the stack started, which reads it later. `inputs` is the digest that it gave."""

    inputs: str
    verdict: str
    message: str
    records: int
    features: int
    metrics: dict[str, float]


def run(spark: "SparkSession", task: SparkTask) -> str:
    """Measure a window, write its files, and return the exit message.

    Raises:
        MonitorError: the window cannot be measured. The text names the place and the action.
    """
    files = HadoopFiles(spark.sparkContext)
    message, written = _Window(spark, files, task).measure()
    files.write(task.reports, written)
    return message


class _Window:
    """One measurement: its objects, and the steps for each monitoring type."""

    def __init__(self, spark: "SparkSession", files: HadoopFiles, task: SparkTask) -> None:
        self._spark, self._files, self._task = spark, files, task
        self._settings = task.settings.capture
        window = self._settings.window
        self._paths = [path for path in files.list(task.capture) if window is None or may_hold(path, window)]
        self._sources = [files.source(path) for path in self._paths]

    def measure(self) -> tuple[str, dict[str, bytes]]:
        if self._task.quality is not None:
            found = self._quality(self._task.quality)
            return found.message, found.files
        if self._task.bias is not None:
            found = self._bias(self._task.bias)
            return found.message, found.files
        return self._data()

    def _data(self) -> tuple[str, dict[str, bytes]]:
        baseline = read_baseline(self._files.read_folder(self._task.baseline))
        layout, edges = survey_capture(self._sources, baseline.profile.schema, self._settings), edges_of(baseline)
        read = partial(profile_partition, layout=layout, edges=edges, settings=self._settings)
        parts = self._parts(read, merge_profiled)
        whole = join_profiled(parts) if parts else profile_objects([], layout, edges, self._settings)
        check_readable(whole.report, self._settings.most_unreadable)
        found = judge(whole, baseline, self._task.settings, Neighbours(history=self._history()), names=layout.names)
        files = found.files | {HISTORY: msgspec.json.encode(found.history)}
        if self._task.inputs is not None:
            files[RESULT] = msgspec.json.encode(_result_of(found, self._task.inputs))
        return found.message, files

    def _quality(self, columns: QualityColumns) -> LabelledRun:
        limits = self._read_baseline(CONSTRAINTS, QualityConstraints)
        known, layout = self._task.known_labels, survey_capture(self._sources, None, self._settings)
        labels = self._read_labels()
        read = partial(
            quality_partition,
            layout=layout,
            labels=self._shared(labels),
            settings=self._settings,
            columns=columns,
            known_labels=known,
        )
        parts = self._parts(read)
        whole = join_quality_parts(parts) if parts else read_quality([], layout, labels, self._settings, columns, known)
        return judge_quality(whole, self._window(labels), limits)

    def _bias(self, columns: BiasColumns) -> LabelledRun:
        limits = self._read_baseline(ANALYSIS, ClarifyAnalysis)
        labels, layout = self._read_labels(), survey_capture(self._sources, None, self._settings)
        read = partial(
            bias_partition, layout=layout, labels=self._shared(labels), settings=self._settings, columns=columns
        )
        parts = self._parts(read)
        whole = join_bias_parts(parts) if parts else read_bias([], layout, labels, self._settings, columns)
        return judge_bias(whole, self._window(labels), limits)

    def _parts(self, read: PartFunction, merge: PartFunction | None = None) -> list[bytes]:
        """Return the encoded parts of all partitions, or of fewer that `merge` made of them on the executors."""
        if not self._paths:
            return []
        # One object for each batch: Arrow would put up to 10,000 of them, with all their bytes, into one.
        self._spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1")
        objects = self._spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(self._paths)
        parts = objects.select("path", "content").mapInArrow(read, PART_SCHEMA)
        count = parts.rdd.getNumPartitions() if merge is not None else 0
        if merge is not None and count > _MOST_ON_DRIVER:
            parts = parts.repartition(math.isqrt(count)).mapInArrow(merge, PART_SCHEMA)
        return [bytes(row[PART]) for row in parts.collect()]

    def _read_labels(self) -> Labels:
        labels = Labels()
        if self._task.labels is not None:
            labels.read(self._files.source(path) for path in self._files.list(self._task.labels))
        return labels

    def _shared(self, labels: Labels) -> partial[Labels]:
        return partial(broadcast_labels, self._spark.sparkContext.broadcast(labels))

    def _window(self, labels: Labels) -> LabelledWindow:
        task, window = self._task, self._settings.window
        age = task.waiting.until if window is None else datetime.now(UTC) - window.end
        return LabelledWindow(
            sources=(), labels=labels, settings=self._settings, age=age, waiting=task.waiting, rule=task.rule
        )

    def _read_baseline[T](self, name: str, kind: type[T]) -> T:
        file = f"{self._task.baseline.rstrip('/')}/{name}"
        data = self._files.read(file)
        if data is None:
            raise FileMissing(f"There is no file {file}. Name the folder of a baseline of this monitoring type.")
        return read_struct(data, kind, file)

    def _history(self) -> DriftHistory | None:
        data = None if self._task.history is None else self._files.read(self._task.history)
        return None if data is None else msgspec.json.decode(data, type=DriftHistory)


def _result_of(found: Measurement, inputs: str) -> SparkResult:
    return SparkResult(
        inputs=inputs,
        verdict=str(found.comparison.outcome),
        message=found.message,
        records=found.comparison.records,
        features=len(found.profile.columns),
        metrics=drift_metrics(found.comparison),
    )


def read_task(arguments: Sequence[str]) -> SparkTask:
    """Return the task of the command line.

    Raises:
        MonitorError: the options are no JSON, or they have a wrong value.
    """
    parser = argparse.ArgumentParser(prog="monitor_spark.py", description="Measure one window of captured data.")
    parser.add_argument("--capture", required=True, help="folder above yyyy/mm/dd/hh of the captured data")
    parser.add_argument("--baseline", required=True, help="folder of the baseline")
    parser.add_argument("--reports", required=True, help="folder for the files of this window")
    parser.add_argument("--start", type=_time, help="start of the window, ISO 8601 in UTC; without it: all records")
    parser.add_argument("--end", type=_time, help="end of the window, which does not belong to it")
    parser.add_argument("--options", default="{}", help="other fields of the task, as JSON")
    given = parser.parse_args(arguments)
    if (given.start is None) != (given.end is None):
        parser.error("--start and --end belong together")
    places = {name: getattr(given, name) for name in ("capture", "baseline", "reports")}
    try:
        task = msgspec.convert(msgspec.json.decode(given.options) | places, SparkTask)
    except (msgspec.DecodeError, TypeError) as error:
        raise MonitorError(f"--options: {error}. Correct the value.") from None
    if given.start is None:
        return task
    capture = replace(task.settings.capture, window=CaptureWindow(start=given.start, end=given.end))
    return replace(task, settings=replace(task.settings, capture=capture))


def _time(text: str) -> datetime:
    moment = parse_time(text)
    if moment is None:
        raise argparse.ArgumentTypeError(f"{text} is no time, such as 2026-11-20T23:00:00Z")
    return moment


def main(arguments: Sequence[str]) -> int:
    """Run the job: 0 if the window was measured, clean or not; 1 if it cannot be measured, with the reason on stderr."""
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.appName("kedge-monitor").getOrCreate()
    try:
        sys.stdout.write(run(spark, read_task(arguments)) + "\n")
    except MonitorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        spark.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
