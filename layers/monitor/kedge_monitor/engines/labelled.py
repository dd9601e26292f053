"""Windows of the monitors that are not about drift: model quality, bias, and attribution."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Final, NamedTuple

import msgspec
import pyarrow as pa

from kedge_monitor.batch import Schema
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.attribution import (
    MODEL_NEEDED,
    AttributionComparison,
    AttributionState,
    compare_attributions,
)
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.bias.state import BiasState
from kedge_monitor.bias.verdict import BiasComparison, compare_bias
from kedge_monitor.capture.labels import JoinReport, LabelledReader, Labels
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import ReadReport, check_readable, write_read_notes
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.json_reader import FileUnreadable
from kedge_monitor.files.run_files import exit_message
from kedge_monitor.files.statistics import STATISTICS
from kedge_monitor.files.struct_files import read_struct, write_struct
from kedge_monitor.files.violations import VIOLATIONS, write_entries
from kedge_monitor.quality.columns import QualityColumns, Values, find_column
from kedge_monitor.quality.forms import QualityConstraints, QualityStatistics
from kedge_monitor.quality.late_labels import LabelReadiness, LabelStep, LabelWaiting, judge_labels
from kedge_monitor.quality.state import QualityMeasurement, QualityState
from kedge_monitor.quality.verdict import (
    QualityComparison,
    VerdictRule,
    compare_quality,
    suggest_quality_constraints,
)

ANALYSIS: Final = "analysis.json"
_READ_REPORT: Final = "kedge_read.json"
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledRun:
    """The result of a window.

    Attributes:
        outcome: the verdict.
        message: the exit message, as Model Monitor's.
        entries: the entries of constraint_violations.json.
        comparison: each check with its numbers; None if the window is not measured.
        records: the records that were measured; None if Clarify measured them.
        notes: sentences for the report.
        files: the bytes of each file by its name. A window that is not measured has none of Model Monitor's files.
        join: what became of records and labels; None if no labels are needed.
        is_given_up: the window will never have what the measurement needs, and the message says what to do.
    """

    outcome: Outcome
    message: str
    entries: tuple[dict[str, object], ...] = ()
    comparison: QualityComparison | BiasComparison | AttributionComparison | None = None
    records: int | None = 0
    notes: tuple[str, ...] = ()
    files: dict[str, bytes]
    join: JoinReport | None = None
    is_given_up: bool = False

    @property
    def values(self) -> tuple[tuple[str, float, float], ...]:
        """Return the measured numbers that are finite, by name, each with its limit."""
        checks = () if self.comparison is None else self.comparison.checks
        numbers = ((each.name, each.value, each.limit) for each in checks)
        return tuple((name, value, limit) for name, value, limit in numbers if value is not None and isfinite(value))


class LabelledPart[S](NamedTuple):
    """The state of some objects of a window, what became of their lines, and what became of records and labels."""

    state: S
    report: ReadReport
    join: JoinReport


type _AnyPart = LabelledPart[QualityState] | LabelledPart[BiasState]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledWindow:
    """The inputs of a measurement with labels, and how it reads them.

    Attributes:
        sources: the objects that can hold records of the window, in the order of their keys.
        labels: the labels, read before; records that a merge job wrote have their own.
        settings: how records are read.
        age: the time since the end of the window.
        waiting: how many labels are enough, and how long the window waits for them.
        rule: how a broken limit becomes a violation.
        schema: the columns of the baseline of data quality, which name values by position; None: `_c0`, `_c1` and so on.
    """

    sources: Sequence[Source]
    labels: Labels
    settings: CaptureSettings
    age: timedelta
    waiting: LabelWaiting
    rule: VerdictRule
    schema: Schema | None = None


def measure_model_quality(
    window: LabelledWindow, columns: QualityColumns, constraints: QualityConstraints, known_labels: tuple[str, ...] = ()
) -> LabelledRun:
    """Measure the quality of a model against labels.

    Raises:
        WrongColumn: a column or a label is not what the settings say.
        WrongConstraint: a limit names a metric that these statistics do not have.
        CaptureUnreadable: too many lines cannot be read.
    """
    layout = survey_capture(window.sources, window.schema, window.settings)
    part = read_quality(window.sources, layout, window.labels, window.settings, columns, known_labels)
    return judge_quality(part, window, constraints)


def read_quality(
    sources: Iterable[Source],
    layout: Layout,
    labels: Labels,
    settings: CaptureSettings,
    columns: QualityColumns,
    known_labels: tuple[str, ...] = (),
) -> LabelledPart[QualityState]:
    """Read the records of some objects with their labels. The states of several parts can be merged.

    Raises:
        WrongColumn: a column or a label is not what the settings say.
    """
    name, state = columns.ground_truth_attribute, QualityState(columns, known_labels)
    reader = LabelledReader(layout, labels, settings, name=name)
    names = (*layout.schema.names, name)
    for table in reader.read(sources):
        state.add(
            _needed(table, names, columns.ground_truth_attribute, "ground_truth_attribute"),
            _column(table, names, columns.inference_attribute, "inference_attribute"),
            _column(table, names, columns.probability_attribute, "probability_attribute"),
        )
    return LabelledPart(state, reader.report, reader.join)


def judge_quality(
    part: LabelledPart[QualityState], window: LabelledWindow, constraints: QualityConstraints
) -> LabelledRun:
    """Measure all records of a window, compare the metrics with their limits, and write all files.

    Raises:
        WrongColumn, WrongConstraint, CaptureUnreadable: as `measure_model_quality`.
    """
    ready = _readiness(window, part)
    if ready.step is not LabelStep.MEASURE:
        return _not_measured(ready, part)
    measured = part.state.measure()
    compared = compare_quality(measured, constraints, window.rule)
    notes = (*compared.notes, *write_read_notes(part.report))
    entries = tuple(msgspec.to_builtins(entry) for entry in compared.violations)
    return LabelledRun(
        outcome=compared.outcome,
        message=exit_message(compared.outcome, len(entries), notes),
        entries=entries,
        comparison=compared,
        records=measured.records,
        notes=notes,
        files=_files(part)
        | {
            STATISTICS: write_struct(measured.statistics),
            CONSTRAINTS: write_struct(constraints),
            VIOLATIONS: write_entries(entries),
        },
        join=part.join,
    )


def fit_model_quality(
    window: LabelledWindow, columns: QualityColumns
) -> tuple[QualityMeasurement, QualityConstraints, JoinReport]:
    """Return the statistics of a labelled baseline, and the constraints that follow from it.

    Raises:
        WrongColumn: a column or a label is not what the settings say.
        CaptureUnreadable: too many lines cannot be read.
    """
    layout = survey_capture(window.sources, window.schema, window.settings)
    part = read_quality(window.sources, layout, window.labels, window.settings, columns)
    check_readable(part.report, window.settings.most_unreadable)
    measured = part.state.measure()
    return measured, suggest_quality_constraints(measured.statistics), part.join


def baseline_statistics(data: bytes | None) -> QualityStatistics | None:
    """Return what the baseline of model quality has measured, from its statistics.json.

    None if there is no such file, or if another program wrote it in another form: limits are all that a verdict needs.
    """
    try:
        return None if data is None else read_struct(data, QualityStatistics, STATISTICS)
    except FileUnreadable:
        return None


def measure_bias_window(window: LabelledWindow, columns: BiasColumns, baseline: ClarifyAnalysis) -> LabelledRun:
    """Measure bias by facet against labels.

    Raises:
        WrongColumn: a column is missing or has values that cannot be what its attribute says.
        CaptureUnreadable: too many lines cannot be read.
    """
    layout = survey_capture(window.sources, window.schema, window.settings)
    return judge_bias(read_bias(window.sources, layout, window.labels, window.settings, columns), window, baseline)


def read_bias(
    sources: Iterable[Source], layout: Layout, labels: Labels, settings: CaptureSettings, columns: BiasColumns
) -> LabelledPart[BiasState]:
    """Read the records of some objects with their labels. The states of several parts can be merged.

    Raises:
        WrongColumn: a column is missing or has values that cannot be what its attribute says.
    """
    name = columns.ground_truth_attribute
    state = BiasState(_with_names(columns, (*layout.schema.names, name)))
    reader = LabelledReader(layout, labels, settings, name=name)
    for table in reader.read(sources):
        state.add_columns({each: table.column(each).combine_chunks() for each in table.column_names})
    return LabelledPart(state, reader.report, reader.join)


def judge_bias(part: LabelledPart[BiasState], window: LabelledWindow, baseline: ClarifyAnalysis) -> LabelledRun:
    """Measure all records of a window, compare the metrics with the baseline's, and write all files.

    Raises:
        WrongColumn, CaptureUnreadable: as `measure_bias_window`.
    """
    ready = _readiness(window, part)
    if ready.step is not LabelStep.MEASURE:
        return _not_measured(ready, part)
    measured = part.state.measure()
    compared = compare_bias(measured, baseline, window.rule)
    notes = (*compared.notes, *write_read_notes(part.report))
    entries = tuple(msgspec.to_builtins(entry) for entry in compared.violations.violations)
    return LabelledRun(
        outcome=compared.outcome,
        message=exit_message(compared.outcome, len(entries), notes),
        entries=entries,
        comparison=compared,
        records=measured.records,
        notes=notes,
        files=_files(part) | {ANALYSIS: write_struct(measured.analysis), VIOLATIONS: write_struct(compared.violations)},
        join=part.join,
    )


def measure_attribution_window(
    sources: Sequence[Source],
    settings: CaptureSettings,
    mapping: dict[str, str],
    analysis: ClarifyAnalysis | None,
    baseline: ClarifyAnalysis,
    schema: Schema | None = None,
) -> LabelledRun:
    """Measure the drift of attributions that the captured outputs carry, or that Clarify has computed.

    Args:
        sources: the objects that can hold records of the window; not read if there is no mapping.
        settings: how records are read.
        mapping: the output column of each attribution, to its feature.
        analysis: the attributions that Clarify computed for this window; None if there are none.
        baseline: the attributions of the baseline.
        schema: the columns of the baseline of data quality, which name values by position; None: `_c0`, `_c1` and so on.

    Raises:
        MonitorError: some columns are missing, or window and baseline do not have the same features.
        CaptureUnreadable: too many lines cannot be read.
    """
    report, found, records = ReadReport(), analysis, None
    if mapping:
        layout = survey_capture(sources, schema, settings)
        reader, state = CaptureReader(layout, settings), AttributionState(mapping)
        for batch in reader.read(sources):
            if not state.records and not _carries(reader.report, layout, mapping):
                return _without_attributions()
            state.add_batch(layout.schema, batch)
        report, records = reader.report, state.records
        check_readable(report, settings.most_unreadable)
        if not records:
            return LabelledRun(
                outcome=Outcome.NO_DATA, message=exit_message(Outcome.NO_DATA, 0, ()), files=_report_file(report)
            )
        found = state.measure()
    if found is None:
        return _without_attributions()
    compared = compare_attributions(found, baseline)
    notes = (*compared.notes, *write_read_notes(report))
    entries = tuple(msgspec.to_builtins(entry) for entry in compared.violations.violations)
    return LabelledRun(
        outcome=compared.outcome,
        message=exit_message(compared.outcome, len(entries), notes),
        entries=entries,
        comparison=compared,
        records=records,
        notes=notes,
        files=_report_file(report) | {ANALYSIS: write_struct(found), VIOLATIONS: write_struct(compared.violations)},
    )


def _carries(report: ReadReport, layout: Layout, mapping: dict[str, str]) -> bool:
    """Return whether the first records have a column of the mapping; a column can have its number in place of its name."""
    named = {layout.names[int(key)] for key in mapping if key.isdecimal() and int(key) < len(layout.names)}
    return not report.seen.isdisjoint({*mapping, *named})


def _without_attributions() -> LabelledRun:
    return LabelledRun(
        outcome=Outcome.INCONCLUSIVE,
        message=MODEL_NEEDED,
        records=None,
        notes=(MODEL_NEEDED,),
        files={},
        is_given_up=True,
    )


def _column(table: pa.Table, names: tuple[str, ...], attribute: str | None, setting: str) -> Values | None:
    return None if attribute is None else _needed(table, names, attribute, setting)


def _needed(table: pa.Table, names: tuple[str, ...], attribute: str, setting: str) -> Values:
    found: Values = table.column(find_column(names, attribute, setting)).combine_chunks()
    return found


def _with_names(columns: BiasColumns, names: tuple[str, ...]) -> BiasColumns:
    """Return the settings with the names of columns; the settings can have their numbers.

    Raises:
        WrongColumn: there is no such column.
    """
    if len(names) == 1:  # no record, so no column is known
        return columns

    def named(attribute: str | None, setting: str) -> str | None:
        return None if attribute is None else find_column(names, attribute, setting)

    facets = [msgspec.structs.replace(each, name=find_column(names, each.name, "facets")) for each in columns.facets]
    return msgspec.structs.replace(
        columns,
        facets=tuple(facets),
        inference_attribute=named(columns.inference_attribute, "inference_attribute"),
        probability_attribute=named(columns.probability_attribute, "probability_attribute"),
        group_attribute=named(columns.group_attribute, "group_attribute"),
        feature_attributes=tuple(find_column(names, each, "feature_attributes") for each in columns.feature_attributes),
    )


def _readiness(window: LabelledWindow, part: _AnyPart) -> LabelReadiness:
    check_readable(part.report, window.settings.most_unreadable)
    check_readable(window.labels.report, window.settings.most_unreadable)
    return judge_labels(part.join.labelled, part.join.unlabelled, window.age, window.waiting)


def _not_measured(ready: LabelReadiness, part: _AnyPart) -> LabelledRun:
    outcome = ready.outcome or Outcome.INCONCLUSIVE
    return LabelledRun(
        outcome=outcome,
        message=ready.sentence,
        records=part.join.labelled,
        notes=(ready.sentence,),
        files=_files(part),
        join=part.join,
        is_given_up=ready.is_given_up,
    )


def _files(part: _AnyPart) -> dict[str, bytes]:
    return _report_file(part.report) | {"kedge_labels.json": _ENCODER.encode(part.join)}


def _report_file(report: ReadReport) -> dict[str, bytes]:
    return {_READ_REPORT: _ENCODER.encode(report)}
