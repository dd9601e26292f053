"""A deployed stack in memory: what the command line asks of one, with the same intake behind it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from kedge.domain.effect import ChannelName
from kedge.domain.incident import Incident
from kedge.domain.silence import Silence
from kedge.entrypoints.intake import summary
from kedge.intake import Intake
from kedge.ledger.reading import Story
from kedge.policy.rules import default_policy
from kedge.sources.reader import Home, Reader
from tests.fakes.ledger import MemoryDeliveries, MemoryLedger
from tests.fakes.reading import FakeAlarms, FakeMonitors, FakeObjects


class MemoryIncidents:
    """Incidents and silences of a ledger in memory."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    def listing(self, *, open_only: bool, since: datetime | None = None, most: int = 1_000) -> tuple[Incident, ...]:
        found = [each for each in self._ledger.incidents.values() if each.is_open or not open_only]
        recent = [each for each in found if since is None or each.since >= since]
        return tuple(sorted(recent, key=lambda each: each.since, reverse=True)[:most])

    def story(self, incident_id: str) -> Story | None:
        return self._ledger.story(incident_id)

    def silences(self) -> tuple[Silence, ...]:
        return tuple(self._ledger.silences.values())


class MemoryStack:
    """A stack named kedge. `ago` is how long ago its signals arrive, so that what they tell lies in the past."""

    environment = "test"
    name = "kedge"

    def __init__(self) -> None:
        self.ledger = MemoryLedger()
        self.policy = default_policy(self.environment)
        self.incidents = MemoryIncidents(self.ledger)
        self.ago = timedelta()
        reader = Reader(FakeMonitors(), FakeAlarms(), FakeObjects(), Home("111122223333", "us-east-1"))
        self.intake = Intake(reader, self.ledger, default_policy, (ChannelName.MAIL,), "test", self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) - self.ago

    def whoami(self) -> str:
        return "user/oncall"

    def say(self, kind: str, detail: dict[str, Any]) -> list[dict[str, Any]]:
        now = self.now()
        event = {
            "version": "0", "id": "e-1", "detail-type": kind, "source": "kedge", "account": "111122223333",
            "time": now.isoformat(), "region": "us-east-1", "resources": [],
            "detail": {"id": f"{now.timestamp()}", "at": now.isoformat(), **detail},
        }  # fmt: skip
        outcomes = self.intake.take_in(json.loads(json.dumps(event)), now)
        return [summary(outcome) for outcome in outcomes]

    def deliver(self) -> None:
        """Tell whom there is to tell."""
        deliveries = MemoryDeliveries(self.ledger)
        for effect in self.ledger.outbox:
            deliveries.delivered(effect, f"m-{effect.id}", self.now())
