"""Model quality in a container: the states of all hosts against the limits of the baseline, or new limits."""

from datetime import timedelta
from typing import Final, override

import msgspec

from kedge_monitor.capture.labels import GROUND_TRUTH, JoinReport, Labels
from kedge_monitor.capture.read_report import ReadReport, check_readable
from kedge_monitor.capture.tables import TableReader
from kedge_monitor.compare.promise import find_budget
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.container_run import JobResult, JobRun, with_rows
from kedge_monitor.engines.fitting import read_tables
from kedge_monitor.engines.labelled import (
    LabelledPart,
    LabelledRun,
    LabelledWindow,
    baseline_statistics,
    judge_quality,
    read_quality,
)
from kedge_monitor.engines.parts import encode_quality_part, join_quality_parts
from kedge_monitor.engines.processing_job import JobMisconfigured, Records
from kedge_monitor.files.cloudwatch import MetricDatum, quality_metrics
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.run_files import exit_message
from kedge_monitor.files.statistics import STATISTICS
from kedge_monitor.files.struct_files import read_struct, write_struct
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import QualityConstraints, QualityStatistics
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.state import QualityState
from kedge_monitor.quality.verdict import VerdictRule, suggest_quality_constraints

_SETTINGS: Final = (
    "problem_type",
    "inference_attribute",
    "probability_attribute",
    "probability_threshold_attribute",
    "positive_label",
)
# The merge job has waited for the labels, so what is there is measured.
_NO_WAITING: Final = LabelWaiting(fewest=1, share=0.0, until=timedelta())


class ModelQualityRun(JobRun):
    """A run of the monitor of model quality, on merged records or on a table that has a column of labels."""

    _known: QualityStatistics | None = None

    @override
    def measure(self) -> JobResult | None:
        """Compare with the limits of the baseline; without them, suggest them."""
        data = self.job.baseline_files().get(CONSTRAINTS)
        if data is None:
            self.check_single_host()
        self._known = baseline_statistics(self.job.baseline_files().get(STATISTICS))
        is_table = self.has_script or self.job.dataset.records is Records.TABLE
        part = self._read_table() if is_table else self._read_merged()
        parts = self.hosts.collect("quality", encode_quality_part(part))
        if parts is None:
            return None
        whole = join_quality_parts(parts)
        if data is None:
            return self._fit(whole)
        limits = read_struct(data, QualityConstraints, CONSTRAINTS)
        found = judge_quality(whole, self._window(len(limits.metrics)), limits)
        is_unlabelled = found.outcome is Outcome.NO_DATA or not whole.join.labelled
        return JobResult(message=found.message, files=found.files, metrics=self._metrics(found), failed=is_unlabelled)

    def _columns(self) -> QualityColumns:
        given = {name: value for name in _SETTINGS if (value := self.job.get(name)) is not None}
        self.job.need("problem_type")
        label = {"ground_truth_attribute": self.job.get("ground_truth_attribute") or GROUND_TRUTH}
        try:
            return msgspec.convert(given | label, QualityColumns, strict=False)
        except msgspec.ValidationError as error:
            raise JobMisconfigured(f"The settings of model quality: {error}. Correct the environment.") from None

    def _read_merged(self) -> LabelledPart[QualityState]:
        if self.job.dataset.records is not Records.MERGED:
            raise JobMisconfigured(
                "Model quality needs records with labels. Set dataset_format to sagemakerMergeJson, and read the merge job's output."
            )
        return read_quality(self.sources, self.layout(None), Labels(), self.capture, self._columns(), self._labels())

    def _read_table(self) -> LabelledPart[QualityState]:
        rows, columns, known = self.rows(()), self._columns(), self._labels()

        def read(reader: TableReader) -> tuple[QualityState, ReadReport]:
            state = QualityState(columns, known)
            for batch in reader.read():
                state.add_batch(reader.schema, batch)
            return state, reader.report

        state, report = QualityState(columns, known), ReadReport()
        if rows.sources:
            state, report = read_tables(rows.sources, rows.table, read, None, self.excluded)
        return LabelledPart(state, with_rows(rows.report, report), JoinReport(labelled=report.records))

    def _labels(self) -> tuple[str, ...]:
        return () if self._known is None else self._known.labels

    def _window(self, checks: int) -> LabelledWindow:
        level = min(find_budget(self.compare).find_at_once(checks), 0.05)
        records = None if self._known is None else self._known.dataset.item_count or None
        return LabelledWindow(
            sources=(),
            labels=Labels(),
            settings=self.capture,
            age=timedelta(),
            waiting=_NO_WAITING,
            rule=VerdictRule(mode=self.compare.mode, level=level, baseline_records=records),
        )

    def _metrics(self, found: LabelledRun) -> tuple[MetricDatum, ...]:
        dimensions = self.dimensions()
        if not dimensions or STATISTICS not in found.files:
            return ()
        statistics = read_struct(found.files[STATISTICS], QualityStatistics, STATISTICS)
        return quality_metrics(statistics, dimensions=dimensions, timestamp=self.metric_time)

    def _fit(self, whole: LabelledPart[QualityState]) -> JobResult:
        check_readable(whole.report, self.capture.most_unreadable)
        if not whole.join.labelled:
            return JobResult(message=exit_message(Outcome.NO_DATA, 0, ("No record has a label.",)), failed=True)
        measured = whole.state.measure()
        files = {
            STATISTICS: write_struct(measured.statistics),
            CONSTRAINTS: write_struct(suggest_quality_constraints(measured.statistics)),
        }
        return JobResult(message=exit_message(Outcome.CLEAN, 0), files=files)
