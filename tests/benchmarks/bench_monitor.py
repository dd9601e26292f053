"""Windows of captured records to verdict and files: time against orjson alone over the same lines, and peak memory.

`KEDGE_BENCH_LINES` sets the number of lines; the limits are for 1,000,000. Both sides of a ratio run in turn. Processor time counts,
and the least of the rounds, because other work on the machine can only add to it. With two processes, the time is that of this process
plus that of the busier one of the two. It is the wall time of a machine with two free cores.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import orjson
import pyarrow.csv

from kedge_monitor.baseline import Baseline
from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings, survey_capture
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.engines.embedded import MeasureSettings, measure
from kedge_monitor.engines.fitting import fit_table
from kedge_monitor.engines.workers import Workers
from tests.benchmarks.ratios import Row, in_a_fresh_process, least, seconds
from tests.support.capture import HOUR, file_source, made_table, write_capture

LINES: Final = int(os.environ.get("KEDGE_BENCH_LINES", "1000000"))
OBJECTS: Final = 20
ROUNDS: Final = 3
BASELINE_ROUNDS: Final = 8  # both are short, and threads of other programs disturb them unequally
ONE_CORE: Final = 2.0
TWO_CORES: Final = 1.0
MOST_MEMORY: Final = 300 * 2**20
MOST_FOR_1000: Final = 0.015
BASELINE: Final = 2.0

SETTINGS: Final = MeasureSettings(capture=CaptureSettings(window=HOUR))

# Prints the peak of the process that measures the objects of a folder.
_MEMORY: Final = """
import sys
from pathlib import Path
from kedge_monitor.baseline.folder import read_baseline
from tests.benchmarks.bench_monitor import SETTINGS, sources_in
from tests.benchmarks.ratios import peak_bytes
from kedge_monitor.engines.embedded import measure
folder = Path(sys.argv[1])
baseline = read_baseline({path.name: path.read_bytes() for path in (folder / "baseline").iterdir()})
found = measure(sources_in(folder)[: int(sys.argv[2])], baseline, SETTINGS)
print(peak_bytes(), found.profile.records)
"""

# Prints the least seconds of a small window, and those of orjson over its lines.
_WINDOW: Final = """
import sys
from pathlib import Path
import orjson
from kedge_monitor.baseline.folder import read_baseline
from kedge_monitor.engines.embedded import measure
from tests.benchmarks.bench_monitor import SETTINGS
from tests.benchmarks.ratios import least
from tests.support.capture import source
folder, data = Path(sys.argv[1]), Path(sys.argv[2]).read_bytes()
baseline = read_baseline({path.name: path.read_bytes() for path in (folder / "baseline").iterdir()})
objects = [source(data)]
def parse():
    for line in data.splitlines():
        orjson.loads(line)
print(*least(lambda: measure(objects, baseline, SETTINGS), parse, 100))
"""


def sources_in(folder: Path) -> list:
    """Return the objects of a folder, with the keys that capture has."""
    paths = sorted(folder.glob("*.jsonl"))
    return [file_source(path, f"c/churn/AllTraffic/2026/11/20/23/{path.stem}-00-000-a.jsonl") for path in paths]


def run() -> list[Row]:
    """Return time and memory of windows, and the time of a baseline."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(OBJECTS):
            write_capture(folder / f"{number:02}.jsonl", LINES // OBJECTS, seed=10 + number)
        table = folder / "train.csv"
        pyarrow.csv.write_csv(made_table(LINES, seed=3), table)
        baseline = fit_table([file_source(table, "train.csv")], TableFormat.CSV).baseline
        (folder / "baseline").mkdir()
        for file, data in write_baseline(baseline).items():
            (folder / "baseline" / file).write_bytes(data)
        return [
            _reading(folder, baseline),
            _one_core(folder, baseline),
            _two_cores(folder, baseline),
            *_memory(folder),
            _small(folder),
            _baseline(table),
        ]


def _parse(folder: Path) -> None:
    for path in sorted(folder.glob("*.jsonl")):
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)


def _reading(folder: Path, baseline: Baseline) -> Row:
    def read() -> None:
        objects = sources_in(folder)
        layout = survey_capture(objects, baseline.profile.schema, SETTINGS.capture)
        for _ in CaptureReader(layout, SETTINGS.capture).read(objects):
            pass

    ours, theirs = least(read, lambda: _parse(folder), ROUNDS)
    return _row("reading alone, one core", ours, theirs, ONE_CORE)


def _one_core(folder: Path, baseline: Baseline) -> Row:
    objects = sources_in(folder)
    ours, theirs = least(lambda: measure(objects, baseline, SETTINGS), lambda: _parse(folder), ROUNDS)
    return _row("to verdict and files, one core", ours, theirs, ONE_CORE)


def _two_cores(folder: Path, baseline: Baseline) -> Row:
    """Measure with processes that have started already: they serve any number of windows."""
    objects = sources_in(folder)
    with Workers(2) as workers:
        rounds = [
            (
                _path_seconds(lambda: measure(objects, baseline, SETTINGS, workers=workers)),
                seconds(lambda: _parse(folder), time.process_time),
            )
            for _ in range(ROUNDS + 1)
        ][1:]
    ours, theirs = (min(column) for column in zip(*rounds, strict=True))
    return _row("to verdict and files, two processes", ours, theirs, TWO_CORES)


def _path_seconds(work: Callable[[], object]) -> float:
    """Return the processor seconds of this process, plus those of the busiest child."""
    before, start = _children_seconds(), time.process_time()
    work()
    own = time.process_time() - start
    return own + max(taken - before.get(child, 0.0) for child, taken in _children_seconds().items())


def _children_seconds() -> dict[str, float]:
    """Return the processor seconds of each child process so far, from Linux's /proc."""
    found = {}
    for child in {
        name for task in Path("/proc/self/task").iterdir() for name in (task / "children").read_text().split()
    }:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        found[child] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _row(name: str, ours: float, theirs: float, limit: float) -> Row:
    ratio = ours / theirs
    figure = f"{ratio:.2f} x orjson.loads ({ours:.2f} s of {theirs:.2f} s)"
    return Row(f"{LINES:,} captured records, {name}", figure, f"<= {limit:.2f} x", ratio <= limit)


def _memory(folder: Path) -> list[Row]:
    """Return the peak for all objects, and for a quarter of them: it must not grow with their number."""
    peaks = {}
    for objects in (OBJECTS // 4, OBJECTS):
        peak, records = map(int, in_a_fresh_process(_MEMORY, str(folder), str(objects)).split())
        assert records == LINES // OBJECTS * objects
        peaks[objects] = peak
    peak, growth = peaks[OBJECTS], peaks[OBJECTS] / peaks[OBJECTS // 4]
    return [
        Row(f"{LINES:,} captured records, peak memory", f"{peak / 2**20:.0f} MB", "< 300 MB", peak < MOST_MEMORY),
        Row("the same against a quarter of them", f"{growth:.2f} x", "<= 1.15 x", growth <= 1.15),
    ]


def _small(folder: Path) -> Row:
    """Measure a small window in a fresh process, as the function does it."""
    path = folder / "small" / "00.jsonl"
    path.parent.mkdir()
    write_capture(path, 1_000, seed=4)
    ours, theirs = map(float, in_a_fresh_process(_WINDOW, str(folder), str(path)).split())
    figure = f"{ours * 1000:.1f} ms ({ours / theirs:.1f} x orjson.loads)"
    return Row("1,000 captured records to verdict and files", figure, "<= 15 ms", ours <= MOST_FOR_1000)


def _baseline(table: Path) -> Row:
    sources = [file_source(table, "train.csv")]
    reading = pyarrow.csv.ReadOptions(use_threads=False)
    ours, theirs = least(
        lambda: fit_table(sources, TableFormat.CSV), lambda: pyarrow.csv.read_csv(table, reading), BASELINE_ROUNDS
    )
    ratio = ours / theirs
    figure = f"{ratio:.2f} x pyarrow.csv ({ours:.2f} s of {theirs:.2f} s)"
    return Row(f"baseline of {LINES:,} rows", figure, f"<= {BASELINE:.2f} x", ratio <= BASELINE)
