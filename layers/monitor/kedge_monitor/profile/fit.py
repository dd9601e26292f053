"""The edges of a baseline's histograms, and the profile of a baseline in one or two readings."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import numpy as np

from kedge_monitor.batch import Batch, Counts, Floats, Kind, NumberValues, Schema
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
        size += sum(_measure(batch))
        if size > memory:
            break
    else:
        return _profile(schema, _fit_all(schema, kept), kept)
    sketches = [KllSketch() for _ in schema.columns]
    for part in (kept, batches):
        for batch in part:
            for sketch, values in zip(sketches, batch.columns, strict=True):
                if isinstance(values, NumberValues):
                    sketch.add(values.values)
    kept.clear()
    names = (column.name for column in schema.columns)
    return _profile(schema, {name: fit_edges(sketch) for name, sketch in zip(names, sketches, strict=True)}, read())


def _profile(schema: Schema, edges: Mapping[str, Floats], batches: Iterable[Batch]) -> DatasetProfile:
    state = DatasetState(schema, edges)
    for batch in batches:
        state.add(batch)
    return state.profile()


def _fit_all(schema: Schema, batches: list[Batch]) -> dict[str, Floats]:
    edges = {}
    for i, column in enumerate(schema.columns):
        if column.kind is Kind.NUMBER:
            pieces = [values.values for batch in batches if isinstance(values := batch.columns[i], NumberValues)]
            edges[column.name] = fit_edges(np.concatenate(pieces) if pieces else np.empty(0))
    return edges


def _measure(batch: Batch) -> Iterable[int]:
    for values in batch.columns:
        yield values.values.nbytes
