"""The incidents in DynamoDB, for the readers of the command line."""

from datetime import datetime
from typing import Final

from kedge.adapters.dynamodb.actions import register_of
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.deployment import Deployments
from kedge.domain.incident import Incident
from kedge.domain.remedy import RemedyName
from kedge.domain.signal import ChangeKind
from kedge.domain.silence import Silence
from kedge.domain.target import Target
from kedge.ledger.codec import IncidentHistory, efficacies_in, incident_of, silence_of, state_of, story_of
from kedge.ledger.items import Listing
from kedge.ledger.keys import SILENCES, case_key, efficacies_of, incident_key

MOST: Final = 1_000
"""The default number of incidents in a list. No reader needs more at once."""


class DynamoIncidents:
    """A reader of incidents, silences and what affects remedies. It changes nothing."""

    def __init__(self, table: Table) -> None:
        """Keep `table`, the ledger's table."""
        self._table = table

    def listing(self, *, open_only: bool, since: datetime | None = None, most: int = MOST) -> tuple[Incident, ...]:
        """Return at most `most` incidents that began at `since` or later, the newest first.

        An incident that changed within the last second may still be listed under its former state, open or resolved.
        Raises Transient or Permanent.
        """
        listings = (Listing.OPEN,) if open_only else (Listing.OPEN, Listing.RESOLVED)
        keys = [
            key for listing in listings for key, _ in self._table.listed(listing, most, since=since, newest_first=True)
        ]
        found = map(incident_of, self._table.get_all(keys).values())
        wanted = (incident for incident in found if incident.is_open or not open_only)
        newest = sorted(wanted, key=lambda incident: (incident.since, incident.id), reverse=True)
        return tuple(newest[:most])

    def story(self, incident_id: str) -> IncidentHistory | None:
        """Return everything that is stored about an incident, or None. Raises Transient or Permanent."""
        return story_of(tuple(self._table.partition(incident_key(incident_id).pk)))

    def silences(self) -> tuple[Silence, ...]:
        """Return all silences, including those that ended in the last 30 days. Raises Transient or Permanent."""
        return tuple(map(silence_of, self._table.partition(SILENCES)))

    def deployments(self, target: Target) -> Deployments:
        """Return the deployments of an endpoint; empty if none were recorded. Raises Transient or Permanent."""
        item = self._table.get(case_key(target, ChangeKind.ENDPOINT))
        return Deployments() if item is None else state_of(item).deployments

    def register(self, target: Target) -> ActionRegister:
        """Return the recent actions in a target's account and Region. Raises Transient or Permanent."""
        return register_of(self._table, target)[0]

    def efficacy(self, target: Target) -> dict[RemedyName, Efficacy]:
        """Return how well each remedy has worked for a target, without those never tried.

        Raises Transient or Permanent.
        """
        return efficacies_in(self._table.partition(efficacies_of(target)))
