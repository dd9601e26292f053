"""`--live-checks`: what an account itself does, as far as a command can see it. docs/first-hour.md explains each check.

All but one only read. The test of the alarm path makes an alarm of its own, sets its state, and deletes it again.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from kedge.formatting import format_duration
from workbench.cli.doctor.looking import Check, Looking
from workbench.cli.doctor.result import CheckResult, fault, ok, unknown

PATIENCE: Final = timedelta(seconds=90)
"""How long the test of the alarm path waits. The path takes seconds."""

_BETWEEN_LOOKS: Final = 1.0
_PREFIX: Final = "kedge-doctor-"
# This machine's clock may be ahead of the log's.
_SKEW: Final = timedelta(minutes=2)


def check_alarm_path(at: Looking) -> Iterator[CheckResult]:
    """Check that the change of an alarm reaches Kedge over the event bus, with an alarm without actions.

    The alarm changes to OK, so that no incident opens. Kedge deletes it afterwards, also after a failure.
    """
    cloudwatch, name = at.client("cloudwatch"), f"{_PREFIX}{uuid4().hex[:12]}"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        AlarmDescription="A test of kedge doctor, which deletes it. It watches nothing.",
        ActionsEnabled=False,
        Namespace="KedgeDoctor",
        MetricName="Nothing",
        Statistic="Sum",
        Period=86_400,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    try:
        began, since = time.monotonic(), datetime.now(UTC) - _SKEW
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="a test of kedge doctor")
        arrived = _until(lambda: _is_known(at, name, since), PATIENCE)
        took = format_duration(timedelta(seconds=time.monotonic() - began))
        if arrived:
            yield ok("alarm path", "event bus to intake", f"The change of an alarm reached Kedge within {took}.")
        else:
            yield fault(
                "alarm path",
                "event bus to intake",
                f"The change of an alarm did not reach Kedge within {took}.",
                "Look at AWS/Events FailedInvocations of the rule for alarms: the key's policy may refuse EventBridge.",
            )
    finally:
        cloudwatch.delete_alarms(AlarmNames=[name])


def _is_known(at: Looking, alarm: str, since: datetime) -> bool:
    """Return whether intake logged a decision on the alarm."""
    told = at.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{at.stack.outputs['IntakeFunctionName']}",
        filterPattern=f'"{alarm}"',
        startTime=int(since.timestamp() * 1_000),
    )
    return bool(told["events"])


def check_leftovers(at: Looking) -> Iterator[CheckResult]:
    """Check that no alarm of an earlier, interrupted test is left, and delete those that are."""
    cloudwatch = at.client("cloudwatch")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=_PREFIX)
    names = [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]]
    if names:
        cloudwatch.delete_alarms(AlarmNames=names[:100])
        yield ok("leftovers", f"{len(names)} alarms", "Alarms of an interrupted test were deleted.")


def check_job_event(at: Looking) -> Iterator[CheckResult]:
    """Check what SageMaker says about the newest monitoring job: whether it names its schedule."""
    sagemaker = at.client("sagemaker")
    listed = sagemaker.list_monitoring_executions(SortBy="ScheduledTime", SortOrder="Descending", MaxResults=10)
    jobs = [each for each in listed["MonitoringExecutionSummaries"] if each.get("ProcessingJobArn")]
    if not jobs:
        yield ok("monitoring job", "none", "No schedule of Model Monitor ran a job here, so there is nothing to see.")
        return
    name = jobs[0]["ProcessingJobArn"].rpartition("/")[2]
    told = sagemaker.describe_processing_job(ProcessingJobName=name)
    schedule = told.get("MonitoringScheduleArn")
    environment = told.get("Environment", {}).get("sagemaker_monitoring_schedule_name")
    if schedule or environment:
        place = "MonitoringScheduleArn" if schedule else "the job's environment"
        yield ok("monitoring job", name, f"The job names its schedule in {place}.")
    else:
        yield fault(
            "monitoring job",
            name,
            "The job names no schedule, so Kedge finds it by its executions.",
            "Nothing to do; report this form of the job to the authors of Kedge.",
        )


def check_failed_invocations(at: Looking) -> Iterator[CheckResult]:
    """Check that EventBridge delivered the events of all rules in the last day."""
    rules = {each.rpartition("/")[2].rpartition("|")[2] for each in at.resources("AWS::Events::Rule").values()}
    queries = [
        {
            "Id": f"r{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Events",
                    "MetricName": "FailedInvocations",
                    "Dimensions": [{"Name": "RuleName", "Value": rule}],
                },
                "Period": 3_600,
                "Stat": "Sum",
            },
            "Label": rule,
        }
        for number, rule in enumerate(sorted(rules))
    ]
    now = datetime.now(UTC)
    told = at.client("cloudwatch").get_metric_data(
        MetricDataQueries=queries, StartTime=now - timedelta(days=1), EndTime=now
    )
    failed = {each["Label"]: sum(each["Values"]) for each in told["MetricDataResults"] if sum(each["Values"])}
    for rule, count in sorted(failed.items()):
        yield fault(
            "delivery of events",
            rule,
            f"EventBridge failed to deliver {count:.0f} events in the last day.",
            "Check the policies of the queue and of its key, then run kedge signals redrive.",
        )
    if not failed:
        yield ok("delivery of events", f"{len(rules)} rules", "EventBridge delivered every event of the last day.")


def check_validator(at: Looking) -> Iterator[CheckResult]:
    """Check that AppConfig asks Kedge's validator: it validates the newest published policy again."""
    appconfig, outputs = at.client("appconfig"), at.stack.outputs
    place = {"ApplicationId": outputs["PolicyApplicationId"], "ConfigurationProfileId": outputs["PolicyProfileId"]}
    versions = appconfig.list_hosted_configuration_versions(**place, MaxResults=1)["Items"]
    if not versions:
        yield unknown("validator", "policy", "No policy was published.", "Run kedge policy push policies/default.yaml.")
        return
    number = versions[0]["VersionNumber"]
    try:
        appconfig.validate_configuration(**place, ConfigurationVersion=str(number))
    except appconfig.exceptions.BadRequestException as error:
        yield fault(
            "validator", f"policy version {number}", str(error), "Read kedge policy lint, and push a valid policy."
        )
        return
    yield ok("validator", f"policy version {number}", "AppConfig asked the validator, and it accepts the policy.")


def _until(is_so: Callable[[], Any], patience: timedelta) -> bool:
    limit = time.monotonic() + patience.total_seconds()
    while not is_so():
        if time.monotonic() > limit:
            return False
        time.sleep(_BETWEEN_LOOKS)
    return True


LIVE: Final[tuple[tuple[str, Check], ...]] = (
    ("leftovers", check_leftovers),
    ("alarm path", check_alarm_path),
    ("delivery of events", check_failed_invocations),
    ("monitoring job", check_job_event),
    ("validator", check_validator),
)
"""The live checks in the order of docs/first-hour.md, each with its name."""
