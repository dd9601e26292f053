"""Every reader of monitors and alarms answers the same: in memory, and on the local SageMaker and CloudWatch."""

from datetime import UTC, datetime

import msgspec
import pytest

from kedge.adapters.cloudwatch.alarms import CloudWatchAlarms
from kedge.adapters.sagemaker.monitors import SageMakerMonitors
from kedge.domain.errors import Transient
from kedge.ports.readers import Alarm, CheckStep, ProcessingJob, Schedule
from tests.contracts.conftest import BOTH
from tests.fakes.reading import FakeAlarms, FakeMonitors
from workbench.local_sagemaker.onboarding import monitored_endpoint, send

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
ARN = "arn:aws:sagemaker:us-east-1:111122223333"
SCHEDULE = f"{ARN}:monitoring-schedule/churn-data-quality"
REPORT = "s3://monitor-reports/pipeline/constraint_violations.json"


@pytest.fixture
def real(stack):
    """Return SageMaker with one monitored endpoint, one violated run and one pipeline whose check failed."""
    sagemaker = stack.client("sagemaker")
    if "monitor-reports" not in {bucket["Name"] for bucket in stack.client("s3").list_buckets()["Buckets"]}:
        stack.client("s3").create_bucket(Bucket="monitor-reports")
        send(sagemaker, monitored_endpoint("Churn", bucket="monitor-reports", kinds=["DataQuality"]))
        stack.service.sink = lambda _: None
        stack.server.control.finish_run(
            "Churn-data-quality", NOON, "violated", report={"violations": []}, exit_message="CompletedWithViolations: 3"
        )
        sagemaker.create_pipeline(
            PipelineName="churn",
            PipelineDefinition="{}",
            ClientRequestToken="x" * 32,
            RoleArn="arn:aws:iam::111122223333:role/x",
        )
    # Other contracts have jobs here, too.
    runs = sagemaker.list_monitoring_executions(MonitoringScheduleName="Churn-data-quality")
    job = runs["MonitoringExecutionSummaries"][0]["ProcessingJobArn"].rpartition("/")[2]
    execution = sagemaker.start_pipeline_execution(PipelineName="churn")["PipelineExecutionArn"]
    check = {"CheckType": "DATA_QUALITY", "ViolationReport": REPORT, "CheckJobArn": f"{ARN}:processing-job/check"}
    stack.server.control.finish_step(execution, "CheckData", "Failed", {"QualityCheck": check}, "ClientError")
    return SageMakerMonitors(sagemaker), job, execution


@pytest.fixture
def fake():
    job = ProcessingJob(
        name="churn-1",
        arn=f"{ARN}:processing-job/churn-1",
        status="Completed",
        exit_message="CompletedWithViolations: 3",
        schedule_arn=SCHEDULE,
    )
    schedule = Schedule(
        name="Churn-data-quality",
        arn=SCHEDULE,
        status="Scheduled",
        endpoint="Churn",
        monitoring_type="DataQuality",
    )
    step = CheckStep(
        name="CheckData",
        status="Failed",
        check_type="DATA_QUALITY",
        report=REPORT,
        job_arn=f"{ARN}:processing-job/check",
        failure_reason="ClientError",
    )
    execution = f"{ARN}:pipeline/churn/execution/x"
    return FakeMonitors(job, schedule, steps={(execution, "CheckData"): step}), "churn-1", execution


@pytest.fixture(params=BOTH)
def known(request):
    """Return monitors, the name of a job that they know, and a pipeline execution."""
    return request.getfixturevalue("fake" if request.param == "memory" else "real")


def test_a_job_tells_what_it_came_to(known):
    monitors, name, _ = known
    job = monitors.processing_job(name)
    assert (job.name, job.status, job.exit_message) == (name, "Completed", "CompletedWithViolations: 3")
    assert job.schedule_arn == SCHEDULE


def test_a_job_that_nobody_knows_is_none(known):
    assert known[0].processing_job("nobody") is None


@pytest.mark.parametrize("name", ["Churn-data-quality", "churn-data-quality"])
def test_a_schedule_is_found_under_the_name_that_an_arn_gives_it_and_keeps_its_case(known, name):
    schedule = known[0].schedule(name)
    assert (schedule.name, schedule.status, schedule.endpoint) == ("Churn-data-quality", "Scheduled", "Churn")
    assert schedule.monitoring_type == "DataQuality"


def test_a_schedule_that_nobody_knows_is_none(known):
    assert known[0].schedule("nobody") is None


def test_a_check_step_tells_where_its_report_lies(known):
    monitors, _, execution = known
    step = monitors.check_step(execution, "CheckData")
    assert (step.status, step.check_type, step.report) == ("Failed", "DATA_QUALITY", REPORT)
    assert step.failure_reason == "ClientError"


def test_a_step_that_nobody_knows_is_none(known):
    monitors, _, execution = known
    assert monitors.check_step(execution, "Nothing") is None
    assert monitors.check_step(f"{ARN}:pipeline/churn/execution/nobody123456", "CheckData") is None


@pytest.mark.stack
def test_a_throttled_sagemaker_can_be_asked_again(stack, real):
    stack.server.control.add_fault("DescribeProcessingJob", "throttle", times=None)
    try:
        with pytest.raises(Transient):
            real[0].processing_job(real[1])
    finally:
        stack.server.control.clear_faults()


@pytest.fixture(params=BOTH)
def alarms(request):
    latency = Alarm(
        arn="arn:aws:cloudwatch:us-east-1:111122223333:alarm:churn-latency",
        namespace="AWS/SageMaker",
        metric="ModelLatency",
        dimensions={"EndpointName": "Churn", "VariantName": "AllTraffic"},
        threshold=200.0,
    )
    if request.param == "memory":
        return FakeAlarms(**{"churn-latency": latency}), latency
    cloudwatch = request.getfixturevalue("stack").client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="churn-latency",
        Namespace=latency.namespace,
        MetricName=latency.metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in latency.dimensions.items()],
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=latency.threshold,
        ComparisonOperator="GreaterThanThreshold",
    )
    return CloudWatchAlarms(cloudwatch), latency


def test_an_alarm_tells_what_it_watches(alarms):
    known, latency = alarms
    found = known.alarm("churn-latency")
    # The state of the alarm depends on the measured values.
    state = {name: getattr(latency, name) for name in ("state", "since", "reason", "measured", "observed", "limit")}
    assert msgspec.structs.replace(found, **state) == latency


def test_an_alarm_that_nobody_knows_is_none(alarms):
    known, _ = alarms
    assert known.alarm("nobody") is None
