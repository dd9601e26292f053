import json
from datetime import UTC, datetime

import pytest

from workbench.local_sagemaker.errors import ApiError

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = "s3://reports/monitoring/Churn/Churn-data-quality/2026/11/20/12"


def job_named_in(stage, summary):
    return stage.call("DescribeProcessingJob", ProcessingJobName=summary["ProcessingJobArn"].rsplit("/", 1)[-1])


def test_a_violated_run_says_completed_and_tells_of_violations_only_in_its_exit_message(stage):
    stage.monitor("Churn", "DataQuality")
    report = {"violations": [{"feature_name": "age"}, {"feature_name": "plan"}]}
    summary = stage.control.finish_run("Churn-data-quality", NOON, "violated", report=report)
    job = job_named_in(stage, summary)
    assert summary["MonitoringExecutionStatus"] == "CompletedWithViolations"
    assert job["ProcessingJobStatus"] == "Completed"
    assert job["ExitMessage"] == "CompletedWithViolations: Job completed successfully with 2 violations."


def test_a_run_leaves_its_files_under_the_hour_that_its_job_names(stage):
    stage.monitor("Churn", "DataQuality")
    summary = stage.control.finish_run(
        "Churn-data-quality", NOON, "violated", report={"violations": []}, statistics="{"
    )
    job = job_named_in(stage, summary)
    assert job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == HOUR
    assert stage.objects == {
        f"{HOUR}/constraint_violations.json": json.dumps({"violations": []}, indent=2).encode(),
        f"{HOUR}/statistics.json": b"{",
    }


def test_a_run_analyses_the_hour_before_the_one_in_its_name(stage):
    stage.monitor("Churn", "DataQuality")
    job = job_named_in(stage, stage.control.finish_run("Churn-data-quality", NOON, "clean"))
    assert job["ProcessingJobName"].startswith("model-monitoring-202611201200-")
    assert (job["Environment"]["start_time"], job["Environment"]["end_time"]) == (
        "2026-11-20T11:00:00Z",
        "2026-11-20T12:00:00Z",
    )


@pytest.mark.parametrize(("kind", "suffix"), [("ModelQuality", "model-quality"), ("ModelBias", "bias")])
def test_a_run_against_ground_truth_is_a_merge_and_then_an_analysis_of_the_same_mark(stage, kind, suffix):
    stage.monitor("Churn", kind)
    stage.control.finish_run(f"Churn-{suffix}", NOON, "clean")
    names = [job["ProcessingJobName"] for job in stage.world.processing_jobs.values()]
    merge, analysis = names
    assert merge.startswith("groundtruth-merge-202611201200-")
    assert merge.rsplit("-", 1)[-1] == analysis.rsplit("-", 1)[-1]
    merged = stage.call("DescribeProcessingJob", ProcessingJobName=merge)
    assert "MonitoringScheduleArn" not in merged
    assert "sagemaker_monitoring_schedule_name" not in merged["Environment"]
    assert merged["AppSpecification"]["ImageUri"].endswith("sagemaker-model-monitor-groundtruth-merger")


def test_a_merge_that_fails_fails_the_run_and_no_analysis_begins(stage):
    stage.monitor("Churn", "ModelQuality")
    summary = stage.control.finish_run("Churn-model-quality", NOON, "merge_failed")
    assert summary["MonitoringExecutionStatus"] == "Failed"
    assert "groundtruth-merge" in summary["ProcessingJobArn"]
    assert len(stage.world.processing_jobs) == 1


def test_a_run_without_data_is_no_job_and_no_event(stage):
    stage.monitor("Churn", "DataQuality")
    summary = stage.control.finish_run("Churn-data-quality", NOON, "no_data")
    assert summary["FailureReason"] == "Job inputs had no data"
    assert "ProcessingJobArn" not in summary
    assert stage.events == []
    assert stage.world.processing_jobs == {}


def test_a_runs_event_is_spelled_as_sagemaker_spells_it(stage):
    stage.monitor("Churn", "DataQuality")
    stage.control.finish_run("Churn-data-quality", NOON, "violated")
    event = stage.events[-1]
    detail = event["detail"]
    assert event["detail-type"] == "SageMaker Processing Job State Change"
    assert event["resources"] == [detail["ProcessingJobArn"]]
    assert detail["ProcessingJobStatus"] == "Completed"
    assert detail["ProcessingEndTime"] == 1763640720000 + 31_536_000_000
    assert detail["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3UploadMode"] == "CONTINUOUS"
    assert not detail.keys() & {"ExitMessage", "MonitoringScheduleArn", "Environment"}


def test_events_name_their_schedule_where_the_world_says_so(stage):
    stage.monitor("Churn", "DataQuality")
    stage.world.events_name_their_schedule = True
    stage.control.finish_run("Churn-data-quality", NOON, "clean")
    detail = stage.events[-1]["detail"]
    assert detail["MonitoringScheduleArn"].endswith("monitoring-schedule/churn-data-quality")
    assert detail["ExitMessage"] == "Completed: Job completed successfully with no violations."


def test_an_event_sent_again_comes_in_another_envelope(stage):
    stage.monitor("Churn", "DataQuality")
    summary = stage.control.finish_run("Churn-data-quality", NOON, "clean")
    stage.control.send_again(summary["ProcessingJobArn"].rsplit("/", 1)[-1], times=2)
    last = stage.events[-3:]
    assert len({event["id"] for event in last}) == 3
    assert len({json.dumps(event["detail"]) for event in last}) == 1


def test_a_run_is_played_once(stage):
    stage.monitor("Churn", "DataQuality")
    stage.control.finish_run("Churn-data-quality", NOON, "clean")
    with pytest.raises(ApiError, match="has been played"):
        stage.control.finish_run("Churn-data-quality", NOON, "violated")


def test_the_dashboards_alert_follows_the_last_run(stage):
    stage.monitor("Churn", "DataQuality")

    def alert():
        answer = stage.call("ListMonitoringAlerts", MonitoringScheduleName="Churn-data-quality")
        return answer["MonitoringAlertSummaries"][0]["AlertStatus"]

    stage.control.finish_run("Churn-data-quality", NOON.replace(hour=10), "violated")
    assert alert() == "InAlert"
    stage.control.finish_run("Churn-data-quality", NOON.replace(hour=11), "clean")
    assert alert() == "OK"


def test_a_batch_monitor_has_no_endpoint_in_its_path(stage):
    definition = {
        "JobDefinitionName": "nightly",
        "DataQualityAppSpecification": {"ImageUri": "156813124566.dkr.ecr.us-east-1.amazonaws.com/analyzer"},
        "DataQualityJobInput": {
            "BatchTransformInput": {
                "DataCapturedDestinationS3Uri": "s3://captured/nightly",
                "DatasetFormat": {"Csv": {"Header": True}},
                "LocalPath": "/opt/ml/processing/input_data",
            }
        },
        "DataQualityJobOutputConfig": {
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://reports/batch/", "LocalPath": "/opt/ml/processing/out"}}]
        },
        "JobResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}},
        "RoleArn": "arn:aws:iam::111122223333:role/sagemaker-execution",
    }
    stage.call("CreateDataQualityJobDefinition", **definition)
    stage.call(
        "CreateMonitoringSchedule",
        MonitoringScheduleName="nightly",
        MonitoringScheduleConfig={"MonitoringJobDefinitionName": "nightly", "MonitoringType": "DataQuality"},
    )
    summary = stage.control.finish_run("nightly", NOON, "violated", report={"violations": []})
    assert "EndpointName" not in summary
    assert list(stage.objects) == ["s3://reports/batch/nightly/2026/11/20/12/constraint_violations.json"]
