"""Every sample event, read as it lies in `events`."""

from typing import Any

import pytest
from msgspec import structs

from kedge.domain.provenance import EntryPoint
from kedge.domain.signal import Ignored
from tests.support import samples
from tests.unit.sources.world import (
    ANALYZER,
    HOUR,
    REPORT,
    REPORTS,
    SAGEMAKER,
    SCHEDULE,
    TARGET,
    VIOLATED,
    World,
    check_step,
    job,
)

ALARM = "111122223333/us-east-1/alarm/churn-prod is unwell"
PIPELINE = "111122223333/us-east-1/pipeline/churn-retrain"
PACKAGE = "111122223333/us-east-1/model-package/churn"
MODEL_QUALITY = structs.replace(
    SCHEDULE, name="churn-model-quality", arn=f"{SAGEMAKER}:monitoring-schedule/churn-model-quality",
    monitoring_type="ModelQuality",
)  # fmt: skip
CLEAN = "Completed: Job completed successfully with no violations."

SILENCES = "999900001111/eu-west-1/fleet/silences"

EXPECTED: dict[str, Ignored | tuple[str, ...]] = {
    "direct.violations": ("RunFinished", TARGET, "violated"),
    "direct.violations.inline": ("RunFinished", TARGET, "violated"),
    "eventbridge.alarm.alarm": ("AlarmChanged", TARGET, "alarm"),
    "eventbridge.alarm.anomaly": ("AlarmChanged", TARGET, "alarm"),
    "eventbridge.alarm.composite": ("AlarmChanged", ALARM, "alarm"),
    "eventbridge.alarm.contributor": ("AlarmChanged", TARGET, "alarm"),
    "eventbridge.alarm.insufficient_data": ("AlarmChanged", TARGET, "insufficient_data"),
    "eventbridge.alarm.metric_math": ("AlarmChanged", TARGET, "alarm"),
    "eventbridge.alarm.ok": ("AlarmChanged", TARGET, "ok"),
    "eventbridge.deployment.baking": ("DeploymentChanged", TARGET, "Updating"),
    "eventbridge.deployment.capacity": ("DeploymentChanged", TARGET, "Updating"),
    "eventbridge.endpoint.in_service": ("EndpointChanged", TARGET, "InService"),
    "eventbridge.endpoint.update_rollback_failed": ("EndpointChanged", TARGET, "UpdateRollbackFailed"),
    "eventbridge.model_package": ("ModelPackageChanged", PACKAGE, "Approved"),
    "eventbridge.pipeline": ("PipelineFinished", PIPELINE, "Succeeded"),
    "eventbridge.pipeline_step.clarify_check": ("RunFinished", PIPELINE, "clean"),
    "eventbridge.pipeline_step.processing": Ignored.NOT_A_MONITORING_JOB,
    "eventbridge.pipeline_step.quality_check": ("RunFinished", PIPELINE, "violated"),
    "eventbridge.processing_job.baseline": Ignored.BASELINE_JOB,
    "eventbridge.processing_job.completed": ("RunFinished", TARGET, "violated"),
    "eventbridge.processing_job.failed": ("RunFinished", TARGET, "failed"),
    "eventbridge.processing_job.in_progress": Ignored.NOT_TERMINAL,
    "eventbridge.processing_job.merge": Ignored.GROUND_TRUTH_MERGE,
    "eventbridge.processing_job.model_quality": ("RunFinished", TARGET, "clean"),
    "eventbridge.processing_job.pipeline_step": Ignored.NOT_A_MONITORING_JOB,
    "eventbridge.processing_job.stopped": ("RunFinished", TARGET, "stopped"),
    "eventbridge.schedule": ("ScheduleChanged", TARGET, "Stopped"),
    "kedge.execution.no_data": ("RunFinished", TARGET, "no_data"),
    "kedge.schedule.overdue": ("RunFinished", TARGET, "no_data"),
    "kedge.watchdog.fault": ("RunFinished", TARGET, "violated"),
    "kedge.measurement": ("RunFinished", TARGET, "violated"),
    "lambda.alarm_action": ("AlarmChanged", TARGET, "alarm"),
    "lambda.alarm_action.composite": ("AlarmChanged", ALARM, "alarm"),
    "people.config_mark": ("ConfigMarked", TARGET, ""),
    "people.decision": ("DecisionMade", TARGET, "acknowledge"),
    "people.silence": ("SilenceChanged", SILENCES, ""),
    "s3.object_created": ("RunFinished", TARGET, "violated"),
    "sns.alarm.anomaly": ("AlarmChanged", TARGET, "alarm"),
    "sns.alarm.composite": ("AlarmChanged", ALARM, "alarm"),
    "sns.alarm.contributor": ("AlarmChanged", TARGET, "alarm"),
    "sns.alarm.extended_statistic": ("AlarmChanged", TARGET, "alarm"),
    "sns.alarm.metric": ("AlarmChanged", TARGET, "alarm"),
    "sns.alarm.metric_math": ("AlarmChanged", TARGET, "alarm"),
    "sns.alarm.minimal": ("AlarmChanged", "999900001111/eu-west-1/alarm/churn-prod drift: tenure", "alarm"),
    "sqs.eventbridge_processing_job": ("RunFinished", TARGET, "violated"),
    "sqs.raw_alarm": Ignored.UNKNOWN_SOURCE,  # nothing of AWS puts one there unwrapped
    "sqs.sns_alarm": ("AlarmChanged", TARGET, "alarm"),
    "sqs.sns_subscription": Ignored.UNKNOWN_SOURCE,
}


def world() -> World:
    """SageMaker and S3 as they were when the sample events were sent."""
    described = []
    for case, changes in (
        ("completed", {}),
        ("failed", {"status": "Failed", "exit_message": None, "failure_reason": "InternalServerError"}),
        ("stopped", {"status": "Stopped", "exit_message": None}),
        (
            "model_quality",
            {
                "schedule_arn": MODEL_QUALITY.arn,
                "environment": {},
                "exit_message": CLEAN,
                "outputs": (f"{REPORTS}/model-quality",),
            },
        ),
        ("baseline", {"schedule_arn": None, "environment": {}, "exit_message": CLEAN}),
        ("pipeline_step", {"schedule_arn": None, "environment": {}, "image": "scikit-learn"}),
    ):
        detail = samples.event(f"eventbridge.processing_job.{case}")["detail"]
        described.append(job(name=detail["ProcessingJobName"], arn=detail["ProcessingJobArn"], **changes))
    steps = [
        check_step(),
        check_step(name="check-model-bias", status="Succeeded", check_type="MODEL_BIAS", report=None),
    ]
    reports = {REPORT: VIOLATED, f"{REPORTS}/check/constraint_violations.json": VIOLATED}
    return World(*described, SCHEDULE, MODEL_QUALITY, objects=reports, steps=steps)


def told(name: str, by: World) -> Any:
    """What a sample becomes that comes by the entry point that takes it."""
    if name.startswith("people."):
        return by.by(EntryPoint.PEOPLE).one(name)
    return by.by(EntryPoint.EVENTS if name.startswith("sqs.") else EntryPoint.DIRECT).one(name)


@pytest.mark.parametrize("name", samples.names())
def test_every_sample_becomes_what_it_tells_of(name: str):
    found = told(name, world())
    if isinstance(found, Ignored):
        assert found is EXPECTED[name]
        return
    keys = ("verdict", "status", "approval", "act")
    word = next((str(getattr(found, key)) for key in keys if hasattr(found, key)), "")
    assert (type(found).__name__, str(found.target), word) == EXPECTED[name]


@pytest.mark.parametrize("name", samples.names())
def test_a_sample_told_twice_has_one_id(name: str):
    same = world()
    first, second = told(name, same), told(name, same)
    assert getattr(first, "id", first) == getattr(second, "id", second)


@pytest.mark.parametrize("name", samples.names())
def test_a_sample_that_is_ignored_costs_at_most_one_call(name: str):
    asked = world()
    if isinstance(told(name, asked), Ignored):
        assert len(asked.monitors.calls) + len(asked.objects.reads) <= 1


def test_the_samples_speak_of_the_world_they_are_read_in():
    detail = samples.event("eventbridge.processing_job.completed")["detail"]
    assert detail["AppSpecification"]["ImageUri"] == ANALYZER
    assert detail["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == HOUR
