from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError, OperationNotPageableError, ParamValidationError

from tests.unit.workbench.recordings.build import answers
from workbench.recordings.clients import AnswerUnreadable

JOB = "sagemaker.DescribeProcessingJob"


def test_times_come_as_datetimes_and_what_is_null_not_at_all(tmp_path, client):
    answers(
        tmp_path,
        JOB,
        {"request": {}, "response": {"ProcessingJobStatus": "Completed", "CreationTime": "2026-11-20T11:04:00+01:00",
                                     "LastModifiedTime": 1795169600.5, "ExitMessage": None}},
    )  # fmt: skip
    told = client("sagemaker").describe_processing_job(ProcessingJobName="run-1")
    assert told["CreationTime"] == datetime(2026, 11, 20, 10, 4, tzinfo=UTC)
    assert told["LastModifiedTime"].microsecond == 500_000
    assert "ExitMessage" not in told
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_times_within_lists_and_objects_are_found(tmp_path, client):
    step = {"StepName": "check", "StartTime": "2026-11-20T10:04:00Z", "Metadata": {"QualityCheck": {"CheckType": "x"}}}
    answers(tmp_path, "sagemaker.ListPipelineExecutionSteps",
            {"request": {}, "response": {"PipelineExecutionSteps": [step]}})  # fmt: skip
    told = client("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn="arn:x")
    assert told["PipelineExecutionSteps"][0]["StartTime"] == datetime(2026, 11, 20, 10, 4, tzinfo=UTC)


def test_a_short_answer_is_filled_up_with_the_name_and_the_arn_of_what_was_asked_for(tmp_path, client):
    answers(tmp_path, JOB, {"request": {}, "response": {"ProcessingJobStatus": "Completed"}})
    told = client("sagemaker").describe_processing_job(ProcessingJobName="Run-1")
    assert told["ProcessingJobName"] == "Run-1"
    assert told["ProcessingJobArn"] == "arn:aws:sagemaker:us-east-1:111122223333:processing-job/run-1"


def test_a_schedule_that_a_short_answer_says_nothing_of_is_scheduled(tmp_path, client):
    answers(
        tmp_path, "sagemaker.DescribeMonitoringSchedule", {"request": {}, "response": {"EndpointName": "Churn-Prod"}}
    )
    told = client("sagemaker").describe_monitoring_schedule(MonitoringScheduleName="churn-dq")
    assert told["MonitoringScheduleStatus"] == "Scheduled"


@pytest.mark.parametrize(
    ("response", "path"),
    [
        ({}, "$.response.ProcessingJobStatus"),
        ({"ProcessingJobStatus": 7}, "$.response.ProcessingJobStatus"),
        ({"ProcessingJobStatus": "Completed", "CreationTime": "soon"}, "$.response.CreationTime"),
        ({"ProcessingJobStatus": "Completed", "Environment": []}, "$.response.Environment"),
        (
            {"ProcessingJobStatus": "Completed", "ProcessingOutputConfig": {"Outputs": {}}},
            "$.response.ProcessingOutputConfig.Outputs",
        ),
    ],
)
def test_an_answer_that_aws_could_not_have_given_is_told_with_its_place(tmp_path, client, response, path):
    answers(tmp_path, JOB, {"request": {}, "response": response})
    with pytest.raises(AnswerUnreadable) as raised:
        client("sagemaker").describe_processing_job(ProcessingJobName="run-1")
    assert raised.value.fault.where == f"aws/{JOB}.jsonl:1"
    assert raised.value.fault.path == path


def test_a_recorded_error_is_raised_as_boto3_raises_it(tmp_path, client):
    answers(tmp_path, JOB, {"request": {}, "error": {"Code": "ResourceNotFound", "Message": "gone"}})
    sagemaker = client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ResourceNotFound, match="DescribeProcessingJob operation: gone"):
        sagemaker.describe_processing_job(ProcessingJobName="run-1")


@pytest.mark.parametrize(
    ("method", "asked", "code", "words"),
    [
        ("describe_processing_job", {"ProcessingJobName": "x"}, "ValidationException",
         "Could not find requested job with name: x"),
        ("describe_monitoring_schedule", {"MonitoringScheduleName": "x"}, "ResourceNotFound", "Could not find x"),
        ("describe_endpoint", {"EndpointName": "x"}, "ValidationException", 'Could not find endpoint "x"'),
    ],
)  # fmt: skip
def test_what_was_not_recorded_does_not_exist(client, method, asked, code, words):
    with pytest.raises(ClientError, match=words) as raised:
        getattr(client("sagemaker"), method)(**asked)
    assert raised.value.response["Error"]["Code"] == code


def test_a_listing_that_was_not_recorded_is_empty(client):
    assert client("cloudwatch").describe_alarms(AlarmNames=["x"])["MetricAlarms"] == []
    pages = client("sagemaker").get_paginator("list_monitoring_executions").paginate(MonitoringScheduleName="x")
    assert [page["MonitoringExecutionSummaries"] for page in pages] == [[]]


def test_pages_follow_each_other_by_token(tmp_path, client):
    def summary(hour: int) -> dict[str, str]:
        return {"MonitoringScheduleName": "s", "ScheduledTime": f"2026-11-20T{hour}:00:00Z"}

    answers(
        tmp_path,
        "sagemaker.ListMonitoringExecutions",
        {"request": {}, "response": {"MonitoringExecutionSummaries": [summary(10)], "NextToken": "t"}},
        {"request": {"NextToken": "t"}, "response": {"MonitoringExecutionSummaries": [summary(11)]}},
    )
    pages = client("sagemaker").get_paginator("list_monitoring_executions").paginate()
    found = [entry["ScheduledTime"].hour for page in pages for entry in page["MonitoringExecutionSummaries"]]
    assert found == [10, 11]


def test_what_boto3_refuses_is_refused(client):
    sagemaker = client("sagemaker")
    with pytest.raises(ParamValidationError):
        sagemaker.describe_processing_job()
    with pytest.raises(AttributeError):
        sagemaker.describe_weather()
    with pytest.raises(OperationNotPageableError):
        sagemaker.get_paginator("describe_processing_job")


@pytest.mark.parametrize(
    ("response", "body"),
    [({"Body": "{}"}, b"{}"), ({"Body": {"violations": []}}, b'{"violations": []}'), ({}, b"")],
)
def test_a_recorded_object_can_be_read_with_its_length_whatever_was_written_down_of_it(
    tmp_path, client, response, body
):
    answers(tmp_path, "s3.GetObject", {"request": {}, "response": response})
    got = client("s3").get_object(Bucket="reports", Key="a.json")
    assert (got["Body"].read(), got["ContentLength"]) == (body, len(body))
