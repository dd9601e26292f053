"""The service without its sockets: takes an operation's name and JSON, gives JSON or raises.

The order of one call is the order of `call`: count it, let a fault strike, read and check, ask who may, perform, check the answer. Events
leave only when the state that they tell of can be read, since whoever gets one asks at once.
"""

import threading
from collections import Counter
from collections.abc import Callable

from workbench.sagemaker import (
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
from workbench.sagemaker.errors import ApiError, ConnectionDropped
from workbench.sagemaker.faults import FaultKind, Faults, raise_for
from workbench.sagemaker.permissions import denied, resources_of
from workbench.sagemaker.protocol import operation_model, read_request, write_answer
from workbench.sagemaker.unreliable import Sink
from workbench.sagemaker.world import Document, World

type Operation = Callable[[World, Document], Document]

OPERATIONS: dict[str, Operation] = {
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


type Authorize = Callable[[str, str, str], bool]


def anybody(key: str, action: str, resource: str) -> bool:
    """Everybody may do everything."""
    del key, action, resource
    return True


def forget(event: Document) -> None:
    """The sink of a service whose events nobody wants."""
    del event


class LocalSageMaker:
    """One account and region. `calls` counts every call by operation, also those that failed.

    `authorize` is asked with the caller's key id, the IAM action and the resource's ARN.
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
        # Not under the lock: whoever decides is another server, which may wait for an answer of this one.
        touched = resources_of(self.world, operation, request)
        if not all(self.authorize(key, f"sagemaker:{operation}", resource) for resource in touched):
            raise denied(operation, self.world.account)
        with self.lock:
            answer = write_answer(operation, perform(self.world, request))
        self.deliver()
        if fault is not None and fault.kind is FaultKind.SILENT_SUCCESS:
            raise ConnectionDropped(fault.seconds)
        return answer

    def tick(self) -> None:
        """Let time pass: do what is due, and send its events."""
        with self.lock:
            self.world.catch_up()
        self.deliver()

    def deliver(self) -> None:
        """Hand queued events to the sink, in order. One at a time, so that two calls cannot mix theirs."""
        with self._delivery:
            while self.world.events:
                self.sink(self.world.events.popleft())


def _operation(operation: str) -> Operation:
    if operation not in OPERATIONS:
        raise ApiError("NotImplemented", f"The local SageMaker does not have {operation} yet.", 501)
    return OPERATIONS[operation]
