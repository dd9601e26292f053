"""The local SageMaker through boto3's client: botocore parses the answers, and refuses unknown parameters."""

import contextlib
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from workbench.local_sagemaker.onboarding import monitored_endpoint, next_config, retraining, send
from workbench.local_sagemaker.server import SageMakerServer
from workbench.local_sagemaker.service import LocalSageMaker
from workbench.local_sagemaker.world import World

pytestmark = pytest.mark.stack

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def server():
    with SageMakerServer(LocalSageMaker(World(put_object=lambda *_: None))) as running:
        yield running


@pytest.fixture
def sagemaker(server):
    config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
    client = boto3.client("sagemaker", region_name="us-east-1", endpoint_url=server.url, config=config)
    yield client
    client.close()


def until(true):
    limit = time.monotonic() + 60
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.05)


def control(server, method, **arguments):
    return post(server, method, arguments)[1]


def post(server, method, arguments):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", f"/_kedge/{method}", json.dumps(arguments))
        answer = connection.getresponse()
        return answer.status, json.load(answer)


def test_every_monitor_of_an_endpoint_can_be_made_run_and_read(server, sagemaker):
    send(sagemaker, monitored_endpoint("Churn", bucket="reports"))
    for schedule in (
        sagemaker.get_paginator("list_monitoring_schedules").paginate().search("MonitoringScheduleSummaries")
    ):
        control(
            server,
            "finish_run",
            schedule=schedule["MonitoringScheduleName"],
            scheduled_time=NOON.isoformat(),
            verdict="violated",
        )
    runs = sagemaker.list_monitoring_executions(EndpointName="Churn")["MonitoringExecutionSummaries"]
    assert {run["MonitoringType"] for run in runs} == {
        "DataQuality",
        "ModelQuality",
        "ModelBias",
        "ModelExplainability",
    }
    for run in runs:
        job = sagemaker.describe_processing_job(ProcessingJobName=run["ProcessingJobArn"].rsplit("/", 1)[-1])
        assert job["ExitMessage"].startswith("CompletedWithViolations")
        assert job["ProcessingEndTime"].tzinfo is not None
    described = sagemaker.describe_monitoring_schedule(MonitoringScheduleName="Churn-bias")
    assert described["LastMonitoringExecutionSummary"]["ScheduledTime"] == NOON
    assert sagemaker.describe_model_bias_job_definition(JobDefinitionName="Churn-bias")["RoleArn"]
    assert len(sagemaker.list_processing_jobs(MaxResults=100)["ProcessingJobSummaries"]) == 6


def test_job_definitions_are_listed_by_their_endpoint_and_deleted(sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports"))
    send(sagemaker, monitored_endpoint("fraud", bucket="reports", kinds=["DataQuality"]))
    for kind in ("data_quality", "model_quality", "model_bias", "model_explainability"):
        pages = sagemaker.get_paginator(f"list_{kind}_job_definitions").paginate(EndpointName="churn")
        (found,) = [each for page in pages for each in page["JobDefinitionSummaries"]]
        assert found["EndpointName"] == "churn"
        name = found["MonitoringJobDefinitionName"]
        sagemaker.delete_monitoring_schedule(MonitoringScheduleName=name)
        getattr(sagemaker, f"delete_{kind}_job_definition")(JobDefinitionName=name)
        with pytest.raises(sagemaker.exceptions.ResourceNotFound):
            getattr(sagemaker, f"describe_{kind}_job_definition")(JobDefinitionName=name)
    assert sagemaker.list_data_quality_job_definitions()["JobDefinitionSummaries"][0]["EndpointName"] == "fraud"


def test_a_deleted_schedule_or_job_definition_leaves_no_tags(sagemaker):
    for _ in range(2):
        send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[]))
        definition = {
            "JobDefinitionName": "churn-data",
            "DataQualityAppSpecification": {"ImageUri": "analyzer"},
            "DataQualityJobInput": {"EndpointInput": {"EndpointName": "churn", "LocalPath": "/opt/input"}},
            "DataQualityJobOutputConfig": {
                "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://reports/x", "LocalPath": "/opt/output"}}]
            },
            "JobResources": {
                "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 20}
            },
            "RoleArn": "arn:aws:iam::111122223333:role/sagemaker-execution",
        }
        arn = sagemaker.create_data_quality_job_definition(**definition)["JobDefinitionArn"]
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "kedge:made-by", "Value": "kedge"}])
        sagemaker.delete_data_quality_job_definition(JobDefinitionName="churn-data")
        sagemaker.delete_endpoint(EndpointName="churn")
        sagemaker.delete_endpoint_config(EndpointConfigName="churn-1")
        sagemaker.delete_model(ModelName="churn")


def test_an_endpoint_shows_the_data_capture_of_its_config(sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[], captures=False))
    assert "DataCaptureConfig" not in sagemaker.describe_endpoint(EndpointName="churn")
    send(sagemaker, next_config("churn", 2, bucket="reports"))
    sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn-2", RetainAllVariantProperties=True)
    capture = sagemaker.describe_endpoint(EndpointName="churn")["DataCaptureConfig"]
    assert (capture["CaptureStatus"], capture["CurrentSamplingPercentage"]) == ("Started", 100)
    assert sagemaker.list_endpoints(NameContains="chu")["Endpoints"][0]["EndpointName"] == "churn"
    assert sagemaker.list_endpoints(NameContains="fraud")["Endpoints"] == []


def test_times_filter_as_sent(server, sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=["DataQuality"]))
    for hour in (9, 10, 11):
        when = NOON.replace(hour=hour).isoformat()
        control(server, "finish_run", schedule="churn-data-quality", scheduled_time=when, verdict="clean")
    runs = sagemaker.list_monitoring_executions(
        ScheduledTimeAfter=NOON.replace(hour=9), SortBy="ScheduledTime", SortOrder="Ascending"
    )
    assert [run["ScheduledTime"].hour for run in runs["MonitoringExecutionSummaries"]] == [10, 11]


def test_a_processing_job_of_somebody_else_is_no_monitors(server, sagemaker):
    sagemaker.create_processing_job(
        ProcessingJobName="baseline-suggestion-job-1",
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        AppSpecification={"ImageUri": "analyzer"},
        RoleArn="arn:aws:iam::111122223333:role/sagemaker-execution",
    )
    control(server, "finish_job", name="baseline-suggestion-job-1", status="Completed")
    job = sagemaker.describe_processing_job(ProcessingJobName="baseline-suggestion-job-1")
    assert job["ProcessingJobStatus"] == "Completed"
    assert "MonitoringScheduleArn" not in job


def test_what_is_not_there_is_not_found_with_botocores_own_exception(sagemaker):
    with pytest.raises(sagemaker.exceptions.ResourceNotFound):
        sagemaker.describe_processing_job(ProcessingJobName="nobodys")


def test_a_throttled_call_is_what_botocore_retries(server, sagemaker):
    control(server, "add_fault", operation="ListEndpoints", kind="throttle", times=2)
    patient = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=server.url,
        config=Config(retries={"total_max_attempts": 3, "mode": "standard"}),
    )
    assert patient.list_endpoints()["Endpoints"] == []
    assert control(server, "calls") == {"ListEndpoints": 3}
    patient.close()


def test_a_dropped_connection_leaves_the_caller_in_doubt(server, sagemaker):
    control(server, "add_fault", operation="CreateModelPackageGroup", kind="silent_success")
    with pytest.raises(botocore.exceptions.ConnectionClosedError):
        sagemaker.create_model_package_group(ModelPackageGroupName="churn")
    with pytest.raises(botocore.exceptions.ClientError, match="already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName="churn")


def test_a_call_that_takes_too_long_times_out_and_was_not_performed(server):
    control(server, "add_fault", operation="CreateModelPackageGroup", kind="time_out", seconds=1.0)
    hasty = boto3.client(
        "sagemaker",
        region_name="us-east-1",
        endpoint_url=server.url,
        config=Config(retries={"total_max_attempts": 1}, read_timeout=0.2),
    )
    with pytest.raises(botocore.exceptions.ReadTimeoutError):
        hasty.create_model_package_group(ModelPackageGroupName="churn")
    assert "churn" not in server.service.world.package_groups
    hasty.close()


def test_whoever_only_waits_for_in_service_takes_a_silent_rollback_for_a_success(server, sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[]))
    now = sagemaker.describe_endpoint_config(EndpointConfigName="churn-1")
    sagemaker.create_endpoint_config(EndpointConfigName="churn-2", ProductionVariants=now["ProductionVariants"])
    control(server, "next_update", endpoint="churn", outcome="rolled_back", seconds=0.5)
    sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn-2")
    pending = sagemaker.describe_endpoint(EndpointName="churn")["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == "churn-2"
    with pytest.raises(botocore.exceptions.ClientError, match="Cannot update in-progress endpoint") as refused:
        sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn-2")
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="churn", WaiterConfig={"Delay": 0.1, "MaxAttempts": 50}
    )
    assert sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"] == "churn-1"


def test_an_outcome_that_no_update_has_is_named(server, sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[]))
    status, answer = post(server, "next_update", {"endpoint": "churn", "outcome": "exploded"})
    assert status == 400
    assert "exploded" in answer["message"]


def test_a_pipeline_that_trains_ends_in_a_version_that_can_be_approved_and_deployed(server, sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[]))
    send(sagemaker, retraining("churn", group="churn"))
    more = {"output": "s3://models/churn", "evaluation": {"f1": 0.9}, "seconds": 0.4}
    control(server, "next_execution", pipeline="churn-retrain", ending="succeeded", **more)
    token = "kedge".ljust(64, "0")
    given = [{"Name": "Incident", "Value": "7"}]
    start = {"PipelineName": "churn-retrain", "ClientRequestToken": token, "PipelineParameters": given}
    arn = sagemaker.start_pipeline_execution(**start)["PipelineExecutionArn"]
    assert sagemaker.start_pipeline_execution(**start)["PipelineExecutionArn"] == arn
    (listed,) = sagemaker.list_pipeline_executions(
        PipelineName="churn-retrain", SortBy="CreationTime", CreatedAfter=datetime(2020, 1, 1, tzinfo=UTC)
    )["PipelineExecutionSummaries"]
    assert (listed["PipelineExecutionStatus"], listed["StartTime"].tzinfo is not None) == ("Executing", True)
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName="churn")
    until(
        lambda: (
            sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] != "Executing"
        )
    )
    (found,) = sagemaker.list_model_packages(ModelPackageGroupName="churn")["ModelPackageSummaryList"]
    package = sagemaker.describe_model_package(ModelPackageName=found["ModelPackageArn"])
    assert package["MetadataProperties"]["GeneratedBy"] == arn
    control(server, "judge_package", package=package["ModelPackageArn"], status="Approved")
    send(sagemaker, next_config("churn", 2, bucket="reports", package=package["ModelPackageArn"]))
    sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn-2", RetainAllVariantProperties=True)
    assert sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"] == "churn-2"


@pytest.mark.parametrize("kind", ["silent_success", "fail_afterwards"])
def test_an_update_whose_answer_is_lost_meets_itself_when_botocore_tries_again(server, sagemaker, kind):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[]))
    control(server, "take_time", seconds=30)
    control(server, "add_fault", operation="UpdateEndpoint", kind=kind)
    config = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    patient = boto3.client("sagemaker", region_name="us-east-1", endpoint_url=server.url, config=config)
    with contextlib.closing(patient), pytest.raises(botocore.exceptions.ClientError, match="Cannot update in-progress"):
        patient.update_endpoint(EndpointName="churn", EndpointConfigName="churn-1")
    assert control(server, "calls")["UpdateEndpoint"] == 2


def test_of_many_calls_at_once_one_updates_the_endpoint_and_a_token_starts_one_execution(server, sagemaker):
    send(sagemaker, monitored_endpoint("churn", bucket="reports", kinds=[]))
    send(sagemaker, retraining("churn", group="churn"))
    control(server, "take_time", seconds=30)

    def update(_):
        try:
            return sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="churn-1")["EndpointArn"]
        except botocore.exceptions.ClientError as refused:
            return refused.response["Error"]["Message"]

    def start(_):
        return sagemaker.start_pipeline_execution(PipelineName="churn-retrain", ClientRequestToken="t" * 64)

    with ThreadPoolExecutor(10) as together:
        answers = list(together.map(update, range(30)))
        started = {answer["PipelineExecutionArn"] for answer in together.map(start, range(30))}
    assert sum(answer.startswith("arn:") for answer in answers) == 1
    assert sum(answer.startswith("Cannot update in-progress endpoint") for answer in answers) == 29
    assert len(started) == 1


def test_what_exists_is_listed_page_by_page(server, sagemaker):
    for number in range(12):
        send(sagemaker, next_config("churn", number, bucket="reports"))
    for operation, found, name in (
        ("list_models", "Models", "ModelName"),
        ("list_endpoint_configs", "EndpointConfigs", "EndpointConfigName"),
    ):
        names = sagemaker.get_paginator(operation).paginate(NameContains="churn").search(f"{found}[].{name}")
        assert sorted(names) == sorted(f"churn-{number}" for number in range(12))


def test_a_control_call_that_makes_no_sense_says_which(server):
    status, answer = post(server, "finish_everything", {})
    assert status == 400
    assert "finish_everything" in answer["message"]


@pytest.mark.parametrize("path", ["/_kedge/finish_run", "/"])
@pytest.mark.parametrize("headers", [{"Host": "evil.example.com"}, {"Origin": "https://evil.example.com"}])
def test_a_web_page_that_reaches_the_port_is_refused_and_changes_nothing(server, sagemaker, path, headers):
    send(sagemaker, monitored_endpoint("Churn", bucket="reports"))
    run = {"schedule": "Churn-data-quality", "scheduled_time": NOON.isoformat(), "verdict": "violated"}
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", path, json.dumps(run), headers)
        assert connection.getresponse().status == 403
    assert sagemaker.list_monitoring_executions(EndpointName="Churn")["MonitoringExecutionSummaries"] == []


@pytest.mark.parametrize("headers", [{"Host": "evil.example.com"}, {"Origin": "null"}])
def test_a_web_page_does_not_learn_that_the_server_is_there(server, headers):
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", "/_kedge/health", headers=headers)
        assert connection.getresponse().status == 403
