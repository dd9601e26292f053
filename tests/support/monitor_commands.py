"""Calls `kedge monitor` as a person does, and names its samples."""

import json
from pathlib import Path
from typing import Any

from click.testing import Result
from typer.testing import CliRunner

from workbench.main import app
from workbench.sample_capture import FOLDER, LABELS, TABLE

CAPTURE = FOLDER / "churn-prod"
TRAIN = FOLDER / TABLE
LABEL_FOLDER = FOLDER / Path(LABELS).parts[0]
QUALITY = ("--problem-type", "BinaryClassification", "--label", "churned", "--probability", "probability")
CLEAN_HOUR = ("--start", "2026-11-20T22:00:00Z", "--end", "2026-11-20T23:00:00Z")
DRIFTED_HOUR = ("--start", "2026-11-20T23:00:00Z", "--end", "2026-11-21T00:00:00Z")


def call(*words: object) -> Result:
    """Run a command below `kedge monitor`."""
    return CliRunner().invoke(app, ["monitor", *map(str, words)])


def answer(*words: object) -> dict[str, Any]:
    """Run a command with `--json`, and return its one object."""
    result = call(*words, "--json")
    assert result.exit_code == 0, result.stderr
    (line,) = result.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def refusal(*words: object) -> tuple[int, str]:
    """Run a command that fails, and return its exit code and the sentence on stderr. Nothing is on stdout."""
    result = call(*words)
    assert result.stdout == ""
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.stderr
    return result.exit_code, " ".join(result.stderr.split())
