"""The types with labels: the columns and the rule that a task gives to kedge_monitor, and the result of their windows."""

from typing import Final

from kedge.domain.run import Measure, Verdict
from kedge.monitors.spec import BiasSpec, ModelQualitySpec
from kedge.monitors.task import WEEK, MeasurementTask
from kedge.services.measurement.window import WindowResult
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.capture.labels import GROUND_TRUTH
from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.labelled import LabelledRun
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.verdict import VerdictRule

VERDICTS: Final = {
    Outcome.CLEAN: Verdict.CLEAN,
    Outcome.VIOLATED: Verdict.VIOLATED,
    Outcome.NO_DATA: Verdict.NO_DATA,
    Outcome.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}
_MILDEST: Final = 0.05  # no level is milder, however seldom the monitor runs
_SELDOM: Final = 1e-3  # runs in a week, of a schedule that runs once


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


def result_of(run: LabelledRun) -> WindowResult:
    """Return the result of a window with labels or attributions."""
    return WindowResult(
        verdict=VERDICTS[run.outcome],
        message=run.message,
        violations=list(run.entries),
        records=run.records,
        measures=tuple(Measure(name=name, value=value, limit=limit) for name, value, limit in run.values),
        files=run.files,
        metrics={name: value for name, value, _ in run.values},
    )
