"""Parses the violations file of a run from bytes into findings.

The usual file is decoded directly from bytes into `Finding`, in one pass. A small file that is almost JSON gets a
second, slower parser (see `lenient_json`). For an unreadable file, the result is a `ReportFault` that names the place.
"""

import re
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.finding import Finding
from kedge.reports.fault import ReportFault, position
from kedge.reports.lenient_json import MENDED_BYTES, repaired, utf8, without_odd_numbers

MOST_FINDINGS: Final = 500_000
"""The number of findings in the largest report, if each has the shortest of SageMaker's sentences."""

_AT: Final = re.compile(r" - at `(?P<path>[^`]*)`$")
_BYTE: Final = re.compile(r"\(byte (?P<offset>\d+)\)$")
_GZIP: Final = b"\x1f\x8b"


class _Report(Struct, gc=False):
    violations: tuple[Finding, ...]


_DECODER: Final = msgspec.json.Decoder(_Report)


def violations_in(data: bytes) -> tuple[Finding, ...] | ReportFault:
    """Return the findings of a violations file, in its order, or its fault.

    Unknown keys are ignored, and unknown check types are kept as they are written. It raises nothing for any bytes.
    """
    # A malicious file of the largest size could hold millions of empty entries, each expensive in memory.
    if data.count(b"{") > MOST_FINDINGS:
        return ReportFault(
            "$.violations", f"the report has more than {MOST_FINDINGS:,} entries; look at what wrote the file"
        )
    body = utf8(data)
    try:
        return _DECODER.decode(body).violations
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _second_chance(bytes(body), error)


def _second_chance(data: bytes, first: Exception) -> tuple[Finding, ...] | ReportFault:
    if len(data) > MENDED_BYTES or isinstance(first, RecursionError):
        return _fault(data, first)
    try:
        report = without_odd_numbers(msgspec.json.decode(repaired(data)))
    except (msgspec.DecodeError, RecursionError):
        return _fault(data, first)
    try:
        return msgspec.convert(report, _Report).violations
    except msgspec.ValidationError as error:
        return _fault(data, error)


def _fault(data: bytes, error: Exception) -> ReportFault:
    if isinstance(error, msgspec.ValidationError):
        return _wrong_shape(str(error))
    if isinstance(error, RecursionError):
        return ReportFault("$", "nested too deeply to be a report; look at what wrote the file")
    if not data.strip():
        return ReportFault("byte 0", "the file is empty; the monitor was probably stopped before it wrote")
    if data.startswith(_GZIP):
        return ReportFault("byte 0", "the file is compressed with gzip; Kedge reads plain JSON")
    if isinstance(error, UnicodeDecodeError):
        return ReportFault(f"{len(data)} bytes", "the file is not UTF-8; write it as JSON in UTF-8")
    return _not_json(data, str(error))


def _wrong_shape(said: str) -> ReportFault:
    found = _AT.search(said)
    place = found["path"] if found else "$"
    why = said[: found.start()] if found else said
    if place == "$" and why.endswith("got `array`"):
        return ReportFault(
            place, "the report is a list; its violations belong into an object, under the key `violations`"
        )
    return ReportFault(
        place,
        f"{why[:1].lower()}{why[1:]}; a report has SageMaker's shape: "
        '{"violations": [{"constraint_check_type": "…", "description": "…"}]}',
    )


def _not_json(data: bytes, said: str) -> ReportFault:
    found = _BYTE.search(said)
    if found is None:
        return ReportFault(
            position(data, len(data)),
            f"the file ends too early, after {len(data)} bytes; it was probably cut off while it was written or copied",
        )
    why = said[: found.start()].removeprefix("JSON is malformed: ").strip()
    # msgspec counts one too far if the document is whole and something follows it.
    offset = int(found["offset"]) - why.startswith("trailing")
    return ReportFault(position(data, offset), f"not JSON: {why}; look at what wrote the file")
