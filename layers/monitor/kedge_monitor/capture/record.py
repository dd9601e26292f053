"""A line of capture to the rows of its two sides."""

from collections.abc import Iterable
from typing import Final

import msgspec

from kedge_monitor.capture.payload import PayloadUnreadable, Row, Side, column_rows, csv_rows, read_side

OUTPUT: Final = "endpointOutput"
INPUT: Final = "endpointInput"
BOTH: Final = (OUTPUT, INPUT)


class _Sides(msgspec.Struct, gc=False, rename="camel"):
    endpoint_input: Side | None = None
    endpoint_output: Side | None = None
    batch_transform_output: Side | None = None


class _Metadata(msgspec.Struct, gc=False, rename="camel"):
    event_id: str | None = None
    inference_id: str | None = None
    inference_time: str | None = None
    invocation_source: str | None = None


class CapturedLine(msgspec.Struct, gc=False, rename="camel"):
    """One line of capture, of the merge job, or of labels, as it is written."""

    capture_data: _Sides | None = None
    event_metadata: _Metadata | None = None
    ground_truth_data: Side | None = None

    @property
    def time(self) -> str:
        """Return when the inference was made, ISO 8601; empty if the line does not say it."""
        return (self.event_metadata.inference_time if self.event_metadata else None) or ""

    @property
    def is_shadow(self) -> bool:
        """Return whether a shadow variant answered: no user got its answer."""
        source = self.event_metadata.invocation_source if self.event_metadata else None
        return "shadow" in (source or "").lower()

    @property
    def join_key(self) -> str:
        """Return the id that labels name: the inference id if there is one, else the event id; empty if there is neither."""
        metadata = self.event_metadata
        return (metadata.inference_id or metadata.event_id or "") if metadata else ""


_DECODER: Final = msgspec.json.Decoder(CapturedLine)


def decode_line(data: bytes) -> CapturedLine:
    """Return one line.

    Raises:
        PayloadUnreadable: it is no JSON, or its parts do not have the types of a capture record.
    """
    try:
        return _DECODER.decode(data)
    except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
        raise PayloadUnreadable(str(error)) from None


def decode_lines(data: bytes) -> list[CapturedLine] | None:
    """Return the lines of a piece; None if one of them cannot be read, so that each must be read by itself."""
    try:
        return _DECODER.decode_lines(data)
    except (ValueError, RecursionError):
        return None


class Rows(msgspec.Struct, frozen=True):
    """The rows of one record: pairs of outputs and inputs, None for a side that is missing."""

    pairs: list[tuple[Row | None, Row | None]]
    dropped_outputs: bool = False


def rows_of_line(line: CapturedLine, names: frozenset[str], sides: Iterable[str] = BOTH) -> Rows:
    """Return the rows of a captured request.

    If the two sides have different numbers of rows, a side can be one list or one line of CSV. It is then read as one row per
    value if that makes the numbers equal. Otherwise the outputs are dropped: the inputs are still what users sent.

    Args:
        line: the line.
        names: the known names of columns.
        sides: the sides to read, as `captureIndexNames` names them.

    Raises:
        PayloadUnreadable: a side cannot be read, or there is nothing to read.
    """
    data = line.capture_data or _Sides()
    wanted = set(sides)
    output = (data.endpoint_output or data.batch_transform_output) if OUTPUT in wanted else None
    given = data.endpoint_input if INPUT in wanted else None
    if output is None and given is None:
        raise PayloadUnreadable(f"no {' and no '.join(sorted(wanted))} in captureData")
    outputs, inputs = _rows(OUTPUT, output, names), _rows(INPUT, given, names)
    if output is None or given is None or len(outputs) == len(inputs):
        return _paired(outputs, inputs)
    for left, right in ((_one_per_value(output), inputs), (outputs, _one_per_value(given))):
        if left and right and len(left) == len(right):
            return _paired(left, right)
    if not inputs:
        raise PayloadUnreadable(f"{INPUT} has no rows")
    return Rows([(None, row) for row in inputs], dropped_outputs=True)


def _paired(outputs: list[Row], inputs: list[Row]) -> Rows:
    if not outputs and not inputs:
        raise PayloadUnreadable("the record has no rows")
    if not outputs or not inputs:
        return Rows([(row, None) for row in outputs] or [(None, row) for row in inputs])
    return Rows(list(zip(outputs, inputs, strict=True)))


def _rows(name: str, side: Side | None, names: frozenset[str]) -> list[Row]:
    if side is None:
        return []
    try:
        return read_side(side, names)
    except PayloadUnreadable as error:
        raise PayloadUnreadable(f"{name}: {error}") from None


def _one_per_value(side: Side) -> list[Row] | None:
    """Return one row per value of a side that is one list or one line of CSV, None for another form."""
    rows = column_rows(side)
    if rows is not None or (side.encoding or "").upper() == "JSON":
        return rows
    try:
        (row,) = csv_rows(side.data or "")
    except ValueError:  # several lines, or none that can be read
        return None
    return [[text] for text in (row.split(",") if isinstance(row, str) else row)]
