"""Cells that window and baseline have in common, and values that only one of them has."""

import numpy as np
import pytest

from kedge_monitor.compare.measurement import FeatureMeasurement, measure_features
from kedge_monitor.compare.settings import CompareSettings, plan_features
from tests.unit.monitor.compare.worlds import baseline_of, profile_of

DRAW = np.random.default_rng(3)
SEEDED = DRAW.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers_for_each_test() -> None:
    DRAW.bit_generator.state = SEEDED


def measure(base: object, window: object, **more: object) -> FeatureMeasurement:
    baseline = baseline_of({"x": base}, **more)
    (plan,) = plan_features(baseline, CompareSettings())
    (found,) = measure_features([(plan, profile_of({"x": window}, baseline.profile).columns[0])])
    return found


def test_numbers_of_few_values_are_cells_and_all_other_numbers_are_one_more():
    found = measure(np.tile([1.0, 2.0], 50), [1.0, 1.0, 2.0, 7.0, 8.0])
    assert found.cells is not None
    assert found.cells.window.tolist() == [2, 1, 2]
    assert found.cells.baseline.tolist() == [50, 50, 0]
    assert found.distance == pytest.approx(0.4)


def test_new_texts_are_in_no_cell_but_are_a_cell_of_psi_and_of_l_infinity():
    found = measure(["a"] * 60 + ["b"] * 40, ["a"] * 30 + ["b"] * 20 + ["new"] * 50)
    assert found.cells is not None
    assert found.cells.window.tolist() == [30, 20, 0]
    assert (found.n, found.distance) == (50, 0.0)
    assert found.unknown is not None
    assert found.unknown.unseen == 50
    assert found.distances.l_infinity == 0.5
    assert found.distances.psi is not None
    assert found.distances.psi > 1


def test_a_value_that_is_allowed_although_the_baseline_does_not_have_it_is_a_cell_and_not_unknown():
    found = measure(["a"] * 60 + ["b"] * 40, ["a"] * 30 + ["new"] * 70, domains=("a", "b", "new"))
    assert found.unknown is not None
    assert found.unknown.unseen == 0
    assert found.cells is not None
    assert found.cells.window.tolist() == [30, 0, 70]


def test_a_value_that_the_baseline_has_although_it_is_not_allowed_is_expected_as_often_as_there():
    found = measure(["a"] * 60 + ["b"] * 40, ["a"] * 60 + ["b"] * 40, domains=("a",))
    assert found.unknown is not None
    assert (found.unknown.unseen, found.unknown.rare) == (40, 40)


def test_values_that_the_baseline_has_once_are_what_makes_new_values_likely():
    found = measure(["a"] * 50 + [f"once{i}" for i in range(30)], ["a"] * 5 + ["new"] * 3)
    assert found.unknown is not None
    assert (found.unknown.unseen, found.unknown.rare, found.unknown.level) == (3, 30, 0)


def test_of_too_many_texts_a_sample_by_hash_tells_the_unseen_share():
    names = np.array([f"user-{i}" for i in range(20_000)])
    base = DRAW.choice(names[:10_000], 60_000)
    for window, share in ((DRAW.choice(names[:10_000], 5_000), 0.0025), (DRAW.choice(names, 5_000), 0.5)):
        found = measure(base.tolist(), window.tolist())
        assert found.unknown is not None
        assert found.unknown.level > 0
        assert found.distances.unseen_share == pytest.approx(share, abs=0.1)


def test_of_too_many_texts_the_commonest_are_compared_within_the_error_of_their_counts():
    names = [f"rare-{i}" for i in range(5_000)]
    base = ["top"] * 30_000 + DRAW.choice(names, 30_000).tolist()
    same = measure(base, ["top"] * 500 + DRAW.choice(names, 500).tolist())
    assert same.distance is not None
    assert same.distance < 0.1
    moved = measure(base, ["top"] * 800 + DRAW.choice(names, 200).tolist())
    assert moved.distance == pytest.approx(0.3, abs=0.05)


def test_a_constant_baseline_has_no_distance_in_deviations_and_breaks_nothing():
    found = measure(np.full(100, 3.0), np.full(10, 3.0))
    assert (found.distance, found.distances.wasserstein, found.distances.mean_shift) == (0.0, None, None)
    assert found.point is None


def test_a_column_without_values_on_one_side_has_no_distance():
    found = measure(np.arange(100.0), [None] * 10)
    assert (found.n, found.distance, found.distances.completeness) == (0, None, 0.0)
    found = measure([None] * 10, np.arange(10.0))
    assert (found.distance, found.cells) == (None, None)


def test_the_mean_shift_and_the_wasserstein_distance_of_a_moved_feature_are_its_shift():
    values = DRAW.normal(10, 4, 40_000)
    found = measure(values, values + 2)
    assert found.distances.mean_shift == pytest.approx(2 / values.std(), abs=1e-9)
    assert found.distances.wasserstein == pytest.approx(0.5, abs=0.01)
