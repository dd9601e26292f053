"""Makes a baseline of data in S3: copies the data to a private folder, measures it, and writes the files beside it."""

import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copyfileobj
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError

from kedge_monitor.capture.window import hour_of
from kedge_monitor.errors import MonitorError
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.model.apply import StepFailed
from workbench.cli.model.refusals import CallRefused, Clients, call, pages
from workbench.cli.model.steps import MakeBaseline
from workbench.cli.monitor.measuring.data import WrongInput, find_data
from workbench.cli.monitor.measuring.fitting import BaselineRequest, MadeBaseline, fit_baseline
from workbench.cli.monitor.options import BiasOptions, DataForm, LabelOptions
from workbench.private import make_folder, opened

MOST_BYTES: Final = 8 * 2**30
"""The most data that a baseline is made of on this machine."""

_UNREADABLE: Final = 0.01
# This file is written last: a baseline without it is not complete, and the next run makes it again.
_LAST: Final = "constraints.json"


def make_baseline(stack: DeployedStack, action: MakeBaseline, now: datetime) -> MadeBaseline:
    """Read data in S3, write the files of its baseline, and return the baseline.

    Captured values are only in a private folder, which is deleted afterwards.

    Raises:
        StepFailed: there is no data, or an option does not fit it.
        CallRefused: AWS refused a call.
    """
    with tempfile.TemporaryDirectory(prefix="kedge-baseline-") as folder:
        data, labels = Path(folder, "data"), Path(folder, "labels")
        since = now - timedelta(days=action.since_days) if action.since_days else None
        _copy(stack.client, action.source, data, since)
        try:
            # A table has its labels in a column.
            is_captured = find_data(data).form is DataForm.CAPTURE
            if action.labels and is_captured:
                _copy(stack.client, action.labels, labels, since)
            request = _request(action, data, labels if action.labels and is_captured else None)
            made, files = fit_baseline(request)
        except (MonitorError, WrongInput, OSError) as error:
            said = str(error).replace(folder, "").replace(str(data), action.source)
            raise StepFailed(f"no baseline was made of {action.source}: {said}") from error
    bucket, _, prefix = action.destination.removeprefix("s3://").partition("/")
    for name in sorted(files, key=lambda name: name == _LAST):
        key = f"{prefix}/{name}".lstrip("/")
        arn = f"arn:aws:s3:::{bucket}/{key}"
        call(stack.client, "s3", "PutObject", arn, Bucket=bucket, Key=key, Body=files[name])
    return msgspec.structs.replace(made, folder=action.destination, data=action.source)


def _request(action: MakeBaseline, data: Path, labels: Path | None) -> BaselineRequest:
    options: dict[str, Any] = {key: value for key, value in action.options.items() if key != "exclude"}
    return BaselineRequest(
        data=data,
        out=data,
        form=None,
        exclude=tuple(action.options.get("exclude", ())),
        unreadable=_UNREADABLE,
        labels=msgspec.convert({**options, "labels": None}, LabelOptions) if labels is None else _with(options, labels),
        bias=BiasOptions(facets=action.facets),
        attributions=action.attributions,
        header=False,
        has_ids=False,
        as_json=False,
    )


def _with(options: dict[str, Any], labels: Path) -> LabelOptions:
    return msgspec.structs.replace(msgspec.convert(options, LabelOptions), labels=labels)


def _copy(clients: Clients, uri: str, folder: Path, since: datetime | None) -> None:
    """Copy the objects below a prefix, or the one object of this key, since a moment by their hours."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    size = 0
    for key, length in _objects(clients, bucket, prefix, since):
        size += length
        if size > MOST_BYTES:
            raise StepFailed(
                f"{uri} has more than {MOST_BYTES / 2**30:.0f} GB. Name a smaller prefix, or make the baseline with "
                "`kedge monitor baseline` on a sample."
            )
        name = key.removeprefix(prefix).strip("/") or key.rpartition("/")[2]
        file = folder / name
        if not file.resolve().is_relative_to(folder.resolve()):
            raise StepFailed(f"the key {key} leads out of its prefix")
        make_folder(file.parent)
        answer = call(clients, "s3", "GetObject", f"arn:aws:s3:::{bucket}/{key}", Bucket=bucket, Key=key)
        # The body as a context manager would be the bare stream, whose errors are not botocore's.
        with closing(answer["Body"]) as body, opened(file) as out:
            try:
                copyfileobj(body, out, 2**20)
            except BotoCoreError as error:
                raise CallRefused(f"s3://{bucket}/{key} was not read to its end: {error}") from error
    if not size:
        raise StepFailed(f"{uri} has no data: name a prefix with records")


def _objects(clients: Clients, bucket: str, prefix: str, since: datetime | None) -> Iterator[tuple[str, int]]:
    arn = f"arn:aws:s3:::{bucket}"
    try:
        for each in pages(clients, "s3", "ListObjectsV2", "Contents", arn, Bucket=bucket, Prefix=prefix):
            hour = hour_of(each["Key"]) if since is not None else None
            if each["Size"] and (since is None or hour is None or hour >= since):
                yield each["Key"], each["Size"]
    except CallRefused as error:
        if error.is_absent:
            raise StepFailed(f"there is no bucket {bucket}") from error
        raise
