"""The usage of one window that Kedge measures by itself: calls to AWS, counted, and processor time, measured in this process.

The use case, the engine and the adapter of S3 are those of the function. S3 is a folder, whose requests are counted.
"""

import io
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pyarrow.csv
from botocore.exceptions import ClientError
from botocore.response import StreamingBody

from kedge.adapters.captures import S3Captures
from kedge.domain.run import Window
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import MonitorTarget, Promise
from kedge.monitors.spec import MonitoringType
from kedge.monitors.task import MOST_EARLIER, MeasurementTask
from kedge.ports.spark_jobs import SparkJob
from kedge.services.measurement.engine import EmbeddedEngine
from kedge.services.measurement.window import MeasureWindow, TaskOutcome
from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.engines.fitting import fit_table
from tests.support.capture import START, capture_lines, csv_lines, file_source, made_table

# An endpoint writes an object every minute or so, and more of them if it has more instances.
OBJECTS: Final = {10_000: 60, 1_000_000: 240}
COLUMNS: Final = 20
BASELINE_ROWS: Final = 100_000
_HOUR: Final = timedelta(hours=1)
# A window is measured 16 minutes after its end. By then, the next hour has written its first objects.
_OFFSET: Final = 16
# The first windows have no earlier ones. Afterwards, a whole day has each joined window as often as it occurs.
_BEFORE: Final = 3
_DAY: Final = 24
_BUCKET: Final = "bucket"
_CAPTURE: Final = "captures/churn"
_REPORTS: Final = "kedge-monitoring/churn/churn-data"


class Look(NamedTuple):
    """The usage of one measurement: calls by name, processor seconds, and bytes that it read and wrote."""

    calls: dict[str, float]
    seconds: float
    read: float
    written: float


class WindowUsage(NamedTuple):
    """The usage of a window: its measurement, and the second look an hour later, for records that came late."""

    first: Look
    second: Look


class FolderS3:
    """The part of boto3's client for S3 that measurements use, over a folder; `calls` counts the requests by name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls: Counter[str] = Counter()
        self.read = self.written = 0

    def list_objects_v2(self, *, Bucket: str, Prefix: str, Delimiter: str = "", **_: str) -> dict[str, Any]:  # noqa: N803
        self.calls["s3:ListBucket"] += 1
        below = self.folder / Prefix
        if Delimiter:
            return {"CommonPrefixes": [{"Prefix": f"{Prefix}{path.name}/"} for path in sorted(below.iterdir())]}
        files = sorted(path for path in below.rglob("*") if path.is_file()) if below.exists() else []
        assert len(files) <= 1_000, "a second page would be another request"
        return {"Contents": [self._entry(path) for path in files]}

    def _entry(self, path: Path) -> dict[str, Any]:
        found = path.stat()
        key, moment = str(path.relative_to(self.folder)), datetime.fromtimestamp(found.st_mtime, UTC)
        return {"Key": key, "ETag": f'"{found.st_mtime_ns}"', "Size": found.st_size, "LastModified": moment}

    def get_object(self, *, Bucket: str, Key: str, Range: str = "", **_: str) -> dict[str, Any]:  # noqa: N803
        self.calls["s3:GetObject"] += 1
        path = self.folder / Key
        if not path.exists():
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": Key}}, "GetObject")
        first, last = map(int, Range.removeprefix("bytes=").split("-")) if Range else (0, path.stat().st_size - 1)
        with path.open("rb") as file:
            file.seek(first)
            data = file.read(last - first + 1)
        self.read += len(data)
        return {"Body": StreamingBody(io.BytesIO(data), len(data))}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **_: str) -> None:  # noqa: N803
        self.calls["s3:PutObject"] += 1
        path = self.folder / Key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(Body)
        self.written += len(Body)


class _Signals:
    """The signals queue; it only takes."""

    def send_one(self, body: str) -> None:
        assert body


def usage_of_windows() -> dict[int, WindowUsage]:
    """Return the usage of an hourly window for each number of records.

    For 10,000 records it is the average of a day. For 1,000,000 it is one window after that day.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, s3 = Path(name), FolderS3(Path(name))
        _write_baseline(folder)
        small, large = OBJECTS
        hours = [small] * (_BEFORE + _DAY) + [large, large]
        _write_hour(folder, START, small)
        found = []
        for number, (records, following) in enumerate(pairwise(hours)):
            moment = START + number * _HOUR
            _write_hour(folder, moment + _HOUR, following, until=_OFFSET)
            first = _measure(s3, moment, again=0)
            _write_hour(folder, moment + _HOUR, following, since=_OFFSET)
            found.append((records, WindowUsage(first, _measure(s3, moment, again=1))))
        days = [usage for records, usage in found[_BEFORE:] if records == small]
        return {
            small: WindowUsage(_mean([one.first for one in days]), _mean([one.second for one in days])),
            large: found[-1][1],
        }


def _write_baseline(folder: Path) -> None:
    place, train = folder / "baselines" / "churn", folder / "train.csv"
    place.mkdir(parents=True)
    pyarrow.csv.write_csv(made_table(BASELINE_ROWS, seed=3), train)
    for name, data in write_baseline(fit_table([file_source(train, "train.csv")], TableFormat.CSV).baseline).items():
        (place / name).write_bytes(data)


def _write_hour(folder: Path, moment: datetime, records: int, since: int = 0, until: int = 60) -> None:
    """Write the captured records of an hour as objects of equal spans of time: those that begin between two minutes."""
    place = folder / _CAPTURE / "AllTraffic" / f"{moment:%Y/%m/%d/%H}"
    place.mkdir(parents=True, exist_ok=True)
    begin, hour = f"{START:%Y-%m-%dT%H:}".encode(), f"{moment:%Y-%m-%dT%H:}".encode()
    count = OBJECTS[records]
    for number in range(since * count // 60, until * count // 60):
        first, end = number * records // count, (number + 1) * records // count
        table = made_table(end - first, seed=moment.hour * 1_000 + number)
        lines = "".join(capture_lines(csv_lines(table), first, records / 3_600)).encode()
        second = number * 3_600 // count
        (place / f"{second // 60:02}-{second % 60:02}-000-a{number}.jsonl").write_bytes(lines.replace(begin, hour))


class _NoJobs:
    """The applications of a stack without one: a window of these sizes needs none."""

    def start(self, job: SparkJob) -> str:
        """Refuse to start a job."""
        raise AssertionError(f"the window is measured in the function, not by {job}")


def _measure(s3: FolderS3, moment: datetime, again: int) -> Look:
    """Measure the hour from a moment."""
    end = moment + _HOUR
    engine = EmbeddedEngine(lambda: end + _HOUR, _NoJobs())
    use_case = MeasureWindow(S3Captures(s3), engine, _Signals(), "111122223333", "us-east-1", _now)
    s3.calls.clear()
    read, written, start = s3.read, s3.written, time.process_time()
    done = use_case.measure(msgspec.structs.replace(_task(moment), checks_again=again))
    seconds = time.process_time() - start
    assert done.outcome is (TaskOutcome.MEASURED if not again else done.outcome), done
    assert str(done.verdict) in ("clean", "violated"), done
    return Look(dict(s3.calls), seconds, s3.read - read, s3.written - written)


def _now() -> datetime:
    return datetime.now(UTC)


def _task(moment: datetime) -> MeasurementTask:
    end = moment + _HOUR
    return MeasurementTask(
        monitor="churn-data",
        source="churn-data",
        kind=MonitoringType.DATA_QUALITY,
        target=MonitorTarget(kind=TargetKind.ENDPOINT, name="churn"),
        window=Window(moment, end),
        capture=f"s3://{_BUCKET}/{_CAPTURE}",
        baseline=f"s3://{_BUCKET}/baselines/churn",
        reports=f"s3://{_BUCKET}/{_REPORTS}",
        earlier=tuple(end - number * _HOUR for number in range(1, MOST_EARLIER + 1)),
        promise=Promise(1.0, timedelta(weeks=26)),
        runs_per_week=168.0,
        comparison_threshold=0.1,
        unreadable_share=0.01,
    )


def _mean(each: list[Look]) -> Look:
    names = sorted(set().union(*(one.calls for one in each)))
    return Look(
        {name: sum(one.calls.get(name, 0) for one in each) / len(each) for name in names},
        *(sum(values) / len(each) for values in zip(*(one[1:] for one in each), strict=True)),
    )
