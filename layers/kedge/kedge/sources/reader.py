"""Reads raw deliveries and returns signals.

Each entry point accepts only its own shapes. The signals queue carries events of AWS's services, and alarm
notifications of the stack's own topic. People decide at an entry point of their own. A direct caller of Kedge may send
all other shapes, which no authority confirms.
"""

from collections.abc import Callable, Container
from datetime import datetime
from typing import Final

import msgspec

from kedge.domain.provenance import EntryPoint
from kedge.domain.run import BAD
from kedge.domain.signal import AlarmChanged, AnySignal, Ignored, RunFinished
from kedge.ports.readers import Alarms, Monitors, Objects, Tags
from kedge.sources import alarm
from kedge.sources.direct import read_request
from kedge.sources.endpoint import read_deployment, read_endpoint
from kedge.sources.envelope import DeliveredBody, Shape, bodies, deliveries
from kedge.sources.event_header import Event, Home, SignalOrigin, always, event_of
from kedge.sources.json_path import JsonValue
from kedge.sources.measurement import DETAIL_TYPE, SOURCE, read_measurement
from kedge.sources.model_package import read_model_package
from kedge.sources.pipeline import read_pipeline, read_step
from kedge.sources.processing_job import read_processing_job
from kedge.sources.schedule import read_schedule
from kedge.sources.size_limits import within_bounds
from kedge.sources.violations_file import read_violations_file
from kedge.sources.watchdog import DETAIL_TYPE as WATCHDOG
from kedge.sources.watchdog import read_watchdog
from kedge.sources.watched import EXECUTION, OVERDUE, SCHEDULE, STEP, read_execution, read_missed_runs
from kedge.sources.watched import SOURCE as WATCH


def tagged(signal: AnySignal, tags: Tags) -> AnySignal:
    """Return the signal with the tags of its target if it is bad news.

    Good news costs no call: it does not open an incident.
    """
    if not isinstance(signal, (RunFinished, AlarmChanged)) or signal.verdict not in BAD:
        return signal
    found = tags.of(signal.target)
    return msgspec.structs.replace(signal, tags=found) if found else signal


__all__ = ["Home", "Reader", "bodies"]

_SAGEMAKER: Final = "aws.sagemaker"

_TAKES: Final = {
    EntryPoint.EVENTS: frozenset({Shape.EVENT}),
    EntryPoint.TOPIC: frozenset({Shape.ALARM_MESSAGE}),
    EntryPoint.DIRECT: frozenset(Shape),
    EntryPoint.PEOPLE: frozenset[Shape](),
    EntryPoint.KEDGE: frozenset[Shape](),
}
"""The shapes that each entry point accepts."""

type _Read = Callable[[Event], AnySignal | Ignored]
type _Entry = tuple[str, str, _Read]  # detail-type, source, and its reader


class Reader:
    """Reads raw events, and from the ports the parts that events only name.

    `home` is where this runs, for messages without account or Region. Without `tags`, every target has no tags.
    `buckets` are those whose reports are accepted, `alarms_topic` is the ARN of the accepted topic; None accepts any.
    """

    def __init__(
        self,
        monitors: Monitors,
        alarms: Alarms,
        objects: Objects,
        home: Home,
        tags: Tags | None = None,
        *,
        buckets: Container[str] | None = None,
        alarms_topic: str | None = None,
    ) -> None:
        """Keep the ports; the first call happens with the first read."""
        self._monitors = monitors
        self._alarms = alarms
        self._objects = objects
        self._home = home
        self._tags = tags
        self._alarms_topic = alarms_topic
        of_services: tuple[_Entry, ...] = (
            (
                "SageMaker Processing Job State Change",
                _SAGEMAKER,
                lambda event: read_processing_job(event, monitors, objects),
            ),
            (
                "CloudWatch Alarm State Change",
                "aws.cloudwatch",
                lambda event: alarm.from_event(event, alarms, home),
            ),
            (
                "CloudWatch Alarm Contributor State Change",
                "aws.cloudwatch",
                lambda event: alarm.from_event(event, alarms, home),
            ),
            ("SageMaker Endpoint State Change", _SAGEMAKER, read_endpoint),
            ("SageMaker Endpoint Deployment State Change", _SAGEMAKER, read_deployment),
            ("SageMaker Model Building Pipeline Execution Status Change", _SAGEMAKER, read_pipeline),
            (
                "SageMaker Model Building Pipeline Execution Step Status Change",
                _SAGEMAKER,
                lambda event: read_step(event, monitors, objects),
            ),
            ("SageMaker Model Package State Change", _SAGEMAKER, read_model_package),
            (
                "SageMaker Monitoring Schedule State Change",
                _SAGEMAKER,
                lambda event: read_schedule(event, monitors),
            ),
            ("Kedge Heartbeat", "kedge.heartbeat", read_heartbeat),
            (DETAIL_TYPE, SOURCE, lambda event: read_measurement(event, objects)),
            (EXECUTION, WATCH, lambda event: read_execution(event, monitors, objects, home)),
            (SCHEDULE, WATCH, lambda event: read_schedule(event, monitors)),
            (STEP, WATCH, lambda event: read_step(event, monitors, objects)),
            (OVERDUE, WATCH, read_missed_runs),
            (WATCHDOG, WATCH, read_watchdog),
            ("Object Created", "aws.s3", lambda event: read_violations_file(event, monitors, objects, buckets)),
        )
        self._of_services = {kind: (source, read) for kind, source, read in of_services}

    def read(
        self,
        raw: object,
        received: datetime,
        entry_point: EntryPoint = EntryPoint.DIRECT,
        proven: Callable[[], bool] = always,
        detector: str = "",
    ) -> tuple[AnySignal | Ignored, ...]:
        """Return the signals in a delivery, in its order: one, or all of a batch.

        `raw` is decoded JSON or its text. It is an EventBridge event, an SNS or SQS event, an SQS body, a direct alarm
        action, or a detector's own call. It may also be one record out of `bodies`. `received` (aware) is the default
        time. `detector` names the detector that made the call, if that is proven. One bad record fails the whole batch:
        split it with `bodies(raw)` first if each record should stand for itself.

        `entry_point` is EVENTS for messages of the signals queue: a notification in it came through the alarms topic. `proven`
        returns whether the queue knows the message. It is called at most once, and only for facts that AWS's API does
        not confirm.

        Raises:
            MalformedSignal: a part cannot be read; carries its JSON path.
            Transient: try again later; NotYet if SageMaker's API lags behind its own event.
            Permanent: a port refused.
        """
        root = raw if isinstance(raw, JsonValue) else JsonValue(raw)
        through_door = SignalOrigin(entry_point, proven, detector)
        through_topic = SignalOrigin(EntryPoint.TOPIC, proven) if entry_point is EntryPoint.EVENTS else through_door
        return tuple(
            [
                self._read(found, received, through_topic if _through_topic(found) else through_door)
                for found in deliveries(root)
            ]
        )

    def _read(self, found: DeliveredBody | Ignored, received: datetime, arrival: SignalOrigin) -> AnySignal | Ignored:
        if type(found) is Ignored:
            return found
        if not self._belongs(found, arrival.claimed):
            return Ignored.UNKNOWN_SOURCE
        read = self._read_one(found, received, arrival)
        if type(read) is Ignored:
            return read
        signal = within_bounds(read, found.root, received)
        return signal if self._tags is None else tagged(signal, self._tags)

    def _belongs(self, found: DeliveredBody, entry_point: EntryPoint) -> bool:
        own = entry_point is not EntryPoint.TOPIC or self._alarms_topic is None or found.topic == self._alarms_topic
        return own and found.shape in _TAKES[entry_point]

    def _read_one(self, found: DeliveredBody, received: datetime, arrival: SignalOrigin) -> AnySignal | Ignored:
        match found.shape:
            case Shape.EVENT:
                return self._read_event(found.root, found.published or received, arrival)
            case Shape.ALARM_MESSAGE:
                return alarm.from_message(found, self._alarms, self._home, received, arrival)
            case Shape.ALARM_ACTION:
                return alarm.from_action(found, self._alarms, self._home, received, arrival)
            case Shape.REQUEST:
                at = found.published or received
                return read_request(found.root, self._monitors, self._objects, self._home, at, arrival)

    def _read_event(self, root: JsonValue, received: datetime, arrival: SignalOrigin) -> AnySignal | Ignored:
        known = self._of_services.get(root.need("detail-type", "the event's type"))
        if known is None:
            return Ignored.UNKNOWN_SOURCE
        source, read = known
        if root.text("source") != source:
            if root.has("source"):
                root.need("source", source)  # which refuses all but a text
            return Ignored.UNKNOWN_SOURCE
        return read(event_of(root, self._home, received, arrival))


def read_heartbeat(event: Event) -> Ignored:
    """Recognize a heartbeat. The rule puts a constant into the queue, and nothing of the event on the bus."""
    return Ignored.HEARTBEAT if event.arrival.claimed is EntryPoint.EVENTS else Ignored.UNKNOWN_SOURCE


def _through_topic(found: DeliveredBody | Ignored) -> bool:
    return isinstance(found, DeliveredBody) and found.topic is not None
