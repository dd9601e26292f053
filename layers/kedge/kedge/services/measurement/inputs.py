"""The objects that a measurement reads: captured data, labels, and the baseline."""

import hashlib
from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.target import TargetKind
from kedge.monitors.definitions import report_folder
from kedge.monitors.spec import MonitoringType
from kedge.monitors.task import MeasurementTask
from kedge.ports.captures import Captures, StoredObject
from kedge.services.measurement.transforms import TransformObjects, transform_objects
from kedge_monitor.capture.window import CaptureWindow, hour_prefixes, may_hold
from kedge_monitor.engines.labelled import ANALYSIS

BASELINE_FILES: Final = (
    "statistics.json", "constraints.json", "kedge_profile.msgpack", "kedge_calibration.json", ANALYSIS,
)  # fmt: skip
"""The files that a baseline can have; one that AWS made has none whose name begins with kedge."""

_HOUR: Final = timedelta(hours=1)


class InputObjects(Struct, frozen=True, kw_only=True):
    """The objects of a window. `captures` and `labels` are in the order of their keys.

    `captures` are JSON Lines of records. A batch schedule has `transforms`, if its capture has manifests of jobs. `names`
    are the files of the baseline of data quality. They name the columns of CSV for a type with a baseline of its own.
    `analysis` is the file of Clarify with the attributions of the window.
    """

    bucket: str
    captures: tuple[StoredObject, ...]
    label_bucket: str = ""
    labels: tuple[StoredObject, ...] = ()
    baseline: tuple[StoredObject, ...] = ()
    names: tuple[StoredObject, ...] = ()
    analysis: tuple[StoredObject, ...] = ()
    transforms: TransformObjects = TransformObjects()

    @property
    def size(self) -> int:
        """Return the bytes of the records."""
        return sum(found.size for found in (*self.captures, *(each.found for each in self.transforms.all)))

    def digest(self, task: MeasurementTask) -> str:
        """Return a digest of the objects and of the settings: the same digest gives the same files."""
        settings = msgspec.structs.replace(task, checks_again=0, is_last=True, document="")
        objects = (
            *self.captures,
            *(each.found for each in self.transforms.all),
            *self.labels,
            *self.baseline,
            *self.names,
            *self.analysis,
        )
        found = [(each.key, each.etag) for each in objects]
        return hashlib.sha256(msgspec.json.encode((settings, found))).hexdigest()


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Return the bucket and the key of an S3 URI, without slashes at the ends of the key."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key.strip("/")


def input_objects(task: MeasurementTask, store: Captures) -> InputObjects:
    """Return the objects of a task. Raises InputError of a manifest, Transient or Permanent."""
    bucket, prefix = bucket_and_key(task.capture)
    span = CaptureWindow(start=task.window.start, end=task.window.end)
    # An endpoint that captures nothing has no place of its captures.
    folders = _variants(task, bucket, prefix, store) if bucket else ()
    captures = [
        found
        for folder in folders
        for hour in hour_prefixes(prefix, "", folder, span)
        for found in store.list(bucket, hour)
        if may_hold(found.key, span)
    ]
    label_bucket, labels = _labels(task, store)
    base_bucket, base = bucket_and_key(task.baseline)
    names = base.removesuffix(f"/{task.kind}")
    return InputObjects(
        bucket=bucket,
        captures=tuple(captures),
        label_bucket=label_bucket,
        labels=labels,
        baseline=_baseline(base_bucket, base, store),
        names=() if names == base else _baseline(base_bucket, names, store),
        analysis=_analysis(task, store),
        transforms=TransformObjects()
        if task.target.kind is TargetKind.ENDPOINT
        else transform_objects(bucket, prefix, task.window, store),
    )


def _variants(task: MeasurementTask, bucket: str, prefix: str, store: Captures) -> tuple[str, ...]:
    """Return the folders of the variants below the prefix; a batch schedule has none."""
    if task.target.kind is not TargetKind.ENDPOINT:
        return ("",)
    return task.target.variants or store.folders(bucket, f"{prefix}/")


def _labels(task: MeasurementTask, store: Captures) -> tuple[str, tuple[StoredObject, ...]]:
    """Return the labels that were collected from the window's start until their maximum age."""
    if task.ground_truth is None or not task.kind.needs_ground_truth:
        return "", ()
    bucket, prefix = bucket_and_key(task.ground_truth.prefix)
    span = CaptureWindow(start=task.window.start, end=task.window.end + task.ground_truth.maximum_age)
    return bucket, tuple(found for hour in hour_prefixes(prefix, "", "", span) for found in store.list(bucket, hour))


def _analysis(task: MeasurementTask, store: Captures) -> tuple[StoredObject, ...]:
    if task.kind is not MonitoringType.ATTRIBUTION or task.attribution is None or task.attribution.analysis is None:
        return ()
    bucket, key = bucket_and_key(f"{report_folder(task.attribution.analysis, task.window.end)}/{ANALYSIS}")
    return tuple(found for found in store.list(bucket, key) if found.key == key)


def _baseline(bucket: str, folder: str, store: Captures) -> tuple[StoredObject, ...]:
    """Return the files of a baseline, without those of other types in folders below it."""
    wanted = {f"{folder}/{name}" for name in BASELINE_FILES}
    return tuple(found for found in store.list(bucket, f"{folder}/") if found.key in wanted)
