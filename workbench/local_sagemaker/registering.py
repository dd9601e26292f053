"""The results of a pipeline: an artifact, its evaluation, and a version in the registry that names the execution."""

import json

from workbench.local_sagemaker.fates import Course
from workbench.local_sagemaker.model_packages import create_model_package, create_model_package_group
from workbench.local_sagemaker.world import Document, World

_IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def register(world: World, execution: Document, group: str, course: Course) -> str:
    """Return the ARN of the new version, which is pending approval. A missing group is created.

    It also raises the errors of the object store.

    Raises:
        LookupError: there is no group to register in.
    """
    if not group:
        raise LookupError("neither the step nor the prepared course names a model package group")
    its_arn = execution["PipelineExecutionArn"]
    container: Document = {"Image": _IMAGE}
    request: Document = {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "PendingManualApproval",
        "MetadataProperties": {"GeneratedBy": its_arn},
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    }
    if course.output is not None:
        place = f"{course.output.rstrip('/')}/{its_arn.rpartition('/')[2]}"
        container["ModelDataUrl"] = f"{place}/model.tar.gz"
        _put(world, container["ModelDataUrl"], its_arn.encode())
        if course.evaluation is not None:
            _put(world, f"{place}/evaluation.json", json.dumps(course.evaluation).encode())
            told = {"ContentType": "application/json", "S3Uri": f"{place}/evaluation.json"}
            request["ModelMetrics"] = {"ModelQuality": {"Statistics": told}}
    if group not in world.package_groups:
        create_model_package_group(world, {"ModelPackageGroupName": group})
    made: str = create_model_package(world, request)["ModelPackageArn"]
    return made


def _put(world: World, uri: str, body: bytes) -> None:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    world.put_object(bucket, key, body)
