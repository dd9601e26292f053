"""`kedge replay` of a fleet's recording, with reading: its time against json.loads, and memory that stays constant.

Both are the difference between a recording and one 4 times as long, so that the start of the command does not count.
By hand, for the year of a fleet: `python -m tests.benchmarks.bench_replay FOLDER [RUNS]` writes it (7 million runs, short
answers) and plays it.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.fleet import RUNS_OF_A_YEAR, write
from tests.benchmarks.ratios import Row

RUNS = 10_000
# Against json.loads of the same events.
MOST = 20.8
MOST_MEMORY = 1.15
_ROUNDS = 2

# The command, and then its cost: seconds of the processor, peak bytes, and seconds for json.loads of the events.
_COMMAND = """
import json, sys, time
from pathlib import Path
from tests.benchmarks.ratios import peak_bytes
from workbench.main import app
try:
    app(["replay", sys.argv[1], "--json"])
except SystemExit as end:
    assert not end.code, end.code
taken, most = time.process_time(), peak_bytes()
with (Path(sys.argv[1]) / "signals.jsonl").open("rb") as lines:
    start = time.process_time()
    for line in lines:
        json.loads(line)
print(taken, most, time.process_time() - start, file=sys.stderr)
"""


class Taken(NamedTuple):
    """The cost of a replay: seconds of one core, peak bytes of memory, the number of printed runs, and seconds for json.loads."""

    seconds: float
    memory: int
    lines: int
    reading: float


def run() -> list[Row]:
    """Play both recordings a few times, and return the rows. The best time counts, because other load only adds to it."""
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short", Path(folder) / "long"
        write(short, RUNS)
        write(long, 4 * RUNS)
        first = min(play(short) for _ in range(_ROUNDS))
        second = min(play(long) for _ in range(_ROUNDS))
    assert (first.lines, second.lines) == (RUNS, 4 * RUNS)
    taken = second.seconds - first.seconds
    rate, ratio = 3 * RUNS / taken, taken / (second.reading - first.reading)
    growth = second.memory / first.memory
    return [
        Row(
            "replay, reading included, against its events",
            f"{ratio:.1f} x json.loads ({rate:,.0f} runs a second)",
            f"<= {MOST:.1f} x",
            ratio <= MOST,
        ),
        Row(
            f"replay, memory of {4 * RUNS:,} runs against {RUNS:,}",
            f"{growth:.2f} x ({first.memory / 2**20:.0f} MB, then {second.memory / 2**20:.0f} MB)",
            f"<= {MOST_MEMORY:.2f} x",
            growth <= MOST_MEMORY,
        ),
    ]


def play(recording: Path) -> Taken:
    """Replay a recording in its own process, and return the cost."""
    command = [sys.executable, "-c", _COMMAND, str(recording)]
    with tempfile.TemporaryFile("w+b") as printed:
        told = subprocess.run(command, check=False, stdout=printed, stderr=subprocess.PIPE, text=True)
        assert told.returncode == 0, told.stderr
        printed.seek(0)
        # Timers, and the fleet's results of a run, have their own lines.
        lines = sum(b'"kind":"RunFinished"' in line for line in printed)
    seconds, memory, reading = told.stderr.split()
    return Taken(float(seconds), int(memory), lines, float(reading))


def main(folder: Path, runs: int) -> None:
    """Write a fleet's recording if there is none yet, play it, and print the cost."""
    if not folder.exists():
        start = time.monotonic()
        write(folder, runs, full=False)
        print(f"written: {runs:,} runs in {time.monotonic() - start:,.0f} s", flush=True)
    start = time.monotonic()
    taken = play(folder)
    print(
        f"{taken.lines:,} signals: {taken.lines / taken.seconds:,.0f} a second of one core "
        f"({taken.seconds:,.0f} s; {time.monotonic() - start:,.0f} s by the clock), {taken.memory / 2**20:,.0f} MB at most"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else RUNS_OF_A_YEAR)
