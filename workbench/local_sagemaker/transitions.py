"""What all changes of a running endpoint share: who may begin one, and how it goes on as time passes."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.fates import Fate
from workbench.local_sagemaker.world import Document, World

type Act = Callable[[], None]

_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


def refuse_while_busy(record: Document) -> None:
    """Raises ApiError where another change runs, in the service's own words (docs/aws-behaviour.md)."""
    if record["EndpointStatus"] in _BUSY:
        raise invalid(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')


def refuse_unless_settled(record: Document) -> None:
    """Raises ApiError where another change runs, or where the endpoint failed.

    "DeleteEndpoint is the only operation that can be performed on a failed endpoint"; the words for that are not known.
    """
    refuse_while_busy(record)
    if record["EndpointStatus"] == "Failed":
        raise invalid(f'Cannot update failed endpoint "{record["EndpointArn"]}".')


def next_fate(world: World, endpoint: str) -> Fate:
    """The fate that was prepared first and not used yet; success in its own time where none was."""
    prepared = world.fates.get(endpoint)
    return prepared.popleft() if prepared else Fate()


def play(world: World, endpoint: str, acts: Iterable[tuple[timedelta, Act]]) -> None:
    """Do each act when its time has come, counted from now, as long as no other change has taken this one's place."""
    change = object()
    world.changes[endpoint] = change

    def unless_replaced(act: Act) -> None:
        if world.changes.get(endpoint) is change:
            act()

    for after, act in acts:
        world.later(after, partial(unless_replaced, act))
