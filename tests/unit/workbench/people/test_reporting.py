"""A detector's report reaches intake as a call of the detector, signed for that function."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from kedge.domain.provenance import EntryPoint
from kedge.sources.direct import read_request
from kedge.sources.event_header import SignalOrigin
from kedge.sources.json_path import JsonValue
from tests.unit.sources.world import HOME, RECEIVED, World
from workbench.cli.report.sending import LARGEST
from workbench.main import app

REPORT = {
    "violations": [
        {
            "feature_name": "tenure",
            "constraint_check_type": "baseline_drift_check",
            "description": "Baseline drift distance: 0.41 exceeds threshold: 0.1",
        }
    ]
}


class Stack:
    """A stack that keeps the calls that it got."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.proof: dict[str, object] | None = {"believed": True, "says": "detector role DriftJob"}

    def report(self, call: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(call)
        return {"outcomes": [{"reason": "first_seen", "because": "tenure drifted"}], "proof": self.proof}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    stack = Stack()
    monkeypatch.setattr("workbench.cli.report.sending.DeployedStack", lambda *_: stack)
    return stack


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "constraint_violations.json"
    path.write_text(json.dumps(REPORT), encoding="utf-8")
    return path


def send(*words: str) -> Result:
    return CliRunner(env={"NO_COLOR": "1", "COLUMNS": "140"}).invoke(app, ["report", "send", *words])


def test_what_is_sent_is_the_call_that_intake_reads(stack: Stack, file: Path):
    sent = send(
        str(file), "-m", "churn-drift", "-e", "churn-prod", "--type", "DataQuality", "--at", "2026-11-20T10:00Z"
    )
    assert (sent.exit_code, sent.stdout) == (0, "first_seen: tenure drifted\n")
    assert "sent as detector role DriftJob" in sent.stderr
    (call,) = stack.calls
    world = World()
    run = read_request(JsonValue(call), world.monitors, world.objects, HOME, RECEIVED, SignalOrigin(EntryPoint.DIRECT))
    assert (run.source, run.target.name, str(run.monitor)) == ("churn-drift", "churn-prod", "DataQuality")
    assert run.at.isoformat() == "2026-11-20T10:00:00+00:00"
    (finding,) = run.evidence.findings
    assert (finding.subject, finding.observed) == ("tenure", 0.41)


def test_a_sender_whom_the_stack_does_not_believe_is_told(stack: Stack, file: Path):
    stack.proof = {"believed": False, "says": "the stack does not name your role"}
    sent = send(str(file), "-m", "churn-drift")
    assert sent.exit_code == 0
    assert "Kedge took the report, but does not act on it: the stack does not name your role" in sent.stderr


def test_a_program_gets_the_answer_as_it_is(stack: Stack, file: Path):
    answer = json.loads(send(str(file), "-m", "churn-drift", "--json").stdout)
    assert answer["outcomes"][0]["reason"] == "first_seen"
    assert answer["proof"] == {"believed": True, "says": "detector role DriftJob"}


@pytest.mark.parametrize(
    ("text", "more", "why"),
    [
        ("{", (), "is not JSON"),
        ("7", (), "must be an object, or a list of violations"),
        ("[]", ("--at", "this morning"), "is not a time in ISO 8601"),
        ("[]", ("--at", "2026-11-20T10:00:00"), "has no zone"),
        ("[" + " " * LARGEST + "]", (), "write it to the bucket of the reports"),
    ],
    ids=["no JSON", "no report", "no time", "no zone", "too large"],
)
def test_what_no_detector_means_is_not_sent(stack: Stack, file: Path, text: str, more: tuple[str, ...], why: str):
    file.write_text(text, encoding="utf-8")
    sent = send(str(file), "-m", "churn-drift", *more)
    assert sent.exit_code == 2
    assert why in " ".join(sent.stderr.split())
    assert stack.calls == []
