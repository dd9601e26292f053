"""A model package was made, approved or rejected (docs/aws-behaviour.md)."""

from kedge.domain.ids import stamp
from kedge.domain.signal import ModelPackageChanged
from kedge.domain.target import Target, TargetKind
from kedge.sources.arns import arn
from kedge.sources.event_header import Event
from kedge.sources.timestamps import moment


def read_model_package(event: Event) -> ModelPackageChanged:
    """The signal in a `SageMaker Model Package State Change`. Raises MalformedSignal.

    The target is the package's group, or the package itself where it has no versions. `made_by` is the pipeline
    execution that made it, which ties a new model to the incident that asked for it.
    """
    detail = event.detail
    package = detail.text("ModelPackageArn") or next(iter(event.resources), None)
    if package is None:
        raise detail.at("ModelPackageArn").fault("must hold the package's ARN")
    name = detail.text("ModelPackageGroupName", "ModelPackageName") or _name_in(package)
    if name is None:
        raise detail.at("ModelPackageGroupName").fault("must hold the group's name; neither it nor the ARN does")
    approval = detail.text("ModelApprovalStatus")
    at = moment(detail.at("LastModifiedTime").value) or event.at
    account, region = event.place_of(package)
    what = f"{detail.text('ModelPackageStatus') or '-'}/{approval or '-'}/{stamp(at)}"
    return ModelPackageChanged(
        id=f"model-package/{package}/{what}",
        at=at,
        target=Target(account=account, region=region, kind=TargetKind.MODEL_PACKAGE, name=name),
        provenance=event.arrival.told(f"model package {name}"),
        package=package,
        approval=approval,
        made_by=detail.at("MetadataProperties").text("GeneratedBy"),
    )


def _name_in(package: str) -> str | None:
    """The group in `model-package/<group>/<version>`, in lower case as ARNs are."""
    found = arn(package)
    parts = found.resource.split("/") if found else []
    return (parts[1] or None) if len(parts) > 1 else None
