"""What SageMaker tells of jobs, schedules and pipeline steps."""

from datetime import UTC, datetime, timedelta

import pytest

from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.domain.errors import Transient
from kedge.ports.readers import CheckStep, PipelineExecution, ProcessingJob, Schedule

ARN = "arn:aws:sagemaker:us-east-1:111122223333"
EXECUTION = f"{ARN}:pipeline/churn/execution/p4jn9xou8a8s"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
JOB = {
    "ProcessingJobName": "churn-dq-1",
    "ProcessingJobArn": f"{ARN}:processing-job/churn-dq-1",
    "ProcessingJobStatus": "Completed",
    "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
    "AppSpecification": {"ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"},
    "CreationTime": NOON,
}


@pytest.fixture
def sagemaker(stubbed):
    client, stubber = stubbed("sagemaker")
    return SageMakerMonitors(client), stubber


def test_a_job_is_read_with_all_that_tells_what_it_was_and_without_its_secrets(sagemaker):
    monitors, stubber = sagemaker
    outputs = [
        {"OutputName": "group", "FeatureStoreOutput": {"FeatureGroupName": "churn"}, "AppManaged": True},
        {
            "OutputName": "result",
            "S3Output": {"S3Uri": "s3://reports/x/10", "LocalPath": "/opt/out", "S3UploadMode": "EndOfJob"},
        },
    ]
    more = {
        "ExitMessage": "CompletedWithViolations: 3",
        "MonitoringScheduleArn": f"{ARN}:monitoring-schedule/churn-dq",
        "Environment": {"start_time": "2026-11-20T10:00:00Z", "DATABASE_PASSWORD": "hunter2"},
        "ProcessingOutputConfig": {"Outputs": outputs},
        "ProcessingEndTime": NOON,
    }
    stubber.add_response("describe_processing_job", {**JOB, **more}, {"ProcessingJobName": "churn-dq-1"})
    assert monitors.processing_job("churn-dq-1") == ProcessingJob(
        name="churn-dq-1",
        arn=f"{ARN}:processing-job/churn-dq-1",
        status="Completed",
        exit_message="CompletedWithViolations: 3",
        schedule_arn=f"{ARN}:monitoring-schedule/churn-dq",
        image="156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer",
        environment={"start_time": "2026-11-20T10:00:00Z"},
        outputs=("s3://reports/x/10",),
        created=NOON,
        ended=NOON,
    )


def test_a_job_that_tells_little_is_read_as_far_as_it_tells(sagemaker):
    monitors, stubber = sagemaker
    stubber.add_response("describe_processing_job", JOB)
    job = monitors.processing_job("churn-dq-1")
    assert (job.exit_message, job.schedule_arn, job.outputs, job.ended) == (None, None, (), None)


def test_a_job_that_is_gone_is_none(sagemaker):
    monitors, stubber = sagemaker
    message = "Could not find requested job with name: churn-dq-1"
    stubber.add_client_error("describe_processing_job", "ValidationException", message, 400)
    assert monitors.processing_job("churn-dq-1") is None


def test_a_throttled_job_can_be_asked_for_again(sagemaker):
    monitors, stubber = sagemaker
    stubber.add_client_error("describe_processing_job", "ThrottlingException", "Rate exceeded", 400)
    with pytest.raises(Transient):
        monitors.processing_job("churn-dq-1")


def schedule(**more):
    return {
        "MonitoringScheduleArn": f"{ARN}:monitoring-schedule/churn-dq",
        "MonitoringScheduleName": "churn-dq",
        "MonitoringScheduleStatus": "Scheduled",
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        "MonitoringScheduleConfig": {"MonitoringType": "DataQuality", "MonitoringJobDefinitionName": "churn-dq-1"},
        **more,
    }


def test_a_schedule_names_its_endpoint_and_its_type(sagemaker):
    monitors, stubber = sagemaker
    asked = {"MonitoringScheduleName": "churn-dq"}
    config = {
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
        "MonitoringJobDefinitionName": "churn-dq-1",
    }
    told = schedule(
        EndpointName="Churn", MonitoringType="ModelBias", FailureReason="no role", MonitoringScheduleConfig=config
    )
    stubber.add_response("describe_monitoring_schedule", told, asked)
    assert monitors.schedule("churn-dq") == Schedule(
        name="churn-dq",
        arn=f"{ARN}:monitoring-schedule/churn-dq",
        status="Scheduled",
        endpoint="Churn",
        monitoring_type="ModelBias",
        failure_reason="no role",
        modified=NOON,
        expression="cron(0 * ? * * *)",
    )


def test_a_schedule_that_spells_its_job_out_names_the_endpoint_within(sagemaker):
    monitors, stubber = sagemaker
    definition = {
        "MonitoringInputs": [{"EndpointInput": {"EndpointName": "Churn", "LocalPath": "/opt/in"}}],
        "MonitoringOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://reports/x", "LocalPath": "/opt/out"}}]
        },
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        "MonitoringAppSpecification": {"ImageUri": "monitor"},
        "RoleArn": "arn:aws:iam::111122223333:role/monitor",
    }
    told = schedule(MonitoringScheduleConfig={"MonitoringJobDefinition": definition})
    stubber.add_response("describe_monitoring_schedule", told)
    read = monitors.schedule("churn-dq")
    assert (read.endpoint, read.monitoring_type) == ("Churn", None)


def test_a_schedule_of_a_batch_monitor_has_no_endpoint(sagemaker):
    monitors, stubber = sagemaker
    stubber.add_response("describe_monitoring_schedule", schedule())
    read = monitors.schedule("churn-dq")
    assert (read.endpoint, read.monitoring_type) == (None, "DataQuality")


def test_a_schedule_that_is_gone_is_none(sagemaker):
    monitors, stubber = sagemaker
    stubber.add_client_error("describe_monitoring_schedule", "ResourceNotFound", "Monitoring Schedule not found", 400)
    assert monitors.schedule("churn-dq") is None


def test_a_check_step_is_found_on_a_later_page(sagemaker):
    monitors, stubber = sagemaker
    asked = {"PipelineExecutionArn": EXECUTION, "SortOrder": "Descending"}
    check = {
        "CheckType": "DATA_QUALITY",
        "ViolationReport": "s3://reports/pipeline/constraint_violations.json",
        "CheckJobArn": f"{ARN}:processing-job/check",
    }
    step = {
        "StepName": "CheckData",
        "StepStatus": "Failed",
        "FailureReason": "ClientError",
        "EndTime": NOON,
        "Metadata": {"QualityCheck": check},
    }
    first = {"PipelineExecutionSteps": [{"StepName": "Train", "StepStatus": "Succeeded"}], "NextToken": "more"}
    stubber.add_response("list_pipeline_execution_steps", first, asked)
    stubber.add_response(
        "list_pipeline_execution_steps", {"PipelineExecutionSteps": [step]}, {**asked, "NextToken": "more"}
    )
    assert monitors.check_step(EXECUTION, "CheckData") == CheckStep(
        name="CheckData",
        status="Failed",
        check_type="DATA_QUALITY",
        report="s3://reports/pipeline/constraint_violations.json",
        job_arn=f"{ARN}:processing-job/check",
        failure_reason="ClientError",
        ended=NOON,
    )


def test_a_clarify_step_is_a_check_too(sagemaker):
    monitors, stubber = sagemaker
    step = {"StepName": "Bias", "StepStatus": "Succeeded", "Metadata": {"ClarifyCheck": {"CheckType": "MODEL_BIAS"}}}
    stubber.add_response("list_pipeline_execution_steps", {"PipelineExecutionSteps": [step]})
    read = monitors.check_step(EXECUTION, "Bias")
    assert (read.check_type, read.report) == ("MODEL_BIAS", None)


@pytest.mark.parametrize(
    ("more", "skipped", "cached"),
    [
        ({}, False, False),
        ({"Metadata": {"QualityCheck": {"SkipCheck": True}}}, True, False),
        ({"Metadata": {"ClarifyCheck": {"SkipCheck": True}}}, True, False),
        ({"Metadata": {"QualityCheck": {"SkipCheck": False}}}, False, False),
        ({"CacheHitResult": {"SourcePipelineExecutionArn": EXECUTION}}, False, True),
        ({"SelectiveExecutionResult": {"SourcePipelineExecutionArn": EXECUTION}}, False, True),
    ],
)
def test_a_step_tells_whether_it_checked_at_all(sagemaker, more, *, skipped, cached):
    monitors, stubber = sagemaker
    step = {"StepName": "Bias", "StepStatus": "Succeeded", **more}
    stubber.add_response("list_pipeline_execution_steps", {"PipelineExecutionSteps": [step]})
    read = monitors.check_step(EXECUTION, "Bias")
    assert (read.skipped, read.cached) == (skipped, cached)


def test_the_schedule_of_a_job_is_found_among_the_executions_of_its_time(sagemaker):
    monitors, stubber = sagemaker
    run = {
        "MonitoringScheduleName": "churn-mq",
        "ScheduledTime": NOON,
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        "MonitoringExecutionStatus": "Failed",
        "ProcessingJobArn": f"{ARN}:processing-job/groundtruth-merge-x",
    }
    other = {**run, "MonitoringScheduleName": "fraud-mq", "ProcessingJobArn": f"{ARN}:processing-job/other"}
    asked = {
        "CreationTimeAfter": NOON - timedelta(hours=1, milliseconds=1),
        "CreationTimeBefore": NOON,
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 100,
    }
    for _ in range(2):
        stubber.add_response("list_monitoring_executions", {"MonitoringExecutionSummaries": [other, run]}, asked)
    since = NOON - timedelta(hours=1)
    assert monitors.schedule_of(run["ProcessingJobArn"], since, NOON) == "churn-mq"
    assert monitors.schedule_of(f"{ARN}:processing-job/nobodys", since, NOON) is None


def test_a_step_that_nobody_knows_is_none(sagemaker):
    monitors, stubber = sagemaker
    stubber.add_response("list_pipeline_execution_steps", {"PipelineExecutionSteps": []})
    assert monitors.check_step(EXECUTION, "Bias") is None


def test_a_step_of_an_execution_that_nobody_knows_is_none(sagemaker):
    monitors, stubber = sagemaker
    stubber.add_client_error("list_pipeline_execution_steps", "ResourceNotFound", "Pipeline execution not found", 400)
    assert monitors.check_step(EXECUTION, "Bias") is None


def test_a_schedule_tells_of_which_hour_the_run_is_that_goes_on(sagemaker):
    monitors, stubber = sagemaker
    newest = {
        "MonitoringScheduleName": "churn-dq",
        "ScheduledTime": NOON,
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        "MonitoringExecutionStatus": "InProgress",
    }
    asked = {"MonitoringScheduleName": "churn-dq"}
    stubber.add_response("describe_monitoring_schedule", schedule(LastMonitoringExecutionSummary=newest), asked)
    found = monitors.schedule("churn-dq").newest
    assert (found.is_running, found.is_clean, found.scheduled, found.job) == (True, False, NOON, None)


@pytest.mark.parametrize(("status", "clean"), [("Completed", True), ("CompletedWithViolations", False)])
def test_a_schedule_tells_whether_its_newest_run_found_nothing(sagemaker, status, clean):
    monitors, stubber = sagemaker
    newest = {
        "MonitoringScheduleName": "churn-dq",
        "ScheduledTime": NOON,
        "CreationTime": NOON,
        "LastModifiedTime": NOON,
        "MonitoringExecutionStatus": status,
    }
    asked = {"MonitoringScheduleName": "churn-dq"}
    stubber.add_response("describe_monitoring_schedule", schedule(LastMonitoringExecutionSummary=newest), asked)
    found = monitors.schedule("churn-dq").newest
    assert (found.is_running, found.is_clean) == (False, clean)


def execution(hour, **more):
    """One summary in a list of executions."""
    when = NOON.replace(hour=hour)
    times = {"ScheduledTime": when, "CreationTime": when, "LastModifiedTime": when}
    return {"MonitoringScheduleName": "churn-dq", "MonitoringExecutionStatus": "Completed", **times, **more}


def test_the_executions_of_an_hour_are_listed_from_all_pages_newest_first(sagemaker):
    monitors, stubber = sagemaker
    asked = {
        "MonitoringScheduleName": "churn-dq",
        "ScheduledTimeAfter": NOON - timedelta(milliseconds=1),
        "ScheduledTimeBefore": NOON + timedelta(hours=1),
        "SortBy": "ScheduledTime",
        "SortOrder": "Descending",
        "MaxResults": 100,
    }
    job = f"{ARN}:processing-job/churn-dq-1"
    first = {"MonitoringExecutionSummaries": [execution(13, ProcessingJobArn=job)], "NextToken": "more"}
    stubber.add_response("list_monitoring_executions", first, asked)
    second = {"MonitoringExecutionSummaries": [execution(12)]}
    stubber.add_response("list_monitoring_executions", second, asked | {"NextToken": "more"})
    assert monitors.executions("churn-dq", NOON, NOON + timedelta(hours=1)) == (
        PipelineExecution(status="Completed", scheduled=NOON.replace(hour=13), job=job),
        PipelineExecution(status="Completed", scheduled=NOON),
    )
