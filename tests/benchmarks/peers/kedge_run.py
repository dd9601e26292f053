"""Kedge over the same files: captured lines to verdict and all files, with a stored baseline, in one process and in two.

The file stands for two objects of half its lines, so that two processes can share them. orjson alone reads the same lines.
"""

import sys
from pathlib import Path

import orjson
from timed import measure, peak_mb, report

from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.engines.embedded import MeasureSettings
from kedge_monitor.engines.embedded import measure as measure_window
from kedge_monitor.engines.workers import Workers
from tests.support.capture import file_source


def _parse(path: Path) -> None:
    with path.open("rb") as file:
        for line in file:
            orjson.loads(line)


def _main() -> None:
    folder, whole, windows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    baseline = read_baseline({path.name: path.read_bytes() for path in (folder / "baseline").iterdir()})

    def window(*names: str, workers: Workers | None = None) -> None:
        sources = [file_source(folder / name, f"c/e/v/2026/11/20/23/{name}") for name in names]
        measure_window(sources, baseline, MeasureSettings(), workers=workers)

    hour = measure(lambda: window("hour.jsonl"), whole)
    peak = peak_mb()
    small = measure(lambda: window("small.jsonl"), windows)
    parsed = measure(lambda: _parse(folder / "hour.jsonl"), whole)
    halves = _halve(folder)
    with Workers(2) as workers:
        window("small.jsonl", workers=workers)
        pair = measure(lambda: window(*halves, workers=workers), whole)
    report(("numpy", "pyarrow", "msgspec", "orjson"), hour=hour, pair=pair, small=small, peak_mb=peak, orjson=parsed)


def _halve(folder: Path) -> tuple[str, str]:
    """Write the lines of the hour as two files, and return their names."""
    names = ("first.jsonl", "second.jsonl")
    if not (folder / names[1]).exists():
        data = (folder / "hour.jsonl").read_bytes()
        middle = data.index(b"\n", len(data) // 2) + 1
        for name, part in zip(names, (data[:middle], data[middle:]), strict=True):
            (folder / name).write_bytes(part)
    return names


if __name__ == "__main__":
    _main()
