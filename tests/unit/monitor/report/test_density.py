"""The picture of a number column: whole, in order, and true to the distribution functions."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from kedge_monitor.profile.column import NumberSummary
from kedge_monitor.report.density import Density, Scale, compact, density_of
from kedge_monitor.report.markup import MINUS
from tests.support.profiles import baseline_profile, window_profile

RNG = np.random.default_rng(8)
VALUES = st.lists(
    st.floats(-1.7e308, 1.7e308) | st.floats(-100, 100) | st.sampled_from([0.0, 1.0]), min_size=1, max_size=40
)


def numbers_of(old: list[float], new: list[float]) -> tuple[NumberSummary, NumberSummary]:
    baseline = baseline_profile({"x": old})
    before, after = baseline.columns[0].numbers, window_profile(baseline, {"x": new}).columns[0].numbers
    assert before is not None
    assert after is not None
    return before, after


def draw(old: list[float], new: list[float], *, integral: bool = False) -> Density:
    density = density_of(*numbers_of(old, new), integral=integral)
    assert density is not None
    return density


@given(VALUES, VALUES, st.booleans())
@example([0.0] * 5, [2.2e-313], False)
@example([5e-324], [2.2e-313], False)
@example([1.7e308], [-1.7e308], False)
@example([6.000000000000001e307], [6e307], False)
@example([2.2e-313], [1e-200, 1.0, 1e150], False)
def test_any_two_columns_have_a_picture(old: list[float], new: list[float], whole: bool):
    density = draw([float(round(x)) for x in old] if whole else old, new, integral=whole)
    for heights in (density.baseline, density.window):
        assert np.isfinite(heights).all()
        assert ((heights >= 0) & (heights <= 1)).all()
    assert max(density.baseline.max(), density.window.max()) == 1
    places = [tick.place for tick in density.ticks]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in [*places, density.gap_place])


# A picture shifts its values, so those that differ by less than a rounding error of 50 are one.
_SHOWN = st.lists(st.floats(-50, 50).map(lambda value: round(value, 12)), min_size=5, max_size=60)


@given(_SHOWN, _SHOWN)
def test_the_gap_is_the_kolmogorov_smirnov_distance_up_to_the_edges_of_the_baseline(old: list[float], new: list[float]):
    exact = stats.ks_2samp(old, new, method="asymp").statistic
    # Between the edges only the window has values, so its steps there are not seen.
    assert abs(draw(old, new).gap_size) <= exact + 1e-12
    inside = [min(old, key=lambda edge, value=value: abs(edge - value)) for value in new]
    assert abs(draw(old, inside).gap_size) == pytest.approx(stats.ks_2samp(old, inside, method="asymp").statistic)


def test_the_gap_is_positive_if_the_window_has_more_low_values():
    low, high = RNG.normal(-1, 1, 500).tolist(), RNG.normal(1, 1, 500).tolist()
    assert draw(high, low).gap_size > 0.5
    assert draw(low, high).gap_size < -0.5


def test_whole_numbers_have_one_bin_each():
    density = draw([0.0] * 10 + [1.0] * 20 + [2.0] * 5, [2.0] * 4, integral=True)
    assert density.baseline.tolist() == pytest.approx([10 / 35, 20 / 35, 5 / 35])
    assert density.window.tolist() == [0, 0, 1]


@pytest.mark.parametrize("step", [0.5, 0.1, 1 / 3, 2.5, 1000.0])
@pytest.mark.parametrize("values", [11, 41, 83, 161, 700])
def test_evenly_spaced_values_that_are_equally_frequent_have_bars_of_one_height(step: float, values: int):
    column = [step * place for place in range(values)] * 3
    heights = draw(column, column).baseline
    # The last bar can reach beyond the last value.
    assert heights[:-1] == pytest.approx(np.ones(len(heights) - 1), rel=1e-9)
    assert heights[-1] <= 1 + 1e-9


def test_values_of_a_long_tail_have_bars_by_their_true_width():
    # One bar for each of the commonest values: as high as its share of records per width on the axis.
    column = [float(value) for value in range(1, 400) for _ in range(max(1, 2000 // value**2))]
    density = draw(column, column, integral=True)
    assert density.scale is not Scale.LINEAR
    masses = density.baseline * np.diff(density.bounds)
    shares = [column.count(float(value)) / len(column) for value in (1, 2, 3)]
    assert masses[:3] / masses.sum() == pytest.approx(shares)


def test_a_value_between_the_evenly_spaced_ones_has_a_bar_of_its_own():
    density = draw([0.0, 1.0, 2.0, 3.0, 4.0, 5.0] * 5, [0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 5.0] * 5)
    assert len(density.window) == 11
    assert density.window[5] == density.window[4] > 0
    assert density.baseline[5] == 0


def test_values_that_are_not_evenly_spaced_have_the_bins_of_any_column():
    prices = RNG.choice(RNG.normal(100, 30, 30), 2000).tolist()
    density = draw(prices, prices)
    counts, _ = np.histogram(prices, len(density.baseline))
    assert density.baseline == pytest.approx(counts / counts.max())


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (RNG.normal(size=3000), Scale.LINEAR),
        (RNG.exponential(size=3000), Scale.LINEAR),
        (RNG.lognormal(0, 1.2, 3000), Scale.LOGARITHMIC),
        (np.concatenate([np.zeros(1500), RNG.lognormal(0, 1.5, 1500)]), Scale.SYMMETRIC),
    ],
)
def test_the_axis_is_logarithmic_if_the_upper_tail_is_long(values: np.ndarray, scale: Scale):
    assert draw(values.tolist(), values[:200].tolist()).scale is scale


@pytest.mark.parametrize("size", [1e-313, 1e-200, 1.0, 1e200, 1e307])
def test_the_picture_of_any_unit_is_the_same_with_labels_in_its_unit(size: float):
    values = np.linspace(1.0, 9.0, 200)
    density = draw((values * size).tolist(), ((values + 2) * size).tolist())
    assert density.ticks[0].place == pytest.approx(
        draw(values.tolist(), (values + 2).tolist()).ticks[0].place, abs=0.01
    )
    assert float(density.ticks[-1].label.replace(MINUS, "-")) == pytest.approx(11 * size, rel=0.1)
    assert density.gap_size < -0.2


def test_a_small_window_has_wide_bins():
    values = RNG.normal(size=20_000).tolist()
    assert [len(draw(values, values[:n]).window) for n in (20, 1000, 20_000)] == [12, 20, 40]


def test_a_column_without_values_on_one_side_has_no_picture():
    assert density_of(*numbers_of([1.0, 2.0], []), integral=False) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1500.0, "1.5k"),
        (-2e6, "\N{MINUS SIGN}2M"),
        (0.25, "0.25"),
        (3e-5, "3e\N{MINUS SIGN}05"),
        (5e14, "500T"),
    ],
)
def test_a_number_of_an_axis_is_short(value: float, text: str):
    assert compact(value) == text
