"""Configurations of endpoints. A configuration can be deleted while an endpoint runs with it."""

from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.models import models_of
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import forget_tags, remember
from workbench.local_sagemaker.world import Document, World

_CONFIGS = Listing(name="EndpointConfigName", orders={"Name": "EndpointConfigName", "CreationTime": "CreationTime"})


def create_endpoint_config(world: World, request: Document) -> Document:
    """Create a configuration, which never changes. A taken name and a missing model are refused."""
    name = request["EndpointConfigName"]
    its_arn = arn(world, "endpoint-config", name)
    if name in world.endpoint_configs:
        raise invalid(f'Cannot create already existing endpoint configuration "{its_arn}".')
    models_of(world, request)
    record = trim("DescribeEndpointConfigOutput", request)
    world.endpoint_configs[name] = record | {"EndpointConfigArn": its_arn, "CreationTime": world.now()}
    remember(world, its_arn, request)
    return {"EndpointConfigArn": its_arn}


def describe_endpoint_config(world: World, request: Document) -> Document:
    """Return the configuration as it was created."""
    return endpoint_config(world, request["EndpointConfigName"])


def delete_endpoint_config(world: World, request: Document) -> Document:
    """Delete a configuration, even if an endpoint runs with it: the service warns of that and does not prevent it."""
    record = endpoint_config(world, request["EndpointConfigName"])
    del world.endpoint_configs[record["EndpointConfigName"]]
    forget_tags(world, record["EndpointConfigArn"])
    return {}


def list_endpoint_configs(world: World, request: Document) -> Document:
    """Return the configurations, newest first, 10 per page."""
    found, more = _CONFIGS.select(world.endpoint_configs.values(), request)
    return {"EndpointConfigs": [trim("EndpointConfigSummary", record) for record in found], **more}


def endpoint_config(world: World, name: str) -> Document:
    """Return a configuration. Raises ApiError if there is none."""
    if name not in world.endpoint_configs:
        raise invalid(f'Could not find endpoint configuration "{arn(world, "endpoint-config", name)}".')
    return world.endpoint_configs[name]


OPERATIONS = {
    "CreateEndpointConfig": create_endpoint_config,
    "DeleteEndpointConfig": delete_endpoint_config,
    "DescribeEndpointConfig": describe_endpoint_config,
    "ListEndpointConfigs": list_endpoint_configs,
}
