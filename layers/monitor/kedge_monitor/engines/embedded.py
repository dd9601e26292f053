"""One window in one process, or in a few: captured records and a baseline to the verdict and all files."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.batch import Floats, Schema
from kedge_monitor.capture.read_report import ReadReport, check_readable, write_read_notes
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.tables import TableFormat, TableReader
from kedge_monitor.compare.comparison import compare
from kedge_monitor.compare.history import DriftHistory, WindowSpan
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.compare.verdict import Outcome, WindowComparison
from kedge_monitor.engines.fitting import read_tables
from kedge_monitor.engines.workers import Profiled, Workers, profile_objects
from kedge_monitor.files.constraints import CONSTRAINTS, write_constraints
from kedge_monitor.files.run_files import COMPARISON, PROFILE, exit_message, write_comparison
from kedge_monitor.files.statistics import STATISTICS, write_statistics
from kedge_monitor.files.violations import VIOLATIONS, write_violations
from kedge_monitor.profile.dataset import DatasetProfile, DatasetState, ProfilesDiffer, merge_profiles
from kedge_monitor.profile.stored import encode_profile

READ_REPORT: Final = "kedge_read.json"
"""What became of every line, and which objects were read: late ones are those that it does not name."""

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


class MeasureSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How a window is read, and how it is compared."""

    capture: CaptureSettings = CaptureSettings()
    compare: CompareSettings = CompareSettings()


class Neighbours(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a monitor, and the profiles of other windows.

    `history` is what the last run returned, None for the first run. `earlier` are by hours the profiles of the windows
    that this one is joined with, `season` is that of its season: `find_rollups` and `find_season` name them.
    """

    history: DriftHistory | None = None
    earlier: dict[float, DatasetProfile] = {}
    season: DatasetProfile | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The result of a window.

    Attributes:
        profile: the columns of the baseline in this window. Profiles of several windows can be merged.
        comparison: the verdict.
        history: what the next run has to be given.
        report: what became of every line.
        message: the exit message, as Model Monitor's.
        files: the bytes of each file by its name. A window without data has none of Model Monitor's files.
    """

    profile: DatasetProfile
    comparison: WindowComparison
    history: DriftHistory
    report: ReadReport
    message: str
    files: dict[str, bytes]


def measure(
    sources: Sequence[Source],
    baseline: Baseline,
    settings: MeasureSettings | None = None,
    neighbours: Neighbours | None = None,
    *,
    workers: Workers | None = None,
) -> Measurement:
    """Measure a window of captured records.

    Args:
        sources: the objects that can hold records of the window, in the order of their keys.
        baseline: what the window is compared with.
        settings: how the window is read and compared.
        neighbours: the history and the profiles of other windows.
        workers: processes that share the objects; None: this process reads all.

    Raises:
        CaptureUnreadable: too many lines cannot be read.
        ColumnsInvalid: a column to leave out does not exist.
        SettingInapplicable: a setting of the constraints cannot apply.
        NothingToCompare: the baseline is empty, or the window has other columns.
    """
    settings = settings or MeasureSettings()
    layout = survey_capture(sources, baseline.profile.schema, settings.capture)
    profile = profile_objects if workers is None else workers.profile_objects
    found = profile(sources, layout, edges_of(baseline), settings.capture)
    check_readable(found.report, settings.capture.most_unreadable)
    return judge(found, baseline, settings, neighbours, names=layout.names)


def measure_table(
    sources: Sequence[Source],
    form: TableFormat,
    baseline: Baseline,
    settings: MeasureSettings | None = None,
    neighbours: Neighbours | None = None,
) -> Measurement:
    """Measure the rows of tables, for example of batch transform's data sets. All rows are in the window.

    Raises:
        TableUnreadable: a table cannot be read.
        CaptureUnreadable: too many rows cannot be read.
        ColumnsInvalid, SettingInapplicable, NothingToCompare: as `measure`.
    """
    settings = settings or MeasureSettings()

    def profile(reader: TableReader) -> Profiled:
        state = DatasetState(reader.schema, edges_of(baseline))
        for batch in reader.read():
            state.add(batch)
        return Profiled(state.profile(), reader.report)

    found = read_tables(sources, form, profile, baseline.profile.schema, settings.capture.excluded)
    check_readable(found.report, settings.capture.most_unreadable)
    names = tuple(dict.fromkeys((*baseline.profile.schema.names, *found.profile.schema.names)))
    return judge(found, baseline, settings, neighbours, names=names)


def judge(
    found: Profiled,
    baseline: Baseline,
    settings: MeasureSettings,
    neighbours: Neighbours | None = None,
    *,
    names: Sequence[str],
) -> Measurement:
    """Compare the profile of a window with the baseline, and write all files.

    Args:
        found: the profile of the window, over the baseline's edges, and the report of its reading.
        baseline: what the window is compared with.
        settings: how the window was read and is compared.
        neighbours: the history and the profiles of other windows.
        names: the columns of the whole data, those left out included.
    """
    others = neighbours or Neighbours()
    excluded = set(names) - set(found.profile.schema.names)
    # A column that is left out of the data is left out of the comparison. The others that the data lacks are missing.
    compared = msgspec.structs.replace(
        settings.compare,
        excluded=tuple(
            name for name in baseline.profile.schema.names if name in excluded or name in settings.compare.excluded
        ),
    )
    window, report = settings.capture.window, found.report
    shown = with_seen_columns(found.profile, report)
    stored = only_columns(found.profile, baseline.profile.schema)
    comparison, next_history = compare(
        baseline,
        shown,
        others.history,
        compared,
        span=None if window is None else WindowSpan(window.start, window.end),
        joined=join_earlier(stored, others.earlier),
        season=others.season,
    )
    comparison = msgspec.structs.replace(comparison, notes=(*comparison.notes, *write_read_notes(report)))
    files = {
        PROFILE: encode_profile(stored),
        COMPARISON: write_comparison(comparison),
        READ_REPORT: _ENCODER.encode(report),
    }
    if comparison.outcome is not Outcome.NO_DATA:
        files |= {
            STATISTICS: write_statistics(shown),
            CONSTRAINTS: write_constraints(baseline.constraints),
            VIOLATIONS: write_violations(comparison),
        }
    message = exit_message(comparison.outcome, len(comparison.violations), comparison.notes)
    return Measurement(
        profile=stored, comparison=comparison, history=next_history, report=report, message=message, files=files
    )


def join_earlier(own: DatasetProfile, earlier: Mapping[float, DatasetProfile]) -> dict[float, DatasetProfile] | None:
    """Return the profiles of joined windows by their hours; None if there are none.

    An earlier window with other columns, because a monitor was changed, cannot be joined and is left out.
    """
    joined = {}
    for hours, profile in earlier.items():
        try:
            joined[hours] = merge_profiles([profile, own])
        except ProfilesDiffer:
            continue
    return joined or None


def edges_of(baseline: Baseline) -> Mapping[str, Floats]:
    """Return the edges of the baseline's histograms by column."""
    return {
        column.name: column.numbers.histogram.edges
        for column in baseline.profile.columns
        if column.numbers is not None and column.numbers.histogram is not None
    }


def with_seen_columns(profile: DatasetProfile, report: ReadReport) -> DatasetProfile:
    """Return a window's profile without the columns that no record has; all columns if there are no records."""
    if not profile.records:
        return profile
    seen = Schema(columns=tuple(column for column in profile.schema.columns if column.name in report.seen))
    return only_columns(profile, seen)


def only_columns(profile: DatasetProfile, schema: Schema) -> DatasetProfile:
    """Return a profile with those columns only that a schema has, too."""
    names = set(schema.names)
    return DatasetProfile(
        schema=Schema(columns=tuple(column for column in profile.schema.columns if column.name in names)),
        records=profile.records,
        columns=tuple(column for column in profile.columns if column.name in names),
    )


def late_objects(sources: Iterable[Source], report: ReadReport) -> tuple[Source, ...]:
    """Return the objects that a run did not read, or that changed after it.

    Their records can be profiled by themselves and merged into the profile of their window with `merge_profiles`. An object
    that has changed replaces records, so then the whole window has to be measured again.
    """
    known = {one.key: one.etag for one in report.objects}
    return tuple(source for source in sources if known.get(source.key) != source.etag)


def read_read_report(data: bytes) -> ReadReport:
    """Return the report in a file `READ_REPORT`."""
    return msgspec.json.decode(data, type=ReadReport)
