"""Traces two paths through Kedge: a violated run to its mail, and an approval to UpdateEndpoint.

    python -m tests.support.trace [--files]

All ports are in memory, so the figures count only Kedge's own code: files, functions, calls, and calls between files. The last
column names the signals of the calls of `assess`, in their order. Run the script at two commits to compare them.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any, Final

from kedge.domain.action import Answer
from kedge.domain.effect import ChannelName
from kedge.domain.remedy import Mode
from kedge.lambdas.approve import ApproveFunction
from kedge.lambdas.detectors import Detectors
from kedge.lambdas.intake import IntakeFunction
from kedge.policy.compiled import default_policy
from kedge.services.fact_reader import FactReader
from kedge.services.intake import Intake
from tests.fakes.deployed import Vouching
from tests.fakes.endpoint import MemoryEndpoint, MemoryPipelines
from tests.fakes.reading import FakeHeartbeats, FakeReceipts, FakeRedelivery
from tests.support.remediation import Affair, policy_with
from tests.support.ring import Ring
from tests.unit.sources.world import ENVIRONMENT, JOB, RECEIVED, REPORT, SCHEDULE, VIOLATED, World, processing_event

LAYER: Final = Path(__file__).parents[2] / "layers" / "kedge" / "kedge"
_MINUTES: Final = timedelta(minutes=5)
_ASSESS: Final = "decide/pipeline.py:assess"
_ROUTE: Final = "routing/pipeline.py:route_update"


class Trace:
    """Counts the calls into the layer's files while it is entered."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.functions: set[tuple[str, int]] = set()
        self.calls = 0
        self.changes = 0
        self.assessed: list[str] = []
        self.routed = 0
        self._names: dict[str, str | None] = {}

    def __enter__(self) -> "Trace":
        sys.setprofile(self._seen)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _seen(self, frame: FrameType, event: str, _: object) -> None:
        file = self._file(frame) if event == "call" else None
        if file is None:
            return
        self.calls += 1
        self.files[file] = self.files.get(file, 0) + 1
        self.functions.add((file, frame.f_code.co_firstlineno))
        caller = frame.f_back
        while caller is not None and self._file(caller) is None:
            caller = caller.f_back
        self.changes += caller is not None and self._file(caller) != file
        name = f"{file}:{frame.f_code.co_name}"
        self.routed += name == _ROUTE
        if name == _ASSESS:
            self.assessed.append(type(frame.f_locals["signal"]).__name__)

    def _file(self, frame: FrameType) -> str | None:
        path = frame.f_code.co_filename
        if path not in self._names:
            inside = Path(path).is_relative_to(LAYER) and path.endswith(".py")
            self._names[path] = Path(path).relative_to(LAYER).as_posix() if inside else None
        return self._names[path]


def violated_run() -> Callable[[], Any]:
    """Return a function that takes in a violated run of an endpoint and sends its mail."""
    ring, world = Ring(), World(JOB, SCHEDULE, objects={REPORT: VIOLATED})
    ring.now = RECEIVED
    endpoint = MemoryEndpoint(ENVIRONMENT["sagemaker_endpoint_name"], ring.clock, runs="churn-41", before="churn-40")
    facts = FactReader(endpoint, endpoint, MemoryPipelines(), ring.clock)
    policy = default_policy()
    intake = Intake(world.reader, ring.ledger, lambda: policy, (ChannelName.MAIL,), "test", ring.clock, facts)
    detectors = Detectors(Vouching(""), ())
    function = IntakeFunction(
        intake, ring.dead_letters, FakeReceipts(), ring.clock, detectors, FakeRedelivery(), FakeHeartbeats()
    )

    def run() -> None:
        function.event(processing_event())
        ring.carry()
        ring.perform()
        if not ring.mail.sent:
            raise AssertionError("no mail was sent")

    return run


def approval() -> Callable[[], Any]:
    """Return a function that takes in an approval of a roll-back and carries the plan out."""
    affair = Affair(policy_with(Mode.APPROVAL))
    start = affair.trouble()
    affair.workflow_starter.run(start)
    affair.wait(_MINUTES)
    function = ApproveFunction(affair.approving)

    def run() -> None:
        answer = {
            "digest": start.id,
            "decision": str(Answer.APPROVE),
            "by": "responder",
            "proof": {"access_key": "responder"},
        }
        function.answer(answer)
        affair.wait(_MINUTES)
        if not affair.endpoint.calls:
            raise AssertionError("the endpoint was not updated")

    return run


def traced(prepare: Callable[[], Callable[[], Any]]) -> Trace:
    """Run a path once, so that everything is imported, and trace a second run over fresh ports."""
    prepare()()
    run = prepare()
    with Trace() as trace:
        run()
    return trace


def main() -> None:
    """Print a line for each path; with `--files` also the files of the first."""
    for name, prepare in (("violated run to mail", violated_run), ("approval to UpdateEndpoint", approval)):
        trace = traced(prepare)
        print(
            f"{name}: {len(trace.files)} files, {len(trace.functions)} functions, {trace.calls} calls, "
            f"{trace.changes} changes of file; assess: {', '.join(trace.assessed)}"
        )
        if "--files" in sys.argv:
            for file, calls in sorted(trace.files.items()):
                print(f"    {calls:5} {file}")


if __name__ == "__main__":
    main()
