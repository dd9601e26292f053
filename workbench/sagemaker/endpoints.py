"""Endpoints and their configurations."""

from workbench.sagemaker import events
from workbench.sagemaker.arns import arn
from workbench.sagemaker.errors import invalid
from workbench.sagemaker.guards import missing
from workbench.sagemaker.listing import Listing
from workbench.sagemaker.models import artifacts_of, models_of
from workbench.sagemaker.protocol import trim
from workbench.sagemaker.tags import forget_tags, remember
from workbench.sagemaker.world import Document, World

_ENDPOINTS = Listing(
    name="EndpointName",
    status="EndpointStatus",
    orders={"Name": "EndpointName", "CreationTime": "CreationTime", "Status": "EndpointStatus"},
)
_CONFIGS = Listing(name="EndpointConfigName", orders={"Name": "EndpointConfigName", "CreationTime": "CreationTime"})


def create_endpoint_config(world: World, request: Document) -> Document:
    """A configuration never changes; a name that is taken, or of a model that is not there, is refused."""
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
    """The configuration as it was created."""
    return endpoint_config(world, request["EndpointConfigName"])


def delete_endpoint_config(world: World, request: Document) -> Document:
    """Gone, also where an endpoint runs with it: the service warns of that and does not prevent it."""
    record = endpoint_config(world, request["EndpointConfigName"])
    del world.endpoint_configs[record["EndpointConfigName"]]
    forget_tags(world, record["EndpointConfigArn"])
    return {}


def list_endpoint_configs(world: World, request: Document) -> Document:
    """Newest first, ten a page."""
    found, more = _CONFIGS.select(world.endpoint_configs.values(), request)
    return {"EndpointConfigs": [trim("EndpointConfigSummary", record) for record in found], **more}


def create_endpoint(world: World, request: Document) -> Document:
    """Creating, and after the world's lag InService, or Failed where an artifact is missing; an event for each.

    Raises ApiError for a model that is gone; the service's own words for that are not known.
    """
    name = request["EndpointName"]
    its_arn = arn(world, "endpoint", name)
    if name in world.endpoints:
        raise invalid(f'Cannot create already existing endpoint "{its_arn}".')
    config = endpoint_config(world, request["EndpointConfigName"])
    places = artifacts_of(world, config)
    now = world.now()
    record = {
        "EndpointName": name,
        "EndpointArn": its_arn,
        "CreationTime": now,
        "LastModifiedTime": now,
        "EndpointStatus": "Creating",
        **running(config),
    }
    world.endpoints[name] = record
    remember(world, its_arn, request)
    world.emit(events.endpoint(world, record))
    world.later(world.lag, lambda: _start(world, name, places))
    return {"EndpointArn": its_arn}


def describe_endpoint(world: World, request: Document) -> Document:
    """What runs now."""
    return endpoint(world, request["EndpointName"])


def list_endpoints(world: World, request: Document) -> Document:
    """Newest first, ten a page."""
    found, more = _ENDPOINTS.select(world.endpoints.values(), request)
    return {"Endpoints": [trim("EndpointSummary", record) for record in found], **more}


def endpoint(world: World, name: str) -> Document:
    """Raises ApiError where there is none."""
    if name not in world.endpoints:
        raise invalid(f'Could not find endpoint "{arn(world, "endpoint", name)}".')
    return world.endpoints[name]


def endpoint_config(world: World, name: str) -> Document:
    """Raises ApiError where there is none."""
    if name not in world.endpoint_configs:
        raise invalid(f'Could not find endpoint configuration "{arn(world, "endpoint-config", name)}".')
    return world.endpoint_configs[name]


def running(config: Document) -> Document:
    """The part of an endpoint's description that its configuration decides."""
    shown: Document = {
        "EndpointConfigName": config["EndpointConfigName"],
        "ProductionVariants": [_running_variant(variant) for variant in config["ProductionVariants"]],
    }
    capture = config.get("DataCaptureConfig")
    if capture:
        enabled = capture.get("EnableCapture", False)
        shown["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return shown


def change_status(world: World, name: str, status: str, reason: str | None = None) -> None:
    """Move an endpoint to a state and say so with an event. What was under way with it is over."""
    record = endpoint(world, name)
    world.changes.pop(name, None)
    record.pop("PendingDeploymentSummary", None)
    if status != "Updating":
        record["ProductionVariants"] = [
            {key: value for key, value in variant.items() if key != "VariantStatus"}
            for variant in record["ProductionVariants"]
        ]
    record |= {"EndpointStatus": status, "LastModifiedTime": world.now()}
    if reason is not None:
        record["FailureReason"] = reason
    world.emit(events.endpoint(world, record))


def _start(world: World, name: str, places: list[str]) -> None:
    reason = missing(world, places)
    change_status(world, name, "Failed" if reason else "InService", reason)


def _running_variant(variant: Document) -> Document:
    weight, count = variant.get("InitialVariantWeight", 1.0), variant.get("InitialInstanceCount", 1)
    return {
        "VariantName": variant["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        "CurrentInstanceCount": count,
        "DesiredInstanceCount": count,
    }


OPERATIONS = {
    "CreateEndpointConfig": create_endpoint_config,
    "DeleteEndpointConfig": delete_endpoint_config,
    "DescribeEndpointConfig": describe_endpoint_config,
    "CreateEndpoint": create_endpoint,
    "DescribeEndpoint": describe_endpoint,
    "ListEndpointConfigs": list_endpoint_configs,
    "ListEndpoints": list_endpoints,
}
