"""The size of a run's window and the quality of the model, from the statistics.json beside its report."""

import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from kedge.domain.run import Measure
from kedge.reports.lenient_json import MENDED_BYTES, repaired, utf8

_COUNT: Final = re.compile(rb'"dataset"\s*:\s*\{[^{}]*?"item_count"\s*:\s*(?P<count>[-+.0-9eE]{1,40})\s*[,}]')
_MOST_MEASURES: Final = 200
_MOST_RECORDS: Final = 2**53  # above it a float no longer counts by ones


class Statistics(NamedTuple):
    """Rows and columns of the analysed window, None if unknown, and the metrics of one kind of model quality."""

    records: int | None = None
    features: int | None = None
    measures: tuple[Measure, ...] = ()
    kind: str = ""


class _Dataset(Struct, gc=False):
    item_count: float | str | None = None


class _Feature(Struct, gc=False):
    """A feature without its content: its sketches alone can be megabytes."""


_NONE: Final = msgspec.Raw(b"null")


class _Metric(Struct, gc=False):
    """A metric of model quality; a matrix or a curve has no `value`."""

    value: float | str | None = None


class _File(Struct, gc=False):
    dataset: _Dataset | None = None
    features: tuple[_Feature, ...] | None = None
    regression_metrics: msgspec.Raw = _NONE
    binary_classification_metrics: msgspec.Raw = _NONE
    multiclass_classification_metrics: msgspec.Raw = _NONE


_DECODER: Final = msgspec.json.Decoder(_File)
_KINDS: Final = ("regression_metrics", "binary_classification_metrics", "multiclass_classification_metrics")


def statistics_in(data: bytes) -> Statistics:
    """Return the content of a whole statistics file; empty if it is broken, because it must never suppress an alert."""
    try:
        return _counts(_DECODER.decode(utf8(data)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if len(data) > MENDED_BYTES:
            return Statistics()
    try:
        return _counts(_DECODER.decode(repaired(bytes(utf8(data)))))
    except (msgspec.DecodeError, RecursionError):
        return Statistics()


def records_in_first(data: bytes) -> Statistics:
    """Return the content at the beginning of a large file: the number of records comes early."""
    found = _COUNT.search(data)
    if found is None:
        return Statistics()
    try:
        return Statistics(_whole(float(found["count"])))
    except ValueError:
        return Statistics()


def _counts(file: _File) -> Statistics:
    count = file.dataset.item_count if file.dataset else None
    kind = next((kind for kind in _KINDS if bytes(getattr(file, kind)) != b"null"), "")
    return Statistics(
        _whole(count) if isinstance(count, int | float) else None,  # analyzers write "NaN" as a string
        None if file.features is None else len(file.features),
        tuple(islice(_measures(getattr(file, kind)), _MOST_MEASURES)) if kind else (),
        kind,
    )


def _measures(metrics: msgspec.Raw) -> Iterator[Measure]:
    """Yield the metrics of model quality that are numbers, in the order of the file, without matrices and curves."""
    try:
        found = msgspec.json.decode(metrics, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return
    for name, raw in found.items():
        try:
            value = msgspec.json.decode(raw, type=_Metric).value
        except msgspec.DecodeError:
            continue
        if isinstance(value, float | int) and math.isfinite(value):
            yield Measure(name, float(value))


def _whole(count: float) -> int | None:
    return int(count) if math.isfinite(count) and 0 <= count <= _MOST_RECORDS else None
