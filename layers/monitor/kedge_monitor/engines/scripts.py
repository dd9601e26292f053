"""Preprocessing and postprocessing scripts: their own process, its time limit, and what it left."""

import subprocess
import sys

import msgspec

from kedge_monitor.engines.script_process import POSITION, ScriptResult, ScriptTask
from kedge_monitor.errors import MonitorError


class ScriptFailed(MonitorError):
    """A script that failed. The text names the script and, for a preprocessing script, the record."""


def run_script(task: ScriptTask, seconds: float) -> ScriptResult:
    """Run a script in a process of its own, and return what became of the lines. Rows are in the file `task.rows`.

    Args:
        task: what the script does.
        seconds: the time limit.

    Raises:
        ScriptFailed: the script is absent, raised an error, ended its process, or took too long.
    """
    name = task.script.name
    if not task.script.is_file():
        raise ScriptFailed(f"The script {task.script} does not exist. Check its URI in the schedule.")
    file = task.folder / "task.json"
    file.write_bytes(msgspec.json.encode(task, enc_hook=str))
    command = [sys.executable, "-m", f"{__package__}.script_process", str(file)]
    try:
        done = subprocess.run(command, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise ScriptFailed(
            f"The script {name} took longer than {seconds:g} s{_place(task)}. Make it faster, or raise kedge_script_seconds."
        ) from None
    if not task.result.exists():
        raise ScriptFailed(
            f"The process of the script {name} ended with code {done.returncode}{_place(task)}. Correct the script."
        )
    result = msgspec.json.decode(task.result.read_bytes(), type=ScriptResult)
    if result.failure is not None:
        raise ScriptFailed(f"The script {name} failed: {result.failure}. Correct the script.")
    return result


def _place(task: ScriptTask) -> str:
    """Return the record that the script had in hand."""
    if not task.position.exists():
        return ""
    number, line = POSITION.unpack(task.position.read_bytes())
    return f" at {task.sources[number][0]}, line {line}" if line else ""
