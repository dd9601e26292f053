"""How long a person waits for `kedge policy lint`: whole processes, against a Python that does nothing."""

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.ratios import Row, interleaved

DEFAULT = Path(__file__).parents[2] / "policies" / "default.yaml"
SECONDS = 1.0
# A machine that takes a second for this takes more for everything else, too.
MOST = 40.0


def run() -> list[Row]:
    """Lint the default policy."""
    ours, bare = interleaved(
        lambda: _run("-m", "workbench.main", "policy", "lint", str(DEFAULT)), lambda: _run("-c", "pass"), rounds=9
    )
    ratio = ours / bare
    return [
        Row("policy lint, default policy", f"{ours:.2f} s", f"< {SECONDS:.0f} s", ours < SECONDS),
        Row("policy lint, against an empty Python", f"{ratio:.0f} x", f"<= {MOST:.0f} x", ratio <= MOST),
    ]


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
