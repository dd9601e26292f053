"""The parts of every script of this folder: parse the captured lines as users do, and print the figures.

The environments differ, so only what all of them have is imported at the top.
"""

import gc
import io
import json
import platform
import re
import sys
import time
from importlib.metadata import version
from pathlib import Path

import orjson


def read_capture(path: Path, columns: list[str]):
    """Return the rows of captured lines: orjson for the lines, pandas with pyarrow's CSV for the payloads."""
    import pandas as pd

    rows = []
    with path.open("rb") as file:
        for line in file:
            data = orjson.loads(line)["captureData"]
            rows.append(data["endpointOutput"]["data"] + "," + data["endpointInput"]["data"])
    text = io.BytesIO("\n".join(rows).encode())
    return pd.read_csv(text, engine="pyarrow", names=columns, header=None)


def measure(work, rounds: int) -> tuple[float, float]:
    """Return the least wall seconds and the least processor seconds of some rounds."""
    found = []
    for _ in range(rounds):
        gc.collect()
        wall, processor = time.perf_counter(), time.process_time()
        work()
        found.append((time.perf_counter() - wall, time.process_time() - processor))
    return min(wall for wall, _ in found), min(processor for _, processor in found)


def peak_mb() -> float:
    """Return the peak memory of this process in MB."""
    return int(re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)[1]) / 1024


def report(packages: tuple[str, ...], **figures: object) -> None:
    """Print the figures and the versions as one line of JSON."""
    versions = {"python": platform.python_version()} | {name: version(name) for name in packages}
    json.dump({"versions": versions, **figures}, sys.stdout)


def run_peer(packages: tuple[str, ...], prepare) -> None:
    """Measure a peer. `prepare` takes the reference and returns the function that takes the current rows; its time does not count."""
    import pandas as pd

    folder, whole, windows = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    columns = json.loads((folder / "columns.json").read_text())
    calculate = prepare(pd.read_csv(folder / "train.csv", engine="pyarrow"))
    hour = measure(lambda: calculate(read_capture(folder / "hour.jsonl", columns)), whole)
    peak = peak_mb()
    small = measure(lambda: calculate(read_capture(folder / "small.jsonl", columns)), windows)
    report(packages, hour=hour, small=small, peak_mb=peak)
