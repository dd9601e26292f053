"""The objects of batch transform that a window covers: manifests of its capture, and the data that they name.

Source: "Capture data from batch transform job", SageMaker developer guide. The folders are `input/yyyy/mm/dd/hh` and
`output/yyyy/mm/dd/hh` below the destination, and the hour is the start of the transform job.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from kedge.domain.errors import InputError
from kedge.domain.run import Window
from kedge.ports.captures import Captures, StoredObject
from kedge_monitor.capture.transform import ManifestUnreadable, read_manifest

_HOUR: Final = timedelta(hours=1)
_HEAD: Final = 4096
_MANIFEST: Final = re.compile(rb'\s*\[\s*\{\s*"prefix"')


class PlacedObject(Struct, frozen=True, kw_only=True):
    """An object with its bucket: a manifest can name objects of other buckets."""

    bucket: str
    found: StoredObject


class TransformObjects(Struct, frozen=True, kw_only=True):
    """The inputs and the outputs of the transform jobs of a window."""

    inputs: tuple[PlacedObject, ...] = ()
    outputs: tuple[PlacedObject, ...] = ()

    @property
    def all(self) -> tuple[PlacedObject, ...]:
        """Return the objects of both sides."""
        return (*self.inputs, *self.outputs)


def transform_objects(bucket: str, prefix: str, window: Window, store: Captures) -> TransformObjects:
    """Return the objects of the jobs that started in a window, below the destination of their capture.

    Raises:
        InputError: a manifest cannot be read, or it names an object that does not exist.
        Transient: S3 does not answer now.
        Permanent: S3 refuses.
    """
    sides = [
        tuple(
            placed
            for folder in _folders(f"{prefix}/{side}".strip("/"), window)
            for found in store.list(bucket, folder)
            for placed in _resolved(bucket, found, store)
        )
        for side in ("input", "output")
    ]
    return TransformObjects(inputs=sides[0], outputs=sides[1])


def _folders(root: str, window: Window) -> Iterator[str]:
    """Return the folders of the hours that begin in a window, so that two windows never share a job."""
    hour = window.start.replace(minute=0, second=0, microsecond=0)
    if hour < window.start:
        hour += _HOUR
    while hour < window.end:
        yield f"{root}/{hour:%Y/%m/%d/%H}/"
        hour += _HOUR


def _resolved(bucket: str, found: StoredObject, store: Captures) -> Iterator[PlacedObject]:
    """Return the objects that a manifest names; the object itself if it is no manifest."""
    place = f"s3://{bucket}/{found.key}"
    with store.open(bucket, found) as stream:
        head = stream.read(min(_HEAD, found.size))
        if _MANIFEST.match(head) is None:
            yield PlacedObject(bucket=bucket, found=found)
            return
        data = head + stream.read()
    try:
        uris = read_manifest(data, place)
    except ManifestUnreadable as error:
        raise InputError(place, str(error).removeprefix(f"{place}: ")) from error
    for uri in uris:
        yield _named(uri, place, store)


def _named(uri: str, manifest: str, store: Captures) -> PlacedObject:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    found = next(iter(store.list(bucket, key)), None)
    if found is None or found.key != key:
        raise InputError(
            manifest, f"the manifest names {uri}, which does not exist. Restore the object, or delete the manifest."
        )
    return PlacedObject(bucket=bucket, found=found)
