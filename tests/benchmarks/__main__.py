"""Run every benchmark of this folder and print one table; exit with 1 if a limit is exceeded.

A benchmark is a module `bench_<what>.py` with a function `run() -> list[Row]`. Words after the command select some of them:
`python -m tests.benchmarks reports`.
"""

import importlib
import sys
from pathlib import Path

from tests.benchmarks.ratios import Row, table


def main(wanted: list[str]) -> int:
    """Run the selected benchmarks, or all, in sequence, and return the exit code. A line on stderr names the current one."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = [word for word in wanted if f"bench_{word}" not in names]
    if unknown:
        known = ", ".join(name.removeprefix("bench_") for name in names)
        print(f"no such benchmark: {', '.join(unknown)}; there are {known}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in names:
        if not wanted or name.removeprefix("bench_") in wanted:
            print(f"{name} …", file=sys.stderr, flush=True)
            rows += importlib.import_module(f"tests.benchmarks.{name}").run()
    print(table(rows))
    return 0 if all(row.ok for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
