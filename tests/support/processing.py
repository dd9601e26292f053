"""A Processing job in a folder: its configuration, and its hosts as processes."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_LAYER: Final = Path(__file__).parents[2] / "layers" / "monitor"
_LIMIT: Final = 120


@dataclass(frozen=True)
class JobEnd:
    """How a host ended: its exit code, its exit message, and the folder of its reports."""

    code: int
    message: str
    reports: Path
    root: Path
    log: str

    @property
    def files(self) -> dict[str, bytes]:
        """Return the reports by their names."""
        return {path.name: path.read_bytes() for path in self.reports.iterdir()} if self.reports.exists() else {}

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """Return the metrics that CloudWatch gets."""
        file = self.root / "output" / "metrics" / "cloudwatch" / "cloudwatch_metrics.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def configure(
    root: Path,
    environment: Mapping[str, str],
    hosts: Sequence[str] = ("algo-1",),
    current: str | None = None,
    inputs: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write the configuration of a job below the folder that stands for /opt/ml."""
    config = root / "config"
    config.mkdir(parents=True, exist_ok=True)
    job = {
        "ProcessingJobArn": "arn:aws:sagemaker:us-east-1:111122223333:processing-job/model-monitoring-1",
        "Environment": {"output_path": "/opt/ml/processing/output", **environment},
        "ProcessingInputs": list(inputs),
    }
    (config / "processingjobconfig.json").write_text(json.dumps(job), encoding="utf-8")
    resources = {"current_host": current or hosts[0], "hosts": list(hosts), "network_interface_name": "eth0"}
    (config / "resourceconfig.json").write_text(json.dumps(resources), encoding="utf-8")


def start(root: Path) -> subprocess.Popen[str]:
    """Start a host, with nothing but its folder and a path to Python."""
    return subprocess.Popen(
        [sys.executable, "-m", "kedge_monitor.engines.container", str(root)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(_LAYER)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str], root: Path) -> JobEnd:
    """Wait for the end of a host."""
    log, _ = process.communicate(timeout=_LIMIT)
    message = root / "output" / "message"
    return JobEnd(
        code=process.returncode,
        message=message.read_text(encoding="utf-8") if message.exists() else "",
        reports=root / "processing" / "output",
        root=root,
        log=log,
    )


def play(root: Path) -> JobEnd:
    """Run a host to its end."""
    return finish(start(root), root)
