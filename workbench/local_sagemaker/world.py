"""The whole state of the local SageMaker, in one object.

A record is a document in the shape of the resource's own Describe answer. Stores are keyed by the resource's name,
which keeps its case; ARNs do not keep it.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from workbench.local_sagemaker.fates import Course, Fate

type Document = dict[str, Any]
type Store = dict[str, Document]
type Clock = Callable[[], datetime]
type PutObject = Callable[[str, str, bytes], None]
type HasObject = Callable[[str, str], bool]
type RemoveObject = Callable[[str, str], None]
type AlarmState = Callable[[str], str]


def utc_now() -> datetime:
    """Return the real time in milliseconds, the precision of the real service."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def refuse_objects(bucket: str, key: str, body: bytes) -> None:
    """Refuse to store an object: the default without an object store."""
    raise LookupError(f"no object store was given to the local SageMaker: {len(body)} bytes for s3://{bucket}/{key}")


def find_every_object(bucket: str, key: str) -> bool:
    """Return True: the default without an object store, so that no object is ever missing."""
    del bucket, key
    return True


def remove_nothing(bucket: str, key: str) -> None:
    """Refuse to remove an object: the default without an object store."""
    raise LookupError(f"no object store was given to the local SageMaker: s3://{bucket}/{key} cannot be removed")


def all_is_quiet(alarm: str) -> str:
    """Return OK: the default without CloudWatch."""
    del alarm
    return "OK"


@dataclass
class World:
    """State and clock, and the connections to objects (S3), alarms (CloudWatch) and EventBridge.

    `has_object` receives a bucket and a key; a key that ends with a slash means any object below it.

    `lag` is how long a resource stays in its transitional state (Creating, Pending), and the default duration of each
    step. `fates` are prepared for the next updates of endpoints, `courses` and `code_courses` for the next executions
    of pipelines. `alarms` are states of alarms that replace CloudWatch's. `changes` holds the running change of each
    endpoint, recognized by its identity.

    `events_name_their_schedule` adds `MonitoringScheduleArn` and `ExitMessage` to processing-job events. The documented
    sample has neither, and it is unknown whether real events of monitoring jobs have them.
    """

    account: str = "111122223333"
    region: str = "us-east-1"
    clock: Clock = utc_now
    put_object: PutObject = refuse_objects
    has_object: HasObject = find_every_object
    remove_object: RemoveObject = remove_nothing
    alarm_state: AlarmState = all_is_quiet
    random: Random = field(default_factory=lambda: Random(0))
    lag: timedelta = timedelta(0)
    events_name_their_schedule: bool = False

    endpoints: Store = field(default_factory=dict)
    endpoint_configs: Store = field(default_factory=dict)
    models: Store = field(default_factory=dict)
    fates: dict[str, deque[Fate]] = field(default_factory=dict)
    changes: dict[str, object] = field(default_factory=dict)
    alarms: dict[str, str] = field(default_factory=dict)
    job_definitions: dict[str, Store] = field(default_factory=dict)
    schedules: Store = field(default_factory=dict)
    alerts: Store = field(default_factory=dict)
    executions: list[Document] = field(default_factory=list)
    processing_jobs: Store = field(default_factory=dict)
    pipelines: Store = field(default_factory=dict)
    pipeline_executions: Store = field(default_factory=dict)
    pipeline_parameters: dict[str, list[Document]] = field(default_factory=dict)
    courses: dict[str, deque[Course]] = field(default_factory=dict)
    pipeline_steps: dict[str, list[Document]] = field(default_factory=dict)
    tokens: dict[tuple[str, str], tuple[Document, str]] = field(default_factory=dict)
    package_groups: Store = field(default_factory=dict)
    packages: Store = field(default_factory=dict)
    code_pipelines: Store = field(default_factory=dict)
    code_executions: dict[tuple[str, str], Document] = field(default_factory=dict)
    code_courses: dict[str, deque[Course]] = field(default_factory=dict)
    scalable_targets: dict[tuple[str, str, str], Document] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)

    events: deque[Document] = field(default_factory=deque)
    _agenda: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def now(self) -> datetime:
        """Return the time of the injected clock, with its zone."""
        return self.clock()

    def emit(self, event: Document) -> None:
        """Queue an EventBridge envelope, which leaves when the state behind it can be read."""
        self.events.append(event)

    def take_time(self, seconds: float) -> None:
        """Set the lag. Raises ValueError for an invalid duration."""
        if not 0 <= seconds < float("inf"):
            raise ValueError(f"things take 0 seconds or more, not {seconds}")
        self.lag = timedelta(seconds=seconds)

    def later(self, after: timedelta, action: Callable[[], None]) -> None:
        """Carry out `action` after `after`; at once if `after` is not positive."""
        if after <= timedelta(0):
            action()
        else:
            heapq.heappush(self._agenda, (self.now() + after, next(self._turn), action))

    def catch_up(self) -> None:
        """Carry out everything that is due by now, in order."""
        while self._agenda and self._agenda[0][0] <= self.now():
            heapq.heappop(self._agenda)[2]()
