"""The contract of a SageMaker Processing job of a monitoring schedule: folders, environment, and hosts.

Sources: SageMaker Developer Guide, "Container Contract Inputs" and "Container Contract Outputs" of Model Monitor, and "How
Amazon SageMaker Processing Configures Your Processing Container".
"""

import math
import os
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from kedge_monitor.capture.record import BOTH
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.capture.window import CaptureWindow, parse_time
from kedge_monitor.engines.script_process import open_file
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.constraints import CONSTRAINTS
from kedge_monitor.files.run_files import PROFILE
from kedge_monitor.files.statistics import STATISTICS

ROOT: Final = Path("/opt/ml")
_SCRIPT_SECONDS: Final = 3600.0
_TRUE: Final = frozenset({"true", "1", "yes", "enabled"})
_SIDES: Final = {"endpointoutput": BOTH[0], "endpointinput": BOTH[1], "batchtransformoutput": BOTH[0]}


class JobMisconfigured(MonitorError):
    """An environment variable or a file of the job that is absent or wrong."""


class Records(StrEnum):
    """The content of the dataset."""

    CAPTURE = "capture"  # requests as an endpoint captures them
    MERGED = "merged"  # the same with ground truth
    TABLE = "table"


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """The dataset's format: what its records are; the sides of requests that count; how tables are stored."""

    records: Records
    sides: tuple[str, ...] = BOTH
    table: TableFormat = TableFormat.CSV


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """This host and all hosts of the job, in the order of the job's configuration. The first host is the leader."""

    current: str = "algo-1"
    hosts: tuple[str, ...] = ("algo-1",)

    @property
    def is_leader(self) -> bool:
        """Return whether this host merges the states, compares and writes the files."""
        return self.current == self.hosts[0]


class _Input(msgspec.Struct, frozen=True, rename="pascal"):
    local_path: str | None = None
    s3_data_distribution_type: str | None = None


class _JobInput(msgspec.Struct, frozen=True):
    s3: _Input | None = msgspec.field(default=None, name="S3Input")
    endpoint: _Input | None = msgspec.field(default=None, name="EndpointInput")
    batch: _Input | None = msgspec.field(default=None, name="BatchTransformInput")


class _Configuration(msgspec.Struct, frozen=True):
    arn: str = msgspec.field(default="", name="ProcessingJobArn")
    environment: dict[str, str] | None = msgspec.field(default=None, name="Environment")
    inputs: tuple[_JobInput, ...] = msgspec.field(default=(), name="ProcessingInputs")


class ContainerJob:
    """A job as its container sees it: `variables` by lower-case name, this host, and the job's ARN."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        """Read the files of the configuration below `root`.

        Args:
            root: `/opt/ml`, or the folder that stands for it.
            environment: the variables of the process. They count if there is no configuration of a job.

        Raises:
            JobMisconfigured: a file cannot be read.
        """
        self.root = root
        found = _read(root / "config" / "processingjobconfig.json", _Configuration) or _Configuration()
        given = environment if found.environment is None else found.environment
        self.variables = {name.lower(): value.strip() for name, value in given.items() if value.strip()}
        self.arn, self._inputs = found.arn, found.inputs
        self.host = _read_host(root)

    def get(self, name: str) -> str | None:
        """Return a variable, None if it is absent or empty."""
        return self.variables.get(name)

    def need(self, name: str) -> str:
        """Return a variable.

        Raises:
            JobMisconfigured: it is absent.
        """
        value = self.get(name)
        if value is None:
            raise JobMisconfigured(f"The environment has no {name}. Set it in the job's definition.")
        return value

    def number(self, name: str, default: float) -> float:
        """Return a variable that is a number of at least 0.

        Raises:
            JobMisconfigured: it is no such number.
        """
        value = self.get(name)
        if value is None:
            return default
        try:
            found = float(value)
        except ValueError:
            found = math.nan
        if not found >= 0:
            raise JobMisconfigured(f"{name} is {value!r}. Set a number of at least 0.")
        return found

    def json(self, name: str) -> dict[str, Any]:
        """Return a variable that is a JSON object; an empty one if it is absent.

        Raises:
            JobMisconfigured: it is no JSON object.
        """
        try:
            return msgspec.json.decode(self.get(name) or "{}", type=dict[str, Any])
        except msgspec.DecodeError as error:
            raise JobMisconfigured(f"{name} is no JSON object: {error}. Correct it.") from None

    @property
    def script_seconds(self) -> float:
        """Return the time limit of a script."""
        return self.number("kedge_script_seconds", _SCRIPT_SECONDS)

    def is_on(self, name: str) -> bool:
        """Return whether a variable is `Enabled` or `true`."""
        return (self.get(name) or "").lower() in _TRUE

    def path(self, name: str) -> Path | None:
        """Return the local path in a variable, below this job's root; None if the variable is absent."""
        value = self.get(name)
        return None if value is None else self._local(value)

    def baseline_files(self) -> dict[str, bytes]:
        """Return the files of the baseline by their names; empty if the job has none. Kedge's profile may lie beside them.

        Raises:
            JobMisconfigured: a file does not exist.
        """
        found: dict[str, bytes] = {}
        for name, variable in ((STATISTICS, "baseline_statistics"), (CONSTRAINTS, "baseline_constraints")):
            path = self.path(variable)
            if path is None:
                continue
            file = path / name if path.is_dir() else path
            if not file.is_file():
                raise JobMisconfigured(f"{variable} is {path}, where no file is. Name the file of a baseline in S3.")
            found[name] = file.read_bytes()
            if (profile := file.parent / PROFILE).is_file():
                found[PROFILE] = profile.read_bytes()
        return found

    @property
    def output(self) -> Path:
        """Return the folder of the reports."""
        return self._local(self.need("output_path"))

    @property
    def window(self) -> CaptureWindow | None:
        """Return the window of a schedule; None if the variables have no times."""
        start, end = self._time("start_time"), self._time("end_time")
        if start is None or end is None:
            return None
        return CaptureWindow(start=start, end=end)

    @property
    def metric_time(self) -> datetime | None:
        """Return the time of the job's metrics."""
        return self._time("metric_time") or self._time("start_time")

    @property
    def dataset(self) -> Dataset:
        """Return the dataset's format.

        Raises:
            JobMisconfigured: it is absent or unknown.
        """
        return read_format(self.need("dataset_format"))

    def sources(self) -> list[Source]:
        """Return the objects that this host reads, in the order of their keys: their paths below `dataset_source`.

        Each host reads its own objects of a sharded input. If each host has the whole input, it reads its share.

        Raises:
            JobMisconfigured: the folder does not exist.
        """
        folder = self._local(self.need("dataset_source"))
        if not folder.exists():
            raise JobMisconfigured(
                f"dataset_source is {folder}, which does not exist. Set it to the LocalPath of the input."
            )
        paths = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file())
        shown = [path for path in paths if not path.name.startswith((".", "_"))]
        base = folder.parent if folder.is_file() else folder
        found = sorted(
            (
                Source(path.relative_to(base).as_posix(), partial(open_file, path), size=path.stat().st_size)
                for path in shown
            ),
            key=lambda source: source.key,
        )
        count = len(self.host.hosts)
        if count == 1 or self._is_sharded(folder):
            return found
        return found[self.host.hosts.index(self.host.current) :: count]

    def file(self, source: Source) -> Path:
        """Return the file of an object of `sources`."""
        folder = self._local(self.need("dataset_source"))
        return folder if folder.is_file() else folder / source.key

    def _is_sharded(self, folder: Path) -> bool:
        for each in self._inputs:
            for one in (each.s3, each.endpoint, each.batch):
                if one is not None and one.local_path and folder.is_relative_to(self._local(one.local_path)):
                    return (one.s3_data_distribution_type or "").lower() == "shardedbys3key"
        return False

    def _local(self, value: str) -> Path:
        path = Path(value)
        return self.root / path.relative_to(ROOT) if path.is_relative_to(ROOT) else path

    def _time(self, name: str) -> datetime | None:
        value = self.get(name)
        if value is None:
            return None
        moment = parse_time(value.replace(" ", "")) or parse_time(value)
        if moment is None:
            raise JobMisconfigured(f"{name} is {value!r}, which is no time such as 2026-11-20T23:00:00Z. Correct it.")
        return moment


def read_format(text: str) -> Dataset:
    """Return the format in a text such as `{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput"]}}`.

    Keys can have any case, and a switch is a Boolean or a text.

    Raises:
        JobMisconfigured: the text is no JSON, or its format is unknown.
    """
    try:
        given = _plain_keys(msgspec.json.decode(text))
    except msgspec.DecodeError as error:
        raise JobMisconfigured(f"dataset_format is no JSON: {error}. Correct it.") from None
    options = given if isinstance(given, dict) else {}
    for name, records in (("sagemakermergejson", Records.MERGED), ("sagemakercapturejson", Records.CAPTURE)):
        if name in options:
            return Dataset(records=records, sides=_sides(options[name]))
    for name in ("csv", "json", "parquet"):
        if name in options:
            return Dataset(records=Records.TABLE, table=_table(name, options[name]))
    raise JobMisconfigured(
        f"dataset_format is {text}. Name one of sagemakerCaptureJson, sagemakerMergeJson, csv, json and parquet."
    )


def _table(name: str, options: Any) -> TableFormat:
    switches = options if isinstance(options, dict) else {}
    if name == "parquet":
        return TableFormat.PARQUET
    if name == "csv":
        return TableFormat.CSV if _is_true(switches.get("header", False)) else TableFormat.CSV_WITHOUT_HEADER
    if not _is_true(switches.get("lines", switches.get("line", False))):
        raise JobMisconfigured(
            "dataset_format is JSON without lines. Store one object per line, and set lines to true."
        )
    return TableFormat.JSON_LINES


def _sides(options: Any) -> tuple[str, ...]:
    names = options.get("captureindexnames", list(BOTH)) if isinstance(options, dict) else list(BOTH)
    found = [_SIDES.get(_plain(str(name))) for name in ([names] if isinstance(names, str) else names)]
    if not found or None in found:
        raise JobMisconfigured(f"captureIndexNames is {names}. Name endpointInput, endpointOutput or both.")
    return tuple(side for side in BOTH if side in found)


def _is_true(value: object) -> bool:
    return str(value).lower() in _TRUE


def _plain_keys(value: Any) -> Any:
    return {_plain(key): _plain_keys(each) for key, each in value.items()} if isinstance(value, dict) else value


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


class _Resources(msgspec.Struct, frozen=True):
    current_host: str
    hosts: tuple[str, ...]


def _read_host(root: Path) -> Host:
    found = _read(root / "config" / "resourceconfig.json", _Resources)
    if found is None:
        return Host()
    if found.current_host not in found.hosts:
        raise JobMisconfigured(f"resourceconfig.json has no host {found.current_host} among its hosts.")
    return Host(current=found.current_host, hosts=found.hosts)


def _read[T](path: Path, kind: type[T]) -> T | None:
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, OSError) as error:
        raise JobMisconfigured(f"{path} cannot be read: {error}.") from None


def variables_of_process() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ
