"""Reads a few records as rows of Python values, for tests."""

from collections.abc import Sequence
from typing import Any

from kedge_monitor.batch import Batch, Column, Kind, NumberValues, Schema
from kedge_monitor.capture.read_report import ReadReport
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from tests.support.capture import source


def schema(**kinds: str) -> Schema:
    """Return a schema of columns by name: `number` or `text`."""
    return Schema(columns=tuple(Column(name=name, kind=Kind(kind)) for name, kind in kinds.items()))


def numbers(*names: str) -> Schema:
    """Return a schema of number columns."""
    return schema(**dict.fromkeys(names, "number"))


def values(batches: Sequence[Batch], names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the present values of each column: numbers, then texts that are no numbers; or texts."""
    found: dict[str, list[Any]] = {name: [] for name in names}
    for batch in batches:
        for name, column in zip(names, batch.columns, strict=True):
            if isinstance(column, NumberValues):
                found[name] += column.values.tolist() + column.texts.to_pylist()
            else:
                found[name] += column.values.to_pylist()
    return found


def read(
    *lines: bytes, baseline: Schema | None = None, settings: CaptureSettings | None = None, **source_parts: Any
) -> tuple[dict[str, list[Any]], ReadReport]:
    """Return the values of captured lines by column, and the report."""
    return read_objects([source(*lines, **source_parts)], baseline, settings)


def read_objects(
    sources: Sequence[Source], baseline: Schema | None = None, settings: CaptureSettings | None = None
) -> tuple[dict[str, list[Any]], ReadReport]:
    """Return the values of objects by column, and the report."""
    settings = settings or CaptureSettings(most_unreadable=1)
    reader = CaptureReader(survey_capture(sources, baseline, settings), settings)
    batches = list(reader.read(sources))
    return values(batches, reader.layout.schema.names), reader.report
