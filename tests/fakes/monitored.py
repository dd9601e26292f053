"""An account with endpoints and monitors, as the ports of the watchdog describe it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from kedge.watchdog.facts import AlarmFacts, DescribedEndpoint, MonitorFacts, TopicFacts

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError


class FakeAccount:
    """All ports of the watchdog. A call whose name, or whose resource, is in `failing` raises that error."""

    def __init__(self) -> None:
        self.of_endpoints: dict[str, DescribedEndpoint] = {}
        self.of_schedules: dict[str, MonitorFacts] = {}
        self.of_alarms: list[AlarmFacts] = []
        self.of_topics: dict[str, TopicFacts] = {}
        self.traffic: dict[str, float] = {}
        self.objects: dict[str, datetime] = {}
        self.features: dict[str, tuple[str, ...]] = {}
        self.unlisted: set[str] = set()
        self.failing: dict[str, KedgeError] = {}
        self.calls: list[str] = []

    def endpoints(self) -> Iterator[DescribedEndpoint]:
        self._called("endpoints")
        yield from (
            DescribedEndpoint(name=each.name, status=each.status, created=each.created)
            for each in self.of_endpoints.values()
        )

    def endpoint(self, listed: DescribedEndpoint) -> DescribedEndpoint | None:
        self._called(listed.name)
        return self.of_endpoints.get(listed.name)

    def schedules(self) -> Iterator[MonitorFacts]:
        self._called("schedules")
        yield from list(self.of_schedules.values())

    def schedule(self, listed: MonitorFacts) -> MonitorFacts | None:
        self._called(listed.name)
        return self.of_schedules.get(listed.name)

    def alarms(self) -> Iterator[AlarmFacts]:
        self._called("alarms")
        yield from list(self.of_alarms)

    def is_listed(self, alarm: AlarmFacts) -> bool:
        self._called(alarm.name)
        return alarm.name not in self.unlisted

    def invocations(
        self, variants: Mapping[str, tuple[str, ...]], start: datetime, end: datetime
    ) -> Mapping[str, float]:
        self._called("invocations")
        assert start < end
        return {name: self.traffic.get(name, 0.0) for name in variants}

    def topic(self, arn: str) -> TopicFacts:
        self._called("topic")
        return self.of_topics[arn]

    def after(self, uri: str, folder: str, since: datetime) -> datetime | None:
        self._called("after")
        below = "/".join(filter(None, (uri, folder)))
        return max((at for key, at in self.objects.items() if key.startswith(below) and at >= since), default=None)

    def written(self, uri: str) -> datetime | None:
        self._called("written")
        return self.objects.get(uri)

    def columns(self, uri: str) -> tuple[str, ...] | None:
        self._called("columns")
        return self.features.get(uri)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        if what in self.failing:
            raise self.failing[what]
