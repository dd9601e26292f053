"""Compare Kedge with other drift monitors on the same captured lines. Run by hand; the peers are no dependencies.

    python -m tests.benchmarks.peers.compare FOLDER [LINES]

FOLDER gets the data (about 0.7 GB for 1,000,000 lines) and one environment for each peer, made by uv with the pinned versions of
`*.requirements.txt`. Each round runs all of them in turn. The figures are the least of the rounds, in wall and processor seconds.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pyarrow.csv

from kedge_monitor.baseline.folder import write_baseline
from kedge_monitor.capture.tables import TableFormat
from kedge_monitor.engines.fitting import fit_table
from tests.support.capture import file_source, made_table, write_capture

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[2]
ROUNDS: Final = 3
WINDOWS: Final = 20
# evidently takes over a minute for a million lines, and over a second for a window of 1,000.
FEW: Final = {"evidently": (1, 3)}
PEERS: Final = ("nannyml", "evidently")
PYTHON: Final = "3.11"
# Neither peer may send usage data: a measurement must not wait for a network.
QUIET: Final = {"NML_DISABLE_USAGE_LOGGING": "1", "DO_NOT_TRACK": "1", "OPENBLAS_NUM_THREADS": "1"}


def write_data(folder: Path, lines: int) -> None:
    """Write the baseline's rows, its stored profile, an hour of capture, and a window of 1,000 records."""
    folder.mkdir(parents=True, exist_ok=True)
    table, train = made_table(lines, seed=3), folder / "train.csv"
    (folder / "columns.json").write_text(json.dumps(table.column_names))
    pyarrow.csv.write_csv(table, train)
    write_capture(folder / "hour.jsonl", lines, seed=10)
    write_capture(folder / "small.jsonl", 1_000, seed=4)
    (folder / "baseline").mkdir(exist_ok=True)
    for name, data in write_baseline(fit_table([file_source(train, "train.csv")], TableFormat.CSV).baseline).items():
        (folder / "baseline" / name).write_bytes(data)


def make_environment(folder: Path, peer: str) -> Path:
    """Return the interpreter of a peer's environment; install the pinned versions if it does not exist."""
    place = folder / f"venv-{peer}"
    python = place / "bin" / "python"
    if not python.exists():
        uv = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
        subprocess.run([uv, "venv", "--quiet", "--python", PYTHON, place], check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--python", python, "-r", HERE / f"{peer}.requirements.txt"], check=True
        )
    return python


def measure(python: Path, script: str, folder: Path, whole: int, windows: int) -> dict:
    """Return the figures that a script prints, measured in a process of its own."""
    paths = [ROOT, *(ROOT / "layers" / name for name in ("kedge", "monitor"))] if script == "kedge" else []
    given = os.environ | QUIET | {"PYTHONPATH": ":".join(map(str, paths))}
    command = [python, HERE / f"{script}_run.py", folder, str(whole), str(windows)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=given).stdout)


def main(folder: Path, lines: int) -> None:
    """Measure all, and print one line of JSON for each."""
    if not (folder / "baseline").exists():
        write_data(folder, lines)
    found: dict[str, list[dict]] = {}
    pythons = {"kedge": Path(sys.executable)} | {peer: make_environment(folder, peer) for peer in PEERS}
    for number in range(ROUNDS):
        for name, python in pythons.items():
            if number and name in FEW:
                continue
            print(f"round {number + 1}: {name} …", file=sys.stderr, flush=True)
            found.setdefault(name, []).append(measure(python, name, folder, *FEW.get(name, (1, WINDOWS))))
    for name, rounds in found.items():
        least = {
            key: [min(one[key][i] for one in rounds) for i in (0, 1)]
            for key in ("hour", "pair", "small", "orjson")
            if key in rounds[0]
        }
        print(json.dumps({"name": name, **least, "peak_mb": rounds[0]["peak_mb"], "versions": rounds[0]["versions"]}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
