"""The calls of a user who puts an endpoint under monitoring, in order: for the demo, the tests and measurements.

The module is pure. It yields `(operation, parameters)`; `send` makes the calls through any boto3 client, and the
service accepts them directly.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from botocore import xform_name

from workbench.local_sagemaker.job_definitions import KINDS
from workbench.local_sagemaker.world import Document

PARAMETERS = ("Incident", "Endpoint", "Monitor", "WindowStart", "WindowEnd", "Report", "Baseline")

type Call = tuple[str, Document]

_ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
_CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
_SUFFIXES = {
    "DataQuality": "data-quality",
    "ModelQuality": "model-quality",
    "ModelBias": "bias",
    "ModelExplainability": "attribution",
}
_XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
_INPUT = "/opt/ml/processing/input_data"
_OUTPUT = "/opt/ml/processing/output"


def schedule_name(endpoint: str, kind: str) -> str:
    """Return `churn-prod-data-quality` for a `DataQuality` monitor of `churn-prod`."""
    return f"{endpoint}-{_SUFFIXES[kind]}"


def monitored_endpoint(
    endpoint: str,
    *,
    bucket: str,
    account: str = "111122223333",
    kinds: Iterable[str] = tuple(KINDS),
    tags: dict[str, str] | None = None,
    artifact: str | None = None,
    package: str | None = None,
    captures: bool = True,
) -> Iterator[Call]:
    """Yield the calls for a model, a configuration with data capture, an endpoint, and the monitors.

    Each kind of monitor has a job definition and its hourly schedule. Reports go to `s3://<bucket>/monitoring`,
    captured data to `s3://<bucket>/capture`. `artifact` is the model's S3 URI, `package` the ARN of a registered
    version; without either the image is the whole model. Without `captures`, the configuration has no data capture.
    """
    role = f"arn:aws:iam::{account}:role/sagemaker-execution"
    marks = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    config = f"{endpoint}-1"
    yield _model(endpoint, artifact, package, role)
    yield _config(config, endpoint, bucket, captures=captures)
    yield "CreateEndpoint", {"EndpointName": endpoint, "EndpointConfigName": config, "Tags": marks}
    for kind in kinds:
        name = schedule_name(endpoint, kind)
        yield f"Create{kind}JobDefinition", _definition(kind, name, endpoint, bucket, role)
        yield (
            "CreateMonitoringSchedule",
            {
                "MonitoringScheduleName": name,
                "MonitoringScheduleConfig": {
                    "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
                    "MonitoringJobDefinitionName": name,
                    "MonitoringType": kind,
                },
                "Tags": marks,
            },
        )


def next_config(
    endpoint: str,
    number: int,
    *,
    bucket: str,
    account: str = "111122223333",
    artifact: str | None = None,
    package: str | None = None,
) -> Iterator[Call]:
    """Yield the calls for `<endpoint>-<number>`, a model and a configuration that differs only in it.

    The model has an artifact, or is a registered package.
    """
    name = f"{endpoint}-{number}"
    yield _model(name, artifact, package, f"arn:aws:iam::{account}:role/sagemaker-execution")
    yield _config(name, name, bucket)


def registered(group: str, *, artifact: str, evaluation: str | None = None) -> Iterator[Call]:
    """Yield the calls for a group with its first version, approved: `…:model-package/<group>/1`.

    `evaluation` is the S3 URI of its metrics.
    """
    statistics = {"ContentType": "application/json", "S3Uri": evaluation}
    metrics = {"ModelMetrics": {"ModelQuality": {"Statistics": statistics}}} if evaluation else {}
    yield "CreateModelPackageGroup", {"ModelPackageGroupName": group}
    yield (
        "CreateModelPackage",
        {
            "ModelPackageGroupName": group,
            "ModelApprovalStatus": "Approved",
            "InferenceSpecification": {
                "Containers": [{"Image": _XGBOOST, "ModelDataUrl": artifact}],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
            **metrics,
        },
    )


def retraining(endpoint: str, *, group: str, account: str = "111122223333") -> Iterator[Call]:
    """Yield the calls for `<endpoint>-retrain`, a pipeline that prepares, trains, evaluates and registers in a group.

    It takes the `PARAMETERS`; the name of each is that of one of Kedge's placeholders.
    """
    steps = {"prepare": "Processing", "train": "Training", "evaluate": "Processing", "register": "RegisterModel"}
    named = {"register": {"ModelPackageGroupName": group}}
    definition = {
        "Version": "2020-12-01",
        "Parameters": [{"Name": name, "Type": "String", "DefaultValue": ""} for name in PARAMETERS],
        "Steps": [{"Name": name, "Type": kind, "Arguments": named.get(name, {})} for name, kind in steps.items()],
    }
    yield (
        "CreatePipeline",
        {
            "PipelineName": f"{endpoint}-retrain",
            "PipelineDefinition": json.dumps(definition),
            "ClientRequestToken": hashlib.sha256(endpoint.encode()).hexdigest(),
            "RoleArn": f"arn:aws:iam::{account}:role/sagemaker-execution",
        },
    )


def send(client: Any, calls: Iterable[Call]) -> None:
    """Make the calls through a boto3 SageMaker client."""
    for operation, parameters in calls:
        getattr(client, xform_name(operation))(**parameters)


def _model(name: str, artifact: str | None, package: str | None, role: str) -> Call:
    container: Document = {"ModelPackageName": package} if package else {"Image": _XGBOOST}
    if artifact:
        container["ModelDataUrl"] = artifact
    return "CreateModel", {"ModelName": name, "PrimaryContainer": container, "ExecutionRoleArn": role}


def _config(name: str, model: str, bucket: str, *, captures: bool = True) -> Call:
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": model,
        "InitialInstanceCount": 2,
        "InstanceType": "ml.m5.large",
        "InitialVariantWeight": 1.0,
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{bucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    }
    request: Document = {"EndpointConfigName": name, "ProductionVariants": [variant]}
    return "CreateEndpointConfig", request | ({"DataCaptureConfig": capture} if captures else {})


def _definition(kind: str, name: str, endpoint: str, bucket: str, role: str) -> Document:
    job_input: Document = {"EndpointInput": {"EndpointName": endpoint, "LocalPath": _INPUT}}
    if kind in ("ModelQuality", "ModelBias"):
        job_input["GroundTruthS3Input"] = {"S3Uri": f"s3://{bucket}/ground-truth"}
    app: Document = {"ImageUri": _ANALYZER}
    if kind in ("ModelBias", "ModelExplainability"):
        app = {"ImageUri": _CLARIFY, "ConfigUri": f"s3://{bucket}/baseline/{name}/analysis_config.json"}
    if kind == "ModelQuality":
        app["ProblemType"] = "BinaryClassification"
    output = {"S3Uri": f"s3://{bucket}/monitoring", "LocalPath": _OUTPUT, "S3UploadMode": "Continuous"}
    return {
        "JobDefinitionName": name,
        f"{kind}AppSpecification": app,
        f"{kind}JobInput": job_input,
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}},
        "RoleArn": role,
        "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
    }
