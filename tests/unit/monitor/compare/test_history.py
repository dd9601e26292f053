"""The memory of runs: flags, noise of clean windows, windows to join, seasons; all of bounded size."""

from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from kedge_monitor.compare.history import (
    DriftHistory,
    FinishedRun,
    WindowNoise,
    WindowSpan,
    add_run,
    estimate_dispersion,
    find_rollups,
    find_season,
    open_history,
    was_flagged,
)
from kedge_monitor.compare.settings import CompareSettings

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)
SETTINGS = CompareSettings()
SEASONAL = CompareSettings(seasonal_weeks=4)


def hour(number: int, length: float = 1.0) -> WindowSpan:
    start = MONDAY + timedelta(hours=number)
    return WindowSpan(start, start + timedelta(hours=length))


def run(number: int, *flags: str, clean: bool = True, noise: float = 0.5) -> FinishedRun:
    ratios = WindowNoise((noise,) * 5, (noise,) * 5)
    return FinishedRun(span=hour(number), flagged=flags, clean=clean, usual=clean, noise=ratios)


def after(*runs: FinishedRun, settings: CompareSettings = SETTINGS) -> DriftHistory:
    history = DriftHistory()
    for each in runs:
        history = add_run(history, each, settings)
    return history


def test_a_flag_counts_in_the_next_two_runs_and_then_no_more():
    history = after(run(0, "a"))
    assert was_flagged(history, "a")
    history = add_run(history, run(1), SETTINGS)
    assert was_flagged(history, "a")
    assert not was_flagged(add_run(history, run(2), SETTINGS), "a")


def test_another_baseline_forgets_everything():
    history = msgspec.structs.replace(after(run(0, "a")), baseline="one")
    assert open_history(history, "one") == history
    assert open_history(history, "two") == DriftHistory(baseline="two")


def test_a_window_that_is_measured_again_changes_nothing():
    history = after(run(0), run(1, "a"))
    assert add_run(history, run(1, "b"), SETTINGS) == history
    assert add_run(history, run(0, "b"), SETTINGS) == history


@pytest.mark.parametrize("seed", range(3))
def test_independent_records_have_no_dispersion_worth_the_name(seed: int):
    draw = np.random.default_rng(seed)
    scores = draw.normal(size=(40, 20)) ** 2 / 2.7055
    history = DriftHistory(clean=tuple(WindowNoise((), tuple(row)) for row in scores.tolist()))
    assert estimate_dispersion(history) == pytest.approx(1.0, abs=0.12)


@pytest.mark.parametrize("phi", [2.0, 6.0])
def test_the_dispersion_of_dependent_records_is_found_and_the_drift_of_one_feature_does_not_raise_it(phi: float):
    draw = np.random.default_rng(5)
    scores = draw.normal(size=(60, 20)) ** 2 / 2.7055 * phi
    scores[:, 0] += 400.0
    history = DriftHistory(clean=tuple(WindowNoise((), tuple(row)) for row in scores.tolist()))
    assert estimate_dispersion(history) == pytest.approx(phi, rel=0.2)


def test_fewer_than_24_windows_say_nothing_about_dispersion():
    assert estimate_dispersion(after(*(run(number) for number in range(23)))) is None
    assert estimate_dispersion(after(*(run(number) for number in range(24)))) == 1.0


def test_the_noise_of_the_first_week_stays_and_violated_windows_add_none():
    history = after(*(run(number) for number in range(200)))
    assert len(history.clean) == 168
    assert len(after(run(0), run(1, clean=False)).clean) == 1


def test_a_wide_table_keeps_64_numbers_of_a_window():
    wide = msgspec.structs.replace(
        run(0), noise=WindowNoise(tuple(map(float, range(1_000))), tuple(map(float, range(1_000))))
    )
    (kept,) = after(wide).clean
    assert len(kept.distances) == len(kept.points) == 64
    assert np.quantile(kept.points, 0.9) == pytest.approx(900, rel=0.01)


def test_windows_are_joined_at_the_end_of_each_block_of_hours():
    history = after(*(run(number) for number in range(23)))
    found = find_rollups(history, hour(23), SETTINGS)
    assert {hours: len(spans) for hours, spans in found.items()} == {2.0: 1, 6.0: 5, 24.0: 23}
    assert found[6.0][0] == hour(18)
    assert find_rollups(history, hour(24), SETTINGS) == {}
    assert list(find_rollups(after(*(run(number) for number in range(25))), hour(25), SETTINGS)) == [2.0]


def test_windows_of_a_quarter_of_an_hour_are_joined_by_the_clock_too():
    quarters = [msgspec.structs.replace(run(0), span=hour(0, 0.25))]
    quarters += [
        msgspec.structs.replace(
            run(0), span=WindowSpan(MONDAY + timedelta(minutes=15 * i), MONDAY + timedelta(minutes=15 * i + 15))
        )
        for i in range(1, 7)
    ]
    last = WindowSpan(MONDAY + timedelta(minutes=105), MONDAY + timedelta(hours=2))
    assert {hours: len(spans) for hours, spans in find_rollups(after(*quarters), last, SETTINGS).items()} == {2.0: 7}


def test_a_daily_window_is_joined_with_nothing():
    day = WindowSpan(MONDAY, MONDAY + timedelta(days=1))
    assert find_rollups(after(run(-24)), day, SETTINGS) == {}


def test_a_season_needs_clean_windows_of_enough_weeks_at_the_same_hour():
    weeks = [run(168 * week + 9) for week in range(4)]
    history = after(*weeks, run(168 * 3 + 10), settings=SEASONAL)
    assert find_season(history, hour(168 * 4 + 9), SEASONAL) == tuple(hour(168 * week + 9) for week in range(4))
    assert find_season(history, hour(168 * 4 + 10), SEASONAL) == ()
    assert find_season(history, hour(168 * 4 + 9), SETTINGS) == ()


def test_the_history_of_years_stays_small_and_survives_its_encoding():
    history = DriftHistory()
    for number in range(168 * 30):
        history = add_run(history, run(number), SEASONAL)
    assert len(history.windows) <= 24
    assert {len(spans) for spans in history.seasons.values()} == {8}
    encoded = msgspec.msgpack.encode(history)
    assert len(encoded) < 150_000
    assert msgspec.msgpack.decode(encoded, type=DriftHistory) == history
