"""The memory from run to run: flags, how much clean windows vary, and which windows can be joined.

The caller stores a history with the monitor and gives it to the next run. It is bound to one baseline, and of bounded size.
A history names windows by their times; the caller keeps the profiles of those windows.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
import numpy as np

from kedge_monitor.compare.settings import CompareMode, CompareSettings

_RUNS_OF_THREE: Final = 2  # earlier runs that count in the two-of-three rule
_FEWEST_CLEAN: Final = 24
_MOST_CLEAN: Final = 168
_MEDIAN_DISTANCE: Final = (
    0.82757 / 1.2239
) ** 2  # the medians of both distributions, as shares of their 90 % quantiles
_MEDIAN_POINT: Final = 0.45494 / 2.7055
_BEYOND: Final = 8.0  # times the 90 % quantile: independent records are beyond in less than 1 of 100,000 cases
_MOST_RATIOS: Final = 64
_MOST_SEASONS: Final = 8
_HOURS_OF_WEEK: Final = 168


class WindowSpan(msgspec.Struct, frozen=True, order=True):
    """The times of a window, `[start, end)`, both with a time zone."""

    start: datetime
    end: datetime

    @property
    def hours(self) -> float:
        """Return the length."""
        return (self.end - self.start) / timedelta(hours=1)

    @property
    def hour_of_week(self) -> int:
        """Return the hour of the week at the start of the window, 0 (Monday 00:00 in its time zone) to 167."""
        return self.start.weekday() * 24 + self.start.hour


class WindowNoise(msgspec.Struct, frozen=True):
    """How far the features of a window without drift are from the baseline: squared, 1 is the 90 % quantile of independent records.

    `distances` are those of Kolmogorov and Smirnov, `points` standard scores: in the median of numbers, of the commonest category.
    """

    distances: tuple[float, ...] = ()
    points: tuple[float, ...] = ()


class DriftHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The state between runs. An empty one is that of a new monitor.

    `flags` are the flagged checks of the last two runs with data, the newest first. `clean` is the noise of windows without
    drift, at most 168. `windows` are the latest windows with data, `seasons` the clean windows of each hour of the week.
    """

    baseline: str = ""
    flags: tuple[tuple[str, ...], ...] = ()
    clean: tuple[WindowNoise, ...] = ()
    windows: tuple[WindowSpan, ...] = ()
    seasons: dict[int, tuple[WindowSpan, ...]] = {}


class FinishedRun(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a run with data that the history keeps. `usual`: at most half of the features are violated."""

    span: WindowSpan | None
    flagged: tuple[str, ...]
    clean: bool
    usual: bool
    noise: WindowNoise


def open_history(history: DriftHistory, digest: str) -> DriftHistory:
    """Return the history for a baseline: the same one, or an empty one if the baseline has changed."""
    return history if history.baseline == digest else DriftHistory(baseline=digest)


def was_flagged(history: DriftHistory, key: str) -> bool:
    """Return whether a check was flagged in one of the two runs before."""
    return any(key in flags for flags in history.flags)


def estimate_dispersion(history: DriftHistory) -> float | None:
    """Estimate by what factor the records of a window count too much because they depend on each other; at least 1.

    Phi is max(1, q90 / 1.2239^2) over the squared scaled distances of windows without drift, all features pooled. The number
    1.2239 is the 90 % quantile of Kolmogorov's distribution. Dependence also makes the distances' tail longer than Kolmogorov's, at the rate of the
    variance in one point. So the same quantile of the squared standard scores in the median counts, too: phi is the larger one.
    None before 24 windows.
    """
    if len(history.clean) < _FEWEST_CLEAN:
        return None
    found = (
        _pool([ratio for window in history.clean for ratio in window.distances], _MEDIAN_DISTANCE),
        _pool([ratio for window in history.clean for ratio in window.points], _MEDIAN_POINT),
    )
    return max(1.0, *found)


def _pool(ratios: list[float], median: float) -> float:
    """Return the 90 % quantile without what is beyond any dependence: drift, not dispersion.

    It is judged by the median, which drift of less than half of the features does not move far.
    """
    if not ratios:
        return 1.0
    pooled = np.array(ratios)
    usual = max(1.0, float(np.median(pooled)) / median)
    return float(np.quantile(pooled[pooled <= usual * _BEYOND], 0.9))


def find_rollups(
    history: DriftHistory, span: WindowSpan, settings: CompareSettings
) -> dict[float, tuple[WindowSpan, ...]]:
    """Find the earlier windows that this one is joined with, by the hours of the joined window.

    A joined window of h hours ends every h hours of the clock (UTC), so that no two of a length overlap. Give the merged profiles of
    these windows and of this one to `compare`.
    """
    found = {}
    for hours in settings.rollups:
        length = timedelta(hours=hours)
        # A window that crosses the end of a block closes the block.
        since = (span.end - datetime.fromtimestamp(0, span.end.tzinfo)) % length
        if hours < 2 * span.hours or since >= span.end - span.start:
            continue
        earlier = tuple(
            window for window in history.windows if window.start >= span.end - length and window.end <= span.start
        )
        if earlier:
            found[hours] = earlier
    return found


def find_season(history: DriftHistory, span: WindowSpan, settings: CompareSettings) -> tuple[WindowSpan, ...]:
    """Find the clean windows of the same hour of the week.

    There are none if the option is off, if there are too few weeks, or in the mode `compatible`: Model Monitor always
    compares with the baseline.
    """
    if settings.seasonal_weeks is None or settings.mode is CompareMode.COMPATIBLE:
        return ()
    earlier = tuple(window for window in history.seasons.get(span.hour_of_week, ()) if window.end <= span.start)
    weeks = {(span.start - window.start) // timedelta(weeks=1) for window in earlier}
    return earlier if len(weeks) >= settings.seasonal_weeks else ()


def add_run(history: DriftHistory, run: FinishedRun, settings: CompareSettings) -> DriftHistory:
    """Return the history after a run with data. A window that is not newer than the last one changes nothing."""
    span = run.span
    if span is not None and history.windows and span.start <= history.windows[-1].start:
        return history
    clean = history.clean
    # Until the dependence is known, flags say little: leaving those windows out would make it look smaller than it is.
    usable = run.clean or (run.usual and len(clean) < _FEWEST_CLEAN)
    # The first week is enough and stays: a slow drift must not make the test ever milder.
    if usable and run.noise.points and len(clean) < _MOST_CLEAN:
        clean = (*clean, WindowNoise(_shorten(run.noise.distances), _shorten(run.noise.points)))
    return DriftHistory(
        baseline=history.baseline,
        flags=(run.flagged, *history.flags)[:_RUNS_OF_THREE],
        clean=clean,
        windows=_keep_recent(history.windows, span, settings),
        seasons=_add_season(history.seasons, span, settings) if run.clean else history.seasons,
    )


def _shorten(ratios: tuple[float, ...]) -> tuple[float, ...]:
    """Return at most 64 of the ratios, evenly over their order, so that wide tables keep a small history."""
    if len(ratios) <= _MOST_RATIOS:
        return ratios
    places = (np.arange(_MOST_RATIOS) + 0.5) / _MOST_RATIOS
    return tuple(np.quantile(ratios, places).tolist())


def _keep_recent(
    windows: tuple[WindowSpan, ...], span: WindowSpan | None, settings: CompareSettings
) -> tuple[WindowSpan, ...]:
    if span is None:
        return windows
    longest = timedelta(hours=max(settings.rollups, default=0.0))
    return (*(window for window in windows if window.start > span.start - longest), span)


def _add_season(
    seasons: dict[int, tuple[WindowSpan, ...]], span: WindowSpan | None, settings: CompareSettings
) -> dict[int, tuple[WindowSpan, ...]]:
    if span is None or settings.seasonal_weeks is None:
        return seasons
    most = max(_MOST_SEASONS, settings.seasonal_weeks)
    kept = (*seasons.get(span.hour_of_week % _HOURS_OF_WEEK, ()), span)[-most:]
    return seasons | {span.hour_of_week: kept}
