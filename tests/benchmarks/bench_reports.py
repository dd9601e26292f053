"""Reading large violation reports: time against json.loads of the same bytes, memory against the size of the file."""

import json
import tempfile
from pathlib import Path

from kedge.reports.fault import ReportFault
from kedge.reports.violations import violations_in
from tests.benchmarks.ratios import Row, in_a_fresh_process, interleaved

VIOLATIONS = 200_000
MOST_TIME = 1.0
MOST_MEMORY = 4.0

_NEW = (
    (
        "data_type_check",
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. Observed: Only 99.6%",
    ),
    ("baseline_drift_check", "Baseline drift distance: 0.3712648 exceeds threshold: 0.1"),
    ("completeness_check", "Value: 0.9838709677419355 does not meet the constraint requirement! "),
)
_SHORT = (("data_type_check", "Value: 0.5 does not meet the constraint requirement! "),)
_OUTSIDE_ASCII = (
    ("baseline_drift_check", "Die Verteilung weicht ab: Abstand 0,37 über der Grenze 0,1 \u2014 bitte prüfen"),
)

# Prints the growth of the process's peak while it reads a file and keeps both the bytes and the findings.
_MEMORY = """
import sys
from pathlib import Path
from kedge.reports.violations import violations_in
from tests.benchmarks.ratios import peak_bytes
violations_in(b'{"violations": []}')
before = peak_bytes()
data = Path(sys.argv[1]).read_bytes()
findings = violations_in(data)
print((peak_bytes() - before) / len(data), len(findings))
"""


def made(sentences: tuple[tuple[str, str], ...], indent: int | None, *, ascii_only: bool = True) -> bytes:
    """Return a data-quality report of VIOLATIONS entries that alternates some checks and sentences."""
    violations = [
        {"feature_name": f"feature_{number:06}", "constraint_check_type": check, "description": said}
        for number in range(VIOLATIONS)
        for check, said in (sentences[number % len(sentences)],)
    ]
    separators = None if indent else (",", ":")
    text = json.dumps({"violations": violations}, indent=indent, separators=separators, ensure_ascii=ascii_only)
    return text.encode()


def run() -> list[Row]:
    """Return time and memory for reports as SageMaker writes them, and for the shapes that need the most memory."""
    reports = {
        "as SageMaker writes": made(_NEW, indent=2),
        "no white space, short": made(_SHORT, indent=None),
        "not ASCII": made(_OUTSIDE_ASCII, indent=2, ascii_only=False),
    }
    return [row for name, data in reports.items() for row in (_time(name, data), _memory(name, data))]


def _time(name: str, data: bytes) -> Row:
    read = violations_in(data)
    assert not isinstance(read, ReportFault)
    assert len(read) == VIOLATIONS
    del read
    ours, theirs = interleaved(lambda: violations_in(data), lambda: json.loads(data))
    ratio = ours / theirs
    figure = f"{ratio:.2f} x json.loads ({ours * 1000:.0f} ms of {theirs * 1000:.0f} ms)"
    return Row(_label(name, data), figure, f"< {MOST_TIME:.2f} x", ratio < MOST_TIME)


def _memory(name: str, data: bytes) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "constraint_violations.json"
        path.write_bytes(data)
        ratio, count = in_a_fresh_process(_MEMORY, str(path)).split()
    assert int(count) == VIOLATIONS
    return Row(_label(name, data), f"{float(ratio):.2f} x the file, file included", f"<= {MOST_MEMORY:.2f} x",
               float(ratio) <= MOST_MEMORY)  # fmt: skip


def _label(name: str, data: bytes) -> str:
    return f"report of {VIOLATIONS:,} violations, {len(data) / 2**20:.0f} MB, {name}"
