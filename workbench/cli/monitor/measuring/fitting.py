"""`kedge monitor baseline`: the baseline of data, with what will make noise."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.baseline.suggest import switch_off
from kedge_monitor.capture.layout import left_out
from kedge_monitor.capture.read_report import write_read_notes
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.tables import TableReader
from kedge_monitor.capture.transform import TransformSettings
from kedge_monitor.engines.fitting import Fitted, fit_capture, fit_table
from kedge_monitor.engines.labelled import ANALYSIS
from kedge_monitor.engines.transform import fit_transform
from kedge_monitor.files.statistics import distinct_values, written_type
from kedge_monitor.quality.columns import find_column
from workbench.cli.exits import Exit
from workbench.cli.monitor.measuring.baseline_screen import print_baseline
from workbench.cli.monitor.measuring.data import Data, WrongInput, find_data
from workbench.cli.monitor.measuring.labelled import LabelledFiles, SuggestedLimit, attributions_of, fit_labelled
from workbench.cli.monitor.measuring.settings import (
    ATTRIBUTION,
    BASELINE_FILES,
    BIAS,
    CALIBRATION,
    COLUMNS,
    MODEL_QUALITY,
    table_format,
)
from workbench.cli.monitor.measuring.work import finish, print_json, watch
from workbench.cli.monitor.options import BiasOptions, DataForm, LabelOptions

_LABELLED_FILES: Final = ("statistics.json", "constraints.json", ANALYSIS, COLUMNS)


class FoundColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a baseline. `left_out` is the reason if its distribution is not compared."""

    name: str
    type: str
    present: int
    missing: int
    distinct: int
    left_out: str | None = None


class MadeBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """A baseline as programs read it."""

    folder: str
    data: str
    format: str
    records: int
    digest: str
    columns: list[FoundColumn]
    notices: list[dict[str, str | None]]
    notes: list[str]
    files: list[str]
    quality: dict[str, float] = {}
    limits: dict[str, list[SuggestedLimit]] = {}
    attributions: dict[str, float] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineRequest:
    """The arguments of the command."""

    data: Path
    out: Path
    form: DataForm | None
    exclude: tuple[str, ...]
    unreadable: float
    labels: LabelOptions
    bias: BiasOptions
    attributions: tuple[str, ...]
    header: bool
    has_ids: bool
    as_json: bool


def make_baseline(request: BaselineRequest) -> Exit:
    """Write the baseline of data into a folder, print what was found, and return the exit code."""

    def work() -> None:
        made, files = fit_baseline(request)
        _write(request.out, files)
        if request.as_json:
            print_json(made)
        else:
            print_baseline(made)

    return finish("baseline", work)


def fit_baseline(request: BaselineRequest) -> tuple[MadeBaseline, dict[str, bytes]]:
    """Return the baseline of data as programs read it, and its files by their paths below the baseline's folder.

    Raises:
        WrongInput, WrongColumn: an option does not fit the data.
        MonitorError, OSError: the data cannot be read.
    """
    data = find_data(request.data, request.form)
    mapping = attributions_of(request.attributions)
    # Captured records have no column of labels.
    settings = CaptureSettings(excluded=_labels_of_table(data, request.labels), most_unreadable=request.unreadable)
    with watch(f"reading {data.path}", data.size) as progress:
        watched = replace(data, sources=tuple(progress.over(data.sources)))
        fitted = _without(_fit(watched, settings, request), request.exclude)
    labelled = fit_labelled(data, request.labels, request.bias, mapping, settings)
    files = write_baseline(fitted.baseline) | labelled.files
    return _describe(data, request.out, fitted, labelled, files), files


def _labels_of_table(data: Data, options: LabelOptions) -> tuple[str, ...]:
    form = table_format(data.form)
    if form is None or options.label is None:
        return ()
    return (find_column(TableReader(data.sources, form).names, options.label, "--label"),)


def _fit(data: Data, settings: CaptureSettings, request: BaselineRequest) -> Fitted:
    form = table_format(data.form)
    if form is not None:
        return fit_table(data.sources, form, settings.excluded, most_unreadable=settings.most_unreadable)
    if data.form is DataForm.BATCH_TRANSFORM:
        reading = TransformSettings(has_header=request.header, has_ids=request.has_ids, excluded=settings.excluded)
        return fit_transform(data.pairs, reading, most_unreadable=settings.most_unreadable)
    return fit_capture(data.sources, settings)


def _without(fitted: Fitted, exclude: tuple[str, ...]) -> Fitted:
    names = fitted.baseline.profile.schema.names
    off = left_out(names, exclude)
    return Fitted(switch_off(fitted.baseline, off), fitted.report) if off else fitted


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files, and remove those of an earlier baseline in this folder, which would not belong to them."""
    if folder.exists() and not folder.is_dir():
        raise WrongInput(f"--out {folder} is a file. Name a folder.")
    earlier = [*BASELINE_FILES, CALIBRATION]
    earlier += [f"{part}/{name}" for part in (MODEL_QUALITY, BIAS, ATTRIBUTION) for name in _LABELLED_FILES]
    for name in earlier:
        (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


def _describe(data: Data, out: Path, fitted: Fitted, labelled: LabelledFiles, files: Iterable[str]) -> MadeBaseline:
    baseline = fitted.baseline
    return MadeBaseline(
        folder=str(out),
        data=str(data.path),
        format=data.form,
        records=baseline.profile.records,
        digest=baseline.digest,
        columns=_columns(baseline),
        notices=[msgspec.to_builtins(notice) for notice in baseline.notices],
        notes=[*write_read_notes(fitted.report), *labelled.notes],
        files=sorted(files),
        quality=labelled.measured,
        limits=labelled.limits,
        attributions=labelled.attributions,
    )


def _columns(baseline: Baseline) -> list[FoundColumn]:
    return [
        FoundColumn(
            name=column.name,
            type=written_type(column),
            present=column.present,
            missing=column.missing,
            distinct=distinct_values(column),
            left_out=baseline.excluded.get(column.name),
        )
        for column in baseline.profile.columns
    ]
