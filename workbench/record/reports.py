"""The recorded parts of a run's files: counts of its statistics, and the fields of its report that Kedge reads.

Statistics hold sampled values (sketches) and the names of categories. Kedge reads two counts of them, and the metrics
of model quality.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from kedge.domain.finding import Finding
from kedge.ports.readers import Piece
from kedge.reports.evidence import MOST_BYTES, STATISTICS_BYTES, counts_in
from kedge.reports.lenient_json import MENDED_BYTES, repaired, utf8
from kedge.reports.location import STATISTICS
from kedge.reports.statistics import Statistics
from kedge.reports.violations import violations_in

type Read = Callable[[int], bytes]

_CHUNK: Final = 1 << 20
_FIELDS: Final = frozenset(Finding.__struct_encode_fields__)


def kept(key: str, read: Read) -> Iterator[bytes]:
    """Yield the recorded parts of the object with a key; `read` returns its next bytes, up to a number.

    Kedge reads the same content from both. A report that is not JSON stays unchanged, because its fault is its content.
    """
    if key.rpartition("/")[2] == STATISTICS:
        yield _counts(counts_in(_first(read, STATISTICS_BYTES)))
        return
    piece = _first(read, MOST_BYTES)
    if piece.size <= MOST_BYTES:
        yield _findings(piece.data)
    else:
        # It is too large to be parsed, so only its size matters.
        for start in range(0, piece.size, _CHUNK):
            yield bytes(min(_CHUNK, piece.size - start))


def _first(read: Read, most: int) -> Piece:
    """Return the first bytes of an object, at most `most`, and its whole size."""
    data, size = bytearray(), 0
    while part := read(_CHUNK):
        size += len(part)
        data += part[: most - len(data)]
    return Piece(bytes(data), size)


def _counts(counts: Statistics) -> bytes:
    told: dict[str, Any] = {}
    if counts.records is not None:
        told["dataset"] = {"item_count": counts.records}
    if counts.features is not None:
        told["features"] = [{}] * counts.features
    if counts.kind:
        told[counts.kind] = {each.name: {"value": each.value} for each in counts.measures}
    return msgspec.json.encode(told)


def _findings(data: bytes) -> bytes:
    try:
        report = msgspec.json.decode(_whole(data))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return data
    trimmed = msgspec.json.encode(_trimmed(report))
    return trimmed if violations_in(trimmed) == violations_in(data) else data


def _whole(data: bytes) -> bytes:
    body = bytes(utf8(data))
    return repaired(body) if len(body) <= MENDED_BYTES else body


def _trimmed(report: object) -> object:
    if not isinstance(report, dict):
        return report
    entries = report.get("violations")
    if isinstance(entries, list):
        entries = [_entry(each) for each in entries]
    return {"violations": entries} if "violations" in report else {}


def _entry(entry: object) -> object:
    return {name: value for name, value in entry.items() if name in _FIELDS} if isinstance(entry, dict) else entry
