"""The folder of a run, and the history that connects runs."""

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from kedge_monitor.baseline import Baseline
from kedge_monitor.compare.history import DriftHistory, WindowSpan, find_rollups, find_season
from kedge_monitor.compare.settings import CompareSettings
from kedge_monitor.engines.embedded import READ_REPORT, Neighbours
from kedge_monitor.files.run_files import COMPARISON, PROFILE
from kedge_monitor.profile.dataset import DatasetProfile, ProfilesDiffer, merge_profiles
from kedge_monitor.profile.stored import decode_profile
from kedge_monitor.report.page import RunFacts
from kedge_monitor.report.sections import MetricSection
from workbench.cli.monitor.measuring.data import WrongInput
from workbench.cli.monitor.measuring.settings import ATTRIBUTION, BIAS, MODEL_QUALITY

RUN: Final = "kedge_run.json"
REPORT: Final = "report.html"
BASELINE: Final = "baseline"
_OWN: Final = (
    "statistics.json", "constraints.json", "constraint_violations.json", COMPARISON, PROFILE, READ_REPORT, RUN, REPORT,
)  # fmt: skip
_LABELLED: Final = (
    "statistics.json", "constraints.json", "constraint_violations.json", "analysis.json", READ_REPORT, "kedge_labels.json",
)  # fmt: skip


class StoredRun(msgspec.Struct, frozen=True, kw_only=True):
    """The inputs of a page beside profile, comparison and baseline."""

    facts: RunFacts
    digest: str
    sections: tuple[MetricSection, ...] = ()


class StoredHistory(DriftHistory, frozen=True, kw_only=True):
    """The history of a monitor, as Kedge's function writes it, and the folders of the windows that it names."""

    folders: dict[str, str] = msgspec.field(default_factory=dict)


def write_run(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a run, and remove those of an earlier run in this folder.

    Raises:
        WrongInput: the path is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise WrongInput(f"--out {folder} is a file. Name a folder.")
    labelled = [f"{part}/{name}" for part in (MODEL_QUALITY, BIAS, ATTRIBUTION) for name in _LABELLED]
    for name in (*_OWN, *labelled):
        (folder / name).unlink(missing_ok=True)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


class HistoryFile:
    """The file of a history: read before a run, written after it."""

    def __init__(self, path: Path | None, digest: str) -> None:
        """Read the file, if it exists.

        Raises:
            WrongInput: it is no history, or it is of another baseline.
        """
        self._path = path
        self.stored = StoredHistory()
        if path is None or not path.exists():
            return
        try:
            self.stored = msgspec.json.decode(path.read_bytes(), type=StoredHistory)
        except (msgspec.DecodeError, OSError) as error:
            raise WrongInput(f"{path} is no history: {error}. Name another file, or delete it.") from None
        if self.stored.baseline not in ("", digest):
            raise WrongInput(
                f"{path} is the history of another baseline (version {self.stored.baseline[:12]}). "
                "Name another file, or delete it."
            )

    @property
    def history(self) -> DriftHistory | None:
        """Return what the last run returned; None without a file."""
        return None if self._path is None else self.stored

    def neighbours(self, span: WindowSpan | None, settings: CompareSettings) -> Neighbours:
        """Return the history, and the profiles of the windows that this one can be compared or joined with."""
        if span is None or self._path is None:
            return Neighbours(history=self.history)
        season = self._merged(find_season(self.stored, span, settings))
        rollups = find_rollups(self.stored, span, settings).items()
        earlier = {hours: found for hours, spans in rollups if (found := self._merged(spans)) is not None}
        return Neighbours(history=self.history, earlier=earlier, season=season)

    def write(self, history: DriftHistory, span: WindowSpan | None, folder: Path) -> None:
        """Write the history after a run whose files are in a folder."""
        if self._path is None:
            return
        folders = dict(self.stored.folders)
        if span is not None:
            folders[_name(span.start, span.end)] = str(folder.absolute())
        known = {_name(each.start, each.end) for each in history.windows}
        known |= {_name(each.start, each.end) for spans in history.seasons.values() for each in spans}
        kept = {name: place for name, place in folders.items() if name in known}
        fields = {name: getattr(history, name) for name in DriftHistory.__struct_fields__}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # The keys of seasons are numbers, which the encoder sorts only as texts.
        stored = msgspec.to_builtins(StoredHistory(**fields, folders=kept), str_keys=True)
        self._path.write_bytes(msgspec.json.encode(stored, order="deterministic"))

    def _merged(self, spans: tuple[WindowSpan, ...]) -> DatasetProfile | None:
        profiles = [found for span in spans if (found := self._profile(span)) is not None]
        try:
            return merge_profiles(profiles) if profiles else None
        except ProfilesDiffer:
            return None  # the columns to leave out were changed between these windows

    def _profile(self, span: WindowSpan) -> DatasetProfile | None:
        """Return the profile of an earlier window, None if its folder is gone or has the files of another window."""
        folder = Path(self.stored.folders.get(_name(span.start, span.end), ""))
        try:
            run = read_run(folder)
            data = (folder / PROFILE).read_bytes()
        except OSError:
            return None
        is_same = run is not None and (run.facts.start, run.facts.end) == (span.start, span.end)
        return decode_profile(data) if is_same else None


def _name(start: datetime, end: datetime) -> str:
    return f"{start.isoformat()}/{end.isoformat()}"


def read_run(folder: Path) -> StoredRun | None:
    """Return what a run's folder keeps for its page; None if another program wrote the folder. Raises WrongInput."""
    file = folder / RUN
    if not file.is_file():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=StoredRun)
    except msgspec.DecodeError as error:
        raise WrongInput(f"{file} cannot be read: {error}. Run the measurement again.") from None


def stored_run(facts: RunFacts, baseline: Baseline, sections: list[MetricSection]) -> bytes:
    """Return the file that `read_run` reads."""
    return msgspec.json.encode(StoredRun(facts=facts, digest=baseline.digest, sections=tuple(sections)))
