"""Baselines from captured records and from tables, and the columns of data without a baseline."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.suggest import suggest_baseline
from kedge_monitor.batch import Batch, Classes, Column, Kind, Schema
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.read_report import ReadReport, check_readable
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.tables import KindsChanged, TableFormat, TableReader
from kedge_monitor.profile.dataset import DatasetProfile
from kedge_monitor.profile.fit import fit_profile

_SURVEYED: Final = 1_000


class Fitted(NamedTuple):
    """A baseline, and what became of the lines it was made of."""

    baseline: Baseline
    report: ReadReport


def infer_schema(sources: Sequence[Source], settings: CaptureSettings) -> Schema:
    """Return the columns of captured records without a baseline, from a reading of all of them.

    A column with any text or Boolean is a text, else it is a number.

    Raises:
        ColumnsInvalid: a column to leave out does not exist.
    """
    return infer_layout(sources, settings).schema


def infer_layout(sources: Sequence[Source], settings: CaptureSettings) -> Layout:
    """Return the columns and the places of captured records without a baseline, from a reading of all of them.

    Names that the first records do not have stand after the others.
    """
    layout = survey_capture(sources, None, settings, _SURVEYED)
    while True:
        numbers = Schema(columns=tuple(Column(name=name, kind=Kind.NUMBER) for name in layout.schema.names))
        reader = CaptureReader(
            Layout(names=layout.names, schema=numbers, outputs=layout.outputs, inputs=layout.inputs), settings
        )
        classes = [Classes()] * len(numbers.columns)
        for batch in reader.read(sources):
            classes = [found + column.classes for found, column in zip(classes, batch.columns, strict=True)]
        if not reader.report.extra:
            columns = tuple(
                Column(name=name, kind=Kind.TEXT if found.string or found.boolean else Kind.NUMBER)
                for name, found in zip(numbers.names, classes, strict=True)
            )
            return Layout(
                names=layout.names, schema=Schema(columns=columns), outputs=layout.outputs, inputs=layout.inputs
            )
        layout = _extended(layout, tuple(reader.report.extra))


def _extended(layout: Layout, names: tuple[str, ...]) -> Layout:
    columns = tuple(Column(name=name, kind=Kind.NUMBER) for name in names)
    return Layout(
        names=(*layout.names, *names),
        schema=Schema(columns=(*layout.schema.columns, *columns)),
        outputs=layout.outputs,
        inputs=layout.inputs,
    )


def fit_capture(sources: Sequence[Source], settings: CaptureSettings) -> Fitted:
    """Return the baseline of captured records.

    Raises:
        CaptureUnreadable: too many lines cannot be read.
        ColumnsInvalid: a column to leave out does not exist.
        BaselineUnusable: there are no records.
    """
    layout = infer_layout(sources, settings)
    readers: list[CaptureReader] = []

    def read() -> Iterator[Batch]:
        readers.append(CaptureReader(layout, settings))
        return readers[-1].read(sources)

    profile = fit_profile(layout.schema, read)
    report = readers[-1].report
    check_readable(report, settings.most_unreadable)
    return Fitted(suggest_baseline(profile), report)


def fit_table(
    sources: Sequence[Source], form: TableFormat, excluded: Sequence[str] = (), *, most_unreadable: float = 0.01
) -> Fitted:
    """Return the baseline of tables.

    Args:
        sources: the tables; all have the same columns.
        form: how they are stored.
        excluded: columns to leave out, by name or by number from 0.
        most_unreadable: the largest share of rows that cannot be read, 0 to 1.

    Raises:
        TableUnreadable: a table cannot be read.
        CaptureUnreadable: too many rows cannot be read.
        ColumnsInvalid: a column to leave out does not exist.
        BaselineUnusable: there are no records.
    """

    def fit(reader: TableReader) -> tuple[DatasetProfile, ReadReport]:
        return fit_profile(reader.schema, reader.read), reader.report

    profile, report = read_tables(sources, form, fit, None, excluded)
    check_readable(report, most_unreadable)
    return Fitted(suggest_baseline(profile), report)


def read_tables[T](
    sources: Sequence[Source],
    form: TableFormat,
    read: Callable[[TableReader], T],
    baseline: Schema | None,
    excluded: Sequence[str],
) -> T:
    """Return what `read` makes of tables. It is called again if the first rows gave a wrong idea of a column."""
    reader = TableReader(sources, form, baseline, excluded)
    while True:
        try:
            return read(reader)
        except KindsChanged as change:
            reader = reader.corrected(change)
