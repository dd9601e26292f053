"""Endpoints whose truth is known: a baseline and windows are both samples of the same shares."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import stats

from kedge_monitor.baseline import Baseline
from kedge_monitor.batch import Column, Kind, Schema
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.history import DriftHistory
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.compare.verdict import WindowComparison
from kedge_monitor.profile.column import ColumnProfile
from kedge_monitor.profile.dataset import DatasetProfile
from tests.unit.monitor.compare.worlds import baseline_from, profile_of, with_counts


def normal_edges(bins: int) -> np.ndarray:
    """Return the normal quantiles between this many equally frequent bins."""
    return stats.norm.ppf(np.arange(1, bins) / bins)


def normal_shares(bins: int, shift: float = 0.0) -> np.ndarray:
    """Return the shares of a normal feature, moved by `shift` standard deviations, in the bins of the one that is not moved."""
    return np.diff(stats.norm.cdf(normal_edges(bins) - shift), prepend=0.0, append=1.0)


def number_template(values: np.ndarray) -> ColumnProfile:
    """Return the profile of a number column whose edges are these values."""
    return profile_of({"x": values}).columns[0]


@dataclass
class Endpoint:
    """An endpoint with features of the same shares. The baseline of `baseline` records is drawn anew for each endpoint."""

    features: int
    shares: np.ndarray
    baseline: int
    settings: CompareSettings
    draw: np.random.Generator
    clustered: float = 0.0
    history: DriftHistory | None = None
    template: ColumnProfile = field(init=False)
    schema: Schema = field(init=False)
    stored: Baseline = field(init=False)

    def __post_init__(self) -> None:
        self.template = number_template(np.arange(float(len(self.shares) - 1)) + 0.5)
        names = (Column(name=f"f{i}", kind=Kind.NUMBER) for i in range(self.features))
        self.schema = Schema(columns=tuple(names))
        profile = self.profile(self.baseline)
        self.stored = baseline_from(profile)

    def profile(self, records: int, shares: np.ndarray | None = None) -> DatasetProfile:
        """Draw records: independent ones, or ten of each caller with an intraclass correlation of `clustered`."""
        counts = self._draw_clustered(records) if self.clustered else self._draw(records, shares)
        columns = tuple(
            replace(with_counts(self.template, counts[i]), column=column)
            for i, column in enumerate(self.schema.columns)
        )
        return DatasetProfile(schema=self.schema, records=records, columns=columns)

    def run(self, window: DatasetProfile) -> WindowComparison:
        """Compare a window; the history goes on."""
        comparison, self.history = compare(self.stored, window, self.history, self.settings)
        return comparison

    def runs(self, count: int, records: int) -> Iterator[WindowComparison]:
        """Compare so many windows without drift."""
        for _ in range(count):
            yield self.run(self.profile(records))

    def _draw(self, records: int, shares: np.ndarray | None) -> np.ndarray:
        return self.draw.multinomial(records, self.shares if shares is None else shares, self.features)

    def _draw_clustered(self, records: int) -> np.ndarray:
        bins = len(self.shares)
        callers = self.draw.normal(0, self.clustered**0.5, (self.features, records // 10, 1))
        values = callers + self.draw.normal(0, (1 - self.clustered) ** 0.5, (self.features, records // 10, 10))
        places = np.searchsorted(normal_edges(bins), values.reshape(self.features, -1))
        return np.stack([np.bincount(row, minlength=bins) for row in places])
