"""The ledger and its deliveries in memory. They pass the contract that the table's adapters pass: tests/contracts."""

from collections.abc import Iterable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from kedge.domain.decision import Decision, State
from kedge.domain.effect import Effect
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.target import Target
from kedge.errors import Conflict
from kedge.ledger.delivery import Delivery, Standing, claimed
from kedge.ledger.items import Story
from kedge.ledger.timeline import Entry
from kedge.ports import Claim

if TYPE_CHECKING:
    from kedge.domain.incident import Incident


class MemoryLedger:
    """What was committed. `outbox` holds the effects in the order in which they were."""

    def __init__(self) -> None:
        self.cases: dict[tuple[Target, Monitor | Change], tuple[State, int]] = {}
        self.incidents: dict[str, Incident] = {}
        self.timelines: dict[str, list[Entry]] = {}
        self.outbox: list[Effect] = []
        self.deliveries: dict[str, Delivery] = {}
        self._lock = Lock()

    def load(self, target: Target, monitor: Monitor | Change) -> tuple[State, int]:
        return self.cases.get((target, monitor), (State(), 0))

    def commit(
        self,
        decision: Decision,
        signal_id: str,
        target: Target,
        monitor: Monitor | Change,
        version: int,
        effects: Iterable[Effect],
        now: datetime,
    ) -> None:
        effects = tuple(effects)
        with self._lock:
            if self.load(target, monitor)[1] != version:
                raise Conflict(f"{target} {monitor} has no version {version} any more")
            self.cases[target, monitor] = (decision.state, version + 1)
            self.outbox.extend(effects)
            if decision.incident is not None:
                incident = decision.incident
                self.incidents[incident.id] = incident
                ids = tuple(effect.id for effect in effects)
                self.write(incident.id, Entry.decided(decision, incident, signal_id, ids, now))

    def write(self, incident_id: str, entry: Entry) -> None:
        """Add a line to a timeline."""
        self.timelines.setdefault(incident_id, []).append(entry)

    def story(self, incident_id: str) -> Story | None:
        incident = self.incidents.get(incident_id)
        if incident is None:
            return None
        entries = sorted(self.timelines[incident_id], key=lambda entry: entry.recorded)
        mine = [delivery for effect, delivery in self.deliveries.items() if effect.startswith(f"{incident_id}/")]
        return Story(incident=incident, entries=tuple(entries), deliveries=tuple(mine))


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
        return known is not None and known.standing is Standing.RELEASED

    def delivered(self, effect: Effect, message_id: str, now: datetime) -> None:
        known = self._of(effect, now)
        if not known.done:
            self._known[effect.id] = known.delivered(message_id, now)
            self._ledger.write(effect.incident.id, Entry.delivered(effect, message_id, now))

    def failed(self, effect: Effect, why: str, now: datetime, *, final: bool) -> None:
        known = self._of(effect, now)
        if known.done:
            return
        self._known[effect.id] = known.failed(why, now, final=final)
        if final:
            self._ledger.write(effect.incident.id, Entry.undelivered(effect, why, now))

    def _of(self, effect: Effect, now: datetime) -> Delivery:
        return self._known.get(effect.id) or Delivery(effect=effect.id, standing=Standing.RELEASED, since=now)
