"""The service without its sockets: takes an operation's name and JSON, returns JSON or raises.

The order of one call is the order in `call`: count it, apply a fault, read and check, authorize, perform, check the
answer. Events leave only when the state behind them can be read, since a receiver reads it at once.
"""

import threading
from collections import Counter
from collections.abc import Callable

from workbench.local_sagemaker import (
    autoscaling,
    code_pipelines,
    deletion,
    endpoint_configs,
    endpoints,
    executions,
    job_definitions,
    model_packages,
    models,
    pipelines,
    processing,
    schedules,
    tags,
    updates,
    weights,
)
from workbench.local_sagemaker.errors import ApiError
from workbench.local_sagemaker.faults import Faults, raise_after, raise_for
from workbench.local_sagemaker.permissions import denied, resources_of
from workbench.local_sagemaker.protocol import action, operation_model, read_request, write_answer
from workbench.local_sagemaker.unreliable import Sink
from workbench.local_sagemaker.world import Document, World

type Tags = dict[str, str]
type Operation = Callable[[World, Document], Document]

OPERATIONS: dict[str, Operation] = {
    **autoscaling.OPERATIONS,
    **code_pipelines.OPERATIONS,
    **deletion.OPERATIONS,
    **endpoint_configs.OPERATIONS,
    **endpoints.OPERATIONS,
    **executions.OPERATIONS,
    **job_definitions.OPERATIONS,
    **model_packages.OPERATIONS,
    **models.OPERATIONS,
    **pipelines.OPERATIONS,
    **processing.OPERATIONS,
    **schedules.OPERATIONS,
    **tags.OPERATIONS,
    **updates.OPERATIONS,
    **weights.OPERATIONS,
}


type Authorize = Callable[[str, str, str, Tags], bool]


def anybody(key: str, action: str, resource: str, tags: Tags) -> bool:
    """Allow every action of every caller."""
    del key, action, resource, tags
    return True


def forget(event: Document) -> None:
    """Drop an event: the sink of a service without receivers of events."""
    del event


class LocalSageMaker:
    """One account and Region. `calls` counts every call by operation, with those that failed.

    `authorize` receives the caller's key id, the IAM action, the resource's ARN and its tags, which a policy's
    conditions may name.
    """

    def __init__(self, world: World, sink: Sink = forget, authorize: Authorize = anybody) -> None:
        self.world = world
        self.sink = sink
        self.authorize = authorize
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.lock = threading.RLock()
        self._delivery = threading.RLock()

    def call(self, operation: str, body: object, key: str = "") -> Document:
        """Perform one call. Raises ApiError, ConnectionDropped, or WrongAnswer (a bug of this server)."""
        with self.lock:
            self.world.catch_up()
            self.calls[operation] += 1
            fault = self.faults.strike(operation)
            if fault is not None:
                raise_for(fault, operation, self.world.account)
        operation_model(operation)
        perform = _operation(operation)
        request = read_request(operation, body)
        # This happens without the lock: the decision is another server's, which may wait for an answer of this one.
        if not all(self.authorize(key, action(operation), *touched) for touched in self._touched(operation, request)):
            raise denied(operation, self.world.account)
        with self.lock:
            answer = write_answer(operation, perform(self.world, request))
        self.deliver()
        if fault is not None:
            raise_after(fault)
        return answer

    def _touched(self, operation: str, request: Document) -> list[tuple[str, Tags]]:
        with self.lock:
            return [
                (resource, dict(self.world.tags.get(resource.lower(), {})))
                for resource in resources_of(self.world, operation, request)
            ]

    def tick(self) -> None:
        """Let time pass: carry out everything that is due, and send its events."""
        with self.lock:
            self.world.catch_up()
        self.deliver()

    def deliver(self) -> None:
        """Pass queued events to the sink in order, in one thread at a time, so that two calls cannot mix theirs."""
        with self._delivery:
            while self.world.events:
                self.sink(self.world.events.popleft())


def _operation(operation: str) -> Operation:
    if operation not in OPERATIONS:
        raise ApiError("NotImplemented", f"The local SageMaker does not have {operation} yet.", 501)
    return OPERATIONS[operation]
