"""What SageMaker tells the watchdog; botocore's models refuse a wrong request."""

from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.sagemaker.monitored import SageMakerMonitored
from kedge.domain.run import Monitor, Verdict
from kedge.watchdog.facts import (
    CaptureFacts,
    ConfigFacts,
    DescribedEndpoint,
    MonitorFacts,
    MonitorRunFacts,
)

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 20,
    "DestinationS3Uri": "s3://data/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
VARIANT = {"VariantName": "AllTraffic", "ModelName": "churn-42"}
LISTED = DescribedEndpoint(name="churn", created=NOON)
SCHEDULE = MonitorFacts(name="churn-dq", kind=Monitor.DATA_QUALITY, endpoint="churn")


def endpoint(**more: object) -> dict[str, object]:
    return {
        "EndpointName": "churn",
        "EndpointArn": f"{ARN}:endpoint/churn",
        "EndpointConfigName": "churn-42",
        "EndpointStatus": "InService",
        "ProductionVariants": [{"VariantName": "AllTraffic"}],
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        **more,
    }


def config(name: str, **more: object) -> dict[str, object]:
    return {
        "EndpointConfigName": name,
        "EndpointConfigArn": f"{ARN}:endpoint-config/{name}",
        "ProductionVariants": [VARIANT],
        "CreationTime": NOON,
        **more,
    }


def model(**more: object) -> dict[str, object]:
    return {"ModelName": "churn-42", "ModelArn": f"{ARN}:model/churn-42", "CreationTime": NOON, **more}


@pytest.fixture
def sagemaker(stubbed):
    client, stubber = stubbed("sagemaker")
    return SageMakerMonitored(client), stubber


def test_an_endpoint_has_its_capture_its_variants_and_the_age_of_its_model(sagemaker):
    monitored, stubber = sagemaker
    capture = {
        "EnableCapture": True,
        "CaptureStatus": "Stopped",
        "CurrentSamplingPercentage": 20,
        "DestinationS3Uri": "s3://data/capture",
        "KmsKeyId": "",
    }
    stubber.add_response("describe_endpoint", endpoint(DataCaptureConfig=capture), {"EndpointName": "churn"})
    stubber.add_response("describe_endpoint_config", config("churn-42", DataCaptureConfig=CAPTURE))
    package = f"{ARN}:model-package/churn/7"
    stubber.add_response("describe_model", model(PrimaryContainer={"ModelPackageName": package}))
    stubber.add_response(
        "describe_model_package",
        {
            "ModelPackageName": "churn",
            "ModelPackageArn": package,
            "CreationTime": NOON - 9 * HOUR,
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": []},
        },
    )
    assert monitored.endpoint(LISTED) == DescribedEndpoint(
        name="churn",
        created=NOON,
        config=ConfigFacts(
            name="churn-42",
            created=NOON,
            capture=CaptureFacts(is_on=True, sampling=20.0, destination="s3://data/capture"),
        ),
        model_created=NOON - 9 * HOUR,
        is_capturing=False,
        variants=("AllTraffic",),
    )
    # Configs, models and packages never change.
    stubber.add_response("describe_endpoint", endpoint(), {"EndpointName": "churn"})
    assert monitored.endpoint(LISTED).model_created == NOON - 9 * HOUR


@pytest.mark.parametrize(
    ("current", "others", "before"),
    [
        # kedge model onboard has made the config before
        ("churn-43", ["churn-capture-0a1b2c3d4e"], "churn-capture-0a1b2c3d4e"),
        ("churn-42", ["churn-bench-41", "churn-41"], "churn-41"),
        ("churn-2026-11-20T10-00-00Z", ["churn-2026-11-19T10-00-00Z"], "churn-2026-11-19T10-00-00Z"),
        ("churn-0a1b2c3d4e", ["churn-5f6a7b8c9d"], "churn-5f6a7b8c9d"),
        ("churn-42", ["other-churn-41"], None),
        ("churn-42", [], None),
    ],
)
def test_without_capture_the_config_before_is_read_too(sagemaker, current: str, others: list[str], before: str | None):
    monitored, stubber = sagemaker
    stubber.add_response("describe_endpoint", endpoint(EndpointConfigName=current))
    stubber.add_response("describe_endpoint_config", config(current))
    listed = [
        {"EndpointConfigName": name, "EndpointConfigArn": f"{ARN}:endpoint-config/{name}", "CreationTime": NOON}
        for name in others
    ]
    wanted = {
        "NameContains": "churn",
        "CreationTimeBefore": NOON,
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 5,
    }
    stubber.add_response("list_endpoint_configs", {"EndpointConfigs": listed}, wanted)
    if before:
        stubber.add_response("describe_endpoint_config", config(before, DataCaptureConfig=CAPTURE))
    stubber.add_response("describe_model", model())
    found = monitored.endpoint(LISTED)
    assert (found.before.name if found.before else None) == before


def test_a_deleted_endpoint_and_a_deleted_schedule_are_none(sagemaker):
    monitored, stubber = sagemaker
    gone = {"service_error_code": "ValidationException", "service_message": "Could not find endpoint"}
    stubber.add_client_error("describe_endpoint", **gone)
    stubber.add_client_error("describe_monitoring_schedule", service_error_code="ResourceNotFound")
    assert monitored.endpoint(LISTED) is None
    assert monitored.schedule(SCHEDULE) is None


def schedule(kind: str = "DataQuality", expression: str = "cron(0 * ? * * *)", **more: object) -> dict[str, object]:
    return {
        "MonitoringScheduleArn": f"{ARN}:monitoring-schedule/churn-dq",
        "MonitoringScheduleName": "churn-dq",
        "MonitoringScheduleStatus": "Scheduled",
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        "EndpointName": "churn",
        "MonitoringScheduleConfig": {
            "ScheduleConfig": {"ScheduleExpression": expression},
            "MonitoringJobDefinitionName": "churn-dq",
            "MonitoringType": kind,
        },
        **more,
    }


def definition(kind: str, **job_input: object) -> dict[str, object]:
    app: dict[str, object] = {"ImageUri": "1.dkr.ecr.us-east-1.amazonaws.com/a"}
    output = {"S3Output": {"S3Uri": "s3://reports/m", "LocalPath": "/opt/out"}}
    return {
        "JobDefinitionArn": f"{ARN}:x/churn-dq",
        "JobDefinitionName": "churn-dq",
        "CreationTime": NOON,
        f"{kind}AppSpecification": app,
        f"{kind}BaselineConfig": {"ConstraintsResource": {"S3Uri": "s3://data/b/constraints.json"}},
        f"{kind}JobInput": {
            "EndpointInput": {"EndpointName": "churn", "LocalPath": "/opt/in", "StartTimeOffset": "-P2D"},
            **job_input,
        },
        f"{kind}JobOutputConfig": {"MonitoringOutputs": [output]},
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
        "RoleArn": "arn:aws:iam::111122223333:role/monitor",
    }


def execution(status: str, hour: int = 12, **more: object) -> dict[str, object]:
    at = NOON.replace(hour=hour)
    return {
        "MonitoringScheduleName": "churn-dq",
        "ScheduledTime": at,
        "CreationTime": at,
        "LastModifiedTime": at,
        "MonitoringExecutionStatus": status,
        **more,
    }


def test_a_schedule_that_works_costs_one_call_and_names_the_statistics_of_its_newest_run(sagemaker):
    monitored, stubber = sagemaker
    stubber.add_response(
        "describe_monitoring_schedule", schedule(LastMonitoringExecutionSummary=execution("CompletedWithViolations"))
    )
    stubber.add_response("describe_data_quality_job_definition", definition("DataQuality"))
    found = monitored.schedule(SCHEDULE)
    assert (found.every, found.window, found.runs, found.has_worked) == (HOUR, HOUR, (), None)
    assert found.baseline.uri == "s3://data/b/constraints.json"
    assert found.baseline.newest == "s3://reports/m/churn/churn-dq/2026/11/20/12/statistics.json"
    stubber.add_response("describe_monitoring_schedule", schedule())
    assert monitored.schedule(SCHEDULE).baseline.newest is None


def test_a_schedule_whose_newest_run_failed_is_asked_for_its_runs(sagemaker):
    monitored, stubber = sagemaker
    failed = execution("Failed", FailureReason="no role", ProcessingJobArn=f"{ARN}:processing-job/groundtruth-merge-1")
    stubber.add_response(
        "describe_monitoring_schedule", schedule("ModelQuality", LastMonitoringExecutionSummary=failed)
    )
    truth = {"GroundTruthS3Input": {"S3Uri": "s3://data/labels"}}
    stubber.add_response("describe_model_quality_job_definition", definition("ModelQuality", **truth))
    runs = [failed, execution("InProgress", 11), execution("Failed", 10)]
    stubber.add_response("list_monitoring_executions", {"MonitoringExecutionSummaries": runs})
    for _ in range(2):
        stubber.add_response("list_monitoring_executions", {"MonitoringExecutionSummaries": []})
    found = monitored.schedule(SCHEDULE)
    assert found.kind is Monitor.MODEL_QUALITY
    assert found.runs == (
        MonitorRunFacts(at=NOON, verdict=Verdict.FAILED, said="no role", is_merge=True),
        MonitorRunFacts(at=NOON.replace(hour=10), verdict=Verdict.FAILED),
    )
    assert found.has_worked is False
    assert (found.labels.prefix, found.labels.due_within) == ("s3://data/labels", timedelta(days=3, hours=1))


def test_that_a_schedule_ever_worked_is_asked_once(sagemaker):
    monitored, stubber = sagemaker
    for answers in (2, 1):
        stubber.add_response(
            "describe_monitoring_schedule", schedule(LastMonitoringExecutionSummary=execution("Failed"))
        )
        if answers == 2:
            stubber.add_response("describe_data_quality_job_definition", definition("DataQuality"))
        stubber.add_response("list_monitoring_executions", {"MonitoringExecutionSummaries": [execution("Failed")]})
        if answers == 2:
            stubber.add_response(
                "list_monitoring_executions", {"MonitoringExecutionSummaries": [execution("Completed")]}
            )
        assert monitored.schedule(SCHEDULE).has_worked is True


@pytest.mark.parametrize(
    ("expression", "every"),
    [
        ("cron(0 * ? * * *)", HOUR),
        ("cron(0 6 ? * * *)", timedelta(days=1)),
        ("cron(0 0/6 ? * * *)", 6 * HOUR),
        ("NOW", None),
    ],
)
def test_a_schedule_expression_is_a_time_between_runs(sagemaker, expression: str, every: timedelta | None):
    monitored, stubber = sagemaker
    stubber.add_response("describe_monitoring_schedule", schedule(expression=expression))
    stubber.add_response("describe_data_quality_job_definition", definition("DataQuality"))
    assert monitored.schedule(SCHEDULE).every == every


def test_lists_are_read_page_by_page(sagemaker):
    monitored, stubber = sagemaker
    summary = {
        "EndpointName": "churn",
        "EndpointArn": f"{ARN}:endpoint/churn",
        "EndpointStatus": "InService",
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
    }
    stubber.add_response("list_endpoints", {"Endpoints": [summary], "NextToken": "2"}, {"MaxResults": 100})
    stubber.add_response("list_endpoints", {"Endpoints": []}, {"MaxResults": 100, "NextToken": "2"})
    assert list(monitored.endpoints()) == [LISTED]
    of_schedule = {
        "MonitoringScheduleName": "batch",
        "MonitoringScheduleArn": f"{ARN}:monitoring-schedule/batch",
        "MonitoringScheduleStatus": "Stopped",
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
    }
    stubber.add_response("list_monitoring_schedules", {"MonitoringScheduleSummaries": [of_schedule]})
    (found,) = monitored.schedules()
    assert (found.name, found.endpoint, found.status, found.is_active) == ("batch", None, "Stopped", False)
