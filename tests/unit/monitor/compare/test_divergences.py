"""PSI and Jensen-Shannon: known values, and no bias without drift."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon

from kedge_monitor.compare.divergences import DivergenceCells, measure_jensen_shannon, measure_psi


def cells_of(*parts: tuple[list[int], list[int]]) -> DivergenceCells:
    sizes = np.array([len(window) for window, _ in parts])
    return DivergenceCells(
        np.concatenate([np.array(window, dtype=float) for window, _ in parts]),
        np.concatenate([np.array(baseline, dtype=float) for _, baseline in parts]),
        np.cumsum(sizes) - sizes,
    )


def test_large_samples_have_the_textbook_psi_and_jensen_shannon():
    window, baseline = [200_000, 300_000, 500_000], [500_000, 300_000, 200_000]
    q, g = np.array(window) / 1e6, np.array(baseline) / 1e6
    cells = cells_of((window, baseline))
    assert measure_psi(cells)[0] == pytest.approx(((q - g) * np.log(q / g)).sum(), abs=2e-5)
    assert measure_jensen_shannon(cells)[0] == pytest.approx(jensenshannon(q, g, 2) ** 2, abs=2e-6)


def test_features_are_measured_alone_and_together_alike():
    first, second = ([5, 10, 0], [100, 200, 10]), ([3, 3], [70, 80])
    together = measure_psi(cells_of(first, second))
    assert together[0] == pytest.approx(measure_psi(cells_of(first))[0], rel=1e-12)
    assert together[1] == pytest.approx(measure_psi(cells_of(second))[0], rel=1e-12)


def test_a_cell_without_records_on_both_sides_changes_nothing():
    assert measure_psi(cells_of(([5, 0, 10], [100, 0, 200])))[0] == pytest.approx(
        measure_psi(cells_of(([5, 10], [100, 200])))[0], rel=1e-12
    )


@pytest.mark.parametrize("cells", [2, 10, 50])
@pytest.mark.parametrize("n", [10, 50, 500, 5_000])
def test_the_mean_without_drift_is_zero_at_every_size(cells: int, n: int):
    draw = np.random.default_rng(n + cells)
    runs, m = 400, 50_000
    shares = draw.dirichlet(np.full(cells, 3.0))
    drawn = DivergenceCells(
        draw.multinomial(n, shares, runs).astype(float).ravel(),
        draw.multinomial(m, shares, runs).astype(float).ravel(),
        np.arange(runs) * cells,
    )
    for values in (measure_psi(drawn), measure_jensen_shannon(drawn)):
        assert abs(values.mean()) <= 4 * values.std() / math.sqrt(runs)
