"""The API of endpoints: create, describe, list, and changes of their status."""

from workbench.local_sagemaker import events
from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.endpoint_configs import endpoint_config
from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.guards import missing
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.models import artifacts_of
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import remember
from workbench.local_sagemaker.world import Document, World

_ENDPOINTS = Listing(
    name="EndpointName",
    status="EndpointStatus",
    orders={"Name": "EndpointName", "CreationTime": "CreationTime", "Status": "EndpointStatus"},
)


def create_endpoint(world: World, request: Document) -> Document:
    """Create an endpoint: Creating, and after the world's lag InService, or Failed if an artifact is missing.

    Each state has its event.

    Raises:
        ApiError: a model does not exist; the service's own words for that are unknown.
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
    """Return the current state of an endpoint."""
    return endpoint(world, request["EndpointName"])


def list_endpoints(world: World, request: Document) -> Document:
    """Return the endpoints, newest first, 10 per page."""
    found, more = _ENDPOINTS.select(world.endpoints.values(), request)
    return {"Endpoints": [trim("EndpointSummary", record) for record in found], **more}


def endpoint(world: World, name: str) -> Document:
    """Return an endpoint. Raises ApiError if there is none."""
    if name not in world.endpoints:
        raise invalid(f'Could not find endpoint "{arn(world, "endpoint", name)}".')
    return world.endpoints[name]


def running(config: Document) -> Document:
    """Return the part of an endpoint's description that its configuration decides."""
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
    """Set an endpoint to a state and send the event. Its change in progress ends."""
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
    "CreateEndpoint": create_endpoint,
    "DescribeEndpoint": describe_endpoint,
    "ListEndpoints": list_endpoints,
}
