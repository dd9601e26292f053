"""The states of all columns of a dataset."""

from dataclasses import dataclass

from kedge_monitor.batch import Schema
from kedge_monitor.profile.column import ColumnProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetProfile:
    """The columns of a window or a baseline, in the order of the schema."""

    schema: Schema
    records: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        """Return the column of this name, or None."""
        return next((column for column in self.columns if column.name == name), None)
