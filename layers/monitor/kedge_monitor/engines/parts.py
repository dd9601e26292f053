"""Parts of a window as bytes: what one host or one partition has read, and the whole that its parts make."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Final

import msgspec

from kedge_monitor.bias.state import BiasState
from kedge_monitor.bias.stored import decode_bias, encode_bias
from kedge_monitor.capture.labels import JoinReport
from kedge_monitor.capture.read_report import MOST_PLACES, ReadReport, join_reports
from kedge_monitor.capture.reader import SURVEYED
from kedge_monitor.capture.source import Source
from kedge_monitor.engines.labelled import LabelledPart
from kedge_monitor.engines.workers import Profiled
from kedge_monitor.errors import MonitorError
from kedge_monitor.profile.dataset import merge_profiles
from kedge_monitor.profile.stored import decode_profile, encode_profile
from kedge_monitor.quality.state import QualityState
from kedge_monitor.quality.stored import decode_quality, encode_quality


class PartUnreadable(MonitorError):
    """Bytes that are no part of a window."""


class _Part(msgspec.Struct, frozen=True, array_like=True):
    state: bytes
    report: ReadReport
    join: JoinReport | None = None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Part)
_LINES: Final = msgspec.msgpack.Decoder(list[tuple[str, bytes]])


def encode_profiled(part: Profiled) -> bytes:
    """Return a part of a window of data quality as bytes."""
    return _ENCODER.encode(_Part(encode_profile(part.profile), part.report))


def join_profiled(parts: Iterable[bytes]) -> Profiled:
    """Return the whole of at least one part of `encode_profiled`, which have the same columns and edges.

    Counts and sums are those of one process that reads all objects in the order of their keys. So is the report. Only the items
    of the sketches depend on the parts.

    Raises:
        PartUnreadable: bytes are no part.
        ProfileUnreadable: another version of Kedge wrote a part.
        ProfilesDiffer: parts have other columns or edges.
    """
    decoded = [_decode(part) for part in parts]
    profile = merge_profiles(decode_profile(part.state) for part in decoded)
    return Profiled(profile, whole_report([part.report for part in decoded]))


def encode_quality_part(part: LabelledPart[QualityState]) -> bytes:
    """Return a part of a window of model quality as bytes."""
    return _ENCODER.encode(_Part(encode_quality(part.state), part.report, part.join))


def join_quality_parts(parts: Iterable[bytes]) -> LabelledPart[QualityState]:
    """Return the whole of at least one part of `encode_quality_part`. The result does not depend on the parts.

    Raises:
        PartUnreadable: bytes are no part.
        StateUnreadable: another version of Kedge wrote a part.
    """
    return _join(parts, decode_quality, QualityState.merge)


def encode_bias_part(part: LabelledPart[BiasState]) -> bytes:
    """Return a part of a window of bias as bytes."""
    return _ENCODER.encode(_Part(encode_bias(part.state), part.report, part.join))


def join_bias_parts(parts: Iterable[bytes]) -> LabelledPart[BiasState]:
    """Return the whole of at least one part of `encode_bias_part`. The result does not depend on the parts.

    Raises:
        PartUnreadable: bytes are no part.
        StateUnreadable: another version of Kedge wrote a part.
    """
    return _join(parts, decode_bias, BiasState.merge)


def encode_lines(lines: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the first lines of a host's objects, from `first_lines`, as bytes."""
    return _ENCODER.encode(lines)


def join_lines(parts: Iterable[bytes], most: int = SURVEYED) -> list[Source]:
    """Return objects that have the first lines of all hosts' objects, in the order of the keys.

    A survey of them gives the layout that one process finds that sees all objects: its first lines are among those of the hosts.
    """
    lines = [line for part in parts for line in _LINES.decode(part)]
    # The sort keeps the order of the lines of one object.
    first = sorted(lines, key=lambda line: line[0])[:most]
    return [Source(key, _Bytes(data)) for key, data in first]


class _Bytes:
    """Opens bytes as a stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __call__(self) -> BytesIO:
        return BytesIO(self._data)


def _decode(data: bytes) -> _Part:
    try:
        return _DECODER.decode(data)
    except msgspec.DecodeError as error:
        raise PartUnreadable(f"A part of the window cannot be read: {error}. Measure the window again.") from None


def _join[S](parts: Iterable[bytes], decode: Callable[[bytes], S], merge: Callable[[S, S], None]) -> LabelledPart[S]:
    decoded = [_decode(part) for part in parts]
    whole, *others = (decode(part.state) for part in decoded)
    for other in others:
        merge(whole, other)
    report = whole_report([part.report for part in decoded])
    return LabelledPart(whole, report, _whole_join([part.join or JoinReport() for part in decoded]))


def _whole_join(joins: Sequence[JoinReport]) -> JoinReport:
    """Return the sum of the counts of records. All parts have the same labels, and the record of a label is in one part."""
    labels = max(join.labels for join in joins)
    used = sum(join.labels - join.orphan_labels for join in joins)
    return JoinReport(
        labelled=sum(join.labelled for join in joins),
        unlabelled=sum(join.unlabelled for join in joins),
        mismatched=sum(join.mismatched for join in joins),
        labels=labels,
        orphan_labels=max(labels - used, 0),
        replaced_labels=max(join.replaced_labels for join in joins),
    )


def whole_report(reports: Sequence[ReadReport]) -> ReadReport:
    """Return the report of one process that reads the objects of all parts in the order of their keys."""
    total = join_reports(reports)
    places = [place for report in reports for place in report.places]
    total.places = sorted(places, key=lambda place: (place.source, place.line))[:MOST_PLACES]
    total.objects.sort(key=lambda each: each.key)
    return total
