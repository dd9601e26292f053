"""Data quality in a container: the profile of all hosts against the baseline, or a new baseline."""

import os
from collections.abc import Sequence
from typing import Final, NamedTuple, override

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import read_baseline, write_baseline
from kedge_monitor.baseline.suggest import suggest_baseline
from kedge_monitor.batch import Column, Kind, Schema
from kedge_monitor.capture.layout import left_out
from kedge_monitor.capture.read_report import ReadReport, check_readable
from kedge_monitor.capture.tables import TableReader
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.container_run import JobResult, JobRun, TableRows, with_rows
from kedge_monitor.engines.embedded import Measurement, MeasureSettings, edges_of, judge
from kedge_monitor.engines.fitting import fit_capture, fit_table, read_tables
from kedge_monitor.engines.parts import encode_profiled, join_profiled
from kedge_monitor.engines.processing_job import Records
from kedge_monitor.engines.workers import Profiled, Workers, profile_objects
from kedge_monitor.files.cloudwatch import MetricDatum, data_quality_metrics
from kedge_monitor.files.constraints import AWS_DEFAULTS
from kedge_monitor.files.run_files import exit_message
from kedge_monitor.profile.dataset import DatasetState

_MUCH: Final = 512 * 1024 * 1024
"""Bytes from which on more processes save more time than they need to start."""

_SCHEMAS: Final = msgspec.msgpack.Decoder(Schema)


class _Found(NamedTuple):
    """What this host has read, and the columns of the whole data, those left out included."""

    part: Profiled
    names: tuple[str, ...]


class DataQualityRun(JobRun):
    """A run of the monitor of data quality."""

    @override
    def measure(self) -> JobResult | None:
        """Compare with the baseline; without one, make it."""
        files = self.job.baseline_files()
        if not files:
            return self._fit()
        baseline = read_baseline(files)
        is_table = self.has_script or self.job.dataset.records is Records.TABLE
        found = self._read_tables(baseline) if is_table else self._read_capture(baseline)
        parts = self.hosts.collect("profile", encode_profiled(found.part))
        if parts is None:
            return None
        whole = join_profiled(parts)
        check_readable(whole.report, self.capture.most_unreadable)
        settings = MeasureSettings(capture=self.capture, compare=self.compare)
        measured = judge(whole, baseline, settings, names=found.names)
        return JobResult(
            message=measured.message,
            files=measured.files,
            metrics=self._metrics(measured, baseline),
            failed=measured.comparison.outcome is Outcome.NO_DATA,
        )

    def _metrics(self, measured: Measurement, baseline: Baseline) -> tuple[MetricDatum, ...]:
        dimensions = self.dimensions()
        if not dimensions or measured.comparison.outcome is Outcome.NO_DATA:
            return ()
        return data_quality_metrics(
            measured.profile,
            measured.comparison,
            baseline.constraints,
            dimensions=dimensions,
            timestamp=self.metric_time,
            everything=self.job.is_on("kedge_all_metrics"),
        )

    def _read_capture(self, baseline: Baseline) -> _Found:
        layout = self.layout(baseline.profile.schema)
        count, edges = self._count_workers(), edges_of(baseline)
        if count < 2:
            return _Found(profile_objects(self.sources, layout, edges, self.capture), layout.names)
        with Workers(count) as workers:
            return _Found(workers.profile_objects(self.sources, layout, edges, self.capture), layout.names)

    def _count_workers(self) -> int:
        """Return how many processes read the objects: one for each processor if there is much to read."""
        size = sum(source.size for source in self.sources)
        usual = (os.process_cpu_count() or 1) if size > _MUCH else 1
        return min(int(self.job.number("kedge_workers", usual)), len(self.sources))

    def _read_tables(self, baseline: Baseline) -> _Found:
        """Read tables. Hosts whose tables have other columns than those of the others read them again with all columns."""
        rows, known = self.rows(baseline.profile.schema.names), baseline.profile.schema
        part = self._profile(rows, baseline, known)
        given = known if part is None else _joined([known, part.profile.schema])
        schemas = [_SCHEMAS.decode(data) for data in self.hosts.share("schema", msgspec.msgpack.encode(given))]
        agreed = _joined([known, *schemas])
        if part is None or agreed != given:
            part = self._profile(rows, baseline, agreed)
        if part is None:  # no table on this host
            out = left_out(agreed.names, self.excluded)
            schema = Schema(columns=tuple(column for column in agreed.columns if column.name not in out))
            part = Profiled(DatasetState(schema, edges_of(baseline)).profile(), ReadReport())
        return _Found(Profiled(part.profile, with_rows(rows.report, part.report)), agreed.names)

    def _profile(self, rows: TableRows, baseline: Baseline, known: Schema) -> Profiled | None:
        if not rows.sources:
            return None

        def profile(reader: TableReader) -> Profiled:
            state = DatasetState(reader.schema, edges_of(baseline))
            for batch in reader.read():
                state.add(batch)
            return Profiled(state.profile(), reader.report)

        return read_tables(rows.sources, rows.table, profile, known, self.excluded)

    def _fit(self) -> JobResult:
        self.check_single_host()
        if self.has_script or self.job.dataset.records is Records.TABLE:
            rows = self.rows(())
            if not rows.sources:
                return JobResult(message=exit_message(Outcome.NO_DATA, 0), failed=True)
            fitted = fit_table(rows.sources, rows.table, self.excluded, most_unreadable=self.capture.most_unreadable)
        else:
            fitted = fit_capture(self.sources, self.capture)
        baseline, method = fitted.baseline, self.job.get("categorical_drift_method")
        if method is not None:
            config = msgspec.structs.replace(AWS_DEFAULTS, categorical_drift_method=method)
            baseline = suggest_baseline(baseline.profile, config)
        return JobResult(message=exit_message(Outcome.CLEAN, 0), files=write_baseline(baseline))


def _joined(schemas: Sequence[Schema]) -> Schema:
    """Return the columns of all schemas, in the order of the first that has each. A column that any has as text is a text."""
    kinds: dict[str, Kind] = {}
    for column in (column for schema in schemas for column in schema.columns):
        kinds[column.name] = Kind.TEXT if Kind.TEXT in (column.kind, kinds.get(column.name)) else column.kind
    return Schema(columns=tuple(Column(name=name, kind=kind) for name, kind in kinds.items()))
