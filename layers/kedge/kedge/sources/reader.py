"""The one door for raw events: whatever was delivered goes in, signals come out."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.domain.signal import AnySignal, Ignored
from kedge.ports import Alarms, Monitors, Objects, Tags
from kedge.sources import alarm
from kedge.sources.bounds import within_bounds
from kedge.sources.config_mark import read_config_mark
from kedge.sources.decision import read_decision
from kedge.sources.deployment import read_deployment
from kedge.sources.endpoint import read_endpoint
from kedge.sources.envelope import Delivery, Shape, bodies, deliveries
from kedge.sources.model_package import read_model_package
from kedge.sources.origin import Event, Home, event_of
from kedge.sources.pipeline import read_pipeline, read_step
from kedge.sources.place import Place
from kedge.sources.processing_job import read_processing_job
from kedge.sources.request import read_request
from kedge.sources.schedule import read_schedule
from kedge.sources.silence import read_silence
from kedge.sources.tagging import tagged
from kedge.sources.violations_file import read_violations_file

__all__ = ["Home", "Reader", "bodies"]

_SAGEMAKER: Final = "aws.sagemaker"
_PEOPLE: Final = "kedge"

type _Read = Callable[[Event], AnySignal | Ignored]


class Reader:
    """Reads raw events, and from the ports what they only point at.

    `home` is where this runs, for messages that name no account or region. Without `tags`, nothing is known by its tags.
    """

    def __init__(
        self, monitors: Monitors, alarms: Alarms, objects: Objects, home: Home, tags: Tags | None = None
    ) -> None:
        """Keep the ports; nothing is called before there is something to read."""
        self._monitors = monitors
        self._alarms = alarms
        self._objects = objects
        self._home = home
        self._tags = tags
        # detail-type: (source, how it is read). Whatever is not here is somebody else's event.
        self._events: dict[str, tuple[str, _Read]] = {
            "SageMaker Processing Job State Change": (
                _SAGEMAKER,
                lambda event: read_processing_job(event, monitors, objects),
            ),
            "CloudWatch Alarm State Change": (
                "aws.cloudwatch",
                lambda event: alarm.from_event(event, alarms, home),
            ),
            "SageMaker Endpoint State Change": (_SAGEMAKER, read_endpoint),
            "SageMaker Endpoint Deployment State Change": (_SAGEMAKER, read_deployment),
            "SageMaker Model Building Pipeline Execution Status Change": (_SAGEMAKER, read_pipeline),
            "SageMaker Model Building Pipeline Execution Step Status Change": (
                _SAGEMAKER,
                lambda event: read_step(event, monitors, objects),
            ),
            "SageMaker Model Package State Change": (_SAGEMAKER, read_model_package),
            "SageMaker Monitoring Schedule State Change": (
                _SAGEMAKER,
                lambda event: read_schedule(event, monitors),
            ),
            "Object Created": ("aws.s3", lambda event: read_violations_file(event, monitors, objects)),
            "Decision Made": (_PEOPLE, read_decision),
            "Config Marked": (_PEOPLE, read_config_mark),
            "Silence Changed": (_PEOPLE, lambda event: read_silence(event, home)),
        }

    def read(self, raw: object, received: datetime) -> tuple[AnySignal | Ignored, ...]:
        """The signals in a delivery, in its order: one, or as many as a batch holds.

        `raw` is decoded JSON or its text: an EventBridge event, an SNS or SQS event, an SQS body, a direct alarm action, or
        a detector's own call; or one record out of `bodies`. `received` (aware) is the time of what names no time. One bad
        record fails the whole batch: take `bodies(raw)` apart first where each should stand for itself.

        Raises MalformedSignal with the JSON path of the fault, Transient (NotYet where SageMaker's API lags behind its own
        event) and Permanent.
        """
        root = raw if isinstance(raw, Place) else Place(raw)
        return tuple(self._read(found, received) for found in deliveries(root))

    def _read(self, found: Delivery | Ignored, received: datetime) -> AnySignal | Ignored:
        if isinstance(found, Ignored):
            return found
        read = self._read_one(found, received)
        if isinstance(read, Ignored):
            return read
        signal = within_bounds(read, found.root, received)
        return signal if self._tags is None else tagged(signal, self._tags)

    def _read_one(self, found: Delivery, received: datetime) -> AnySignal | Ignored:
        match found.shape:
            case Shape.EVENT:
                return self._read_event(found.root, found.published or received)
            case Shape.ALARM_MESSAGE:
                return alarm.from_message(found, self._alarms, self._home, received)
            case Shape.ALARM_ACTION:
                return alarm.from_action(found, self._alarms, self._home, received)
            case Shape.REQUEST:
                return read_request(found.root, self._monitors, self._objects, self._home, found.published or received)

    def _read_event(self, root: Place, received: datetime) -> AnySignal | Ignored:
        known = self._events.get(root.need("detail-type", "the event's type"))
        if known is None:
            return Ignored.UNKNOWN_SOURCE
        source, read = known
        if root.has("source") and root.need("source", source) != source:
            return Ignored.UNKNOWN_SOURCE
        return read(event_of(root, self._home, received))
