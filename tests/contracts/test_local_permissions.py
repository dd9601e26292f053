"""IAM limits a role in the local SageMaker: the emulator's policies decide, by resource and by its tags."""

import contextlib
import json

import boto3
import botocore.exceptions
import pytest

from workbench.local_sagemaker.onboarding import monitored_endpoint, next_config, send
from workbench.local_sagemaker.protocol import SERVICES
from workbench.local_stack import environment

pytestmark = pytest.mark.stack

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
TAG = "kedge:remediate"


def statement(action, resource, condition=None):
    more = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def keys_of(stack, name, *statements):
    """Return credentials of a role with these statements."""
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam = stack.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    iam.put_role_policy(RoleName=name, PolicyName="all-of-it", PolicyDocument=json.dumps(policy))
    given = stack.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


@contextlib.contextmanager
def somebody(stack, name, *statements):
    """Yield clients of SageMaker, Application Auto Scaling and CodePipeline for a role with these statements."""
    keys = keys_of(stack, name, *statements)
    with contextlib.ExitStack() as made:
        yield [
            made.enter_context(
                contextlib.closing(
                    boto3.client(service, region_name=environment.REGION, endpoint_url=stack.sagemaker, **keys)
                )
            )
            for service in SERVICES
        ]


def update(client, name):
    client.update_endpoint(EndpointName=name, EndpointConfigName=f"{name}-2")


def endpoint(stack, name, **tags):
    sagemaker = stack.client("sagemaker")
    send(sagemaker, monitored_endpoint(name, bucket="reports", kinds=[], tags=tags))
    send(sagemaker, next_config(name, 2, bucket="reports"))


def code_pipeline(name):
    kind = {"category": "Source", "owner": "AWS", "provider": "S3", "version": "1"}
    stages = [{"name": "Source", "actions": [{"name": "source", "actionTypeId": kind}]}]
    return {"name": name, "roleArn": "arn:aws:iam::111122223333:role/code", "stages": stages}


@pytest.mark.parametrize("key", [f"aws:ResourceTag/{TAG}", f"sagemaker:ResourceTag/{TAG}"])
def test_only_endpoints_with_the_tag_can_be_updated_by_whoever_may_update_tagged_ones(stack, key):
    who = key.partition(":")[0]
    endpoint(stack, f"{who}-tagged", **{TAG: "true"})
    endpoint(stack, f"{who}-tagged-otherwise", **{TAG: "false"})
    endpoint(stack, f"{who}-untagged")
    only_tagged = statement("sagemaker:UpdateEndpoint", f"{ARN}:endpoint/*", {"StringEquals": {key: "true"}})
    configs = statement("sagemaker:UpdateEndpoint", f"{ARN}:endpoint-config/*")
    with somebody(stack, f"{who}-may-remedy", only_tagged, configs) as (sagemaker, *_):
        update(sagemaker, f"{who}-tagged")
        for name in (f"{who}-tagged-otherwise", f"{who}-untagged"):
            with pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform"):
                update(sagemaker, name)
            shown = stack.client("sagemaker").describe_endpoint(EndpointName=name)
            assert shown["EndpointConfigName"] == f"{name}-1"
        stack.client("sagemaker").delete_tags(ResourceArn=f"{ARN}:endpoint/{who}-tagged", TagKeys=[TAG])
        with pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform"):
            update(sagemaker, f"{who}-tagged")


def test_the_right_to_the_endpoint_alone_is_none_to_its_configuration(stack):
    endpoint(stack, "half", **{TAG: "true"})
    with (
        somebody(stack, "may-half", statement("sagemaker:UpdateEndpoint", f"{ARN}:endpoint/*")) as (sagemaker, *_),
        pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform"),
    ):
        update(sagemaker, "half")


def test_a_policy_can_ask_that_there_be_no_tag(stack):
    endpoint(stack, "free")
    endpoint(stack, "frozen", **{"kedge:frozen": "yes"})
    free = statement("sagemaker:UpdateEndpoint", f"{ARN}:endpoint*", {"Null": {"aws:ResourceTag/kedge:frozen": "true"}})
    with somebody(stack, "may-unfrozen", free) as (sagemaker, *_):
        update(sagemaker, "free")
        with pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform"):
            update(sagemaker, "frozen")


def test_what_may_be_scaled_is_told_to_whoever_may_ask(stack):
    endpoint(stack, "scaled")
    resource = "endpoint/scaled/variant/AllTraffic"
    stack.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=resource,
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=20,
    )
    asked = {"ServiceNamespace": "sagemaker", "ResourceIds": [resource]}
    with somebody(stack, "may-ask", statement("application-autoscaling:DescribeScalableTargets", "*")) as (
        _,
        scaling,
        _,
    ):
        (target,) = scaling.describe_scalable_targets(**asked)["ScalableTargets"]
        assert (target["MaxCapacity"], target["CreationTime"].tzinfo is not None) == (20, True)
        with pytest.raises(scaling.exceptions.ObjectNotFoundException):
            stack.client("application-autoscaling").deregister_scalable_target(
                ServiceNamespace="sagemaker",
                ResourceId="endpoint/other/variant/AllTraffic",
                ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            )
    with (
        somebody(stack, "may-nothing", statement("sagemaker:DescribeEndpoint", "*")) as (_, scaling, _),
        pytest.raises(botocore.exceptions.ClientError, match="not authorized to perform"),
    ):
        scaling.describe_scalable_targets(**asked)


def test_only_the_code_pipeline_that_was_named_can_be_started(stack):
    for name in ("Named", "other"):
        stack.client("codepipeline").create_pipeline(pipeline=code_pipeline(name))
    named = "arn:aws:codepipeline:us-east-1:111122223333:Named"
    with somebody(stack, "may-start", statement("codepipeline:StartPipelineExecution", named)) as (_, _, code):
        code.start_pipeline_execution(name="Named")
        with pytest.raises(botocore.exceptions.ClientError, match="perform: codepipeline:StartPipelineExecution"):
            code.start_pipeline_execution(name="other")
        with pytest.raises(botocore.exceptions.ClientError, match="perform: codepipeline:ListPipelineExecutions"):
            code.list_pipeline_executions(pipelineName="Named")
    assert (
        len(stack.client("codepipeline").list_pipeline_executions(pipelineName="Named")["pipelineExecutionSummaries"])
        == 1
    )


def test_an_alarm_of_cloudwatch_and_an_object_of_s3_decide_what_becomes_of_a_deployment(stack):
    sagemaker, artifact = stack.client("sagemaker"), "s3://artifacts/guarded-2/model.tar.gz"
    stack.client("s3").create_bucket(Bucket="artifacts")
    send(sagemaker, monitored_endpoint("guarded", bucket="reports", kinds=[]))
    send(sagemaker, next_config("guarded", 2, bucket="reports", artifact=artifact))

    def told(**more):
        sagemaker.update_endpoint(EndpointName="guarded", EndpointConfigName="guarded-2", **more)
        shown = sagemaker.describe_endpoint(EndpointName="guarded")
        return shown["EndpointConfigName"], shown.get("FailureReason", "")

    assert told() == (
        "guarded-1",
        f'Failed to download model data from URL: "{artifact}". There is no object at the URL.',
    )
    stack.server.control.store_artifact("guarded-2")
    stack.client("cloudwatch").put_metric_alarm(
        AlarmName="slow",
        Namespace="AWS/SageMaker",
        MetricName="ModelLatency",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    alarms = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "slow"}]}}
    stack.client("cloudwatch").set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="on purpose")
    assert told(DeploymentConfig=alarms) == ("guarded-1", "Rolled back, since these alarms are in ALARM: slow.")
    stack.client("cloudwatch").set_alarm_state(AlarmName="slow", StateValue="OK", StateReason="on purpose")
    assert told(DeploymentConfig=alarms) == ("guarded-2", "")
    stack.server.control.lose_artifact("guarded-2")
    with pytest.raises(botocore.exceptions.ClientError):
        stack.client("s3").head_object(Bucket="artifacts", Key="guarded-2/model.tar.gz")
