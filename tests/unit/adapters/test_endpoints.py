"""What is read of an endpoint before anything is done to it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from kedge.adapters.sagemaker.endpoints import SageMakerEndpoints
from kedge.domain.errors import Permanent, Transient
from kedge.domain.facts import Endpoint, EndpointConfig, Model, Variant
from kedge.domain.target import Target, TargetKind

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PACKAGE = f"{ARN}:model-package/churn/7"
TARGET = Target(account="111122223333", region="us-east-1", kind=TargetKind.ENDPOINT, name="Churn-Prod")
ENDPOINT = {
    "EndpointName": "churn",
    "EndpointArn": f"{ARN}:endpoint/churn",
    "EndpointStatus": "InService",
    "CreationTime": NOON,
    "LastModifiedTime": NOON,
}
MODEL = {"ModelName": "churn-7", "ModelArn": f"{ARN}:model/churn-7", "CreationTime": NOON}


@pytest.fixture
def sagemaker(stubbed):
    return stubbed("sagemaker")


@pytest.fixture
def scaling(stubbed):
    return stubbed("application-autoscaling")


@pytest.fixture
def endpoints(sagemaker, scaling):
    return SageMakerEndpoints(sagemaker[0], scaling[0])


def test_an_endpoint_that_is_being_updated_tells_what_runs_and_what_comes(endpoints, sagemaker):
    running = {"VariantName": "blue", "CurrentInstanceCount": 7, "DesiredInstanceCount": 9, "CurrentWeight": 0.5}
    capture = {
        "EnableCapture": True,
        "CaptureStatus": "Started",
        "CurrentSamplingPercentage": 100,
        "DestinationS3Uri": "s3://capture/churn",
        "KmsKeyId": "",
    }
    told = ENDPOINT | {
        "EndpointStatus": "Updating",
        "EndpointConfigName": "churn-40",
        "ProductionVariants": [running],
        "ShadowProductionVariants": [{"VariantName": "shadow", "CurrentInstanceCount": 1}],
        "DataCaptureConfig": capture,
        "PendingDeploymentSummary": {"EndpointConfigName": "churn-41"},
        "LastModifiedTime": NOON.astimezone(timezone(timedelta(hours=5))),
        "FailureReason": "the update before this one failed",
    }
    sagemaker[1].add_response("describe_endpoint", told, {"EndpointName": "churn"})
    endpoint = endpoints.endpoint("churn")
    assert endpoint == Endpoint(
        name="churn",
        status="Updating",
        config="churn-40",
        variants=(Variant(name="blue", count=7, weight=0.5),),
        capture=True,
        coming="churn-41",
        modified=NOON,
        failure="the update before this one failed",
    )
    assert endpoint.modified.tzinfo is UTC


def test_an_endpoint_without_a_config_captures_nothing_and_has_no_variants(endpoints, sagemaker):
    sagemaker[1].add_response("describe_endpoint", ENDPOINT)
    assert endpoints.endpoint("churn") == Endpoint(name="churn", status="InService", config=None, modified=NOON)


def test_a_serverless_variant_has_no_count(endpoints, sagemaker):
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 5}
    variants = [{"VariantName": "all", "CurrentWeight": 1.0, "CurrentServerlessConfig": serverless}]
    sagemaker[1].add_response("describe_endpoint", ENDPOINT | {"ProductionVariants": variants})
    assert endpoints.endpoint("churn").variants == (Variant(name="all", serverless=True),)


def test_a_config_tells_its_variants_its_capture_and_the_names_of_its_shadows(endpoints, sagemaker):
    instances = {"ModelName": "churn-7", "InitialInstanceCount": 2, "InstanceType": "ml.m5.large"}
    told = {
        "EndpointConfigName": "churn-40",
        "EndpointConfigArn": f"{ARN}:endpoint-config/churn-40",
        "ProductionVariants": [
            {"VariantName": "blue", "InitialVariantWeight": 0.9, **instances},
            {
                "VariantName": "on-demand",
                "ModelName": "m",
                "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1},
            },
            {"VariantName": "components", "InstanceType": "ml.g5.xlarge", "InitialInstanceCount": 1},
        ],
        "ShadowProductionVariants": [{"VariantName": "shadow", **instances}],
        "DataCaptureConfig": {
            "EnableCapture": True,
            "InitialSamplingPercentage": 100,
            "DestinationS3Uri": "s3://capture",
            "CaptureOptions": [{"CaptureMode": "Input"}],
        },
        "CreationTime": NOON,
        "KmsKeyId": "alias/endpoints",
    }
    sagemaker[1].add_response("describe_endpoint_config", told, {"EndpointConfigName": "churn-40"})
    assert endpoints.config("churn-40") == EndpointConfig(
        name="churn-40",
        variants=(
            Variant(name="blue", model="churn-7", count=2, weight=0.9, instance_type="ml.m5.large"),
            Variant(name="on-demand", model="m", serverless=True),
            Variant(name="components", count=1, instance_type="ml.g5.xlarge"),
        ),
        shadows=("shadow",),
        capture=True,
        created=NOON,
        key="alias/endpoints",
    )


def source(uri, kind):
    return {"S3DataSource": {"S3Uri": uri, "S3DataType": kind, "CompressionType": "None"}}


@pytest.mark.parametrize(
    ("containers", "artifacts", "packages"),
    [
        ({"PrimaryContainer": {"Image": "i", "ModelDataUrl": "s3://models/7.tar.gz"}}, ("s3://models/7.tar.gz",), ()),
        ({"PrimaryContainer": {"ModelPackageName": PACKAGE}}, (), (PACKAGE,)),
        ({"PrimaryContainer": {"Mode": "MultiModel", "ModelDataUrl": "s3://models/many"}}, ("s3://models/many/",), ()),
        ({"PrimaryContainer": {"ModelDataSource": source("s3://models/7", "S3Prefix")}}, ("s3://models/7/",), ()),
        ({"PrimaryContainer": {"ModelDataSource": source("s3://models/7", "S3Object")}}, ("s3://models/7",), ()),
        (
            {"Containers": [{"ModelDataUrl": "s3://m/a"}, {"ModelDataUrl": "s3://m/b"}, {"ModelDataUrl": "s3://m/a"}]},
            ("s3://m/a", "s3://m/b"),
            (),
        ),
        (
            {"PrimaryContainer": {"AdditionalModelDataSources": [{"ChannelName": "draft", **source("s3://m/d/", "S3Prefix")}]}},
            ("s3://m/d/",),
            (),
        ),
        ({}, (), ()),
    ],
)  # fmt: skip
def test_a_model_tells_all_that_it_is_made_of(endpoints, sagemaker, containers, artifacts, packages):
    sagemaker[1].add_response("describe_model", MODEL | containers, {"ModelName": "churn-7"})
    found = endpoints.model("churn-7")
    assert found == Model(name="churn-7", artifacts=artifacts, packages=packages, created=found.created)


@pytest.mark.parametrize(
    ("read", "operation", "said"),
    [
        ("endpoint", "describe_endpoint", f'Could not find endpoint "{ARN}:endpoint/x".'),
        ("config", "describe_endpoint_config", f'Could not find endpoint configuration "{ARN}:endpoint-config/x".'),
        ("model", "describe_model", f'Could not find model "{ARN}:model/x".'),
    ],
)
def test_what_is_gone_is_none_and_what_may_not_be_read_is_not(endpoints, sagemaker, read, operation, said):
    sagemaker[1].add_client_error(operation, "ValidationException", said)
    assert getattr(endpoints, read)("x") is None
    sagemaker[1].add_client_error(operation, "AccessDeniedException")
    with pytest.raises(Permanent):
        getattr(endpoints, read)("x")
    sagemaker[1].add_client_error(operation, "ThrottlingException")
    with pytest.raises(Transient):
        getattr(endpoints, read)("x")


def scalable(variant, dimension="sagemaker:variant:DesiredInstanceCount"):
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/churn/variant/{variant}",
        "ScalableDimension": dimension,
        "MinCapacity": 1,
        "MaxCapacity": 20,
        "RoleARN": "arn:aws:iam::111122223333:role/scaling",
        "CreationTime": NOON,
    }


def test_the_variants_under_automatic_scaling_are_told_in_the_order_in_which_they_were_asked_for(endpoints, scaling):
    asked = {
        "ServiceNamespace": "sagemaker",
        "ResourceIds": [f"endpoint/churn/variant/{name}" for name in ("blue", "green", "red")],
    }
    first = {"ScalableTargets": [scalable("blue")], "NextToken": "2"}
    second = {"ScalableTargets": [scalable("red", "sagemaker:variant:DesiredProvisionedConcurrency")]}
    scaling[1].add_response("describe_scalable_targets", first, asked)
    scaling[1].add_response("describe_scalable_targets", second, asked | {"NextToken": "2"})
    assert endpoints.scaled("churn", ("red", "green", "blue")) == ("red", "blue")


def test_no_variants_cost_no_call(endpoints):
    assert endpoints.scaled("churn", ()) == ()


def test_tags_are_read_anew_each_time(endpoints, sagemaker):
    arn = {"ResourceArn": f"{ARN}:endpoint/churn-prod"}
    allowed = {"Tags": [{"Key": "kedge:remediate", "Value": "true"}], "NextToken": "2"}
    sagemaker[1].add_response("list_tags", allowed, arn)
    sagemaker[1].add_response("list_tags", {"Tags": [{"Key": "team", "Value": "ml"}]}, arn | {"NextToken": "2"})
    assert endpoints.tags(TARGET) == {"kedge:remediate": "true", "team": "ml"}
    sagemaker[1].add_response("list_tags", {"Tags": []}, arn)
    assert endpoints.tags(TARGET) == {}


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDeniedException", Permanent), ("ResourceNotFound", Permanent), ("Throttling", Transient)],
)
def test_tags_that_cannot_be_read_are_not_taken_for_none(endpoints, sagemaker, code, error):
    sagemaker[1].add_client_error("list_tags", code)
    with pytest.raises(error):
        endpoints.tags(TARGET)
