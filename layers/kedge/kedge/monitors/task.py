"""The message that asks the function `monitor` to measure one window."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Final

import msgspec
from msgspec import Struct

from kedge.domain.errors import MalformedSignal
from kedge.domain.run import Window
from kedge.monitors.definitions import GroundTruth, MonitorDefinition, MonitorTarget, Promise, report_folder
from kedge.monitors.spec import AttributionSpec, BiasSpec, ModelQualitySpec, MonitoringType, SparkSpec

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)

MOST_EARLIER: Final = 12
"""The maximum number of earlier windows in which a measurement looks for the history of its monitor."""


class MeasurementTask(Struct, frozen=True, kw_only=True):
    """One window to measure for one type of one monitor. All places are S3 prefixes without a slash at their end.

    `source` takes the place of a schedule's name in paths, metrics and signals. `reports` is the folder of all its reports.
    `earlier` are the ends of the windows before this one within a day, the newest first. `capture_off` says why the endpoint captures nothing; empty if it captures, or if that is
    unknown. `runs_per_week` is the number of runs of the schedule, and `checks_again` counts the repetitions of this
    window: 0 is its first measurement. `is_last` says that no repetition follows.
    """

    monitor: str
    source: str
    kind: MonitoringType
    target: MonitorTarget
    window: Window
    capture: str
    baseline: str
    reports: str
    earlier: tuple[datetime, ...] = ()
    capture_off: str = ""
    promise: Promise | None
    runs_per_week: float
    comparison_threshold: float
    unreadable_share: float
    exclude: tuple[str, ...] = ()
    seasonal: bool = False
    ground_truth: GroundTruth | None = None
    model_quality: ModelQualitySpec | None = None
    bias: BiasSpec | None = None
    attribution: AttributionSpec | None = None
    spark: SparkSpec | None = None
    document: str = ""
    checks_again: int = 0
    is_last: bool = True

    @property
    def report(self) -> str:
        """Return the folder of this window's files."""
        return report_folder(self.reports, self.window.end)

    @property
    def name(self) -> str:
        """Return the name of this measurement: two messages of one name are one measurement."""
        return f"{self.source}/{self.window.end.isoformat()}/{self.checks_again}"


def encode_task(task: MeasurementTask) -> str:
    """Return the text of a message."""
    return msgspec.json.encode(task).decode()


def decode_task(text: str) -> MeasurementTask:
    """Return the task in a message. Raises MalformedSignal with the path of the fault."""
    try:
        return msgspec.json.decode(text, type=MeasurementTask)
    except msgspec.DecodeError as error:
        why, _, path = str(error).partition(" - at ")
        raise MalformedSignal(path.strip("`") or "$", f"{why}: only reconcile sends such messages") from error


def earlier_ends(definition: MonitorDefinition, window: Window) -> tuple[datetime, ...]:
    """Return the ends of the windows within a day before a window, the newest first."""
    ends = definition.schedule.newest(window.end - DAY, window.end - timedelta.resolution)
    return tuple(islice(ends, MOST_EARLIER))
