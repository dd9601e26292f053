"""The states of all columns of a dataset."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from kedge_monitor.batch import Batch, Floats, Schema
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.column import ColumnProfile, ColumnState
from kedge_monitor.profile.numbers import finish_all
from kedge_monitor.profile.sums import BLOCK


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetProfile:
    """The columns of a window or a baseline, in the order of the schema."""

    schema: Schema
    records: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        """Return the column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)


class ProfilesDiffer(MonitorError):
    """Profiles that cannot be merged: their columns or their edges are not the same."""


class DatasetState:
    """The mutable state behind a DatasetProfile. Its memory does not grow with the number of records."""

    def __init__(self, schema: Schema, edges: Mapping[str, Floats] | None = None) -> None:
        """Begin without records.

        Args:
            schema: The columns of all batches.
            edges: For each number column the increasing edges of its histogram: those of the baseline's profile, or of `fit_edges`.
                A number column without edges gets no histogram.
        """
        self.schema = schema
        self.records = 0
        known = edges or {}
        self.columns = [ColumnState(column, known.get(column.name)) for column in schema.columns]
        self._waiting: list[Batch] = []
        self._waiting_records = 0

    @classmethod
    def from_profile(cls, profile: DatasetProfile) -> Self:
        """Return the state that has this profile, to be filled or merged further."""
        state = cls(profile.schema)
        state.records = profile.records
        state.columns = [ColumnState.from_profile(column) for column in profile.columns]
        return state

    def add(self, batch: Batch) -> None:
        """Add the records of a batch with the same schema."""
        if len(batch.columns) != len(self.columns):
            raise ValueError(f"a batch of {len(batch.columns)} columns does not fit {len(self.columns)} columns")
        self.records += batch.records
        self._waiting.append(batch)
        self._waiting_records += batch.records
        if self._waiting_records >= BLOCK:
            self.finish()

    def finish(self) -> None:
        """Add the batches that wait. Small ones wait, because a block of values costs as much as a few."""
        batches, self._waiting, self._waiting_records = self._waiting, [], 0
        if batches:
            for i, column in enumerate(self.columns):
                column.add([batch.columns[i] for batch in batches])

    def merge(self, other: "DatasetState") -> None:
        """Add the records of another state.

        Raises:
            ProfilesDiffer: The columns or the edges of a histogram are not the same.
        """
        if self.schema != other.schema:
            raise ProfilesDiffer(
                f"Profiles of other columns cannot be merged: {', '.join(self.schema.names)} and {', '.join(other.schema.names)}. "
                "Measure the windows again with one baseline."
            )
        for ours, theirs in zip(self.columns, other.columns, strict=True):
            if not ours.fits(theirs):
                raise ProfilesDiffer(
                    f"Column {ours.column.name}: the profiles were measured against other baselines and cannot be merged. "
                    "Measure the windows again with one baseline."
                )
        self.finish()
        other.finish()
        self.records += other.records
        for ours, theirs in zip(self.columns, other.columns, strict=True):
            ours.merge(theirs)

    def profile(self) -> DatasetProfile:
        """Return the profile of all records so far. The state can be filled further."""
        self.finish()
        finish_all(column.numbers for column in self.columns if column.numbers is not None)
        columns = tuple(column.profile() for column in self.columns)
        return DatasetProfile(schema=self.schema, records=self.records, columns=columns)


def merge_profiles(profiles: Iterable[DatasetProfile]) -> DatasetProfile:
    """Return the profile of all records of at least one profile: for example the last 6 hours as one window.

    Raises:
        ProfilesDiffer: The columns or the edges are not the same.
        ValueError: There is no profile.
    """
    state: DatasetState | None = None
    for profile in profiles:
        if state is None:
            state = DatasetState.from_profile(profile)
        else:
            state.merge(DatasetState.from_profile(profile))
    if state is None:
        raise ValueError("merge_profiles needs at least one profile")
    return state.profile()
