"""The work of one partition of Spark, and the files that the driver reads and writes. Only the job itself imports pyspark."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any, Final

import pyarrow as pa

from kedge_monitor.batch import Floats
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.layout import Layout
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings
from kedge_monitor.capture.source import Source
from kedge_monitor.engines.labelled import read_bias, read_quality
from kedge_monitor.engines.parts import (
    encode_bias_part,
    encode_profiled,
    encode_quality_part,
    join_profiled,
    whole_report,
)
from kedge_monitor.engines.workers import Profiled
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.dataset import DatasetState
from kedge_monitor.quality.columns import QualityColumns

PART: Final = "part"
PART_SCHEMA: Final = f"{PART} binary"
"""The schema of the rows of a partition, in Spark's words: one encoded part."""

type Batches = Iterable[pa.RecordBatch]
type PartFunction = Callable[[Batches], Iterator[pa.RecordBatch]]


class FileMissing(MonitorError):
    """A file or folder that the job needs and that does not exist."""


def profile_partition(
    batches: Batches, layout: Layout, edges: Mapping[str, Floats], settings: CaptureSettings
) -> Iterator[pa.RecordBatch]:
    """Return the part of a window of data quality that a partition has; nothing for an empty partition.

    Args:
        batches: rows of the columns `path` and `content`: one captured object each.
        layout: the columns of the records.
        edges: the edges of the histograms by column.
        settings: how the records are read.
    """
    state, reports = DatasetState(layout.schema, edges), []
    for source in _objects(batches):
        # One report for each object: Spark orders objects by size, and a report has them in the order of their keys.
        reader = CaptureReader(layout, settings)
        for batch in reader.read([source]):
            state.add(batch)
        reports.append(reader.report)
    if reports:
        yield _row(encode_profiled(Profiled(state.profile(), whole_report(reports))))


def quality_partition(
    batches: Batches,
    layout: Layout,
    labels: Callable[[], Labels],
    settings: CaptureSettings,
    columns: QualityColumns,
    known_labels: tuple[str, ...] = (),
) -> Iterator[pa.RecordBatch]:
    """Return the part of a window of model quality that a partition has.

    Args:
        batches: rows of the columns `path` and `content`: one captured object each.
        layout: the columns of the records.
        labels: returns the labels of all records.
        settings: how the records are read.
        columns: which column is what.
        known_labels: the labels of the baseline.
    """
    part = read_quality(_objects(batches), layout, _unused(labels), settings, columns, known_labels)
    if part.report.objects:
        yield _row(encode_quality_part(part))


def bias_partition(
    batches: Batches, layout: Layout, labels: Callable[[], Labels], settings: CaptureSettings, columns: BiasColumns
) -> Iterator[pa.RecordBatch]:
    """Return the part of a window of bias that a partition has. The arguments are those of `quality_partition`."""
    part = read_bias(_objects(batches), layout, _unused(labels), settings, columns)
    if part.report.objects:
        yield _row(encode_bias_part(part))


def broadcast_labels(share: Any) -> Labels:
    """Return the labels of a broadcast variable."""
    labels: Labels = share.value
    return labels


def merge_profiled(batches: Batches) -> Iterator[pa.RecordBatch]:
    """Return one part of data quality for the parts in a partition."""
    if parts := parts_of(batches):
        yield _row(encode_profiled(join_profiled(parts)))


def parts_of(batches: Batches) -> list[bytes]:
    """Return the encoded parts in rows of the schema `PART_SCHEMA`."""
    return [bytes(data) for batch in batches for data in batch.column(PART).to_pylist()]


def _objects(batches: Batches) -> Iterator[Source]:
    for batch in batches:
        for path, content in zip(batch.column("path"), batch.column("content"), strict=True):
            yield Source(path.as_py(), partial(BytesIO, content.as_py()))


def _row(part: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([part], pa.binary())], names=[PART])


def _unused(labels: Callable[[], Labels]) -> Labels:
    # A worker process keeps the labels from one partition to the next, and each partition counts its own orphans.
    found = labels()
    found.forget_use()
    return found


class HadoopFiles:
    """Files of the driver, through the file systems that Spark itself uses: S3, HDFS or local ones, with the job's role."""

    def __init__(self, context: Any) -> None:
        """Take the gateway to Java of a SparkContext."""
        self._jvm = context._jvm  # noqa: SLF001  Spark has no public way to its file systems
        self._configuration = context._jsc.hadoopConfiguration()  # noqa: SLF001

    def list(self, folder: str) -> list[str]:
        """Return the paths of all files in a folder and below it, in order; none if it does not exist. Hidden files are left out."""
        path, system = self._at(folder)
        if not system.exists(path):
            return []
        found, files = [], system.listFiles(path, True)
        while files.hasNext():
            file = files.next().getPath()
            if not file.getName().startswith((".", "_")):
                found.append(file.toString())
        return sorted(found)

    def read(self, file: str) -> bytes | None:
        """Return the bytes of a file, None if it does not exist."""
        path, system = self._at(file)
        if not system.exists(path):
            return None
        stream = system.open(path)
        try:
            return bytes(stream.readAllBytes())
        finally:
            stream.close()

    def read_folder(self, folder: str) -> dict[str, bytes]:
        """Return the files of a folder by their names.

        Raises:
            FileMissing: there are none.
        """
        found = {path.rpartition("/")[2]: self.read(path) for path in self.list(folder)}
        files = {name: data for name, data in found.items() if data is not None}
        if not files:
            raise FileMissing(f"There are no files in {folder}. Name an existing folder that the job's role can read.")
        return files

    def source(self, file: str) -> Source:
        """Return a file as an object to read in pieces."""
        return Source(file, partial(self._open, file))

    def write(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Write files into a folder. Files of the same names are replaced."""
        for name, data in files.items():
            path, system = self._at(f"{folder.rstrip('/')}/{name}")
            stream = system.create(path, True)
            try:
                stream.write(bytearray(data))
            finally:
                stream.close()

    def _open(self, file: str) -> "_HadoopStream":
        path, system = self._at(file)
        return _HadoopStream(system.open(path))

    def _at(self, path: str) -> tuple[Any, Any]:
        found = self._jvm.org.apache.hadoop.fs.Path(path)
        return found, found.getFileSystem(self._configuration)


class _HadoopStream:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        return bytes(self._stream.readNBytes(size))

    def close(self) -> None:
        self._stream.close()
