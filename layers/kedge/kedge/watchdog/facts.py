"""The facts of how endpoints are monitored, as the watchdog and `kedge doctor` read them. None is a fact that was not read."""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from kedge.domain.run import Monitor, Verdict


class CaptureFacts(Struct, frozen=True, kw_only=True):
    """The data capture of a config. `sampling` is in percent, `destination` the S3 URI that the config names."""

    is_on: bool
    sampling: float = 100.0
    destination: str | None = None


NO_CAPTURE = CaptureFacts(is_on=False, sampling=0.0)
"""A config without data capture."""


class ConfigFacts(Struct, frozen=True, kw_only=True):
    """An endpoint config: when it was made, and its data capture."""

    name: str
    created: datetime | None = None
    capture: CaptureFacts = NO_CAPTURE


class DescribedEndpoint(Struct, frozen=True, kw_only=True):
    """An endpoint.

    `config` is in service, and `before` is the newest older config of the same endpoint. `model_created` is when the
    newest model in service was made. `is_capturing` is false if SageMaker stopped the capture of a config that asks for
    it. `invocations` counts the requests of the last day.

    `captured` is the time of a newest captured object, and `searched_since` the beginning of the search for it. Both
    are None if nothing was searched.
    """

    name: str
    status: str = "InService"
    created: datetime | None = None
    config: ConfigFacts | None = None
    before: ConfigFacts | None = None
    model_created: datetime | None = None
    is_capturing: bool | None = None
    variants: tuple[str, ...] = ()
    invocations: float | None = None
    captured: datetime | None = None
    searched_since: datetime | None = None


class MonitorOwner(StrEnum):
    """The program that runs a monitor."""

    KEDGE = "kedge"
    MODEL_MONITOR = "model_monitor"


class MonitorRunFacts(Struct, frozen=True, kw_only=True):
    """One run of a monitor: the time for which it was scheduled, its result, and the text of its failure.

    `is_merge` says that the job which joins captured data with labels failed.
    """

    at: datetime
    verdict: Verdict
    said: str = ""
    is_merge: bool = False


class BaselineFacts(Struct, frozen=True, kw_only=True):
    """The baseline of a monitor: its S3 URI, when it was written, and its columns.

    `newest` is the URI of the statistics of the newest run, and `seen` are the columns in it.
    """

    uri: str
    created: datetime | None = None
    columns: tuple[str, ...] | None = None
    newest: str | None = None
    seen: tuple[str, ...] | None = None


class LabelFacts(Struct, frozen=True, kw_only=True):
    """The labels of a monitor.

    A label is late if none is newer than `due_within`. `newest` is the time of the newest label that was found since
    `searched_since`.
    """

    prefix: str
    due_within: timedelta
    newest: datetime | None = None
    searched_since: datetime | None = None


class MonitorFacts(Struct, frozen=True, kw_only=True):
    """One monitor of one type: a schedule of Model Monitor, or one type of a monitor of Kedge.

    `endpoint` is None for a batch monitor. `status` is SageMaker's (`Scheduled`, `Stopped`, `Failed`, `Pending`).
    `every` is the time between its runs, and `window` the span of data of one run. `runs` are the newest runs, the
    newest first. `has_worked` says whether any run ever ended with a result.
    """

    name: str
    kind: Monitor
    owner: MonitorOwner = MonitorOwner.MODEL_MONITOR
    endpoint: str | None = None
    status: str = "Scheduled"
    created: datetime | None = None
    expression: str = ""
    every: timedelta | None = None
    window: timedelta | None = None
    baseline: BaselineFacts | None = None
    labels: LabelFacts | None = None
    runs: tuple[MonitorRunFacts, ...] = ()
    has_worked: bool | None = None

    @property
    def is_active(self) -> bool:
        """Return whether the monitor runs by its schedule."""
        return self.status in {"Scheduled", "Pending"}


class AlarmFacts(Struct, frozen=True, kw_only=True):
    """A metric alarm on a metric of SageMaker.

    `since` is when it entered its state. `is_listed` says whether ListMetrics returns its metric, with exactly its
    dimensions.
    """

    name: str
    state: str
    namespace: str
    metric: str
    dimensions: dict[str, str] = {}
    since: datetime | None = None
    period: timedelta = timedelta(minutes=5)
    evaluation_periods: int = 1
    is_listed: bool | None = None


class SubscriptionState(StrEnum):
    """The state of a subscription to a topic."""

    CONFIRMED = "confirmed"
    PENDING = "pending"
    DELETED = "deleted"


class SubscriptionFacts(Struct, frozen=True, kw_only=True):
    """A subscription to a topic for people: its protocol, its address, and its state."""

    topic: str
    protocol: str
    address: str
    state: SubscriptionState = SubscriptionState.CONFIRMED


class TopicFacts(Struct, frozen=True, kw_only=True):
    """A topic for people with its subscriptions; `deleted` counts those that AWS does not list any more."""

    name: str
    subscriptions: tuple[SubscriptionFacts, ...] = ()
    deleted: int = 0


class Refusal(Struct, frozen=True, kw_only=True):
    """A read that AWS refused: the permission that is missing, and AWS's own sentence."""

    permission: str
    said: str = ""


class EndpointMonitoring(Struct, frozen=True, kw_only=True):
    """An endpoint with its monitors and the alarms on it."""

    endpoint: DescribedEndpoint
    monitors: tuple[MonitorFacts, ...] = ()
    alarms: tuple[AlarmFacts, ...] = ()

    @property
    def active_monitors(self) -> tuple[MonitorFacts, ...]:
        """Return the monitors that run by their schedules."""
        return tuple(each for each in self.monitors if each.is_active)


class WatchedAccount(Struct, frozen=True, kw_only=True):
    """An account in one Region.

    `batch` are monitors without an endpoint, and `alarms` those that name none. `refused` are reads without permission.
    """

    account: str
    region: str
    endpoints: tuple[EndpointMonitoring, ...] = ()
    batch: tuple[MonitorFacts, ...] = ()
    alarms: tuple[AlarmFacts, ...] = ()
    topics: tuple[TopicFacts, ...] = ()
    refused: tuple[Refusal, ...] = ()
