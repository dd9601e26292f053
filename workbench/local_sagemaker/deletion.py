"""DeleteEndpoint, the only operation that every settled state of an endpoint allows."""

from workbench.local_sagemaker.endpoints import change_status, endpoint
from workbench.local_sagemaker.tags import forget_tags
from workbench.local_sagemaker.transitions import play, refuse_while_busy
from workbench.local_sagemaker.world import Document, World


def delete_endpoint(world: World, request: Document) -> Document:
    """Set an endpoint to Deleting, with its event, and remove it after the world's lag.

    Its configuration, models and schedules stay.
    """
    name = request["EndpointName"]
    refuse_while_busy(endpoint(world, name))
    change_status(world, name, "Deleting")
    play(world, name, [(world.lag, lambda: _forget(world, name))])
    return {}


def _forget(world: World, name: str) -> None:
    record = world.endpoints.pop(name)
    world.fates.pop(name, None)
    world.changes.pop(name, None)
    forget_tags(world, record["EndpointArn"])


OPERATIONS = {"DeleteEndpoint": delete_endpoint}
