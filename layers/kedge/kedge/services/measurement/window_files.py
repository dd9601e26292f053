"""The files of one window: captured records, labels, its baseline, and the reports of the windows before."""

from collections.abc import Iterable
from functools import partial
from typing import BinaryIO, Final

from kedge.monitors.task import MeasurementTask
from kedge.ports.captures import Captures, StoredObject
from kedge.services.measurement.inputs import InputObjects, bucket_and_key
from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.batch import Schema
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.transform import TransformPair, pair_objects
from kedge_monitor.capture.window import CaptureWindow
from kedge_monitor.errors import MonitorError
from kedge_monitor.files.run_files import PROFILE
from kedge_monitor.files.struct_files import read_struct

_OF_DATA_QUALITY: Final = ("statistics.json", "constraints.json", PROFILE)


class WindowFiles:
    """Reads what the measurement of a window needs. Each method raises Transient or Permanent as the port does."""

    def __init__(self, task: MeasurementTask, inputs: InputObjects, captures: Captures) -> None:
        """Keep the task, the objects that were listed for it, and the port that reads them."""
        self._task = task
        self._inputs = inputs
        self._captures = captures
        self.capture_settings = CaptureSettings(
            window=CaptureWindow(start=task.window.start, end=task.window.end),
            excluded=task.exclude,
            most_unreadable=task.unreadable_share,
        )

    @property
    def has_transforms(self) -> bool:
        """Return whether the window has data of batch transform."""
        return bool(self._inputs.transforms.all)

    def records(self) -> list[Source]:
        """Return the objects with captured records."""
        return self._sources(self._inputs.bucket, self._inputs.captures)

    def labels(self) -> list[Source]:
        """Return the objects with labels."""
        return self._sources(self._inputs.label_bucket, self._inputs.labels)

    def pairs(self) -> tuple[TransformPair, ...]:
        """Return the objects of transform jobs, inputs with their outputs."""
        found = self._inputs.transforms
        inputs, outputs = (
            [source for each in side for source in self._sources(each.bucket, (each.found,))]
            for side in (found.inputs, found.outputs)
        )
        return pair_objects(inputs, outputs)

    def own_baseline(self) -> Baseline:
        """Return the baseline of data quality. Raises MonitorError if there is none, or it cannot be read."""
        files = self._baseline_files(self._inputs.baseline)
        if not files:
            raise MonitorError(
                f"There is no baseline in {self._task.baseline}. Make one with `kedge monitor baseline`."
            )
        return read_baseline(files)

    def schema(self) -> Schema | None:
        """Return the columns of the baseline of data quality, which name values of CSV; None if there is none."""
        files = self._baseline_files(self._inputs.names)
        return read_baseline(files).profile.schema if files else None

    def baseline_struct[T](self, name: str, kind: type[T]) -> T:
        """Return a file of the baseline. Raises MonitorError if it does not exist, or cannot be read."""
        data = self.read(self._task.baseline, name)
        if data is None:
            raise MonitorError(
                f"The baseline {self._task.baseline} has no {name}. Make one with `kedge monitor baseline`."
            )
        return read_struct(data, kind, name)

    def read(self, folder: str, name: str) -> bytes | None:
        """Return a file of a folder; None if it does not exist."""
        bucket, key = bucket_and_key(folder)
        return self._captures.read(bucket, f"{key}/{name}")

    def _baseline_files(self, objects: Iterable[StoredObject]) -> dict[str, bytes]:
        bucket, _ = bucket_and_key(self._task.baseline)
        named = {each.key.rpartition("/")[2]: each.key for each in objects}
        found = {name: self._captures.read(bucket, key) for name, key in named.items() if name in _OF_DATA_QUALITY}
        return {name: data for name, data in found.items() if data is not None}

    def _sources(self, bucket: str, objects: Iterable[StoredObject]) -> list[Source]:
        return [
            Source(
                key=found.key,
                open=partial(_opened, self._captures, bucket, found),
                etag=found.etag,
                time=found.modified,
            )
            for found in objects
        ]


def _opened(captures: Captures, bucket: str, found: StoredObject) -> BinaryIO:
    return captures.open(bucket, found)
