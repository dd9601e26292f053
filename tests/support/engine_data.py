"""The same window for each engine: captured objects of mixed encodings in a folder, a baseline, and labels."""

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import orjson

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import read_baseline, write_baseline
from kedge_monitor.capture.source import Source
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.engines.fitting import fit_table
from kedge_monitor.files.run_files import PROFILE
from kedge_monitor.profile.stored import decode_profile
from tests.support.capture import START, as_json, csv_lines, file_source, made_table, request, side, source

VARIANT: Final = "churn/AllTraffic"
_PER_OBJECT: Final = 1_500
_OBJECTS: Final = 5


@dataclass(frozen=True)
class WindowData:
    """A window in a folder.

    `capture` is the folder of the variant, above `yyyy/mm/dd/hh`. `merged` has the same records with their labels, as the merge job
    writes them. `labels` and `baseline` are folders, too.
    """

    capture: Path
    baseline: Path
    merged: Path
    labels: Path

    def sources(self, folder: Path) -> list[Source]:
        """Return the objects in a folder, in the order of their keys: their paths below the folder."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        return [file_source(path, key=path.relative_to(folder).as_posix()) for path in paths]


@cache
def fitted() -> Baseline:
    """Return the baseline of 12,000 synthetic records, as it is read from its files."""
    table = made_table(12_000, seed=5)
    text = "\n".join([",".join(table.column_names), *csv_lines(table), ""])
    return read_baseline(write_baseline(fit_table([source(text.encode(), key="train.csv")], TableFormat.CSV).baseline))


def write_window(root: Path) -> WindowData:
    """Write the data of a window below a folder: 5 objects in 2 hours. The last one reaches out of the window."""
    data = WindowData(
        capture=root / "capture" / VARIANT,
        baseline=root / "baseline",
        merged=root / "merged" / VARIANT,
        labels=root / "labels",
    )
    data.baseline.mkdir(parents=True)
    for name, content in write_baseline(fitted()).items():
        (data.baseline / name).write_bytes(content)
    draw = np.random.default_rng(11)
    for number in range(_OBJECTS):
        table = made_table(_PER_OBJECT, seed=20 + number)
        rows, names = csv_lines(table), table.column_names
        ids = [f"e-{number}-{row}" for row in range(len(rows))]
        truth = (draw.random(len(rows)) < np.asarray(table.column("score"))).astype(int)
        lines, merged = [], []
        for row, (text, name, label) in enumerate(zip(rows, ids, truth, strict=True)):
            time = f"{START + timedelta(minutes=14 * number, seconds=row // 2):%FT%TZ}"
            lines.append(_request(text, names, time, name, row))
            merged.append(_merged(text, time, name, str(label), row))
        lines.insert(7, b"no record\n")
        lines.append(request(side("1"), side(rows[0].partition(",")[2]), invocationSource="ShadowExperiment"))
        key = f"{START + timedelta(minutes=14 * number):%Y/%m/%d/%H/%M}-00-000-{number}.jsonl"
        _write(data.capture / key, lines)
        _write(data.merged / key, merged)
        _write(data.labels / key, [_label(name, str(label)) for name, label in zip(ids, truth, strict=True)][::2])
    _write(data.labels / "2026/11/20/23/orphans.jsonl", [_label(f"nobody-{row}", "1") for row in range(3)])
    return data


def _request(text: str, names: list[str], time: str, name: str, row: int) -> bytes:
    """Return a captured request: CSV, BASE64 or named JSON in turn."""
    output, _, given = text.partition(",")
    sides: tuple[dict[str, Any], dict[str, Any]] = (side(output), side(given))
    if row % 10 == 3:
        sides = (side(output, "BASE64"), side(given, "BASE64"))
    elif row % 10 == 7:
        values = dict(zip(names[1:], given.split(","), strict=True))
        sides = (side(output), as_json({key: _plain(value) for key, value in values.items()}))
    return _with_id(request(*sides, time=time), name)


def _merged(text: str, time: str, name: str, label: str, row: int) -> bytes:
    output, _, given = text.partition(",")
    encoding = "BASE64" if row % 10 == 3 else "CSV"
    record = orjson.loads(_with_id(request(side(output, encoding), side(given, encoding), time=time), name))
    if row % 7:
        record["groundTruthData"] = {"data": label, "encoding": "CSV"}
    return orjson.dumps(record) + b"\n"


def _with_id(line: bytes, name: str) -> bytes:
    return line.replace(b'"eventId":"e-1"', b'"eventId":"%b"' % name.encode())


def _label(name: str, label: str) -> bytes:
    return orjson.dumps(
        {
            "groundTruthData": {"data": label, "encoding": "CSV"},
            "eventMetadata": {"eventId": name},
            "eventVersion": "0",
        }
    ) + b"\n"  # fmt: skip


def _plain(text: str) -> Any:
    try:
        return None if not text else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _write(path: Path, lines: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))


def differences(ours: dict[str, bytes], theirs: dict[str, bytes]) -> list[str]:
    """Return what differs between the files of two engines, apart from sketches: counts to the last one, numbers by more than 1e-12."""
    found = sorted(f"{name} is in one of both" for name in ours.keys() ^ theirs.keys())
    for name in sorted(ours.keys() & theirs.keys()):
        if name.endswith(".json"):
            found += _differ(name, _without_sketch(ours[name]), _without_sketch(theirs[name]))
    if PROFILE in ours and PROFILE in theirs:
        found += _differ(PROFILE, _counts(ours[PROFILE]), _counts(theirs[PROFILE]))
    return found


def _without_sketch(data: bytes) -> Any:
    """Return the content of a file without what depends on the split of the data: the sketches' items and ranks."""
    found = msgspec.json.decode(data)
    for feature in found.get("features", []) if isinstance(found, dict) else []:
        numbers = feature.get("numerical_statistics", {})
        if "distribution" in numbers:
            kll = numbers["distribution"]["kll"]
            kll["sketch"].pop("data")
            for bucket in kll["buckets"]:
                bucket.pop("count")
    return found


def _counts(data: bytes) -> Any:
    """Return a profile without its sketches, to the last count."""
    return [
        (
            column.name,
            column.missing,
            repr(column.classes),
            dict(sorted(column.categories.counts.items())),
            column.distinct.registers.tolist(),
            None
            if (numbers := column.numbers) is None
            else (numbers.count, numbers.total, numbers.m2, numbers.minimum, numbers.maximum),
            None
            if numbers is None or numbers.histogram is None
            else (numbers.histogram.counts.tolist(), numbers.histogram.sums.tolist()),
        )
        for column in decode_profile(data).columns
    ]


def _differ(place: str, ours: Any, theirs: Any) -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict) and list(ours) == list(theirs):
        return [each for key in ours for each in _differ(f"{place}/{key}", ours[key], theirs[key])]
    if isinstance(ours, list | tuple) and isinstance(theirs, list | tuple) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [each for number, pair in pairs for each in _differ(f"{place}/{number}", *pair)]
    if isinstance(ours, float) and isinstance(theirs, float):
        # PSI is a difference of sums near 0.
        return [] if math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12) else [f"{place}: {ours!r} {theirs!r}"]
    return [] if ours == theirs else [f"{place}: {str(ours)[:200]} {str(theirs)[:200]}"]
