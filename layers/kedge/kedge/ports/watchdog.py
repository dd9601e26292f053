"""The ports that read how the endpoints of an account are monitored. A fact that was not read is None.

Each method may raise Transient or Permanent. The text of a Permanent names the refused permission as AWS spells it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Protocol

from kedge.watchdog.facts import AlarmFacts, DescribedEndpoint, MonitorFacts, TopicFacts


class MonitoredEndpoints(Protocol):
    """The endpoints and the monitoring schedules of an account and Region."""

    def endpoints(self) -> Iterator[DescribedEndpoint]:
        """Yield all endpoints, with name, status and age only."""

    def endpoint(self, listed: DescribedEndpoint) -> DescribedEndpoint | None:
        """Return an endpoint with its config and its models; None if it was deleted meanwhile."""

    def schedules(self) -> Iterator[MonitorFacts]:
        """Yield all monitoring schedules of SageMaker, without baseline, labels and runs."""

    def schedule(self, listed: MonitorFacts) -> MonitorFacts | None:
        """Return a schedule with its definition and its newest runs; None if it was deleted meanwhile."""


class EndpointAlarms(Protocol):
    """The alarms on metrics of SageMaker, and the traffic of endpoints."""

    def alarms(self) -> Iterator[AlarmFacts]:
        """Yield the metric alarms on metrics of SageMaker, without `is_listed`."""

    def is_listed(self, alarm: AlarmFacts) -> bool:
        """Return whether CloudWatch lists the alarm's metric with exactly its dimensions."""

    def invocations(
        self, variants: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, float]:
        """Return the number of requests from `start` to `end` of each endpoint, by the names of its variants."""


class PeopleTopics(Protocol):
    """The topics for people."""

    def topic(self, arn: str) -> TopicFacts:
        """Return a topic with its subscriptions."""


class DatedObjects(Protocol):
    """The dates of objects in S3, and the columns in files of a baseline."""

    def after(self, uri: str, folder: str, since: datetime) -> datetime | None:
        """Return when an object in `<uri>/<folder>/YYYY/MM/DD/HH/` from the hour of `since` on was written; None without one."""

    def written(self, uri: str) -> datetime | None:
        """Return when an object was written; None if it does not exist."""

    def columns(self, uri: str) -> tuple[str, ...] | None:
        """Return the names of the features in a constraints or statistics file; None without a readable one."""
