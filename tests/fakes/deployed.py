"""A deployed stack in memory for the command line, with the real intake and the real entry point of approvers."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from kedge.domain.action import Answer
from kedge.domain.effect import ChannelName
from kedge.domain.errors import KedgeError, Permanent
from kedge.domain.incident import Incident
from kedge.domain.provenance import EntryPoint
from kedge.domain.silence import Silence
from kedge.domain.statement import PROOF, Statement
from kedge.domain.target import Target, TargetKind
from kedge.lambdas.approve import ApproveFunction
from kedge.lambdas.intake import summary
from kedge.lambdas.people import PeopleFunction
from kedge.ledger.codec import IncidentHistory
from kedge.monitors.definitions import MonitorDefinitions
from kedge.policy.compiled import default_policy
from kedge.services.approval import Approvals
from kedge.services.intake import Intake
from kedge.services.people import People
from kedge.services.workflow.transitions import Transitions
from kedge.sources.reader import Home, Reader
from tests.fakes.actions import MemoryActions
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from tests.fakes.reading import FakeAlarms, FakeMonitors, FakeObjects
from workbench.cli.connection.stack import AwsRefused, NotTaken


class MemoryIncidents:
    """Incidents and silences of a ledger in memory."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def listing(self, *, open_only: bool, since: datetime | None = None, most: int = 1_000) -> tuple[Incident, ...]:
        found = [each for each in self._ledger.incidents.values() if each.is_open or not open_only]
        recent = [each for each in found if since is None or each.since >= since]
        return tuple(sorted(recent, key=lambda each: each.since, reverse=True)[:most])

    def story(self, incident_id: str) -> IncidentHistory | None:
        return self._ledger.story(incident_id)

    def silences(self) -> tuple[Silence, ...]:
        return tuple(self._ledger.silences.values())


class MemoryWorkflows:
    """Workflows that wait; `heard` is the answers that they received."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []

    def begin(self, digest: str) -> None:
        raise AssertionError(f"nobody begins {digest} here")

    def go_on(self, token: str, output: dict[str, str]) -> bool:
        self.heard.append((token, output))
        return True


class Vouching:
    """AWS, which confirms one person."""

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def vouched_for(self, proof: Mapping[str, object], statement: Statement) -> str:
        return self._arn


class MemoryStack:
    """A stack named kedge. `ago` is the age of its signals, so that their events are in the past."""

    environment = "test"
    name = "kedge"

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self.actions = MemoryActions(self.ledger)
        self.workflows = MemoryWorkflows()
        self.tagged: dict[str, str] | None = {}
        self.arn = "arn:aws:iam::111122223333:user/oncall"
        self.policy = default_policy(self.environment)
        self.monitors = MonitorDefinitions()
        self.incidents = MemoryIncidents(self.ledger)
        self.ago = timedelta()
        self.outputs = {"SignalsDeadLettersUrl": "https://sqs.us-east-1.amazonaws.com/111122223333/dead"}
        self.clients: dict[str, Any] = {}
        reader = Reader(FakeMonitors(), FakeAlarms(), FakeObjects(), Home("111122223333", "us-east-1"))
        self.intake = Intake(reader, self.ledger, default_policy, (ChannelName.MAIL,), "test", self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) - self.ago

    def whoami(self) -> str:
        return "user/oncall"

    def endpoint(self, name: str) -> Target:
        return Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name=name)

    def tags(self, target: Target, failed: Callable[[Target, KedgeError], None]) -> dict[str, str]:
        if self.tagged is None:
            failed(target, Permanent("sagemaker:ListTags is not allowed"))
        return self.tagged or {}

    def answer(self, digest: str, given: Answer, reason: str) -> dict[str, Any]:
        """Answer as the function does: AWS identifies the caller by the signature, independent of the text."""
        moves = Transitions(self.actions, self.intake.settle, lambda: self.policy, self.now)
        approving = Approvals(moves, self.actions, self.workflows, Vouching(self.arn), lambda: self.policy, self.now)
        ballot = {"digest": digest, "decision": given.value, "by": self.arn, "reason": reason}
        return ApproveFunction(approving).answer({**ballot, "proof": {"signature": "signed"}})

    def say(self, kind: str, detail: dict[str, Any]) -> list[dict[str, Any]]:
        """Answer as the function for people does, which identifies the caller by the signature."""
        now = self.now()
        event = {
            "version": "0", "id": "e-1", "detail-type": kind, "source": "kedge", "account": "111122223333",
            "time": now.isoformat(), "region": "us-east-1", "resources": [],
            "detail": {"id": f"{now.timestamp()}", "at": now.isoformat(), **detail}, PROOF: {"signature": "signed"},
        }  # fmt: skip
        people = People(self.intake.settle, Vouching(self.arn), Home("111122223333", "us-east-1"), self.now)
        said = PeopleFunction(people).event(json.loads(json.dumps(event)))
        if said["outcome"] != "taken":
            raise AwsRefused(said["says"])
        outcomes: list[dict[str, Any]] = said["outcomes"]
        return outcomes

    def hand_in(self, event: Any) -> list[dict[str, Any]]:
        """Answer as intake does to a direct call."""
        try:
            outcomes = self.intake.take_in(json.loads(json.dumps(event)), self.now(), EntryPoint.DIRECT)
        except KedgeError as error:
            raise NotTaken(f"intake could not take it in: {error}") from error
        return [summary(outcome) for outcome in outcomes]

    def client(self, service: str) -> Any:
        return self.clients[service]

    def deliver(self) -> None:
        """Deliver all pending effects."""
        deliveries = MemoryDeliveries(self.ledger)
        for effect in self.ledger.outbox:
            deliveries.delivered(effect, f"m-{effect.id}", self.now())
