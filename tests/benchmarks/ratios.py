"""The parts of every benchmark: figures with limits, and ratios between two implementations that run in turn.

A figure in seconds describes one machine on one day. A ratio in one run describes the code.
"""

import gc
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table: name, figure, limit, and whether the figure is within the limit."""

    name: str
    figure: str
    limit: str
    ok: bool


type Clock = Callable[[], float]


def seconds(work: Callable[[], object], clock: Clock = time.perf_counter) -> float:
    """Return the seconds of one call. Earlier garbage is collected before; the result is freed after the clock stops."""
    gc.collect()
    start = clock()
    result = work()
    taken = clock() - start
    del result
    return taken


def interleaved(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 9, clock: Clock = time.perf_counter
) -> tuple[float, float]:
    """Return the median seconds of both. They run in turn, so that a slow machine slows both. One round warms up."""
    pairs = [(seconds(ours, clock), seconds(theirs, clock)) for _ in range(rounds + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def least(
    ours: Callable[[], object], theirs: Callable[[], object], rounds: int = 9, clock: Clock = time.process_time
) -> tuple[float, float]:
    """Return the least seconds of both, which run in turn: other work on the machine can only add to a time."""
    pairs = [(seconds(ours, clock), seconds(theirs, clock)) for _ in range(rounds + 1)][1:]
    return min(pair[0] for pair in pairs), min(pair[1] for pair in pairs)


def peak_bytes() -> int:
    """Return the peak memory of this process in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux passes a parent's ru_maxrss on to its children; the high-water mark starts again.
        return int(re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def in_a_fresh_process(code: str, *arguments: str) -> str:
    """Return the output of a piece of Python in a new process, whose memory peak is its own."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def table(rows: Iterable[Row]) -> str:
    """Return the rows as text, in columns of the needed width."""
    lines = [("", "measured", "limit", ""), *((r.name, r.figure, r.limit, "ok" if r.ok else "BROKEN") for r in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    return "\n".join(
        f"{name:<{widths[0]}}  {figure:>{widths[1]}}  {limit:>{widths[2]}}  {verdict}".rstrip()
        for name, figure, limit, verdict in lines
    )
