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
    measure_attribution_window,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.struct_files import read_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import QualityConstraints
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule
from kedge_monitor.report.sections import MetricSection
from workbench.cli.monitor.measuring.data import WrongInput
from workbench.cli.monitor.measuring.labelled import AttributionColumns, quality_columns, read_labels
from workbench.cli.monitor.measuring.settings import ATTRIBUTION, BIAS, COLUMNS, MODEL_QUALITY
from workbench.cli.monitor.options import LabelOptions

_MILDEST: Final = 0.05  # no level is milder, however seldom the monitor runs
TITLES: Final = {MODEL_QUALITY: "Model quality", BIAS: "Bias", ATTRIBUTION: "Feature attribution"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTypes:
    """The inputs of a window with labels: the folder of the baseline, the records, and the rules."""

    baseline: Path
    sources: Sequence[Source]
    options: LabelOptions
    settings: CaptureSettings
    compare: CompareSettings
    end: datetime | None
    schema: Schema

    def measure(self) -> dict[str, LabelledRun]:
        """Measure each type that the baseline has, by its name.

        Raises:
            WrongInput, MonitorError: an option or a baseline does not fit the data.
        """
        found = {}
        if self.options.labels is not None:
            labels = read_labels(self.options.labels, self.settings.most_unreadable)
            if (quality := self._quality(labels)) is not None:
                found[MODEL_QUALITY] = quality
            if (bias := self._bias(labels)) is not None:
                found[BIAS] = bias
            if not found:
                raise WrongInput(
                    f"{self.baseline} has no baseline with labels. Make one: kedge monitor baseline with --problem-type."
                )
        mapping = self._stored(ATTRIBUTION, COLUMNS, AttributionColumns)
        analysis = self._stored(ATTRIBUTION, ANALYSIS, ClarifyAnalysis)
        if mapping is not None and analysis is not None:
            found[ATTRIBUTION] = measure_attribution_window(
                self.sources, self.settings, mapping.columns, None, analysis
            )
        return found

    def _quality(self, labels: Labels) -> LabelledRun | None:
        constraints = self._stored(MODEL_QUALITY, CONSTRAINTS, QualityConstraints)
        if constraints is None:
            return None
        columns = quality_columns(self.options) or self._stored(MODEL_QUALITY, COLUMNS, QualityColumns)
        if columns is None:
            raise WrongInput(
                f"{self.baseline / MODEL_QUALITY} does not say which column is the prediction. "
                "Set --problem-type and --prediction or --probability."
            )
        return measure_model_quality(self._window(labels, len(constraints.metrics)), columns, constraints)

    def _bias(self, labels: Labels) -> LabelledRun | None:
        columns, analysis = self._stored(BIAS, COLUMNS, BiasColumns), self._stored(BIAS, ANALYSIS, ClarifyAnalysis)
        if columns is None or analysis is None:
            return None
        return measure_bias_window(self._window(labels, len(analysis.metrics)), columns, analysis)

    def _stored[T](self, folder: str, name: str, kind: type[T]) -> T | None:
        file = self.baseline / folder / name
        return read_struct(file.read_bytes(), kind, file.as_posix()) if file.is_file() else None

    def _window(self, labels: Labels, checks: int) -> LabelledWindow:
        promise = self.compare.promise
        # The promise, divided by runs and checks (Bonferroni).
        level = promise.false_pages / (self.compare.runs_per_week * promise.weeks * max(checks, 1))
        age = timedelta() if self.end is None else max(datetime.now(UTC) - self.end, timedelta())
        return LabelledWindow(
            sources=self.sources,
            labels=labels,
            settings=self.settings,
            age=age,
            waiting=LabelWaiting(until=timedelta()),  # this command does not wait
            rule=VerdictRule(mode=self.compare.mode, level=min(level, _MILDEST)),
            schema=self.schema,
        )


def section_of(name: str, run: LabelledRun) -> MetricSection:
    """Return the section of the page for a window with labels; one that was not measured has only the reason."""
    return run.section or MetricSection(title=TITLES[name], summary=run.message)
