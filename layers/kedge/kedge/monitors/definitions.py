"""The monitors in the form that functions read: durations, schedules, and the values of `defaults` filled in.

They are built from a valid document. `kedge.monitors.lint` reports the faults of a document with their places.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from kedge.domain.errors import MalformedMonitors
from kedge.domain.run import Window
from kedge.domain.target import TargetKind
from kedge.monitors.s3_prefixes import parse_s3_prefix
from kedge.monitors.schedule_expressions import ScheduleExpression, parse_schedule
from kedge.monitors.spec import (
    AttributionSpec,
    BiasSpec,
    ComparisonMode,
    GroundTruthSpec,
    ModelQualitySpec,
    MonitoringType,
    MonitorsDocument,
    MonitorSpec,
    Seasonality,
    SparkSpec,
    TargetSpec,
)
from kedge.policy.durations import parse_duration

_NO_TIME: Final = timedelta()


OWN_FOLDER: Final = "kedge-monitoring"
"""The folder of Kedge's own reports. A violations file in it is no news: the signal of its run brings the result."""


class MonitorTarget(Struct, frozen=True, kw_only=True):
    """The endpoint or batch schedule that a monitor measures. Without `variants`, all variants of the endpoint count."""

    kind: TargetKind
    name: str
    variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check the kind. Raises ValueError."""
        if self.kind not in (TargetKind.ENDPOINT, TargetKind.SCHEDULE) or not self.name:
            raise ValueError("a monitor measures an endpoint or a batch schedule")
        if self.variants and self.kind is not TargetKind.ENDPOINT:
            raise ValueError("only an endpoint has variants")


class Promise(Struct, frozen=True):
    """At most `false_pages` on average within `within`."""

    false_pages: float
    within: timedelta

    def __post_init__(self) -> None:
        """Check both numbers. Raises ValueError."""
        if self.false_pages <= 0 or self.within <= _NO_TIME:
            raise ValueError("a promise has a number of false pages and a time")


class GroundTruth(Struct, frozen=True, kw_only=True):
    """The prefix of the labels, their usual delay after the window, and the age at which Kedge stops waiting for them."""

    prefix: str
    delay: timedelta
    maximum_age: timedelta

    def __post_init__(self) -> None:
        """Check the order of the times. Raises ValueError."""
        if self.maximum_age < self.delay:
            raise ValueError("maximum_age is shorter than delay")


class MonitorDefinition(Struct, frozen=True, kw_only=True):
    """One monitor, complete.

    `capture` is None if Kedge takes the prefix from the endpoint's own config. `promise` is None in the mode
    `compatible`. `window` is the length of the measured span, and `offset` the wait for late data after its end.
    `catch_up` is the number of missed windows of each type that are still measured. `comparison_threshold` is the least
    distance that matters, and `unreadable_share` the share of unreadable lines above which a run fails.
    """

    name: str
    target: MonitorTarget
    types: tuple[MonitoringType, ...]
    capture: str | None
    baseline: str
    reports: str
    window: timedelta
    schedule: ScheduleExpression
    offset: timedelta
    catch_up: int
    promise: Promise | None
    comparison_threshold: float
    unreadable_share: float
    exclude: tuple[str, ...] = ()
    seasonality: Seasonality = Seasonality.NONE
    ground_truth: GroundTruth | None = None
    model_quality: ModelQualitySpec | None = None
    bias: BiasSpec | None = None
    attribution: AttributionSpec | None = None
    spark: SparkSpec | None = None

    def __post_init__(self) -> None:
        """Check that each type has what it needs. Raises ValueError."""
        if self.window <= _NO_TIME or self.catch_up < 1 or not self.types:
            raise ValueError("a monitor has a type, a window, and at least 1 window to catch up")
        missing = next((need for kind in self.types for need in self._missing(kind)), None)
        if missing is not None:
            raise ValueError(missing)
        if self.capture is None and self.target.kind is TargetKind.SCHEDULE:
            raise ValueError("a batch schedule has no config that names its captures: add `capture:`")

    @property
    def mode(self) -> ComparisonMode:
        """Return the mode of the comparison."""
        return ComparisonMode.COMPATIBLE if self.promise is None else ComparisonMode.PROMISE

    def wait_of(self, kind: MonitoringType) -> timedelta:
        """Return the time from the end of a window until it is measured for a type."""
        late = self.ground_truth.delay if kind.needs_ground_truth and self.ground_truth is not None else _NO_TIME
        return max(self.offset, late)

    def source_of(self, kind: MonitoringType) -> str:
        """Return the name that takes the place of a schedule's name in report paths, metrics and signals.

        With several types, each has its own, because each writes its own constraint_violations.json.
        """
        return source_name(self.name, self.types, kind)

    def baseline_of(self, kind: MonitoringType) -> str:
        """Return the prefix of the baseline files of a type: a folder of its own, but for data quality.

        `kedge monitor baseline` writes these folders.
        """
        return self.baseline if kind is MonitoringType.DATA_QUALITY else f"{self.baseline}/{kind}"

    def report_root(self, kind: MonitoringType) -> str:
        """Return the prefix of all reports of a type: `<reports>/kedge-monitoring/<endpoint>/<source>`.

        A batch schedule has no endpoint in it. The function `monitor` may only write below a folder `kedge-monitoring`.
        """
        endpoint = (self.target.name,) if self.target.kind is TargetKind.ENDPOINT else ()
        return "/".join((self.reports, OWN_FOLDER, *endpoint, self.source_of(kind)))

    def report_prefix(self, kind: MonitoringType, window: Window) -> str:
        """Return the prefix for the report of a window."""
        return report_folder(self.report_root(kind), window.end)

    def _missing(self, kind: MonitoringType) -> list[str]:
        needs = {"ground_truth": self.ground_truth} if kind.needs_ground_truth else {}
        needs |= {key: getattr(self, key) for key in (kind.value,) if kind is not MonitoringType.DATA_QUALITY}
        return [f"{kind} needs `{key}:`" for key, value in needs.items() if value is None]


class MonitorDefinitions(Struct, frozen=True, kw_only=True):
    """All monitors of a stack. Reports record `label`, which is empty if no document was ever published."""

    label: str = ""
    definitions: tuple[MonitorDefinition, ...] = ()

    def named(self, name: str) -> MonitorDefinition | None:
        """Return the monitor of a name, or None."""
        return next((each for each in self.definitions if each.name == name), None)


def report_folder(root: str, end: datetime) -> str:
    """Return the prefix of a report, as Model Monitor names it after the hour of the run: `<root>/YYYY/MM/DD/HH`.

    A window that does not end at a full hour adds its minute, so that several windows of an hour do not collide.
    """
    minute = f"/{end:%M}" if end.minute else ""
    return f"{root}/{end:%Y/%m/%d/%H}{minute}"


def source_name(name: str, types: tuple[str, ...], kind: str) -> str:
    """Return the name of one type of a monitor: the monitor's own if it has one type only."""
    return name if len(types) == 1 else f"{name}-{kind.replace('_', '-')}"


def compile_monitors(document: MonitorsDocument) -> MonitorDefinitions:
    """Return the monitors of a document. Raises MalformedMonitors with the path of the first fault."""
    definitions = tuple(
        _definition(f"monitors[{index}]", document, monitor) for index, monitor in enumerate(document.monitors)
    )
    return MonitorDefinitions(label=document.label, definitions=definitions)


def _definition(path: str, document: MonitorsDocument, monitor: MonitorSpec) -> MonitorDefinition:
    def either(key: str) -> Any:
        own = getattr(monitor, key)
        return getattr(document.defaults, key) if own is None else own

    def span(key: str) -> timedelta:
        return _at(f"{path}.{key}", lambda: parse_duration(either(key)))

    promise, reports = either("promise"), either("reports")
    if reports is None:
        raise MalformedMonitors(path, "there is no prefix for reports: add `reports:`")
    return _at(
        path,
        lambda: MonitorDefinition(
            name=monitor.name,
            target=_target(monitor.target),
            types=either("types"),
            capture=None if monitor.capture is None else parse_s3_prefix(monitor.capture),
            baseline=parse_s3_prefix(monitor.baseline),
            reports=parse_s3_prefix(reports),
            window=span("window"),
            schedule=_at(f"{path}.schedule", lambda: parse_schedule(either("schedule"))),
            offset=span("offset"),
            catch_up=either("catch_up"),
            promise=None
            if either("mode") is ComparisonMode.COMPATIBLE
            else Promise(promise.false_pages, parse_duration(promise.within)),
            comparison_threshold=either("comparison_threshold"),
            unreadable_share=either("unreadable_share"),
            exclude=either("exclude"),
            seasonality=either("seasonality"),
            ground_truth=_ground_truth(either("ground_truth")),
            model_quality=either("model_quality"),
            bias=either("bias"),
            attribution=either("attribution"),
            spark=either("spark"),
        ),
    )


def _target(target: TargetSpec) -> MonitorTarget:
    if (target.endpoint is None) == (target.batch_schedule is None):
        raise ValueError("a target is an endpoint or a batch schedule")
    if target.endpoint is not None:
        return MonitorTarget(kind=TargetKind.ENDPOINT, name=target.endpoint, variants=target.variants)
    return MonitorTarget(kind=TargetKind.SCHEDULE, name=target.batch_schedule or "", variants=target.variants)


def _ground_truth(written: GroundTruthSpec | None) -> GroundTruth | None:
    if written is None:
        return None
    return GroundTruth(
        prefix=parse_s3_prefix(written.prefix),
        delay=parse_duration(written.delay),
        maximum_age=parse_duration(written.maximum_age),
    )


def _at[T](path: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except ValueError as error:
        raise MalformedMonitors(path, str(error)) from error
