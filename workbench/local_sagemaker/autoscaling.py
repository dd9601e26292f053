"""Application Auto Scaling for endpoints: the variants that it may scale, its limits, and its changes.

In AWS it is a separate service; here it answers at the same address. In AWS, policies and alarms decide when it scales;
here the workbench decides.
"""

import hashlib

from workbench.local_sagemaker.endpoints import endpoint
from workbench.local_sagemaker.errors import ApiError, invalid
from workbench.local_sagemaker.listing import page
from workbench.local_sagemaker.weights import update_weights
from workbench.local_sagemaker.world import Document, World

_INSTANCES = "sagemaker:variant:DesiredInstanceCount"
_ROLE = (
    "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
_KEPT = ("MinCapacity", "MaxCapacity", "RoleARN", "SuspendedState")


def register_scalable_target(world: World, request: Document) -> Document:
    """Register a variant that may be scaled, or change the given fields of a registered one."""
    place = _place(request)
    before = world.scalable_targets.get(place)
    if before is None:
        _refuse_what_is_no_variant(world, request)
        before = {
            "ServiceNamespace": request["ServiceNamespace"],
            "ResourceId": request["ResourceId"],
            "ScalableDimension": request["ScalableDimension"],
            "RoleARN": f"arn:aws:iam::{world.account}:role/{_ROLE}",
            "CreationTime": world.now(),
            "ScalableTargetARN": _arn(world, place),
        }
    record = before | {key: request[key] for key in _KEPT if key in request}
    if "MinCapacity" not in record or "MaxCapacity" not in record:
        raise invalid("MinCapacity and MaxCapacity must be given for a new scalable target.")
    if record["MinCapacity"] > record["MaxCapacity"]:
        raise invalid("Maximum capacity cannot be less than minimum capacity.")
    world.scalable_targets[place] = record
    return {"ScalableTargetARN": record["ScalableTargetARN"]}


def deregister_scalable_target(world: World, request: Document) -> Document:
    """Deregister a variant. Its instance count stays."""
    if world.scalable_targets.pop(_place(request), None) is None:
        named = " ".join(_place(request))
        raise ApiError("ObjectNotFoundException", f"No scalable target found for {named}")
    return {}


def describe_scalable_targets(world: World, request: Document) -> Document:
    """Return the requested targets, 50 per page, without those that are not registered."""
    if "ScalableDimension" in request and not request.get("ResourceIds"):
        raise invalid("A scalable dimension can only be given together with resource ids.")
    found = [
        record
        for record in world.scalable_targets.values()
        if record["ServiceNamespace"] == request["ServiceNamespace"]
        and record["ResourceId"] in request.get("ResourceIds", [record["ResourceId"]])
        and record["ScalableDimension"] == request.get("ScalableDimension", record["ScalableDimension"])
    ]
    targets, more = page(found, request, 50)
    return {"ScalableTargets": targets, **more}


def scale(world: World, name: str, variant: str, instances: int) -> Document:
    """Give a variant another instance count within the target's limits, as Application Auto Scaling does on its own.

    Raises:
        ApiError: there is no such target, the count is outside its limits, or the endpoint is being changed.
    """
    resource = f"endpoint/{name}/variant/{variant}"
    target = world.scalable_targets.get(("sagemaker", resource, _INSTANCES))
    if target is None:
        raise invalid(f"{resource} is no scalable target.")
    least, most = target["MinCapacity"], target["MaxCapacity"]
    if not least <= instances <= most:
        raise invalid(f"{resource} is scaled between {least} and {most} instances, not to {instances}.")
    wanted = {"VariantName": variant, "DesiredInstanceCount": instances}
    return update_weights(world, {"EndpointName": name, "DesiredWeightsAndCapacities": [wanted]})


def refuse_another_machine(world: World, name: str, before: Document, after: Document) -> None:
    """Refuse a new configuration that lacks a registered variant or gives it another instance type.

    AWS's guide says "deregister first" for both; the words of its refusal are unknown.

    Raises:
        ApiError: the new configuration does one of the two.
    """
    types = {variant["VariantName"]: variant.get("InstanceType") for variant in after["ProductionVariants"]}
    for variant in before["ProductionVariants"]:
        held = ("sagemaker", f"endpoint/{name}/variant/{variant['VariantName']}", _INSTANCES) in world.scalable_targets
        if held and types.get(variant["VariantName"]) != variant.get("InstanceType"):
            raise invalid(
                f"The variant {variant['VariantName']} is a scalable target: deregister it before it is removed or gets "
                "another instance type."
            )


def _place(request: Document) -> tuple[str, str, str]:
    return request["ServiceNamespace"], request["ResourceId"], request["ScalableDimension"]


def _arn(world: World, place: tuple[str, str, str]) -> str:
    mark = hashlib.sha256("/".join(place).encode()).hexdigest()[:32]
    return f"arn:aws:application-autoscaling:{world.region}:{world.account}:scalable-target/{mark}"


def _refuse_what_is_no_variant(world: World, request: Document) -> None:
    match request["ServiceNamespace"], request["ResourceId"].split("/"):
        case "sagemaker", ["endpoint", name, "variant", variant]:
            if variant not in {one["VariantName"] for one in endpoint(world, name)["ProductionVariants"]}:
                raise invalid(f"The endpoint {name} has no variant {variant}.")
        case _:
            raise invalid(f"Only variants of endpoints can be scaled here, not {request['ResourceId']}.")


OPERATIONS = {
    "DeregisterScalableTarget": deregister_scalable_target,
    "DescribeScalableTargets": describe_scalable_targets,
    "RegisterScalableTarget": register_scalable_target,
}
