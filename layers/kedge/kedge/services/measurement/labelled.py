"""Windows of model quality, bias and attribution."""

from datetime import datetime
from typing import Final

from kedge.domain.run import Measure, Verdict
from kedge.monitors.definitions import report_folder
from kedge.monitors.spec import BiasSpec, ModelQualitySpec, MonitoringType
from kedge.monitors.task import WEEK, MeasurementTask
from kedge.services.measurement.results import REPORT, VERDICTS, run_facts
from kedge.services.measurement.window import WindowResult
from kedge.services.measurement.window_files import WindowFiles
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.capture.labels import Labels
from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.labelled import (
    ANALYSIS,
    LabelledRun,
    LabelledWindow,
    measure_attribution_window,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.struct_files import read_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType, QualityConstraints
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule
from kedge_monitor.report.page import render_metrics

_MILDEST: Final = 0.05  # no level is milder, however seldom the monitor runs


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
        if run.section is not None:
            facts = run_facts(self._task)
            files = {**files, REPORT: render_metrics(facts, run.outcome, run.records, run.section).encode()}
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
        columns = QualityColumns(
            problem_type=ProblemType(quality.problem_type),
            ground_truth_attribute=quality.ground_truth_attribute or "ground_truth",
            inference_attribute=quality.inference_attribute,
            probability_attribute=quality.probability_attribute,
            probability_threshold_attribute=quality.probability_threshold,
            positive_label=quality.positive_label,
        )
        constraints = self._files.baseline_struct("constraints.json", QualityConstraints)
        return measure_model_quality(self._labelled(len(constraints.metrics)), columns, constraints)

    def _bias(self) -> LabelledRun:
        bias = self._task.bias
        if bias is None:
            raise MonitorError("The monitor has no `bias`. Add it to the Monitors document.")
        predicted = self._predictions(bias)
        columns = BiasColumns(
            facets=tuple(Facet(name=each.name, values=each.values, threshold=each.threshold) for each in bias.facets),
            ground_truth_attribute=bias.label,
            inference_attribute=predicted.inference_attribute,
            probability_attribute=predicted.probability_attribute,
            probability_threshold=predicted.probability_threshold,
            positive_labels=bias.positive_values,
        )
        baseline = self._files.baseline_struct(ANALYSIS, ClarifyAnalysis)
        return measure_bias_window(self._labelled(len(baseline.metrics)), columns, baseline)

    def _predictions(self, bias: BiasSpec) -> BiasSpec | ModelQualitySpec:
        """Return what names the predictions: `bias` itself, else `model_quality`."""
        if bias.inference_attribute is None and bias.probability_attribute is None:
            return self._task.model_quality or bias
        return bias

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
            sources, self._files.capture_settings, given.columns, analysis, baseline, schema=self._files.schema()
        )

    def _labelled(self, checks: int) -> LabelledWindow:
        task, labels = self._task, Labels()
        labels.read(self._files.labels())
        until = task.ground_truth.maximum_age if task.ground_truth is not None else LabelWaiting().until
        return LabelledWindow(
            sources=self._files.records(),
            labels=labels,
            settings=self._files.capture_settings,
            # The last repetition is the end of the waiting, also if the queue delivers it a little early.
            age=until if task.is_last else self._now - task.window.end,
            waiting=LabelWaiting(until=until),
            rule=_verdict_rule(task, max(checks, 1)),
            schema=self._files.schema(),
        )


def _verdict_rule(task: MeasurementTask, checks: int) -> VerdictRule:
    """Return the rule of the types with labels: the promise divided by runs and checks (Bonferroni)."""
    if task.promise is None:
        return VerdictRule(mode=CompareMode.COMPATIBLE)
    weeks = task.promise.within / WEEK
    level = task.promise.false_pages / (max(task.runs_per_week, 1e-3) * weeks * checks)
    return VerdictRule(level=min(level, _MILDEST))
