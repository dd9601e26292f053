"""The common part of all runs of a container: settings, objects, and rows of the preprocessing script."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Final

import msgspec

from kedge_monitor.batch import Schema
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import ReadReport
from kedge_monitor.capture.reader import CaptureSettings, first_lines, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.capture.window import may_hold
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.engines.hosts import Hosts
from kedge_monitor.engines.parts import encode_lines, join_lines
from kedge_monitor.engines.processing_job import ContainerJob, JobMisconfigured, Records
from kedge_monitor.engines.script_process import ScriptTask, open_file
from kedge_monitor.engines.scripts import run_script
from kedge_monitor.files.cloudwatch import MetricDatum, run_dimensions

_HOURS_OF_WEEK: Final = 168.0


class JobResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a job ends: its exit message, the reports by their names, and the metrics. A failed job has a code other than 0."""

    message: str
    files: dict[str, bytes] = {}
    metrics: tuple[MetricDatum, ...] = ()
    failed: bool = False


class TableRows(msgspec.Struct, frozen=True, kw_only=True):
    """Tables to read, and what a preprocessing script's process counted; None if there is no script."""

    sources: list[Source]
    table: TableFormat
    report: ReadReport | None = None


class JobRun(ABC):
    """One run of a monitoring type on this host."""

    def __init__(self, job: ContainerJob, hosts: Hosts, folder: Path) -> None:
        """Take the job, its hosts, and a folder for temporary files.

        Raises:
            JobMisconfigured: a setting of the comparison is wrong.
        """
        self.job, self.hosts, self._folder = job, hosts, folder
        self.compare = _compare_settings(job)

    @abstractmethod
    def measure(self) -> JobResult | None:
        """Return the result on the first host, None on the others.

        Raises:
            MonitorError: the data cannot be measured.
        """

    @cached_property
    def capture(self) -> CaptureSettings:
        """Return how captured requests are read."""
        dataset = self.job.dataset
        return CaptureSettings(
            window=self.job.window,
            sides=dataset.sides,
            excluded=self.excluded,
            most_unreadable=self.job.number("kedge_most_unreadable", 0.01),
        )

    @property
    def excluded(self) -> tuple[str, ...]:
        """Return the columns to leave out, by name or number."""
        given = self.job.get("exclude_features_attribute") or ""
        return tuple(name.strip() for name in given.split(",") if name.strip())

    @cached_property
    def sources(self) -> list[Source]:
        """Return the objects of this host that can hold records of the window."""
        window, found = self.job.window, self.job.sources()
        if window is None or self.job.dataset.records is Records.TABLE:
            return found
        return [source for source in found if may_hold(source.key, window)]

    @property
    def has_script(self) -> bool:
        """Return whether a preprocessing script makes the rows."""
        return self.job.get("record_preprocessor_script") is not None

    def layout(self, schema: Schema | None) -> Layout:
        """Return the layout of captured requests, on all hosts the same."""
        lines = encode_lines(first_lines(self.sources, schema, self.capture))
        return survey_capture(join_lines(self.hosts.share("lines", lines)), schema, self.capture)

    def rows(self, names: tuple[str, ...]) -> TableRows:
        """Return the tables to read: those of the dataset, or the rows that the preprocessing script makes.

        Args:
            names: the columns of the baseline, for rows whose keys are numbers.
        """
        dataset, script = self.job.dataset, self.job.path("record_preprocessor_script")
        if script is None:
            return TableRows(sources=self.sources, table=dataset.table)
        if dataset.records is Records.TABLE and dataset.table is TableFormat.PARQUET:
            raise JobMisconfigured(
                "A preprocessing script cannot read Parquet. Store the dataset as CSV or JSON Lines."
            )
        task = ScriptTask(
            script=script,
            handler="preprocess_handler",
            sources=tuple((source.key, self.job.file(source)) for source in self.sources),
            captured=dataset.records is not Records.TABLE,
            is_json=dataset.table is TableFormat.JSON_LINES,
            header=dataset.records is Records.TABLE and dataset.table is TableFormat.CSV,
            window=self.job.window,
            names=names,
            folder=self._folder,
        )
        result = run_script(task, self.job.script_seconds)
        sources = [Source(task.rows.name, partial(open_file, task.rows))] if task.rows.stat().st_size else []
        return TableRows(sources=sources, table=TableFormat.JSON_LINES, report=result.report)

    def check_single_host(self) -> None:
        """Check that the job of a baseline has one host.

        Raises:
            JobMisconfigured: it has several.
        """
        if len(self.job.host.hosts) > 1:
            raise JobMisconfigured("A job without a baseline makes one, on one host. Set InstanceCount to 1.")

    @property
    def metric_time(self) -> datetime:
        """Return the time of the metrics."""
        return self.job.metric_time or datetime.now(UTC)

    def dimensions(self) -> tuple[dict[str, str], ...]:
        """Return the dimensions of the metrics; none if the job belongs to no schedule."""
        schedule = self.job.get("sagemaker_monitoring_schedule_name")
        if schedule is None:
            return ()
        return tuple(dict(each) for each in run_dimensions(self.job.get("sagemaker_endpoint_name"), schedule))


def with_rows(script: ReadReport | None, table: ReadReport) -> ReadReport:
    """Return the report of rows that a script made: its own of the lines, and that of the rows for the columns."""
    if script is None:
        return table
    return msgspec.structs.replace(script, records=table.records, seen=table.seen, extra=table.extra)


def _compare_settings(job: ContainerJob) -> CompareSettings:
    """Return how windows are compared. A job does not know the runs before it, so nothing waits for a second run."""
    window = job.window
    hours = 1.0 if window is None else (window.end - window.start).total_seconds() / 3600
    mode = {"mode": mode.lower()} if (mode := job.get("kedge_mode")) else {}
    own = {"runs_per_week": _HOURS_OF_WEEK / hours, "rollups": (), "keeps_history": False}
    try:
        return msgspec.convert(own | mode | job.json("kedge_settings"), CompareSettings, strict=False)
    except msgspec.ValidationError as error:
        raise JobMisconfigured(f"kedge_mode or kedge_settings: {error}. Correct the value.") from None
