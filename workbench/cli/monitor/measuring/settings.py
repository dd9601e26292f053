"""From the options of a command to the settings of kedge_monitor."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from kedge.policy.durations import parse_duration
from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import BaselineUnusable, read_baseline
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.capture.window import CaptureWindow, parse_time
from kedge_monitor.compare.settings import SEASONAL_WEEKS, CompareMode, CompareSettings, FalsePagePromise
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.run_files import COMPARISON, PROFILE
from kedge_monitor.files.statistics import STATISTICS
from workbench.cli.monitor.measuring.data import WrongInput, check_exists
from workbench.cli.monitor.options import DataForm, PromiseOptions, Seasonality

WEEK: Final = timedelta(weeks=1)
BASELINE_FILES: Final = (STATISTICS, CONSTRAINTS, PROFILE)
MODEL_QUALITY: Final = "model_quality"
BIAS: Final = "bias"
ATTRIBUTION: Final = "attribution"
COLUMNS: Final = "kedge_columns.json"
"""The columns that a baseline of model quality, bias or attribution was made of. A run reads them from there."""

CALIBRATION: Final = "kedge_calibration.json"
_DATA_QUALITY: Final = "data_quality"


def table_format(form: DataForm) -> TableFormat | None:
    """Return the format of a table, or None if the data is no table."""
    return None if form in (DataForm.CAPTURE, DataForm.BATCH_TRANSFORM) else TableFormat(form.value)


def moment_of(text: str, option: str, now: datetime | None = None) -> datetime:
    """Return the moment that an option names: a time, or an age such as 7d. Raises WrongInput."""
    moment = parse_time(text)
    if moment is not None:
        return moment
    try:
        return (now or datetime.now(UTC)) - parse_duration(text)
    except ValueError:
        example = "Write a time such as 2026-11-20T23:00:00Z, or an age such as 7d"
        raise WrongInput(f"{option} {text!r} is not a time. {example}.") from None


def length_of(text: str, option: str) -> timedelta:
    """Return the duration that an option names, at least one minute. Raises WrongInput."""
    try:
        length = parse_duration(text)
    except ValueError as error:
        raise WrongInput(f"{option}: {error}.") from None
    if length < timedelta(minutes=1) or length % timedelta(minutes=1):
        raise WrongInput(f"{option} {text} is not in whole minutes. Write a duration such as 15m, 1h or 1d.")
    return length


def compare_settings(options: PromiseOptions, exclude: Sequence[str] = ()) -> CompareSettings:
    """Return the rules of the verdict. Raises WrongInput if a number cannot be."""
    within = length_of(options.within, "--within")
    mode = CompareMode(options.mode)
    if mode is CompareMode.COMPATIBLE and options.threshold is not None:
        raise WrongInput("--threshold does not apply to the mode compatible. Set it in constraints.json.")
    seasonal = options.seasonality == Seasonality.HOUR_OF_WEEK
    if mode is CompareMode.COMPATIBLE and seasonal:
        raise WrongInput(
            "--seasonality does not apply to the mode compatible, which always compares with the baseline. Leave it out."
        )
    try:
        return CompareSettings(
            mode=mode,
            promise=FalsePagePromise(false_pages=options.false_pages, weeks=within / WEEK),
            runs_per_week=options.runs_per_week,
            threshold=options.threshold,
            excluded=tuple(exclude),
            seasonal_weeks=SEASONAL_WEEKS if seasonal else None,
        )
    except ValueError as error:
        raise WrongInput(f"{error}. Correct --false-pages, --runs-per-week or --threshold.") from None


def promise_in_words(options: PromiseOptions) -> str:
    """Return the promise as the page shows it; empty in the mode compatible."""
    if options.mode == CompareMode.COMPATIBLE:
        return ""
    pages = "page" if options.false_pages == 1 else "pages"
    return f"at most {options.false_pages:g} false {pages} within {options.within}"


def _check_is_baseline(folder: Path) -> None:
    """Check that a folder is neither that of a run nor a part of a baseline. Raises WrongInput."""
    if (folder / COMPARISON).is_file():
        own = folder / "baseline"
        raise WrongInput(
            f"{folder} is the folder of a run. "
            + (f"Its baseline is in {own}." if own.is_dir() else "Name the folder of a baseline.")
        )
    if folder.resolve().name in (MODEL_QUALITY, BIAS, ATTRIBUTION) and (folder.parent / STATISTICS).is_file():
        raise WrongInput(f"{folder} is a part of a baseline. Name the whole: {folder.parent}.")


def load_baseline(folder: Path) -> tuple[Baseline, dict[str, bytes], Path]:
    """Return the baseline in a folder, its files, and the folder that has them: this one or `data_quality` in it.

    Raises:
        WrongInput: the folder does not exist or has no baseline.
        BaselineUnusable, FileUnreadable: as `read_baseline`. Their text names the folder.
    """
    check_exists(folder)
    _check_is_baseline(folder)
    if not (folder / STATISTICS).is_file() and (folder / _DATA_QUALITY).is_dir():
        folder /= _DATA_QUALITY
    files = {name: (folder / name).read_bytes() for name in BASELINE_FILES if (folder / name).is_file()}
    if not files:
        raise WrongInput(f"{folder} has no baseline. Make one: kedge monitor baseline DATA --out {folder}.")
    try:
        return read_baseline(files), files, folder
    except BaselineUnusable as error:
        raise WrongInput(f"{folder}: {error}") from None


def window_of(
    start: str | None, end: str | None, span: CaptureWindow | None, *, is_empty: bool = False
) -> CaptureWindow | None:
    """Return the window that options name; an end that is not given is that of the data. None: all records.

    `is_empty` says that there is no data, and therefore no time.

    Raises:
        WrongInput: the data has no times.
        WindowInvalid: the window ends before it starts.
    """
    if start is None and end is None:
        return None
    if span is None and is_empty:
        # Without records, there is no other end to take than the one that is given.
        ends = [moment_of(text, option) for text, option in ((start, "--start"), (end, "--end")) if text is not None]
        return CaptureWindow(start=ends[0], end=ends[1]) if len(ends) > 1 else None
    if span is None:
        raise WrongInput("The data has no times, so --start and --end select nothing. Leave them out.")
    first = span.start if start is None else moment_of(start, "--start")
    last = max(span.end, first + timedelta(seconds=1)) if end is None else moment_of(end, "--end")
    return CaptureWindow(start=first, end=last)
