"""The content of a run's report, read from S3 or from the event itself.

An unreadable report never hides the violation that it would have explained: it becomes evidence that says so.
"""

import json
import math
from collections.abc import Sequence
from typing import Final

import msgspec

from kedge.domain.cause import Cause
from kedge.domain.errors import Permanent
from kedge.domain.finding import Finding, known_check
from kedge.domain.run import Evidence, Monitor, Reading
from kedge.ports.readers import Objects, Piece
from kedge.reports.fault import ReportFault, shown
from kedge.reports.location import NAMES, Location, locate
from kedge.reports.statistics import Statistics, records_in_first, statistics_in
from kedge.reports.violations import violations_in

FIRST_BYTES: Final = 1024 * 1024
"""The size of the first read: the usual report is far smaller, and costs one request."""

MOST_BYTES: Final = 64 * 1024 * 1024
"""The largest report that Kedge reads. Findings take about three times the file's size in memory."""

STATISTICS_BYTES: Final = 16 * 1024 * 1024
"""The largest statistics file that Kedge reads whole; sketches can make it far larger."""

_NOTHING_COUNTED: Final = Statistics()
_NAMES: Final = " or ".join(NAMES)
# The monitors whose checks show a cause. An alarm's check shows none.
_MONITORS: Final = {
    Cause.SCHEMA_BREAK: Monitor.DATA_QUALITY,
    Cause.INPUT_DRIFT: Monitor.DATA_QUALITY,
    Cause.CONCEPT_DRIFT: Monitor.MODEL_QUALITY,
    Cause.BIAS_DRIFT: Monitor.MODEL_BIAS,
    Cause.ATTRIBUTION_DRIFT: Monitor.MODEL_EXPLAINABILITY,
}


def read_evidence(objects: Objects, uri: str | None) -> Evidence:
    """Return the content of the report under `uri` (a file, or the folder that a run wrote into).

    The search covers each name that SageMaker and its documentation use. The result is READ with its findings, ABSENT
    if there is no report, or UNREADABLE, with place and reason in `why`. A report is unreadable if it is broken, too
    large or denied. The counts come from the statistics beside it; they are None if those are absent, broken or denied.

    Raises:
        Transient: S3 throttles; the signal stays in the queue.
    """
    if uri is None:
        return Evidence(reading=Reading.ABSENT, why="the run names no place for its report")
    location = locate(uri)
    if isinstance(location, ReportFault):
        return _unreadable(shown(uri), str(location))
    # The statistics come first: their memory is released before the report, which is kept, needs as much.
    counts = _read_statistics(objects, location)
    report = _read_report(objects, location, uri)
    if counts is _NOTHING_COUNTED:
        return report
    return msgspec.structs.replace(report, records=counts.records, features=counts.features, measures=counts.measures)


def counts_in(piece: Piece) -> Statistics:
    """Return the content of a statistics file, or of the first STATISTICS_BYTES of a larger one."""
    return statistics_in(piece.data) if piece.size <= STATISTICS_BYTES else records_in_first(piece.data)


def parse_inline(report: object) -> Evidence:
    """Return the content of a report inside the event: an object, its list of violations, or either as JSON text."""
    try:
        data = (
            report.lstrip("\ufeff \t\r\n").encode(errors="replace")
            if isinstance(report, str)
            else json.dumps(report).encode()
        )
    except (TypeError, ValueError, RecursionError) as error:
        return _unreadable(None, f"$: the report in the event is not JSON: {shown(str(error))}")
    if len(data) > MOST_BYTES:
        return _unreadable(None, _too_large(len(data)))
    if data.startswith(b"["):
        data = b'{"violations":' + data + b"}"
    return _evidence(data, uri=None)


def monitor_of(findings: Sequence[Finding]) -> Monitor | None:
    """Return the monitor that wrote these findings, derived from their content; None if it is unknown.

    The first finding with a known check decides: one report comes from one monitor.
    """
    return next((monitor for finding in findings if (monitor := _monitor(finding)) is not None), None)


def _monitor(finding: Finding) -> Monitor | None:
    if finding.facet is not None:
        return Monitor.MODEL_BIAS
    check = known_check(finding.check)
    if check is not None and check.cause in _MONITORS:
        return _MONITORS[check.cause]
    if finding.metric is not None and finding.feature is None and finding.label is None:
        return Monitor.MODEL_QUALITY
    return Monitor.DATA_QUALITY if finding.feature is not None else None


def _read_report(objects: Objects, location: Location, uri: str) -> Evidence:
    denied: Evidence | None = None
    for key in location.keys:
        try:
            piece = objects.read(location.bucket, key, FIRST_BYTES)
            if piece is None:
                continue
            return _read_whole(objects, location.bucket, key, piece)
        except Permanent as error:
            # Without s3:ListBucket, S3 answers "denied" for a missing name: another name may still be readable.
            here = f"s3://{location.bucket}/{key}"
            why = shown(str(error))
            denied = denied or _unreadable(here, why if shown(here) in why else f"{shown(here)}: {why}")
    return denied or Evidence(reading=Reading.ABSENT, uri=uri, why=f"no {_NAMES} under {uri}")


def _read_whole(objects: Objects, bucket: str, key: str, piece: Piece) -> Evidence:
    here = f"s3://{bucket}/{key}"
    if FIRST_BYTES < piece.size <= MOST_BYTES:
        whole = objects.read(bucket, key, MOST_BYTES)
        if whole is None:
            return _unreadable(here, "the report was removed while it was read")
        piece = whole
    return _unreadable(here, _too_large(piece.size)) if piece.size > MOST_BYTES else _evidence(piece.data, here)


def _evidence(data: bytes, uri: str | None) -> Evidence:
    findings = violations_in(data)
    if isinstance(findings, ReportFault):
        return _unreadable(uri, str(findings))
    return Evidence(reading=Reading.READ, uri=uri, findings=findings)


def _read_statistics(objects: Objects, location: Location) -> Statistics:
    try:
        piece = objects.read(location.bucket, location.statistics, STATISTICS_BYTES)
    except Permanent:
        return _NOTHING_COUNTED
    return _NOTHING_COUNTED if piece is None else counts_in(piece)


def _unreadable(uri: str | None, why: str) -> Evidence:
    return Evidence(reading=Reading.UNREADABLE, uri=uri, why=why)


def _too_large(size: int) -> str:
    return f"the report is {math.ceil(size / 2**20)} MB; Kedge reads up to {MOST_BYTES // 2**20} MB"
