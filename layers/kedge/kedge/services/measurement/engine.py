"""A task and its objects to the files and the verdict of kedge_monitor, in this process."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.run import Verdict
from kedge.monitors.definitions import report_folder
from kedge.monitors.spec import MonitoringType
from kedge.monitors.task import WEEK, MeasurementTask
from kedge.ports.captures import Captures
from kedge.ports.spark_jobs import SparkJobs
from kedge.services.measurement.handover import can_hand_over, hand_over
from kedge.services.measurement.inputs import InputObjects
from kedge.services.measurement.labelled import LabelledMeasurement
from kedge.services.measurement.results import (
    REPORT,
    VERDICTS,
    estimate_words,
    measures,
    run_facts,
    too_large,
    without_data,
)
from kedge.services.measurement.window import WindowResult, failed
from kedge.services.measurement.window_files import WindowFiles
from kedge_monitor.baseline import Baseline
from kedge_monitor.capture.transform import TransformSettings, has_inference_ids
from kedge_monitor.compare.history import DriftHistory, WindowSpan, find_rollups, find_season, open_history
from kedge_monitor.compare.settings import SEASONAL_WEEKS, CompareMode, CompareSettings, FalsePagePromise
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.embedded import Measurement, MeasureSettings, Neighbours, measure
from kedge_monitor.engines.transform import measure_transform
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.cloudwatch import drift_metrics
from kedge_monitor.files.run_files import PROFILE
from kedge_monitor.profile.dataset import DatasetProfile, ProfilesDiffer, merge_profiles
from kedge_monitor.profile.stored import decode_profile
from kedge_monitor.quality.calibration import Calibration
from kedge_monitor.quality.estimated import EstimatedQuality, EstimateRefused, estimate_quality, scores_of_profile
from kedge_monitor.report.page import render_report
from kedge_monitor.report.sections import estimate_section

HISTORY: Final = "kedge_history.json"
"""What the next window needs to know of the windows before it."""

CALIBRATION: Final = "kedge_calibration.json"

LARGEST: Final = 20 * 1024**3
"""Bytes of the largest window that the function measures in its time: 900 s at about 25 MB a second of one CPU."""


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
            window = _DataQualityWindow(task, WindowFiles(task, inputs, captures))
            settings, history = window.settings(), window.history_file()
            return hand_over(task, task.spark, inputs, settings, history, captures, self._jobs)
        if task.capture_off and not inputs.captures:
            return WindowResult(verdict=Verdict.NO_DATA, message=f"No data: {task.capture_off}.")
        try:
            files = WindowFiles(task, inputs, captures)
            if task.kind is MonitoringType.DATA_QUALITY:
                return _DataQualityWindow(task, files).measure()
            return LabelledMeasurement(task, files, self._clock()).measure()
        except MonitorError as error:
            return failed(str(error))


class _DataQualityWindow:
    """One measurement of data quality."""

    def __init__(self, task: MeasurementTask, files: WindowFiles) -> None:
        self._task = task
        self._files = files

    def settings(self) -> MeasureSettings:
        """Return how the window is read and compared."""
        return MeasureSettings(capture=self._files.capture_settings, compare=_compare_settings(self._task))

    def history_file(self) -> str | None:
        """Return the history after the newest window before this one; None if there is none."""
        folders = (report_folder(self._task.reports, end) for end in self._task.earlier)
        return next((f"{each}/{HISTORY}" for each in folders if self._files.read(each, HISTORY) is not None), None)

    def measure(self) -> WindowResult:
        task, baseline = self._task, self._files.own_baseline()
        settings = self.settings()
        history = open_history(self._history(), baseline.digest)
        neighbours, pairs = self._neighbours(history, settings.compare), self._files.pairs()
        if pairs:
            reading = TransformSettings(has_ids=has_inference_ids(pairs), excluded=task.exclude)
            found = measure_transform(pairs, reading, baseline, settings, neighbours)
        else:
            found = measure(self._files.records(), baseline, settings, neighbours)
        estimate, before = self._estimates(found, baseline)
        sections = [] if estimate is None else [estimate_section(estimate)]
        files = dict(found.files)
        files[HISTORY] = msgspec.json.encode(found.history)
        if found.comparison.outcome is not Outcome.NO_DATA:
            page = render_report(run_facts(task), baseline, found.profile, found.comparison, sections)
            files[REPORT] = page.encode()
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
        return Neighbours(history=history, earlier=earlier, season=season)

    def _merged(self, spans: Iterable[WindowSpan]) -> DatasetProfile | None:
        stored = (self._files.read(report_folder(self._task.reports, span.end), PROFILE) for span in spans)
        profiles = [decode_profile(data) for data in stored if data is not None]
        try:
            return merge_profiles(profiles) if profiles else None
        except ProfilesDiffer:
            return None  # the monitor was changed between these windows

    def _history(self) -> DriftHistory:
        """Return the history after the newest window before this one; an empty one if there is none."""
        for end in self._task.earlier:
            data = self._files.read(report_folder(self._task.reports, end), HISTORY)
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
        data = self._files.read(self._task.baseline, CALIBRATION)
        calibration = None if data is None else msgspec.json.decode(data, type=Calibration)
        both = [
            estimate_quality(
                scores_of_profile(profile, quality.probability_attribute), quality.probability_threshold, calibration
            )
            for profile in (found.profile, baseline.profile)
        ]
        return both[0], both[1] if isinstance(both[1], EstimatedQuality) else None


def _compare_settings(task: MeasurementTask) -> CompareSettings:
    promise = task.promise
    return CompareSettings(
        mode=CompareMode.COMPATIBLE if promise is None else CompareMode.PROMISE,
        promise=FalsePagePromise()
        if promise is None
        else FalsePagePromise(false_pages=promise.false_pages, weeks=promise.within / WEEK),
        runs_per_week=max(task.runs_per_week, 1e-3),
        threshold=None if promise is None else task.comparison_threshold,
        excluded=task.exclude,
        seasonal_weeks=SEASONAL_WEEKS if task.seasonal else None,
    )
