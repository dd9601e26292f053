"""The ledger, its agenda and its deliveries in memory. They pass the contract of the table's adapters: tests/contracts.

It is the ledger of a replay, and also has everything that a replay omits: incidents, timelines, outbox and deliveries.
"""

from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from kedge.domain.action import WorkflowRequest
from kedge.domain.effect import Effect
from kedge.domain.errors import Conflict
from kedge.ledger.codec import IncidentHistory
from kedge.ledger.delivery import Delivery, DeliveryStatus, claimed
from kedge.ledger.keys import workflow_request_key
from kedge.ledger.timeline import Entry, Lines, delivered, undelivered
from kedge.ledger.writes import writes_of, writes_of_telling
from kedge.ports.storage import Claim, Commit, Due, NotificationCommit
from workbench.replay.ledger import MemoryLedger as ReplayLedger

if TYPE_CHECKING:
    from kedge.domain.incident import Incident


class MemoryLedger(ReplayLedger):
    """The commits. `outbox` holds the effects in their order, `workflow_requests` the new workflow requests."""

    def __init__(self) -> None:
        super().__init__()
        self.incidents: dict[str, Incident] = {}
        self.timelines: dict[str, list[Entry]] = {}
        self.outbox: list[Effect] = []
        self.workflow_requests: list[WorkflowRequest] = []
        self.deliveries: dict[str, Delivery] = {}
        self._written: set[str] = set()
        self.lock = Lock()

    def commit(self, commit: Commit) -> None:
        writes_of(commit)  # everything that a table would refuse is refused here, too
        with self.lock:
            self._check_outbox(commit.effects)
            super().commit(commit)
            self._write_outbox(commit.effects)
            self._write_workflow_requests(commit.workflow_requests)
            if (incident := commit.decision.incident) is not None:
                self.incidents[incident.id] = incident
                self.write({incident.id: Entry.decided(commit, incident)})

    def tell(self, telling: NotificationCommit) -> None:
        writes_of_telling(telling)
        with self.lock:
            self._check_outbox(telling.effects)
            super().tell(telling)
            self._write_outbox(telling.effects)

    def due(self, now: datetime, most: int) -> tuple[Due, ...]:
        # A look at what is due drops outdated moments, so two rounds at once need the lock for it as for a write.
        with self.lock:
            return super().due(now, most)

    def receivers(self, now: datetime) -> tuple[str, ...]:
        with self.lock:
            return super().receivers(now)

    def write(self, lines: Lines) -> None:
        """Add lines to timelines."""
        for incident, entry in lines.items():
            self.timelines.setdefault(incident, []).append(entry)

    def story(self, incident_id: str) -> IncidentHistory | None:
        incident = self.incidents.get(incident_id)
        if incident is None:
            return None
        entries = sorted(self.timelines[incident_id], key=lambda entry: entry.recorded)
        mine = [delivery for effect, delivery in self.deliveries.items() if effect.startswith(f"{incident_id}/")]
        return IncidentHistory(incident=incident, entries=tuple(entries), deliveries=tuple(mine))

    def _check_outbox(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            if effect.id in self._written:
                raise Conflict(f"{effect.id} was written before")

    def _write_outbox(self, effects: tuple[Effect, ...]) -> None:
        self._written.update(effect.id for effect in effects)
        self.outbox.extend(effects)

    def _write_workflow_requests(self, workflow_requests: tuple[WorkflowRequest, ...]) -> None:
        for workflow_request in workflow_requests:
            key = workflow_request_key(workflow_request).pk
            if key not in self._written:
                self._written.add(key)
                self.workflow_requests.append(workflow_request)


class MemoryDeliveries:
    """Claims and deliveries, beside a ledger in memory."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger
        self._known = ledger.deliveries
        self._lock = Lock()

    def claim(self, effect: Effect, now: datetime, lease_seconds: int) -> Claim:
        with self._lock:
            taken = claimed(self._known.get(effect.id), effect, now, lease_seconds)
            self._known[effect.id] = taken
        return Claim(effect.id, taken.done)

    def failed_so_far(self, effect: Effect) -> bool:
        known = self._known.get(effect.id)
        return known is not None and known.standing is DeliveryStatus.RELEASED

    def delivered(self, effect: Effect, message_id: str, now: datetime, but: str | None = None) -> None:
        known = self._of(effect, now)
        if not known.done:
            self._known[effect.id] = known.delivered(message_id, now, but)
            self._ledger.write(delivered(effect, message_id, now, but))

    def failed(self, effect: Effect, why: str, now: datetime, *, final: bool) -> None:
        known = self._of(effect, now)
        if known.done:
            return
        self._known[effect.id] = known.failed(why, now, final=final)
        if final:
            self._ledger.write(undelivered(effect, why, now))

    def _of(self, effect: Effect, now: datetime) -> Delivery:
        return self._known.get(effect.id) or Delivery(effect=effect.id, standing=DeliveryStatus.RELEASED, since=now)
