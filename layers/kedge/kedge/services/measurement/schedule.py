"""Sends the windows that are due to the queue of the function `monitor`.

For each monitor, a stored moment separates the windows that were sent from the later ones. It is stored after the send. A crash in between sends some of
them again; the queue and the function recognise a repetition by its name.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from kedge.domain.errors import KedgeError
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import MonitorDefinition, MonitorDefinitions
from kedge.monitors.due_windows import DueWindow, SkippedWindows, due_windows
from kedge.monitors.spec import MonitoringType, Seasonality
from kedge.monitors.task import WEEK, MeasurementTask, earlier_ends, encode_task
from kedge.ports.captures import CaptureConfigs
from kedge.ports.storage import StoredDocument

LATE: Final = timedelta(hours=1)
"""The time after a measurement at which Kedge looks for records that arrived later."""

JOB_CHECKS: Final = (timedelta(hours=2), timedelta(hours=5), timedelta(hours=23))
"""The times after the first repetition at which Kedge looks again for the result of a Spark job."""

LABEL_CHECKS: Final = 4
"""The number of times that a measurement with labels is repeated until their maximum age."""


class WindowsQueue(Protocol):
    """The queue of the function `monitor`."""

    def send(self, body: str, group: str, name: str) -> None:
        """Send a body to a group, whose messages are processed in order. Raises Transient or Permanent."""


class SentWindows(Struct, frozen=True, kw_only=True):
    """The state of one monitor: windows are measured that became due after `first`, and were sent up to `until` (UTC)."""

    first: datetime
    until: datetime


class ScheduledMeasurements(Struct, kw_only=True):
    """The result of one look: the tasks that were sent, the windows that are too old, and the failures by monitor."""

    sent: list[MeasurementTask] = []
    skipped: list[tuple[str, SkippedWindows]] = []
    failed: list[tuple[str, KedgeError]] = []


class MeasurementSchedule:
    """Sends the windows that became due since the stored moment of each monitor."""

    def __init__(
        self,
        monitors: Callable[[], MonitorDefinitions],
        sent_until: StoredDocument,
        queue: WindowsQueue,
        configs: CaptureConfigs,
        clock: Callable[[], datetime],
    ) -> None:
        """Connect the ports. `monitors` returns the active monitors, `sent_until` keeps the moments of all of them."""
        self._monitors = monitors
        self._sent_until = sent_until
        self._queue = queue
        self._configs = configs
        self._clock = clock

    def send_due(self) -> ScheduledMeasurements:
        """Send what is due. A failure of one monitor is left for the next round and does not delay the others.

        Raises:
            Transient: the stored moments cannot be read or written now.
            Permanent: the stored moments cannot be read or written.
        """
        done = ScheduledMeasurements()
        active = self._monitors()
        if not active.definitions:
            return done
        text, over = self._sent_until.load()
        before, now = _states(text), self._clock()
        after: dict[str, SentWindows] = {}
        for definition in active.definitions:
            sent = before.get(definition.name)
            try:
                after[definition.name] = self._send(definition, active.label, sent, now, done)
            except KedgeError as error:
                done.failed.append((definition.name, error))
                if sent is not None:
                    after[definition.name] = sent
        if after != before:
            self._sent_until.keep(msgspec.json.encode(after).decode(), over)
        return done

    def _send(
        self,
        definition: MonitorDefinition,
        label: str,
        sent: SentWindows | None,
        now: datetime,
        done: ScheduledMeasurements,
    ) -> SentWindows:
        """Return the new state of a monitor."""
        if sent is None:
            # A new monitor measures its newest window at once, so that its first result comes within minutes.
            definition = msgspec.structs.replace(definition, catch_up=1)
            due = [(0, window) for window in due_windows(definition, now - WEEK * 5, now).windows]
            sent = SentWindows(first=min((window.due for _, window in due), default=now), until=now)
        else:
            first = due_windows(definition, sent.until, now)
            done.skipped += [(definition.name, skipped) for skipped in first.skipped]
            due = [(0, window) for window in first.windows]
            due += _again(definition, sent, now)
        if not due:
            return sent
        capture, off = self._capture(definition)
        for number, window in sorted(due, key=lambda each: (each[1].window.end, each[0])):
            task = _task(definition, window, number, label, capture, off)
            self._queue.send(encode_task(task), task.source, task.name)
            done.sent.append(task)
        return msgspec.structs.replace(sent, until=now)

    def _capture(self, definition: MonitorDefinition) -> tuple[str, str]:
        """Return the prefix of the captures, and why the endpoint captures nothing; empty if it does or if unknown."""
        capture = definition.capture or ""
        if definition.target.kind is not TargetKind.ENDPOINT:
            return capture, ""
        name = definition.target.name
        config = self._configs.capture_of(name)
        if config is None:
            return capture, f"the endpoint {name} does not exist"
        if not config.is_on:
            return capture, f"data capture of the endpoint {name} is switched off: switch it on in its endpoint config"
        return capture or f"{config.destination.rstrip('/')}/{name}", ""


def repetitions_of(definition: MonitorDefinition, kind: MonitoringType) -> tuple[timedelta, ...]:
    """Return the times after the first measurement of a window at which it is repeated.

    Records may arrive late, so each window is repeated once. Labels arrive until their maximum age.
    """
    if not kind.needs_ground_truth or definition.ground_truth is None:
        first = max(LATE, definition.window)
        return (first,) if definition.spark is None else (first, *(first + later for later in JOB_CHECKS))
    rest = definition.ground_truth.maximum_age - definition.wait_of(kind)
    if rest <= timedelta():
        return ()
    return tuple(rest * number / LABEL_CHECKS for number in range(1, LABEL_CHECKS + 1))


def _again(definition: MonitorDefinition, sent: SentWindows, now: datetime) -> Iterator[tuple[int, DueWindow]]:
    for kind in definition.types:
        of_kind = msgspec.structs.replace(definition, types=(kind,))
        for number, later in enumerate(repetitions_of(definition, kind), 1):
            for window in due_windows(of_kind, sent.until - later, now - later).windows:
                if window.due >= sent.first:
                    yield number, window


def _task(
    definition: MonitorDefinition, due: DueWindow, number: int, label: str, capture: str, off: str
) -> MeasurementTask:
    kind, window = due.kind, due.window
    return MeasurementTask(
        monitor=definition.name,
        source=definition.source_of(kind),
        kind=kind,
        target=definition.target,
        window=window,
        capture=capture,
        baseline=definition.baseline_of(kind),
        reports=definition.report_root(kind),
        earlier=earlier_ends(definition, window),
        capture_off=off,
        promise=definition.promise,
        runs_per_week=float(definition.schedule.count(window.end - WEEK, window.end)),
        comparison_threshold=definition.comparison_threshold,
        unreadable_share=definition.unreadable_share,
        exclude=definition.exclude,
        seasonal=definition.seasonality is Seasonality.HOUR_OF_WEEK,
        ground_truth=definition.ground_truth,
        model_quality=definition.model_quality,
        bias=definition.bias,
        attribution=definition.attribution,
        spark=definition.spark,
        document=label,
        checks_again=number,
        is_last=number == len(repetitions_of(definition, kind)),
    )


def _states(text: str | None) -> Mapping[str, SentWindows]:
    """Return the stored states; none if there are none, or if another release wrote them in another form."""
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, SentWindows])
    except msgspec.DecodeError:
        return {}
