"""A task and its objects to the files and the verdict of kedge_monitor, in this process."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import BinaryIO, Final

import msgspec

from kedge.domain.run import Verdict
from kedge.monitors.definitions import report_folder
from kedge.monitors.spec import MonitoringType
from kedge.monitors.task import MeasurementTask
from kedge.ports.captures import Captures, StoredObject
from kedge.ports.spark_jobs import SparkJobs
from kedge.services.measurement.handover import can_hand_over, hand_over
from kedge.services.measurement.inputs import InputObjects, bucket_and_key
from kedge.services.measurement.labelled import VERDICTS, bias_columns, quality_columns, result_of, verdict_rule
from kedge.services.measurement.results import estimate_words, measures, promise_words, too_large, without_data
from kedge.services.measurement.window import WindowResult, failed
from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.batch import Schema
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.transform import TransformPair, TransformSettings, has_inference_ids, pair_objects
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.compare.history import DriftHistory, WindowSpan, find_rollups, find_season, open_history
from kedge_monitor.compare.settings import SEASONAL_WEEKS, CompareMode, CompareSettings, FalsePagePromise
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.embedded import Measurement, MeasureSettings, Neighbours, measure
from kedge_monitor.engines.labelled import (
    ANALYSIS,
    LabelledRun,
    LabelledWindow,
    baseline_statistics,
    measure_attribution_window,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.engines.transform import measure_transform
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.cloudwatch import drift_metrics
from kedge_monitor.files.struct_files import read_struct
from kedge_monitor.profile.dataset import DatasetProfile, ProfilesDiffer, merge_profiles
from kedge_monitor.profile.stored import decode_profile
from kedge_monitor.quality.calibration import Calibration
from kedge_monitor.quality.estimated import EstimatedQuality, EstimateRefused, estimate_quality, scores_of_profile
from kedge_monitor.quality.forms import QualityConstraints
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.report.page import RunFacts, render_report
from kedge_monitor.report.sections import MetricSection, estimate_section

HISTORY: Final = "kedge_history.json"
"""What the next window needs to know of the windows before it."""

REPORT: Final = "report.html"
PROFILE: Final = "kedge_profile.msgpack"
CALIBRATION: Final = "kedge_calibration.json"

LARGEST: Final = 20 * 1024**3
"""Bytes of the largest window that the function measures in its time: 900 s at about 25 MB a second of one CPU."""

STATISTICS: Final = "statistics.json"
_OF_DATA_QUALITY: Final = (STATISTICS, "constraints.json", PROFILE)
_WEEK: Final = 604_800  # seconds


class EmbeddedEngine:
    """Measures a window with kedge_monitor in this process."""

    def __init__(self, clock: Callable[[], datetime], jobs: SparkJobs) -> None:
        """Keep the clock (UTC), for the age of a window without labels, and `jobs` for windows that are too large."""
        self._clock = clock
        self._jobs = jobs

    def measure(self, task: MeasurementTask, inputs: InputObjects, captures: Captures) -> WindowResult:
        """Return what a window shows; a fault of data, baseline or settings is a failed result with the action.

        Raises Transient or Permanent as the port does.
        """
        if inputs.size > LARGEST:
            if task.spark is None or not can_hand_over(task, inputs):
                return failed(too_large(inputs.size, LARGEST))
            window = _Window(task, inputs, captures, self._clock())
            settings, history = window.settings(), window.history_file()
            return hand_over(task, task.spark, inputs, settings, history, captures, self._jobs)
        if task.capture_off and not inputs.captures:
            return WindowResult(verdict=Verdict.NO_DATA, message=f"No data: {task.capture_off}.")
        try:
            return _Window(task, inputs, captures, self._clock()).measure()
        except MonitorError as error:
            return failed(str(error))


class _Window:
    """One measurement: the places of its inputs, and the steps for each type."""

    def __init__(self, task: MeasurementTask, inputs: InputObjects, captures: Captures, now: datetime) -> None:
        self._task = task
        self._inputs = inputs
        self._captures = captures
        self._now = now
        self._settings = CaptureSettings(
            window=CaptureWindow(start=task.window.start, end=task.window.end),
            excluded=task.exclude,
            most_unreadable=task.unreadable_share,
        )

    def measure(self) -> WindowResult:
        if self._inputs.transforms.all and self._task.kind is not MonitoringType.DATA_QUALITY:
            raise MonitorError(
                f"{self._task.capture} has data of batch transform, and {self._task.kind} needs records with labels. "
                "Name the folder of merged records as `capture`."
            )
        match self._task.kind:
            case MonitoringType.DATA_QUALITY:
                return self._data_quality()
            case MonitoringType.MODEL_QUALITY:
                return result_of(self._model_quality())
            case MonitoringType.BIAS:
                return result_of(self._bias())
            case MonitoringType.ATTRIBUTION:
                return result_of(self._attribution())

    def settings(self) -> MeasureSettings:
        """Return how the window is read and compared."""
        return MeasureSettings(capture=self._settings, compare=_compare_settings(self._task))

    def history_file(self) -> str | None:
        """Return the history after the newest window before this one; None if there is none."""
        folders = (report_folder(self._task.reports, end) for end in self._task.earlier)
        return next((f"{each}/{HISTORY}" for each in folders if self._read(each, HISTORY) is not None), None)

    # Data quality

    def _data_quality(self) -> WindowResult:
        task, baseline = self._task, self._own_baseline()
        settings = self.settings()
        history = open_history(self._history(), baseline.digest)
        neighbours, pairs = self._neighbours(history, settings.compare), self._pairs()
        if pairs:
            reading = TransformSettings(has_ids=has_inference_ids(pairs), excluded=task.exclude)
            found = measure_transform(pairs, reading, baseline, settings, history, neighbours=neighbours)
        else:
            sources = self._sources(self._inputs.bucket, self._inputs.captures)
            found = measure(sources, baseline, settings, history, neighbours=neighbours)
        estimate, before = self._estimates(found, baseline)
        sections = [] if estimate is None else [estimate_section(estimate)]
        files = dict(found.files)
        files[HISTORY] = msgspec.json.encode(found.history)
        if found.comparison.outcome is not Outcome.NO_DATA:
            files[REPORT] = self._page(baseline, found, sections)
        violations = msgspec.json.decode(found.files.get("constraint_violations.json", b'{"violations":[]}'))
        return WindowResult(
            verdict=VERDICTS[found.comparison.outcome],
            message=without_data(task) if found.comparison.outcome is Outcome.NO_DATA else found.message,
            estimate=estimate_words(estimate, before),
            violations=violations["violations"],
            records=found.comparison.records,
            features=len(found.profile.columns),
            measures=measures(estimate, before),
            files=files,
            metrics=drift_metrics(found.comparison),
        )

    def _neighbours(self, history: DriftHistory, settings: CompareSettings) -> Neighbours:
        """Return the profiles of the windows that this one can be joined with, as far as they are still there."""
        span = WindowSpan(self._task.window.start, self._task.window.end)
        season = self._merged(find_season(history, span, settings))
        rollups = find_rollups(history, span, settings)
        earlier = {hours: merged for hours, spans in rollups.items() if (merged := self._merged(spans)) is not None}
        return Neighbours(earlier=earlier, season=season)

    def _merged(self, spans: Iterable[WindowSpan]) -> DatasetProfile | None:
        stored = (self._read(report_folder(self._task.reports, span.end), PROFILE) for span in spans)
        profiles = [decode_profile(data) for data in stored if data is not None]
        try:
            return merge_profiles(profiles) if profiles else None
        except ProfilesDiffer:
            return None  # the monitor was changed between these windows

    def _history(self) -> DriftHistory:
        """Return the history after the newest window before this one; an empty one if there is none."""
        for end in self._task.earlier:
            data = self._read(report_folder(self._task.reports, end), HISTORY)
            if data is not None:
                try:
                    return msgspec.json.decode(data, type=DriftHistory)
                except msgspec.DecodeError:
                    break  # another release wrote it: a new history begins
        return DriftHistory()

    def _estimates(
        self, found: Measurement, baseline: Baseline
    ) -> tuple[EstimatedQuality | EstimateRefused | None, EstimatedQuality | None]:
        """Return the estimated quality of window and baseline, if the monitor names a column of probabilities."""
        quality = self._task.model_quality
        if quality is None or quality.probability_attribute is None or not found.profile.records:
            return None, None
        data = self._read(self._task.baseline, CALIBRATION)
        calibration = None if data is None else msgspec.json.decode(data, type=Calibration)
        both = [
            estimate_quality(
                scores_of_profile(profile, quality.probability_attribute), quality.probability_threshold, calibration
            )
            for profile in (found.profile, baseline.profile)
        ]
        return both[0], both[1] if isinstance(both[1], EstimatedQuality) else None

    def _page(self, baseline: Baseline, found: Measurement, sections: list[MetricSection]) -> bytes:
        task, promise = self._task, self._task.promise
        facts = RunFacts(
            title=task.target.name,
            start=task.window.start,
            end=task.window.end,
            monitor=task.source,
            mode="compatible" if promise is None else "promise",
            promise="" if promise is None else promise_words(promise),
        )
        return render_report(facts, baseline, found.profile, found.comparison, sections).encode()

    # The types with labels

    def _model_quality(self) -> LabelledRun:
        quality = self._task.model_quality
        if quality is None:
            raise MonitorError("The monitor has no `model_quality`. Add it to the Monitors document.")
        constraints = self._baseline_struct("constraints.json", QualityConstraints)
        known = baseline_statistics(self._read(self._task.baseline, STATISTICS))
        records = None if known is None else known.dataset.item_count or None
        window = self._labelled(len(constraints.metrics), records)
        return measure_model_quality(
            window, quality_columns(quality), constraints, () if known is None else known.labels
        )

    def _bias(self) -> LabelledRun:
        bias = self._task.bias
        if bias is None:
            raise MonitorError("The monitor has no `bias`. Add it to the Monitors document.")
        columns = bias_columns(bias, self._task.model_quality)
        baseline = self._baseline_struct(ANALYSIS, ClarifyAnalysis)
        return measure_bias_window(self._labelled(len(baseline.metrics)), columns, baseline)

    def _attribution(self) -> LabelledRun:
        given = self._task.attribution
        if given is None:
            raise MonitorError("The monitor has no `attribution`. Add it to the Monitors document.")
        data = (
            None
            if given.analysis is None
            else self._read(report_folder(given.analysis, self._task.window.end), ANALYSIS)
        )
        analysis = None if data is None else read_struct(data, ClarifyAnalysis, ANALYSIS)
        sources = self._sources(self._inputs.bucket, self._inputs.captures)
        baseline = self._baseline_struct(ANALYSIS, ClarifyAnalysis)
        return measure_attribution_window(sources, self._whole(), given.columns, analysis, baseline, self._schema())

    def _whole(self) -> CaptureSettings:
        """Return how records are read with all columns: those that are not compared can be predictions and facets."""
        return msgspec.structs.replace(self._settings, excluded=())

    def _labelled(self, checks: int, baseline_records: int | None = None) -> LabelledWindow:
        task, labels = self._task, Labels()
        labels.read(self._sources(self._inputs.label_bucket, self._inputs.labels))
        until = task.ground_truth.maximum_age if task.ground_truth is not None else LabelWaiting().until
        return LabelledWindow(
            sources=self._sources(self._inputs.bucket, self._inputs.captures),
            labels=labels,
            settings=self._whole(),
            # The last repetition is the end of the waiting, also if the queue delivers it a little early.
            age=until if task.is_last else self._now - task.window.end,
            waiting=LabelWaiting(until=until),
            rule=verdict_rule(task, checks, baseline_records),
            schema=self._schema(),
        )

    # Places

    def _sources(self, bucket: str, objects: Iterable[StoredObject]) -> list[Source]:
        return [
            Source(
                key=found.key,
                open=partial(_opened, self._captures, bucket, found),
                etag=found.etag,
                time=found.modified,
            )
            for found in objects
        ]

    def _pairs(self) -> tuple[TransformPair, ...]:
        """Return the objects of transform jobs, inputs with their outputs."""
        found = self._inputs.transforms
        inputs, outputs = (
            [source for each in side for source in self._sources(each.bucket, (each.found,))]
            for side in (found.inputs, found.outputs)
        )
        return pair_objects(inputs, outputs)

    def _baseline_files(self, objects: Iterable[StoredObject]) -> dict[str, bytes]:
        bucket, _ = bucket_and_key(self._task.baseline)
        named = {each.key.rpartition("/")[2]: each.key for each in objects}
        found = {name: self._captures.read(bucket, key) for name, key in named.items() if name in _OF_DATA_QUALITY}
        return {name: data for name, data in found.items() if data is not None}

    def _own_baseline(self) -> Baseline:
        files = self._baseline_files(self._inputs.baseline)
        if not files:
            raise MonitorError(
                f"There is no baseline in {self._task.baseline}. Make one with `kedge monitor baseline`."
            )
        return read_baseline(files)

    def _schema(self) -> Schema | None:
        """Return the columns of the baseline of data quality, which name values of CSV; None if there is none."""
        files = self._baseline_files(self._inputs.names)
        return read_baseline(files).profile.schema if files else None

    def _baseline_struct[T](self, name: str, kind: type[T]) -> T:
        data = self._read(self._task.baseline, name)
        if data is None:
            raise MonitorError(
                f"The baseline {self._task.baseline} has no {name}. Make one with `kedge monitor baseline`."
            )
        return read_struct(data, kind, name)

    def _read(self, folder: str, name: str) -> bytes | None:
        bucket, key = bucket_and_key(folder)
        return self._captures.read(bucket, f"{key}/{name}")


def _opened(captures: Captures, bucket: str, found: StoredObject) -> BinaryIO:
    return captures.open(bucket, found)


def _compare_settings(task: MeasurementTask) -> CompareSettings:
    promise = task.promise
    return CompareSettings(
        mode=CompareMode.COMPATIBLE if promise is None else CompareMode.PROMISE,
        promise=FalsePagePromise()
        if promise is None
        else FalsePagePromise(false_pages=promise.false_pages, weeks=promise.within.total_seconds() / _WEEK),
        runs_per_week=max(task.runs_per_week, 1e-3),
        threshold=None if promise is None else task.comparison_threshold,
        excluded=task.exclude,
        seasonal_weeks=SEASONAL_WEEKS if task.seasonal else None,
    )
