import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.quality.regression import RegressionState


def records(n, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.gamma(2, 100, n) + 1000
    return labels, labels + generator.normal(3, 20, n)


def state_of(labels, predictions, rows=2**20, pieces=1):
    state = RegressionState(rows)
    for part in np.array_split(np.arange(len(labels)), pieces):
        state.add(labels[part], predictions[part])
    return state


def test_metrics_are_those_of_the_plain_definition():
    labels, predictions = records(777)
    found = {name: value for name, (value, _, _) in state_of(labels, predictions).measure().items()}
    residuals = labels - predictions
    mse = np.mean(residuals**2)
    expected = {"mae": np.abs(residuals).mean(), "mse": mse, "rmse": math.sqrt(mse), "r2": 1 - mse / labels.var()}
    assert found == pytest.approx(expected, rel=1e-12)


@given(st.integers(1, 9), st.permutations(range(5)))
def test_neither_order_nor_split_changes_a_bit(pieces, order):
    labels, predictions = records(250)
    blocks = np.array_split(np.arange(250), 5)
    shuffled = np.concatenate([blocks[place] for place in order])
    merged = state_of(labels[shuffled[:90]], predictions[shuffled[:90]], pieces=pieces)
    merged.merge(state_of(labels[shuffled[90:]], predictions[shuffled[90:]]))
    assert merged.measure() == state_of(labels, predictions).measure()


def test_a_window_beyond_the_bound_has_the_same_metrics_to_the_last_bit():
    labels, predictions = records(5000)
    bounded, exact = state_of(labels, predictions, rows=300, pieces=11), state_of(labels, predictions)
    for name, (value, deviation, error) in exact.measure().items():
        found = bounded.measure()[name]
        assert found[0] == value
        assert found[2] == pytest.approx(error, rel=1e-8)
        assert found[1] == pytest.approx(error / 2)
        assert 0.1 * error < deviation < 1.2 * error
    assert bounded.records == 5000


def test_standard_errors_are_the_spread_of_the_metrics_over_windows():
    windows = [state_of(*records(300, seed)).measure() for seed in range(300)]
    for name in ("mae", "mse", "rmse", "r2"):
        spread = np.std([window[name][0] for window in windows])
        assert np.mean([window[name][2] for window in windows]) == pytest.approx(spread, rel=0.2)


def test_equal_labels_have_no_r2():
    found = state_of(np.ones(10), np.zeros(10)).measure()
    assert math.isnan(found["r2"][0])
    assert found["mae"][0] == 1.0
