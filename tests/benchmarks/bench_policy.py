"""The waiting time for `kedge policy lint`: whole processes, against a Python that does nothing."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.ratios import Row, interleaved

DEFAULT = Path(__file__).parents[2] / "policies" / "default.yaml"
MOST = 40.0


def run() -> list[Row]:
    """Lint the default policy, and return the rows."""
    ours, bare = interleaved(
        lambda: _run("-m", "workbench.main", "policy", "lint", str(DEFAULT)), lambda: _run("-c", "pass"), rounds=9
    )
    ratio = ours / bare
    name = "policy lint, default policy, against an empty Python"
    return [Row(name, f"{ratio:.0f} x ({ours:.2f} s)", f"<= {MOST:.0f} x", ratio <= MOST)]


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
