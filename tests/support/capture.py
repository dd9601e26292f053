"""Synthetic captured requests: 15 columns of numbers and 5 of categories, from a seed."""

import base64
import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.csv

from kedge_monitor.capture.source import Source
from kedge_monitor.capture.window import CaptureWindow

START: Final = datetime(2026, 11, 20, 23, tzinfo=UTC)
HOUR: Final = CaptureWindow(start=START, end=START + timedelta(hours=1))
KEY: Final = "capture/churn/AllTraffic/2026/11/20/23/00-00-000-0a1b.jsonl"
_CATEGORIES: Final = {"plan": 5, "month": 12, "state": 50, "shop": 200, "sku": 1000}
_BLOCK: Final = 100_000


def made_table(rows: int, seed: int = 1) -> pa.Table:
    """Return rows of 20 columns: normal, log-normal, heavy-tailed, whole and rounded numbers, some missing; Zipf categories."""
    draw = np.random.default_rng(seed)

    def some_missing(values: np.ndarray, share: float) -> pa.Array:
        return pa.array(values, mask=draw.random(rows) < share)

    columns: dict[str, Any] = {
        "score": np.round(draw.beta(2, 5, rows), 6),
        "balance": draw.normal(0, 1, rows),
        "usage": some_missing(np.round(draw.normal(50, 10, rows), 2), 0.03),
        "income": draw.lognormal(0, 1, rows),
        "spend": some_missing(np.round(draw.lognormal(3, 0.5, rows), 2), 0.15),
        "wait": draw.gamma(2, 2, rows),
        "change": some_missing(draw.standard_t(3, rows), 0.01),
        "mode": np.round(np.where(draw.random(rows) < 0.4, draw.normal(-2, 1, rows), draw.normal(3, 0.5, rows)), 4),
        "calls": draw.poisson(3, rows),
        "refund": np.where(draw.random(rows) < 0.7, 0.0, np.round(draw.gamma(2, 10, rows), 3)),
        "heat": np.round(draw.normal(20, 5, rows), 1),
        "flag": (draw.random(rows) < 0.15).astype(np.int64),
        "visits": some_missing(draw.geometric(0.05, rows), 0.05),
        "share": some_missing(draw.random(rows), 0.02),
        "age": draw.integers(18, 90, rows),
    }
    for name, size in _CATEGORIES.items():
        weights = 1 / np.arange(1, size + 1)
        codes = draw.choice(size, rows, p=weights / weights.sum())
        columns[name] = np.array([f"{name}_{code}" for code in range(size)])[codes]
    return pa.table(columns)


def csv_lines(table: pa.Table) -> list[str]:
    """Return the rows of a table as lines of CSV without a header."""
    written = io.BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="none")
    pyarrow.csv.write_csv(table, written, options)
    return written.getvalue().decode().split("\n")[:-1]


def capture_lines(rows: Sequence[str], first: int = 0, per_second: float = 1.0) -> Iterator[str]:
    """Return one captured request for each row of CSV; its first field is the output."""
    for number, row in enumerate(rows, start=first):
        output, _, given = row.partition(",")
        second = int(number / per_second)
        yield (
            '{"captureData":{"endpointInput":{"observedContentType":"text/csv","mode":"INPUT","data":"'
            + given
            + '","encoding":"CSV"},'
            '"endpointOutput":{"observedContentType":"text/csv; charset=utf-8","mode":"OUTPUT","data":"'
            + output
            + '","encoding":"CSV"}},'
            f'"eventMetadata":{{"eventId":"{number * 2654435761 % 2**32:08x}-8025-47e3-8f6a-{number:012x}",'
            f'"inferenceTime":"{START + timedelta(seconds=second):%Y-%m-%dT%H:%M:%SZ}"}},"eventVersion":"0"}}\n'
        )


def write_capture(path: Path, records: int, seed: int = 1) -> None:
    """Write captured requests of one hour to a file, in blocks, so that memory does not grow with their number."""
    with path.open("w", encoding="ascii") as file:
        for first in range(0, records, _BLOCK):
            table = made_table(min(_BLOCK, records - first), seed + first)
            file.writelines(capture_lines(csv_lines(table), first, max(1.0, records / 3600)))


def side(data: Any, encoding: str = "CSV", content_type: str | None = "text/csv") -> dict[str, Any]:
    """Return one side of a captured request. Data that is not a text is written as JSON; BASE64 encodes it."""
    text = data if isinstance(data, str) else orjson.dumps(data).decode()
    if encoding == "BASE64":
        text = base64.b64encode(text.encode()).decode()
    return {"observedContentType": content_type, "mode": "INPUT", "data": text, "encoding": encoding}


def as_json(data: Any) -> dict[str, Any]:
    """Return a side that is JSON."""
    return side(data, "JSON", "application/json")


def request(
    outputs: dict[str, Any] | None,
    inputs: dict[str, Any] | None,
    time: str | None = "2026-11-20T23:10:00Z",
    **metadata: str,
) -> bytes:
    """Return one line of capture; a side that is None is absent."""
    sides = {"endpointOutput": outputs, "endpointInput": inputs}
    record = {
        "captureData": {name: given for name, given in sides.items() if given is not None},
        "eventMetadata": {"eventId": "e-1", **({"inferenceTime": time} if time else {}), **metadata},
        "eventVersion": "0",
    }
    return orjson.dumps(record) + b"\n"


def source(*lines: bytes, key: str = KEY, etag: str = "", time: datetime | None = None) -> Source:
    """Return an object of these lines."""
    data = b"".join(lines)
    return Source(key, lambda: io.BytesIO(data), etag, time)


def file_source(path: Path, key: str = KEY) -> Source:
    """Return a file as an object."""
    return Source(key, _Opener(path), size=path.stat().st_size)


class _Opener:
    """Opens a file; can be sent to another process."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(self) -> io.BufferedReader:
        return self._path.open("rb")
