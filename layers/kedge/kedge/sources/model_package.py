"""Reads that a model package was made, approved or rejected (docs/aws-behaviour.md)."""

from kedge.domain.ids import stamp
from kedge.domain.signal import ModelPackageChanged
from kedge.domain.target import Target, TargetKind
from kedge.sources.arns import arn
from kedge.sources.event_header import Event
from kedge.sources.timestamps import moment


def read_model_package(event: Event) -> ModelPackageChanged:
    """Return the signal in a `SageMaker Model Package State Change`.

    The target is the package's group, or the package itself if it does not have versions. `made_by` is the pipeline
    execution that made it, which connects a new model to the incident that requested it.

    Raises:
        MalformedSignal: the event cannot be read.
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
    """Return the group in `model-package/<group>/<version>`, in lower case as in ARNs."""
    found = arn(package)
    parts = found.resource.split("/") if found else []
    return (parts[1] or None) if len(parts) > 1 else None
