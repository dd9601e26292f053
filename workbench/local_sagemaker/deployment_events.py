"""`SageMaker Endpoint Deployment State Change`, spelled as in its two samples (docs/aws-behaviour.md).

The first form names the old configuration at the top and the new one in PendingDeploymentSummary. The second form, a
change of weights or counts, does not have PendingDeploymentSummary. Times are whole milliseconds; the endpoint's own
event has floats.
"""

from workbench.local_sagemaker.events import envelope, millis, upper_snake
from workbench.local_sagemaker.world import Document, World

_NUMBERS = ("CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount")


def deployment(world: World, record: Document) -> Document:
    """Return the event of an endpoint during a deployment or a change of capacity."""
    detail = {
        "EndpointName": record["EndpointName"],
        "EndpointArn": record["EndpointArn"],
        "EndpointConfigName": record["EndpointConfigName"],
        "ProductionVariants": [_variant(variant) for variant in record["ProductionVariants"]],
        "EndpointStatus": upper_snake(record["EndpointStatus"]),
        "CreationTime": millis(record["CreationTime"]),
        "LastModifiedTime": millis(record["LastModifiedTime"]),
        "Tags": {},
    }
    pending = record.get("PendingDeploymentSummary")
    if pending:
        detail["PendingDeploymentSummary"] = {
            "EndpointConfigName": pending["EndpointConfigName"],
            "StartTime": millis(pending["StartTime"]),
            "ProductionVariants": [_variant(variant) for variant in pending["ProductionVariants"]],
        }
    return envelope(world, "Endpoint Deployment State Change", [record["EndpointArn"]], detail, world.now())


def _variant(variant: Document) -> Document:
    shown: Document = {"VariantName": variant["VariantName"]}
    shown |= {key: _whole(variant[key]) for key in _NUMBERS}
    if "VariantStatus" in variant:
        shown["VariantStatus"] = [
            status | {"StartTime": millis(status["StartTime"])} for status in variant["VariantStatus"]
        ]
    return shown


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number
