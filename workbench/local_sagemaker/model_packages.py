"""The model registry: groups, and packages with versions and an approval status."""

from workbench.local_sagemaker import events
from workbench.local_sagemaker.arns import arn, last_part
from workbench.local_sagemaker.errors import conflict, invalid
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import remember
from workbench.local_sagemaker.world import Document, World

_PACKAGES = Listing(
    name="ModelPackageName",
    equal={"ModelApprovalStatus": "ModelApprovalStatus"},
    orders={"Name": "ModelPackageName", "CreationTime": "CreationTime"},
    direction="Ascending",
)
_UPDATES = {
    "ModelApprovalStatus": "ModelApprovalStatus",
    "ApprovalDescription": "ApprovalDescription",
    "SourceUri": "sourceUri",
    "CustomerMetadataProperties": "CustomerMetadataProperties",
    "InferenceSpecification": "InferenceSpecification",
    "ModelLifeCycle": "ModelLifeCycle",
}


def create_model_package_group(world: World, request: Document) -> Document:
    """Create an empty group."""
    name = request["ModelPackageGroupName"]
    its_arn = arn(world, "model-package-group", name)
    if name in world.package_groups:
        raise invalid(f"Model Package Group already exists: {its_arn}")
    world.package_groups[name] = {"ModelPackageGroupName": name, "ModelPackageGroupArn": its_arn, "Versions": 0}
    remember(world, its_arn, request)
    return {"ModelPackageGroupArn": its_arn}


def create_model_package(world: World, request: Document) -> Document:
    """Create a version of a group, or a package with a name of its own.

    A version is pending approval unless the request says otherwise.
    """
    now = world.now()
    record = (
        {"CertifyForMarketplace": False}
        | trim("DescribeModelPackageOutput", request)
        | {
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CreationTime": now,
            "LastModifiedTime": now,
        }
    )
    if "ModelPackageGroupName" in request:
        group = _group(world, request["ModelPackageGroupName"])
        if group is None:
            raise invalid(f"Model Package Group {request['ModelPackageGroupName']} does not exist.")
        group["Versions"] += 1
        path: tuple[str, ...] = (group["ModelPackageGroupName"], str(group["Versions"]))
        record |= {
            "ModelPackageGroupName": path[0],
            "ModelPackageVersion": group["Versions"],
            "ModelPackageName": path[0],
        }
        record.setdefault("ModelApprovalStatus", "PendingManualApproval")
    elif "ModelPackageName" in request:
        path = (request["ModelPackageName"],)
    else:
        raise invalid("Either ModelPackageName or ModelPackageGroupName must be given.")
    its_arn = arn(world, "model-package", *path)
    if its_arn in world.packages:
        raise conflict(f"Model Package already exists: {its_arn}")
    world.packages[its_arn] = record | {"ModelPackageArn": its_arn}
    remember(world, its_arn, request)
    world.emit(events.model_package(world, world.packages[its_arn], []))
    return {"ModelPackageArn": its_arn}


def describe_model_package(world: World, request: Document) -> Document:
    """Return a package by ARN, or by name if it does not belong to a group."""
    return _package(world, request["ModelPackageName"])


def list_model_packages(world: World, request: Document) -> Document:
    """Return the versions of a group, or the packages without one, oldest first, 10 per page."""
    kind = request.get("ModelPackageType", "Versioned" if "ModelPackageGroupName" in request else "Unversioned")
    group = last_part(request.get("ModelPackageGroupName", ""))
    own = [
        record
        for record in world.packages.values()
        if (kind == "Both" or ("ModelPackageVersion" in record) == (kind == "Versioned"))
        and (not group or record.get("ModelPackageGroupName", "").lower() == group.lower())
    ]
    found, more = _PACKAGES.select(own, request)
    return {"ModelPackageSummaryList": [trim("ModelPackageSummary", record) for record in found], **more}


def update_model_package(world: World, request: Document) -> Document:
    """Change the approval and other fields of a package. The event names the changed fields."""
    record = _package(world, request["ModelPackageArn"])
    changed = {key: request[key] for key in _UPDATES if key in request}
    record |= changed | {"LastModifiedTime": world.now()}
    world.emit(events.model_package(world, record, [_UPDATES[key] for key in changed]))
    return {"ModelPackageArn": record["ModelPackageArn"]}


def _group(world: World, name_or_arn: str) -> Document | None:
    wanted = last_part(name_or_arn).lower()
    return next((group for name, group in world.package_groups.items() if name.lower() == wanted), None)


def _package(world: World, name_or_arn: str) -> Document:
    its_arn = name_or_arn if name_or_arn.startswith("arn:") else arn(world, "model-package", name_or_arn)
    if its_arn not in world.packages:
        raise invalid(f"ModelPackage {its_arn} does not exist.")
    return world.packages[its_arn]


OPERATIONS = {
    "CreateModelPackageGroup": create_model_package_group,
    "CreateModelPackage": create_model_package,
    "DescribeModelPackage": describe_model_package,
    "ListModelPackages": list_model_packages,
    "UpdateModelPackage": update_model_package,
}
