"""The recorded targets: all of an account, or those in a stack's ledger."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from kedge.adapters.dynamodb.incidents import DynamoIncidents
from kedge.domain.target import Target, TargetKind

type Answer = Mapping[str, Any]

# The number of incidents that are searched for their targets, the newest first.
_MOST: Final = 10_000
_ENDPOINT: Final = ("EndpointName", "Endpoint")  # AWS/SageMaker's name for the dimension, and Model Monitor's


class Targets(Struct, frozen=True):
    """Names of endpoints, schedules and alarms; None for all."""

    known: frozenset[tuple[TargetKind, str]] | None = None

    @classmethod
    def of(cls, incidents: DynamoIncidents) -> "Targets":
        """Return the targets of every incident in the ledger. Raises Transient or Permanent."""
        found = {incident.target for incident in incidents.listing(open_only=False, most=_MOST)}
        return cls(frozenset((target.kind, target.name) for target in found))

    def has_schedule(self, summary: Answer) -> bool:
        """Return whether a schedule's endpoint, or the schedule itself, is among them."""
        return self._has(TargetKind.ENDPOINT, summary.get("EndpointName")) or self._has(
            TargetKind.SCHEDULE, summary["MonitoringScheduleName"]
        )

    def has_alarm(self, alarm: Answer) -> bool:
        """Return whether an alarm, or the endpoint of one of its metrics, is among them."""
        return self._has(TargetKind.ALARM, alarm["AlarmName"]) or any(
            self._has(TargetKind.ENDPOINT, name) for name in _endpoints(alarm)
        )

    def has(self, target: Target) -> bool:
        """Return whether a target is among them."""
        return self._has(target.kind, target.name)

    def _has(self, kind: TargetKind, name: str | None) -> bool:
        return self.known is None or (kind, name) in self.known


def _endpoints(alarm: Answer) -> Iterator[str]:
    metrics = [alarm, *(query.get("MetricStat", {}).get("Metric", {}) for query in alarm.get("Metrics", ()))]
    for metric in metrics:
        yield from (pair["Value"] for pair in metric.get("Dimensions", ()) if pair["Name"] in _ENDPOINT)
