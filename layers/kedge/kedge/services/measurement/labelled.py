"""Windows of model quality, bias and attribution: their columns and rule from the task, and their result."""

from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.run import Measure, Verdict
from kedge.monitors.definitions import report_folder
from kedge.monitors.spec import BiasSpec, ModelQualitySpec, MonitoringType
from kedge.monitors.task import WEEK, MeasurementTask
from kedge.services.measurement.results import REPORT, VERDICTS, run_facts
from kedge.services.measurement.window import WindowResult
from kedge.services.measurement.window_files import WindowFiles
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.capture.labels import GROUND_TRUTH, Labels
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.labelled import (
    ANALYSIS,
    LabelledRun,
    LabelledWindow,
    baseline_statistics,
    measure_attribution_window,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.statistics import STATISTICS
from kedge_monitor.files.struct_files import read_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType, QualityConstraints
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule
from kedge_monitor.report.page import render_metrics
from kedge_monitor.report.sections import comparison_section

_MILDEST: Final = 0.05  # no level is milder, however seldom the monitor runs
_SELDOM: Final = 1e-3  # runs in a week, of a schedule that runs once


class LabelledMeasurement:
    """One window of a type that compares with labels, or that compares attributions."""

    def __init__(self, task: MeasurementTask, files: WindowFiles, now: datetime) -> None:
        """Keep the task, its files, and the time (UTC), for the age of a window without labels."""
        self._task = task
        self._files = files
        self._now = now

    def measure(self) -> WindowResult:
        """Return what the window shows, with its page.

        Raises:
            MonitorError: data, baseline or settings do not fit each other.
        """
        run = self._run()
        files = run.files
        if run.comparison is not None:
            section = comparison_section(run.comparison, run.notes)
            files = {**files, REPORT: render_metrics(run_facts(self._task), run.records, section).encode()}
        return WindowResult(
            verdict=Verdict.FAILED if run.is_given_up else VERDICTS[run.outcome],
            message=run.message,
            violations=list(run.entries),
            records=run.records,
            measures=tuple(Measure(name=name, value=value, limit=limit) for name, value, limit in run.values),
            files=files,
            metrics={name: value for name, value, _ in run.values},
        )

    def _run(self) -> LabelledRun:
        if self._files.has_transforms:
            raise MonitorError(
                f"{self._task.capture} has data of batch transform, and {self._task.kind} needs records with labels. "
                "Name the folder of merged records as `capture`."
            )
        match self._task.kind:
            case MonitoringType.MODEL_QUALITY:
                return self._model_quality()
            case MonitoringType.BIAS:
                return self._bias()
            case MonitoringType.ATTRIBUTION:
                return self._attribution()
            case other:
                raise AssertionError(f"{other} needs no labels")

    def _model_quality(self) -> LabelledRun:
        quality = self._task.model_quality
        if quality is None:
            raise MonitorError("The monitor has no `model_quality`. Add it to the Monitors document.")
        constraints = self._files.baseline_struct("constraints.json", QualityConstraints)
        known = baseline_statistics(self._files.read(self._task.baseline, STATISTICS))
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
        baseline = self._files.baseline_struct(ANALYSIS, ClarifyAnalysis)
        return measure_bias_window(self._labelled(len(baseline.metrics)), columns, baseline)

    def _attribution(self) -> LabelledRun:
        given = self._task.attribution
        if given is None:
            raise MonitorError("The monitor has no `attribution`. Add it to the Monitors document.")
        analysis = None
        if given.analysis is not None:
            folder = report_folder(given.analysis, self._task.window.end)
            data = self._files.read(folder, ANALYSIS)
            if data is None and not self._task.is_last:
                return LabelledRun(
                    outcome=Outcome.INCONCLUSIVE, message=f"There is no {ANALYSIS} in {folder} yet.", files={}
                )
            analysis = None if data is None else read_struct(data, ClarifyAnalysis, ANALYSIS)
        sources = self._files.records()
        baseline = self._files.baseline_struct(ANALYSIS, ClarifyAnalysis)
        return measure_attribution_window(
            sources, self._whole(), given.columns, analysis, baseline, schema=self._files.schema()
        )

    def _whole(self) -> CaptureSettings:
        """Return how records are read with all columns: those that are not compared can be predictions and facets."""
        return msgspec.structs.replace(self._files.capture_settings, excluded=())

    def _labelled(self, checks: int, baseline_records: int | None = None) -> LabelledWindow:
        task, labels = self._task, Labels()
        labels.read(self._files.labels())
        until = task.ground_truth.maximum_age if task.ground_truth is not None else LabelWaiting().until
        return LabelledWindow(
            sources=self._files.records(),
            labels=labels,
            settings=self._whole(),
            # The last repetition is the end of the waiting, also if the queue delivers it a little early.
            age=until if task.is_last else self._now - task.window.end,
            waiting=LabelWaiting(until=until),
            rule=verdict_rule(task, checks, baseline_records),
            schema=self._files.schema(),
        )


def quality_columns(quality: ModelQualitySpec) -> QualityColumns:
    """Return the columns of model quality."""
    return QualityColumns(
        problem_type=ProblemType(quality.problem_type),
        ground_truth_attribute=quality.ground_truth_attribute or GROUND_TRUTH,
        inference_attribute=quality.inference_attribute,
        probability_attribute=quality.probability_attribute,
        probability_threshold_attribute=quality.probability_threshold,
        positive_label=quality.positive_label,
    )


def bias_columns(bias: BiasSpec, quality: ModelQualitySpec | None) -> BiasColumns:
    """Return the columns of bias. If `bias` names no prediction, that of model quality counts."""
    has_own = bias.inference_attribute is not None or bias.probability_attribute is not None
    predicted = bias if has_own or quality is None else quality
    return BiasColumns(
        facets=tuple(Facet(name=each.name, values=each.values, threshold=each.threshold) for each in bias.facets),
        ground_truth_attribute=bias.label,
        inference_attribute=predicted.inference_attribute,
        probability_attribute=predicted.probability_attribute,
        probability_threshold=predicted.probability_threshold,
        positive_labels=bias.positive_values,
        group_attribute=bias.group_attribute,
        feature_attributes=bias.feature_attributes,
    )


def verdict_rule(task: MeasurementTask, checks: int, baseline_records: int | None) -> VerdictRule:
    """Return the rule of the types with labels: the promise divided by runs and checks (Bonferroni).

    Args:
        task: its promise and the number of its runs.
        checks: the number of limits.
        baseline_records: the labelled records of the baseline; None: its limits are exact.
    """
    if task.promise is None:
        return VerdictRule(mode=CompareMode.COMPATIBLE)
    level = task.promise.false_pages / (
        max(task.runs_per_week, _SELDOM) * (task.promise.within / WEEK) * max(checks, 1)
    )
    return VerdictRule(level=min(level, _MILDEST), baseline_records=baseline_records)
