"""The common parts of all changes of a running endpoint: whether one may begin, and its steps over time."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.fates import Fate
from workbench.local_sagemaker.world import Document, World

type Act = Callable[[], None]

_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def refuse_while_busy(record: Document) -> None:
    """Refuse a change while another one runs, in the service's own words (docs/aws-behaviour.md). Raises ApiError."""
    if record["EndpointStatus"] in _BUSY:
        raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')


def refuse_unless_settled(record: Document) -> None:
    """Refuse a change while another one runs, or if the endpoint failed. Raises ApiError.

    "DeleteEndpoint is the only operation that can be performed on a failed endpoint"; the words for that are unknown.
    """
    refuse_while_busy(record)
    if record["EndpointStatus"] == "Failed":
        raise invalid(f'Cannot update failed endpoint "{record["EndpointArn"]}".')


def next_fate(world: World, endpoint: str) -> Fate:
    """Return the oldest prepared fate that is not used yet; by default success in its own time."""
    prepared = world.fates.get(endpoint)
    return prepared.popleft() if prepared else Fate()


def play(world: World, endpoint: str, acts: Iterable[tuple[timedelta, Act]]) -> None:
    """Carry out each act at its time, counted from now, unless another change has replaced this one."""
    change = object()
    world.changes[endpoint] = change

    def unless_replaced(act: Act) -> None:
        if world.changes.get(endpoint) is change:
            act()

    for after, act in acts:
        world.later(after, partial(unless_replaced, act))
