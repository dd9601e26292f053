"""SageMaker: the current state of endpoints and their parts."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kedge.adapters.calls import Client, ask, pages, utc
from kedge.adapters.sagemaker.tags import arn_of
from kedge.domain.facts import Endpoint, EndpointConfig, Model, Variant
from kedge.domain.target import Target
from kedge.ports.captures import CaptureConfig

type _Told = Mapping[str, Any]

_SERVICE: Final = "sagemaker"


class SageMakerEndpoints:
    """Endpoints, read without a cache.

    The calls are the Describe calls, ListTags, and DescribeScalableTargets of Application Auto Scaling.
    """

    def __init__(self, sagemaker: Client, scaling: Client) -> None:
        """Keep SageMaker's client and `scaling`, the client of `application-autoscaling`."""
        self._sagemaker = sagemaker
        self._scaling = scaling

    def endpoint(self, name: str) -> Endpoint | None:
        """Return the endpoint of this name, or None. Shadow variants return no predictions, so they are left out."""
        told = ask(self._sagemaker.describe_endpoint, EndpointName=name)
        if told is None:
            return None
        return Endpoint(
            name=told["EndpointName"],
            status=told["EndpointStatus"],
            config=told.get("EndpointConfigName"),
            variants=tuple(_running(each) for each in told.get("ProductionVariants", ())),
            capture=_captures(told),
            coming=told.get("PendingDeploymentSummary", {}).get("EndpointConfigName"),
            modified=utc(told.get("LastModifiedTime")),
            failure=told.get("FailureReason"),
        )

    def capture_of(self, endpoint: str) -> CaptureConfig | None:
        """Return the data capture of an endpoint, or None if there is no endpoint of this name."""
        told = ask(self._sagemaker.describe_endpoint, EndpointName=endpoint)
        if told is None:
            return None
        return CaptureConfig(
            is_on=_captures(told), destination=told.get("DataCaptureConfig", {}).get("DestinationS3Uri", "")
        )

    def config(self, name: str) -> EndpointConfig | None:
        """Return the endpoint config of this name, or None. Shadow variants appear only by name."""
        told = ask(self._sagemaker.describe_endpoint_config, EndpointConfigName=name)
        if told is None:
            return None
        return EndpointConfig(
            name=told["EndpointConfigName"],
            variants=tuple(_configured(each) for each in told.get("ProductionVariants", ())),
            shadows=tuple(each["VariantName"] for each in told.get("ShadowProductionVariants", ())),
            capture=_captures(told),
            created=utc(told.get("CreationTime")),
            key=told.get("KmsKeyId"),
        )

    def model(self, name: str) -> Model | None:
        """Return the model of this name, or None."""
        told = ask(self._sagemaker.describe_model, ModelName=name)
        if told is None:
            return None
        containers = [told.get("PrimaryContainer", {}), *told.get("Containers", ())]
        return Model(
            name=told["ModelName"],
            artifacts=tuple(dict.fromkeys(uri for each in containers for uri in _artifacts(each))),
            packages=tuple(
                dict.fromkeys(each["ModelPackageName"] for each in containers if each.get("ModelPackageName"))
            ),
            created=utc(told.get("CreationTime")),
        )

    def approval(self, package: str) -> str | None:
        """Return the approval status of a model package; None if there is no package, or no status."""
        told = ask(self._sagemaker.describe_model_package, ModelPackageName=package)
        return None if told is None else told.get("ModelApprovalStatus")

    def scaled(self, endpoint: str, variants: tuple[str, ...]) -> tuple[str, ...]:
        """Return the variants of an endpoint that are under automatic scaling, in the given order."""
        if not variants:
            return ()
        resources = {f"endpoint/{endpoint}/variant/{variant}": variant for variant in variants}
        found = pages(self._scaling.describe_scalable_targets, ServiceNamespace=_SERVICE, ResourceIds=sorted(resources))
        scaled = {target["ResourceId"] for page in found for target in page.get("ScalableTargets", ())}
        return tuple(variant for resource, variant in resources.items() if resource in scaled)

    def tags(self, target: Target) -> dict[str, str]:
        """Return the current tags of an endpoint. Raises Transient or Permanent if they cannot be read."""
        found = pages(self._sagemaker.list_tags, ResourceArn=arn_of(target))
        return {tag["Key"]: tag["Value"] for page in found for tag in page.get("Tags", ())}


def _running(told: _Told) -> Variant:
    return Variant(
        name=told["VariantName"],
        count=told.get("CurrentInstanceCount"),
        weight=told.get("CurrentWeight", 1.0),
        serverless="CurrentServerlessConfig" in told,
    )


def _configured(told: _Told) -> Variant:
    return Variant(
        name=told["VariantName"],
        model=told.get("ModelName"),
        count=told.get("InitialInstanceCount"),
        weight=told.get("InitialVariantWeight", 1.0),
        instance_type=told.get("InstanceType"),
        serverless="ServerlessConfig" in told,
    )


def _artifacts(container: _Told) -> Iterator[str]:
    if uri := container.get("ModelDataUrl"):
        # A multi-model container has a folder, with or without the trailing slash.
        yield _folder(uri) if container.get("Mode") == "MultiModel" else uri
    sources = [container.get("ModelDataSource", {}), *container.get("AdditionalModelDataSources", ())]
    for source in (each["S3DataSource"] for each in sources if "S3DataSource" in each):
        yield _folder(source["S3Uri"]) if source.get("S3DataType") == "S3Prefix" else source["S3Uri"]


def _folder(uri: str) -> str:
    return uri if uri.endswith("/") else f"{uri}/"


def _captures(told: Mapping[str, Any]) -> bool:
    """Return whether anything is captured: capture is on and above 0 %. The key depends on the API that answered."""
    capture = told.get("DataCaptureConfig", {})
    share = capture.get("CurrentSamplingPercentage", capture.get("InitialSamplingPercentage", 100))
    return bool(capture.get("EnableCapture")) and share > 0
