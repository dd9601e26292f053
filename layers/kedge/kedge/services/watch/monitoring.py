"""Reads how the endpoints of an account are monitored, for the checks of the watchdog.

A failed read costs its own facts only. An endpoint that could not be read is unknown: it has no faults, and is not well.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kedge.domain.errors import KedgeError, Permanent
from kedge.domain.run_failure import missing_permission
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import MonitorDefinition, MonitorDefinitions
from kedge.monitors.schedule_expressions import pauses
from kedge.ports.watchdog import DatedObjects, EndpointAlarms, MonitoredEndpoints, PeopleTopics
from kedge.sources.event_header import Home
from kedge.watchdog.alarms import names_of
from kedge.watchdog.facts import (
    AlarmFacts,
    BaselineFacts,
    DescribedEndpoint,
    EndpointMonitoring,
    LabelFacts,
    MonitorFacts,
    MonitorOwner,
    Refusal,
    TopicFacts,
    WatchedAccount,
)

MOST: Final = 2_000
"""The maximum number of endpoints, of schedules and of alarms that one pass reads."""

SEARCHED: Final = timedelta(hours=6)
"""The time before a pass for which captured objects are searched."""

DAY: Final = timedelta(days=1)

_LABELS_DUE: Final = timedelta(days=1)
"""The time after the usual delay of labels at which they are late: most jobs that write labels run once a day."""

_CONSTRAINTS: Final = "constraints.json"
_LONGEST: Final = 300


class ReadAccount(Struct, kw_only=True):
    """The facts of an account, and what could not be read.

    `unknown` are the endpoints that could not be read. `is_complete` is false if a list could not be read to its end.
    Then no endpoint is known to be unwatched, and no fault of the account is known to be over.
    """

    account: WatchedAccount
    unknown: frozenset[str] = frozenset()
    failed: list[tuple[str, KedgeError]] = []
    is_complete: bool = True


class _Pass:
    """One pass: its time, and what failed so far."""

    def __init__(self, now: datetime, is_time_left: Callable[[], bool]) -> None:
        self.now = now
        self.is_time_left = is_time_left
        self.failed: list[tuple[str, KedgeError]] = []
        self.unknown: set[str] = set()
        self.is_complete = True

    def every[Thing](self, what: str, listing: Callable[[], Iterator[Thing]]) -> list[Thing]:
        """Return everything that a list has, up to `MOST`; what came before a failure, if it fails."""
        found: list[Thing] = []
        try:
            found += islice(listing(), MOST)
        except KedgeError as error:
            self.failed.append((what, error))
            self.is_complete = False
        return found

    def attempt[**P, Thing](
        self, what: str, read: Callable[P, Thing], *args: P.args, **kwargs: P.kwargs
    ) -> Thing | None:
        """Return what a read returns; None if it fails."""
        try:
            return read(*args, **kwargs)
        except KedgeError as error:
            self.failed.append((what, error))
            return None

    def refusals(self) -> Iterator[Refusal]:
        """Yield each permission that AWS refused, once."""
        refused = {
            missing_permission(str(error)): str(error) for _, error in self.failed if isinstance(error, Permanent)
        }
        for permission, said in refused.items():
            if permission:
                yield Refusal(permission=permission, said=said[:_LONGEST])


class MonitoringReader:
    """Reads the facts of an account and Region."""

    def __init__(
        self,
        endpoints: MonitoredEndpoints,
        alarms: EndpointAlarms,
        topics: PeopleTopics,
        objects: DatedObjects,
        monitors: Callable[[], MonitorDefinitions],
        topic_arns: tuple[str, ...],
        home: Home,
    ) -> None:
        """Connect the ports. `monitors` returns Kedge's own monitors."""
        self._endpoints = endpoints
        self._alarms = alarms
        self._topics = topics
        self._objects = objects
        self._monitors = monitors
        self._topic_arns = topic_arns
        self._home = home

    def read(self, now: datetime, is_time_left: Callable[[], bool]) -> ReadAccount:
        """Return the facts of the account, as far as AWS gives them and the time allows. Raises no error of AWS."""
        this = _Pass(now, is_time_left)
        listed = this.every("list the endpoints", self._endpoints.endpoints)
        monitors = [*self._schedules(this), *self._own_monitors(this)]
        alarms = [self._with_metric(this, each) for each in this.every("list the alarms", self._alarms.alarms)]
        endpoints = self._with_traffic(this, tuple(self._described(this, listed, monitors, alarms)))
        names = {each.name for each in listed}
        topics = tuple(self._topics_of(this))
        account = WatchedAccount(
            account=self._home.account,
            region=self._home.region,
            endpoints=endpoints,
            batch=tuple(each for each in monitors if each.endpoint is None),
            alarms=tuple(each for each in alarms if not names & names_of(each)),
            topics=topics,
            refused=tuple(this.refusals()),
        )
        is_complete = this.is_complete and is_time_left()
        return ReadAccount(
            account=account, unknown=frozenset(this.unknown), failed=this.failed, is_complete=is_complete
        )

    def _described(
        self,
        this: _Pass,
        listed: Iterable[DescribedEndpoint],
        monitors: Iterable[MonitorFacts],
        alarms: Iterable[AlarmFacts],
    ) -> Iterator[EndpointMonitoring]:
        for each in listed:
            if not this.is_time_left():
                this.unknown.add(each.name)
                continue
            try:
                found = self._endpoints.endpoint(each)
            except KedgeError as error:
                this.failed.append((f"read endpoint {each.name}", error))
                this.unknown.add(each.name)
                continue
            if found is not None:
                yield EndpointMonitoring(
                    endpoint=found,
                    monitors=tuple(monitor for monitor in monitors if monitor.endpoint == each.name),
                    alarms=tuple(alarm for alarm in alarms if each.name in names_of(alarm)),
                )

    def _schedules(self, this: _Pass) -> Iterator[MonitorFacts]:
        for each in this.every("list the monitoring schedules", self._endpoints.schedules):
            try:
                found = self._endpoints.schedule(each)
            except KedgeError as error:
                this.failed.append((f"read schedule {each.name}", error))
                found = each
            if found is not None:
                yield self._with_files(this, found)

    def _own_monitors(self, this: _Pass) -> Iterator[MonitorFacts]:
        definitions = this.attempt("read the Monitors document", self._monitors)
        if definitions is None:
            this.is_complete = False
            return
        for definition in definitions.definitions:
            for each in _monitors_of(definition):
                yield self._with_files(this, each)

    def _with_files(self, this: _Pass, monitor: MonitorFacts) -> MonitorFacts:
        """Return a monitor with the dates and columns of its baseline, and the date of a newest label."""
        baseline, labels = monitor.baseline, monitor.labels
        if baseline is not None and monitor.is_active:
            baseline = this.attempt(f"read the baseline of {monitor.name}", self._dated, baseline) or baseline
        if labels is not None and monitor.is_active:
            labels = this.attempt(f"read the labels of {monitor.name}", self._with_newest, labels, this.now) or labels
        return replace(monitor, baseline=baseline, labels=labels)

    def _dated(self, baseline: BaselineFacts) -> BaselineFacts:
        seen = self._objects.columns(baseline.newest) if baseline.newest is not None else None
        columns = self._objects.columns(baseline.uri) if seen is not None else None
        return replace(baseline, created=self._objects.written(baseline.uri), columns=columns, seen=seen)

    def _with_newest(self, labels: LabelFacts, now: datetime) -> LabelFacts:
        since = now - labels.due_within
        return replace(labels, newest=self._objects.after(labels.prefix, "", since), searched_since=since)

    def _with_metric(self, this: _Pass, alarm: AlarmFacts) -> AlarmFacts:
        """Return an alarm, and whether CloudWatch lists its metric; an alarm that fires had data."""
        if alarm.state == "ALARM" or not this.is_time_left():
            return alarm
        is_listed = this.attempt(f"list the metric of alarm {alarm.name}", self._alarms.is_listed, alarm)
        return replace(alarm, is_listed=is_listed)

    def _topics_of(self, this: _Pass) -> Iterator[TopicFacts]:
        for arn in self._topic_arns:
            found = this.attempt(f"read topic {arn.rpartition(':')[2]}", self._topics.topic, arn)
            if found is None:
                this.is_complete = False
            else:
                yield found

    def _with_traffic(self, this: _Pass, endpoints: tuple[EndpointMonitoring, ...]) -> tuple[EndpointMonitoring, ...]:
        """Return the endpoints with their traffic and their captured objects, where a check needs them."""
        wanted = {each.endpoint.name: each.endpoint.variants for each in endpoints if _needs_traffic(each)}
        hour = this.now.replace(minute=0, second=0, microsecond=0)
        what = "read the traffic of the endpoints"
        traffic = this.attempt(what, self._alarms.invocations, wanted, hour - DAY, hour) if wanted else None
        if traffic is None:
            return endpoints
        return tuple(
            replace(
                each, endpoint=self._searched(this, replace(each.endpoint, invocations=traffic[each.endpoint.name]))
            )
            if each.endpoint.name in traffic
            else each
            for each in endpoints
        )

    def _searched(self, this: _Pass, endpoint: DescribedEndpoint) -> DescribedEndpoint:
        """Return an endpoint that had requests together with the date of a newest captured object."""
        capture = endpoint.config.capture if endpoint.config is not None else None
        if not endpoint.invocations or capture is None or not capture.is_on or capture.destination is None:
            return endpoint
        uri, since = capture.destination, this.now - SEARCHED

        def search() -> DescribedEndpoint:
            found = (self._objects.after(uri, f"{endpoint.name}/{name}", since) for name in endpoint.variants)
            return replace(endpoint, captured=next(filter(None, found), None), searched_since=since)

        return this.attempt(f"list the captured data of {endpoint.name}", search) or endpoint


def _needs_traffic(watched: EndpointMonitoring) -> bool:
    """Return whether a check of an endpoint needs its traffic: each query has its price."""
    config = watched.endpoint.config
    if config is not None and config.capture.is_on and watched.active_monitors:
        return True
    return any(alarm.is_listed is False or alarm.state == "INSUFFICIENT_DATA" for alarm in watched.alarms)


def _monitors_of(definition: MonitorDefinition) -> Iterator[MonitorFacts]:
    """Yield each type of a monitor of Kedge."""
    gaps = pauses(definition.schedule)
    every = gaps[1] if gaps is not None else definition.window
    truth = definition.ground_truth
    for kind in definition.types:
        labels = None
        if truth is not None and kind.needs_ground_truth:
            labels = LabelFacts(prefix=truth.prefix, due_within=truth.delay + every + _LABELS_DUE)
        yield MonitorFacts(
            name=definition.source_of(kind),
            kind=kind.monitor,
            owner=MonitorOwner.KEDGE,
            endpoint=definition.target.name if definition.target.kind is TargetKind.ENDPOINT else None,
            expression=str(definition.schedule),
            every=every,
            window=definition.window,
            baseline=BaselineFacts(uri=f"{definition.baseline_of(kind)}/{_CONSTRAINTS}"),
            labels=labels,
        )
