"""Recordings of a detector's own calls, which need no answers: as small as a test needs them."""

import json
from pathlib import Path
from typing import Any

SMALLEST = "apiVersion: kedge/v1\nname: own\nversion: '1'\nreceivers: [{name: ml-oncall}]\n"


def call(at: str, endpoint: str, *features: str, **more: Any) -> dict[str, Any]:
    """A run of an endpoint's monitor that found these features drifted, or none; it arrives at `at`."""
    violations = [
        {
            "feature_name": feature,
            "constraint_check_type": "baseline_drift_check",
            "description": "Baseline drift distance: 0.41 exceeds threshold: 0.1",
        }
        for feature in features
    ]
    event = {
        "account": "111122223333",
        "region": "us-east-1",
        "monitoringScheduleName": f"{endpoint}-dq",
        "endpointName": endpoint,
        "monitoringType": "DataQuality",
        "violationReport": {"violations": violations},
        "timestamp": at,
    }
    return {"at": at, "event": event | more}


def recording(folder: Path, *lines: dict[str, Any], policy: str = "") -> Path:
    """A recording of these lines, with its policy where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "signals.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    if policy:
        (folder / "policy.yaml").write_text(SMALLEST + policy)
    return folder
