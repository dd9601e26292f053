"""Windows of model quality, bias and attribution, as the folder of the baseline says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from kedge_monitor.batch import Schema
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.source import Source
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.engines.labelled import (
    ANALYSIS,
    LabelledRun,
    LabelledWindow,
    baseline_statistics,
    measure_attribution_window,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.statistics import STATISTICS
from kedge_monitor.files.struct_files import read_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import QualityConstraints, QualityStatistics
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule
from kedge_monitor.report.sections import MetricSection, comparison_section
from workbench.cli.monitor.measuring.data import WrongInput
from workbench.cli.monitor.measuring.labelled import AttributionColumns, quality_columns, read_labels
from workbench.cli.monitor.measuring.settings import ATTRIBUTION, BIAS, COLUMNS, MODEL_QUALITY
from workbench.cli.monitor.options import LabelOptions

_MILDEST: Final = 0.05  # no level is milder, however seldom the monitor runs
TITLES: Final = {MODEL_QUALITY: "Model quality", BIAS: "Bias", ATTRIBUTION: "Feature attribution"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBaselines:
    """The baselines with labels in a folder. `options` override the columns that the folder names.

    `schema` are the columns of the baseline of data quality.
    """

    folder: Path
    options: LabelOptions
    schema: Schema

    def quality(self) -> tuple[QualityColumns, QualityConstraints] | None:
        """Return the columns and limits of model quality; None if there is no such baseline. Raises WrongInput."""
        constraints = self.stored(MODEL_QUALITY, CONSTRAINTS, QualityConstraints)
        if constraints is None:
            return None
        columns = quality_columns(self.options) or self.stored(MODEL_QUALITY, COLUMNS, QualityColumns)
        if columns is None:
            raise WrongInput(
                f"{self.folder / MODEL_QUALITY} does not say which column is the prediction. "
                "Set --problem-type and --prediction or --probability."
            )
        return columns, constraints

    def bias(self) -> tuple[BiasColumns, ClarifyAnalysis] | None:
        """Return the columns and limits of bias; None if there is no such baseline."""
        columns, analysis = self.stored(BIAS, COLUMNS, BiasColumns), self.stored(BIAS, ANALYSIS, ClarifyAnalysis)
        return None if columns is None or analysis is None else (columns, analysis)

    def statistics(self) -> QualityStatistics | None:
        """Return what the baseline of model quality has measured; None if there is none."""
        file = self.folder / MODEL_QUALITY / STATISTICS
        return baseline_statistics(file.read_bytes() if file.is_file() else None)

    def check_any(self) -> None:
        """Check that labels can be compared with something. Raises WrongInput."""
        if self.quality() is None and self.bias() is None:
            raise WrongInput(
                f"{self.folder} has no baseline with labels. Make one: kedge monitor baseline with --problem-type."
            )

    def stored[T](self, folder: str, name: str, kind: type[T]) -> T | None:
        """Return a file of the folder; None if it does not exist. Raises FileUnreadable."""
        file = self.folder / folder / name
        return read_struct(file.read_bytes(), kind, file.as_posix()) if file.is_file() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTypes:
    """The inputs of a window with labels: the baselines, the records, and the rules."""

    baselines: LabelledBaselines
    sources: Sequence[Source]
    settings: CaptureSettings
    compare: CompareSettings
    end: datetime | None

    def measure(self) -> dict[str, LabelledRun]:
        """Measure each type that the baseline has, by its name.

        Raises:
            WrongInput, MonitorError: an option or a baseline does not fit the data.
        """
        known, found = self.baselines, {}
        if known.options.labels is not None:
            known.check_any()
            labels = read_labels(known.options.labels, self.settings.most_unreadable)
            statistics = known.statistics()
            if (quality := known.quality()) is not None:
                window = self._window(labels, len(quality[1].metrics), statistics)
                found[MODEL_QUALITY] = measure_model_quality(window, *quality, statistics.labels if statistics else ())
            if (bias := known.bias()) is not None:
                window = self._window(labels, len(bias[1].metrics), None)
                found[BIAS] = measure_bias_window(window, *bias)
        mapping = known.stored(ATTRIBUTION, COLUMNS, AttributionColumns)
        analysis = known.stored(ATTRIBUTION, ANALYSIS, ClarifyAnalysis)
        if mapping is not None and analysis is not None:
            found[ATTRIBUTION] = measure_attribution_window(
                self.sources, self.settings, mapping.columns, None, analysis, known.schema
            )
        return found

    def _window(self, labels: Labels, checks: int, statistics: QualityStatistics | None) -> LabelledWindow:
        age = timedelta() if self.end is None else max(datetime.now(UTC) - self.end, timedelta())
        return LabelledWindow(
            sources=self.sources,
            labels=labels,
            settings=self.settings,
            age=age,
            waiting=LabelWaiting(until=timedelta()),  # this command does not wait
            rule=rule_of(self.compare, checks, statistics),
            schema=self.baselines.schema,
        )


def rule_of(compare: CompareSettings, checks: int, statistics: QualityStatistics | None) -> VerdictRule:
    """Return the rule of the types with labels: the promise, divided by runs and checks (Bonferroni).

    `statistics` are those of model quality's baseline: its limits have an error of their own, by the number of its records.
    """
    promise = compare.promise
    level = promise.false_pages / (compare.runs_per_week * promise.weeks * max(checks, 1))
    records = None if statistics is None else statistics.dataset.item_count or None
    return VerdictRule(mode=compare.mode, level=min(level, _MILDEST), baseline_records=records)


def section_of(name: str, run: LabelledRun) -> MetricSection:
    """Return the section of the page for a window with labels; one that was not measured has only the reason."""
    if run.comparison is None:
        return MetricSection(title=TITLES[name], summary=run.message, outcome=run.outcome)
    return comparison_section(run.comparison, run.notes)
