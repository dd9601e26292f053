from datetime import timedelta

import pytest

from workbench.local_sagemaker.errors import ApiError
from workbench.local_sagemaker.models import artifacts
from workbench.local_sagemaker.onboarding import next_config

ARN = "arn:aws:sagemaker:us-east-1:111122223333"


def refusal(stage, operation, **parameters):
    with pytest.raises(ApiError) as caught:
        stage.call(operation, **parameters)
    assert caught.value.code == "ValidationException"
    return caught.value.message


def variant(model):
    return {"VariantName": "a", "ModelName": model, "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}


def test_a_model_is_shown_as_it_was_created_and_listed_until_it_is_deleted(stage):
    stage.model("Churn", ModelDataUrl="s3://models/churn.tar.gz")
    shown = stage.call("DescribeModel", ModelName="Churn")
    assert shown["ModelArn"] == f"{ARN}:model/churn"
    assert shown["PrimaryContainer"]["ModelDataUrl"] == "s3://models/churn.tar.gz"
    assert [found["ModelName"] for found in stage.call("ListModels")["Models"]] == ["Churn"]
    stage.call("DeleteModel", ModelName="Churn")
    assert stage.call("ListModels")["Models"] == []
    for operation in ("DescribeModel", "DeleteModel"):
        assert refusal(stage, operation, ModelName="Churn") == f'Could not find model "{ARN}:model/churn".'


def test_a_name_that_a_model_has_is_taken(stage):
    stage.model("m")
    assert "already existing model" in refusal(stage, "CreateModel", ModelName="m", PrimaryContainer={"Image": "x"})


@pytest.mark.parametrize("more", [{}, {"PrimaryContainer": {"Image": "x"}, "Containers": [{"Image": "x"}]}])
def test_a_model_has_one_container_or_several_and_not_both(stage, more):
    assert "Exactly one of PrimaryContainer and Containers" in refusal(stage, "CreateModel", ModelName="m", **more)


def test_a_configuration_of_a_model_that_is_not_there_is_refused_and_not_kept(stage):
    said = refusal(stage, "CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant("gone")])
    assert said == f'Could not find model "{ARN}:model/gone".'
    assert "Could not find endpoint configuration" in refusal(stage, "DescribeEndpointConfig", EndpointConfigName="c")


def test_a_configuration_outlives_its_model(stage):
    stage.model("m")
    stage.call("CreateEndpointConfig", EndpointConfigName="c", ProductionVariants=[variant("m")])
    stage.call("DeleteModel", ModelName="m")
    (kept,) = stage.call("DescribeEndpointConfig", EndpointConfigName="c")["ProductionVariants"]
    assert kept["ModelName"] == "m"


def test_the_artifacts_of_a_model_of_a_package_are_the_packages(stage):
    stage.call("CreateModelPackageGroup", ModelPackageGroupName="churn")
    specification = {
        "Containers": [{"Image": "xgboost", "ModelDataUrl": "s3://models/7.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    package = stage.call("CreateModelPackage", ModelPackageGroupName="churn", InferenceSpecification=specification)
    arn = package["ModelPackageArn"]
    for operation, parameters in next_config("churn", 7, bucket="reports", package=arn):
        stage.call(operation, **parameters)
    assert artifacts(stage.world, stage.call("DescribeModel", ModelName="churn-7")) == ["s3://models/7.tar.gz"]
    assert "does not exist" in refusal(
        stage, "CreateModel", ModelName="m", Containers=[{"ModelPackageName": f"{ARN}:model-package/churn/8"}]
    )


@pytest.mark.parametrize(
    ("container", "places"),
    [
        ({"ModelDataUrl": "s3://m/a.tar.gz"}, ["s3://m/a.tar.gz"]),
        ({"ModelDataUrl": "s3://m/many", "Mode": "MultiModel"}, ["s3://m/many/"]),
        (
            {
                "ModelDataSource": {
                    "S3DataSource": {"S3Uri": "s3://m/f/", "S3DataType": "S3Prefix", "CompressionType": "None"}
                }
            },
            ["s3://m/f/"],
        ),
        ({}, []),
    ],
)
def test_a_folder_of_artifacts_ends_with_a_slash(stage, container, places):
    stage.world.remove_object = lambda bucket, key: stage.objects.pop(f"s3://{bucket}/{key}")
    stage.call("CreateModel", ModelName="m", PrimaryContainer={"Image": "xgboost", **container})
    assert artifacts(stage.world, stage.call("DescribeModel", ModelName="m")) == places
    stage.control.store_artifact("m")
    assert all(any(kept.startswith(place) for kept in stage.objects) for place in places)
    if places:
        stage.control.lose_artifact("m")
    assert stage.objects == {}


def test_configurations_are_listed_by_name_and_in_pages(stage):
    for number in range(12):
        stage.now += timedelta(seconds=1)
        for operation, parameters in next_config("churn", number, bucket="reports"):
            stage.call(operation, **parameters)
    first = stage.call("ListEndpointConfigs")
    rest = stage.call("ListEndpointConfigs", NextToken=first["NextToken"])
    names = [found["EndpointConfigName"] for found in first["EndpointConfigs"] + rest["EndpointConfigs"]]
    assert names == [f"churn-{number}" for number in reversed(range(12))]
    few = stage.call("ListEndpointConfigs", NameContains="churn-1", SortBy="Name", SortOrder="Ascending")
    assert [found["EndpointConfigName"] for found in few["EndpointConfigs"]] == ["churn-1", "churn-10", "churn-11"]


def test_a_tag_that_is_deleted_is_gone_and_a_configurations_tags_go_with_it(stage):
    stage.monitor("churn")
    config = f"{ARN}:endpoint-config/churn-1"
    stage.call("AddTags", ResourceArn=config, Tags=[{"Key": key, "Value": "true"} for key in ("good", "bad")])
    stage.call("DeleteTags", ResourceArn=config, TagKeys=["bad", "never-there"])
    assert stage.call("ListTags", ResourceArn=config)["Tags"] == [{"Key": "good", "Value": "true"}]
    stage.call("DeleteEndpointConfig", EndpointConfigName="churn-1")
    assert stage.call("ListTags", ResourceArn=config)["Tags"] == []
