"""The edges of a baseline's histograms, and the profile of a baseline in one or two readings."""

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np

from kedge_monitor.batch import Batch, Counts, Floats, Kind, NumberValues, Schema
from kedge_monitor.profile.column import ColumnState
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState
from kedge_monitor.profile.kll import KllSketch

PARTS: Final = 1000  # 1,001 quantiles; every hundredth is a decile
MEMORY: Final = 256 * 2**20  # bytes of a baseline that are kept for one reading


def fit_edges(values: Floats | KllSketch) -> Floats:
    """Return the quantiles 0, 1/1000, ..., 1 of a column without repetitions: the edges of its histogram.

    Args:
        values: The column's numbers in any order: the quantiles are exact. Or a sketch, of this package or of a file of Model Monitor.

    Returns:
        At most 1,001 increasing values of the column; none for an empty one. A quantile is the least value whose share of values
        not above it reaches the fraction (the inverse of the distribution function), so the deciles are among the edges.
    """
    if isinstance(values, KllSketch):
        items, weights = values.weighted()
        return find_quantiles(items, np.cumsum(weights))
    return find_quantiles(np.sort(values), None)


def find_quantiles(ordered: Floats, ranks: Counts | None) -> Floats:
    """Return the edges of ascending values; `ranks` are their cumulative weights, None for weights of 1."""
    if not len(ordered):
        return np.empty(0)
    total = len(ordered) if ranks is None else int(ranks[-1])
    wanted = np.maximum(-(-np.arange(PARTS + 1) * total // PARTS), 1)  # rounded up
    places = wanted - 1 if ranks is None else np.searchsorted(ranks, wanted)
    return np.unique(ordered[places] + 0.0)


def fit_profile(schema: Schema, read: Callable[[], Iterable[Batch]], *, memory: int = MEMORY) -> DatasetProfile:
    """Return the profile of a baseline, histograms over its own quantiles included.

    Args:
        schema: The columns of the batches.
        read: Returns the batches from the beginning. It is called once if they fit into `memory`, else twice.
        memory: How many bytes of values may be kept. Beyond, the edges are the quantiles of the sketches: their ranks are wrong by
            about 0.1 %, the counts between them are exact all the same.
    """
    kept: list[Batch] = []
    batches = iter(read())
    size = 0
    for batch in batches:
        kept.append(batch)
        size += sum(values.values.nbytes for values in batch.columns)
        if size > memory:
            break
    else:
        return _fit_whole(schema, kept)
    sketches = [KllSketch() for _ in schema.columns]
    while kept:
        _sketch(sketches, kept.pop(0))
    for batch in batches:
        _sketch(sketches, batch)
    names = [column.name for column in schema.columns]
    state = DatasetState(schema, {name: fit_edges(sketch) for name, sketch in zip(names, sketches, strict=True)})
    for batch in read():
        state.add(batch)
    return state.profile()


def _fit_whole(schema: Schema, batches: list[Batch]) -> DatasetProfile:
    state = DatasetState(schema)
    state.records = sum(batch.records for batch in batches)
    for i, column in enumerate(schema.columns):
        parts = [batch.columns[i] for batch in batches]
        if column.kind is Kind.NUMBER:
            values = [part.values for part in parts if isinstance(part, NumberValues)]
            ordered = np.concatenate((*values, np.empty(0)))
            ordered += 0.0
            ordered.sort()
            state.columns[i] = ColumnState(column, find_quantiles(ordered, None))
            state.columns[i].add(parts, ordered)
        else:
            state.columns[i].add(parts)
    return state.profile()


def _sketch(sketches: list[KllSketch], batch: Batch) -> None:
    for sketch, values in zip(sketches, batch.columns, strict=True):
        if isinstance(values, NumberValues):
            sketch.add(values.values)
