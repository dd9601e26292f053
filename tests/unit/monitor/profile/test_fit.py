from collections.abc import Iterable

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.batch import Batch
from kedge_monitor.profile.dataset import DatasetState
from kedge_monitor.profile.fit import fit_edges, fit_profile
from kedge_monitor.profile.kll import KllSketch
from kedge_monitor.profile.stored import encode_profile
from tests.support.batches import batch_of, schema_of


def test_the_edges_are_quantiles_with_the_deciles_among_them():
    values = np.random.default_rng(1).normal(size=25_003)
    edges = fit_edges(values)
    assert len(edges) == 1001
    assert (edges[0], edges[-1]) == (values.min(), values.max())
    data = pa.table({"x": values})
    database = duckdb.connect()
    database.register("t", data)
    row = database.execute("select quantile_disc(x, [0.001, 0.037, 0.1, 0.5, 0.9, 0.999]) from t").fetchall()[0]
    assert edges[[1, 37, 100, 500, 900, 999]].tolist() == row[0]
    deciles = np.quantile(values, np.arange(11) / 10, method="inverted_cdf")
    assert np.isin(deciles, edges).all()


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False) | st.integers(-3, 3).map(float), max_size=50))
def test_the_edges_of_any_values_increase_and_are_values_of_the_column(values: list[float]):
    edges = fit_edges(np.array(values))
    assert (np.diff(edges) > 0).all()
    assert set(edges.tolist()) == {value + 0.0 for value in values}


def test_no_values_have_no_edges():
    assert fit_edges(np.empty(0)).tolist() == []
    assert fit_edges(KllSketch()).tolist() == []


def test_the_edges_of_a_sketch_are_its_weighted_quantiles():
    sketch = KllSketch.from_levels([np.array([5.0, 1.0]), np.array([2.0, 3.0]), np.array([4.0])])
    weighted = np.repeat([1.0, 2.0, 3.0, 4.0, 5.0], [1, 2, 2, 4, 1])
    assert fit_edges(sketch).tolist() == fit_edges(weighted).tolist()
    values = np.random.default_rng(2).lognormal(size=300_000)
    sketch = KllSketch()
    sketch.add(values)
    ranks = np.searchsorted(np.sort(values), fit_edges(sketch), side="right") / len(values)
    assert np.abs(ranks - np.linspace(0, 1, len(ranks))).max() < 0.004


class Readings:
    """Batches that can be read again, and how often they were."""

    def __init__(self) -> None:
        random = np.random.default_rng(3)
        self.values = random.gamma(2.0, size=40_000)
        self.batches = [
            batch_of({"x": part, "t": [f"c{int(x)}" for x in part]}, ["t"]) for part in np.split(self.values, 8)
        ]
        self.schema = schema_of({"x": [], "t": []}, ["t"])
        self.times = 0

    def __call__(self) -> Iterable[Batch]:
        self.times += 1
        yield from self.batches


def test_a_baseline_in_memory_is_read_once_and_its_deciles_hold_a_tenth_each():
    readings = Readings()
    profile = fit_profile(readings.schema, readings)
    numbers = profile.columns[0].numbers
    assert numbers is not None
    assert numbers.histogram is not None
    assert readings.times == 1
    assert numbers.histogram.edges.tolist() == fit_edges(readings.values).tolist()
    below = np.cumsum(numbers.histogram.counts)
    assert below[100:1000:100].tolist() == [4000 * i for i in range(1, 10)]
    assert profile.records == 40_000


def test_a_baseline_beyond_the_memory_is_read_twice_and_counted_exactly():
    readings = Readings()
    profile = fit_profile(readings.schema, readings, memory=100_000)
    numbers = profile.columns[0].numbers
    assert numbers is not None
    assert numbers.histogram is not None
    assert readings.times == 2
    below = np.cumsum(numbers.histogram.counts)[:-1]
    exact = np.searchsorted(np.sort(readings.values), numbers.histogram.edges, side="right")
    assert below.tolist() == exact.tolist()
    assert below[500] / 40_000 == pytest.approx(0.5, abs=0.01)
    assert profile.columns[1].categories.total == 40_000


def test_a_fitted_profile_is_that_of_a_state_with_the_same_edges():
    readings = Readings()
    fitted = fit_profile(readings.schema, readings)
    state = DatasetState(readings.schema, {"x": fit_edges(readings.values)})
    for batch in readings.batches:
        state.add(batch)
    assert encode_profile(fitted) == encode_profile(state.profile())


def test_a_baseline_without_records_has_a_profile_without_values():
    profile = fit_profile(schema_of({"x": [], "t": []}, ["t"]), list)
    assert profile.records == 0
    assert [column.present for column in profile.columns] == [0, 0]
