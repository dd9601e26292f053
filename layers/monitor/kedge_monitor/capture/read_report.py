"""The counts of a read: each line is in one of them, so nothing is dropped silently."""

from collections.abc import Iterable
from typing import Final, override

import msgspec

from kedge_monitor.errors import MonitorError

MOST_PLACES: Final = 10
MOST_EXTRA: Final = 1_000
_LONGEST_REASON: Final = 300
_MOST_NAMES: Final = 5


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """The place of something that could not be read, with the reason. `line` counts from 1."""

    source: str
    line: int
    reason: str

    @override
    def __str__(self) -> str:
        return f"{self.source}, line {self.line}: {self.reason}"


class ObjectRead(msgspec.Struct, frozen=True, kw_only=True):
    """One object that was read: with its ETag it is known whether it has to be read again."""

    key: str
    etag: str
    lines: int


class ReadReport(msgspec.Struct, kw_only=True):
    """The counts of a read. `lines` is the sum of `read`, `outside`, `shadow`, `unreadable` and `blank`.

    Attributes:
        lines: lines of all objects; for a table its rows.
        read: lines that gave records.
        records: rows of the dataset; more than `read` where a request has several rows.
        outside: lines whose time is outside the window.
        shadow: lines of shadow variants.
        unreadable: lines that cannot be read; the first `MOST_PLACES` are in `places`.
        blank: empty lines.
        dropped_outputs: records whose outputs were dropped, because their number does not agree with the inputs.
        without_output: records without an output, although other records have one.
        other_width: records with more or fewer fields than the others; their fields count from the left.
        extra: columns that the schema does not have, with the number of records that have them.
        unnamed_extra: records with extra columns that `extra` has no room for.
        seen: the columns of the schema that at least one record has.
        objects: the objects that were read.
    """

    lines: int = 0
    read: int = 0
    records: int = 0
    outside: int = 0
    shadow: int = 0
    unreadable: int = 0
    blank: int = 0
    dropped_outputs: int = 0
    without_output: int = 0
    other_width: int = 0
    unnamed_extra: int = 0
    places: list[Place] = []
    extra: dict[str, int] = {}
    seen: set[str] = set()
    objects: list[ObjectRead] = []

    def add_unreadable(self, source: str, line: int, reason: str) -> None:
        """Count a line that cannot be read, and keep its place if it is among the first."""
        self.unreadable += 1
        if len(self.places) < MOST_PLACES:
            self.places.append(Place(source=source, line=line, reason=reason[:_LONGEST_REASON]))

    def add_extra(self, name: str) -> None:
        """Count a record that has a column outside the schema."""
        if name in self.extra or len(self.extra) < MOST_EXTRA:
            self.extra[name] = self.extra.get(name, 0) + 1
        else:
            self.unnamed_extra += 1

    def absent(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return those of some columns that no record has."""
        return tuple(name for name in names if name not in self.seen)


_COUNTS: Final = (
    "lines", "read", "records", "outside", "shadow", "unreadable", "blank", "dropped_outputs", "without_output",
    "other_width", "unnamed_extra",
)  # fmt: skip


def join_reports(reports: Iterable[ReadReport]) -> ReadReport:
    """Return the sum of the reports of parts of one read, in the order of the parts."""
    total = ReadReport()
    for report in reports:
        for name in _COUNTS:
            setattr(total, name, getattr(total, name) + getattr(report, name))
        total.places = (total.places + report.places)[:MOST_PLACES]
        for name, count in report.extra.items():
            total.extra[name] = total.extra.get(name, 0) + count
        total.seen |= report.seen
        total.objects += report.objects
    return total


class CaptureUnreadable(MonitorError):
    """More lines than the limit allows cannot be read. `report` has the counts and the first places."""

    def __init__(self, report: ReadReport, most: float) -> None:
        self.report = report
        super().__init__(
            f"{report.unreadable} of {report.lines} lines cannot be read, more than the limit of {most:.2%}. "
            f"The first is {report.places[0]}. Repair the objects, or raise the limit."
        )


def check_readable(report: ReadReport, most: float) -> None:
    """Check that the share of unreadable lines is within a limit.

    Args:
        report: the counts of the whole read.
        most: the largest share, 0 to 1.

    Raises:
        CaptureUnreadable: the share is larger. The error names the first place.
    """
    if report.unreadable > most * report.lines:
        raise CaptureUnreadable(report, most)


def write_read_notes(report: ReadReport) -> tuple[str, ...]:
    """Return a sentence for each thing that a reader of the verdict has to know about the reading."""
    notes = []
    if report.unreadable:
        notes.append(f"{report.unreadable} of {report.lines} lines cannot be read; the first is {report.places[0]}.")
    if report.dropped_outputs:
        notes.append(
            f"The outputs of {report.dropped_outputs} records are left out: their number does not agree with the inputs."
        )
    if report.without_output:
        notes.append(f"{report.without_output} records have no output.")
    if report.other_width:
        notes.append(f"{report.other_width} records have another number of fields than the others.")
    if report.shadow:
        notes.append(f"{report.shadow} requests to shadow variants are left out.")
    if report.extra:
        names = ", ".join(sorted(report.extra)[:_MOST_NAMES])
        notes.append(f"Some records have columns that were not measured, such as {names}.")
    return tuple(notes)
