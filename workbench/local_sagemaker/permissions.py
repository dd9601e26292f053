"""The questions to IAM about a call: the resources that it touches, and the words of a refusal."""

from collections.abc import Iterator

from workbench.local_sagemaker import code_pipelines
from workbench.local_sagemaker.arns import arn, last_part
from workbench.local_sagemaker.errors import ApiError
from workbench.local_sagemaker.protocol import action
from workbench.local_sagemaker.world import Document, World

# The field that names the resource, and the resource's type in an ARN. Lists of everything lack it: they need "*".
_NAMED_BY = {
    "EndpointName": "endpoint",
    "EndpointConfigName": "endpoint-config",
    "ModelName": "model",
    "MonitoringScheduleName": "monitoring-schedule",
    "ProcessingJobName": "processing-job",
    "PipelineName": "pipeline",
    "ModelPackageGroupName": "model-package-group",
    "ModelPackageName": "model-package",
}
_ARNS = ("PipelineExecutionArn", "ModelPackageArn", "ResourceArn")
_LISTS_OF_ONE = (
    "ListTags",
    "ListPipelineExecutions",
    "ListPipelineExecutionSteps",
    "ListPipelineParametersForExecution",
)


def resources_of(world: World, operation: str, request: Document) -> Iterator[str]:
    """Yield each ARN that a policy must allow for this call.

    An update of an endpoint is also one of its configuration (docs/aws-behaviour.md).
    """
    yield _resource_of(world, operation, request)
    if operation == "UpdateEndpoint":
        yield arn(world, "endpoint-config", request["EndpointConfigName"])


def denied(operation: str, account: str) -> ApiError:
    """Return AccessDeniedException in IAM's words."""
    who = f"arn:aws:sts::{account}:assumed-role/kedge/local"
    return ApiError(
        "AccessDeniedException",
        f"User: {who} is not authorized to perform: {action(operation)} on the resource because no "
        f"identity-based policy allows the {action(operation)} action",
    )


def _resource_of(world: World, operation: str, request: Document) -> str:
    """Return the ARN that a policy must allow for this call, its name in lower case; "*" for a list.

    The service authorization reference says which lists are of one resource, and that the packages of a group are
    requested as packages.
    """
    if operation == "ListModelPackages" and "ModelPackageGroupName" in request:
        return arn(world, "model-package", last_part(request["ModelPackageGroupName"]), "*")
    if operation.startswith(code_pipelines.SERVICE):
        name = request.get("name") or request.get("pipelineName") or request["pipeline"]["name"]
        return code_pipelines.arn(world, name)
    if operation.startswith("List") and operation not in _LISTS_OF_ONE:
        return "*"
    for field in _ARNS:
        if field in request:
            its_arn: str = request[field]
            return its_arn
    if "JobDefinitionName" in request:
        kind = (
            operation.removeprefix("Create")
            .removeprefix("Describe")
            .removeprefix("Delete")
            .removesuffix("JobDefinition")
        )
        words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind).strip("-")
        return arn(world, f"{words}-job-definition", request["JobDefinitionName"])
    for field, kind in _NAMED_BY.items():
        if field in request:
            named: str = request[field]
            return named if named.startswith("arn:") else arn(world, kind, named)
    return "*"
