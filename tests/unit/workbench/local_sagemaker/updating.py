"""Updates of one endpoint of the local SageMaker, step by step."""

from datetime import timedelta

import pytest

from workbench.local_sagemaker.errors import ApiError

STATE, DEPLOYMENT = "SageMaker Endpoint State Change", "SageMaker Endpoint Deployment State Change"
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 300,
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
        },
        "TerminationWaitInSeconds": 600,
    }
}


def config(stage, name, *, weight=0.5, count=2, variants=("a", "b"), **more):
    shape = {"ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": count}
    stage.call(
        "CreateEndpointConfig",
        EndpointConfigName=name,
        ProductionVariants=[shape | {"VariantName": variant, "InitialVariantWeight": weight} for variant in variants],
        **more,
    )


def capture(percentage):
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percentage,
        "DestinationS3Uri": "s3://reports/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }


def update(stage, target="churn-2", **more):
    return stage.call("UpdateEndpoint", EndpointName="churn", EndpointConfigName=target, **more)


def shift(stage, **counts_and_weights):
    wanted = [{"VariantName": name, **each} for name, each in counts_and_weights.items()]
    stage.call("UpdateEndpointWeightsAndCapacities", EndpointName="churn", DesiredWeightsAndCapacities=wanted)


def shown(stage):
    return stage.call("DescribeEndpoint", EndpointName="churn")


def wait(stage, **time):
    stage.now += timedelta(**time)
    stage.service.tick()


def variants(stage, key):
    return {variant["VariantName"]: variant[key] for variant in shown(stage)["ProductionVariants"]}


def refusal(stage, *arguments, **more):
    with pytest.raises(ApiError) as caught:
        update(stage, *arguments, **more)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def stages(stage):
    """What the events told: the endpoint's state, or what the first variant of a deployment said."""
    return [told(event) for event in stage.events]


def told(event):
    detail = event["detail"]
    if event["detail-type"] == STATE:
        return detail["EndpointStatus"]
    coming = detail["PendingDeploymentSummary"]["ProductionVariants"][0]
    (status,) = coming.get("VariantStatus") or detail["ProductionVariants"][0]["VariantStatus"]
    return status["StatusMessage"]


def shape(value):
    """The keys and types of a document, whatever its values are."""
    match value:
        case dict():
            return {key: shape(item) for key, item in value.items()}
        case list():
            return [shape(value[0])]
        case _:
            return type(value).__name__
