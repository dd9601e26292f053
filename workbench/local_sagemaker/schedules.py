"""Monitoring schedules, the alert that comes with each, and their executions."""

from workbench.local_sagemaker import events
from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.errors import in_use, invalid, not_found
from workbench.local_sagemaker.job_definitions import definition
from workbench.local_sagemaker.listing import Listing, page
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import forget_tags, remember
from workbench.local_sagemaker.world import Document, World

_SHARED = {
    "EndpointName": "EndpointName",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}
_SCHEDULES = Listing(
    name="MonitoringScheduleName",
    status="MonitoringScheduleStatus",
    equal=_SHARED,
    orders={
        "Name": "MonitoringScheduleName",
        "CreationTime": "CreationTime",
        "Status": "MonitoringScheduleStatus",
    },
)
_EXECUTIONS = Listing(
    name="MonitoringScheduleName",
    status="MonitoringExecutionStatus",
    equal=_SHARED | {"MonitoringScheduleName": "MonitoringScheduleName"},
    orders={
        "CreationTime": "CreationTime",
        "ScheduledTime": "ScheduledTime",
        "Status": "MonitoringExecutionStatus",
    },
)


def create_monitoring_schedule(world: World, request: Document) -> Document:
    """Create a schedule: Pending, and after the world's lag Scheduled.

    The model dashboard's alert is made with it (1 of 1, our guess).
    """
    name, config = request["MonitoringScheduleName"], request["MonitoringScheduleConfig"]
    its_arn = arn(world, "monitoring-schedule", name)
    if name in world.schedules:
        raise in_use(f"Monitoring Schedule {its_arn} already exists.")
    now = world.now()
    record = {
        "MonitoringScheduleName": name,
        "MonitoringScheduleArn": its_arn,
        "MonitoringScheduleStatus": "Pending",
        "MonitoringType": config.get("MonitoringType", "DataQuality"),
        "MonitoringScheduleConfig": config,
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    endpoint_name = watched_endpoint(job_of(world, record))
    if endpoint_name is not None:
        record["EndpointName"] = endpoint_name
    world.schedules[name] = record
    world.alerts[name] = {
        "MonitoringAlertName": name,
        "CreationTime": now,
        "LastModifiedTime": now,
        "AlertStatus": "OK",
        "DatapointsToAlert": 1,
        "EvaluationPeriod": 1,
        "Actions": {"ModelDashboardIndicator": {"Enabled": True}},
    }
    remember(world, its_arn, request)
    world.emit(events.schedule(world, record))
    world.later(world.lag, lambda: change_status(world, name, "Scheduled"))
    return {"MonitoringScheduleArn": its_arn}


def describe_monitoring_schedule(world: World, request: Document) -> Document:
    """Return a schedule, with the summary of its last execution if there is one."""
    record = schedule(world, request["MonitoringScheduleName"])
    runs = [run for run in world.executions if run["MonitoringScheduleName"] == record["MonitoringScheduleName"]]
    if not runs:
        return record
    return record | {"LastMonitoringExecutionSummary": max(runs, key=lambda run: run["ScheduledTime"])}


def list_monitoring_schedules(world: World, request: Document) -> Document:
    """Return the schedules, newest first, 10 per page."""
    named = [
        record | trim("MonitoringScheduleSummary", record["MonitoringScheduleConfig"])
        for record in world.schedules.values()
    ]
    found, more = _SCHEDULES.select(named, request)
    summaries = [trim("MonitoringScheduleSummary", record) for record in found]
    return {"MonitoringScheduleSummaries": summaries, **more}


def start_monitoring_schedule(world: World, request: Document) -> Document:
    """Start a stopped schedule again."""
    change_status(world, request["MonitoringScheduleName"], "Scheduled")
    return {}


def stop_monitoring_schedule(world: World, request: Document) -> Document:
    """Stop a schedule. It does not run any more; its executions stay listed."""
    change_status(world, request["MonitoringScheduleName"], "Stopped")
    return {}


def delete_monitoring_schedule(world: World, request: Document) -> Document:
    """Delete a schedule; refused while Pending. Its executions stay: "This does not delete the job execution history"."""
    record = schedule(world, request["MonitoringScheduleName"])
    if record["MonitoringScheduleStatus"] == "Pending":
        raise invalid("Monitoring schedule in status Pending")
    del world.schedules[record["MonitoringScheduleName"]]
    del world.alerts[record["MonitoringScheduleName"]]
    forget_tags(world, record["MonitoringScheduleArn"])
    return {}


def list_monitoring_executions(world: World, request: Document) -> Document:
    """Return the executions, newest first, 10 per page.

    A run has one summary, even if it was two jobs.
    """
    found, more = _EXECUTIONS.select(world.executions, request)
    return {"MonitoringExecutionSummaries": found, **more}


def list_monitoring_alerts(world: World, request: Document) -> Document:
    """Return the schedule's one alert."""
    record = schedule(world, request["MonitoringScheduleName"])
    alerts, more = page([world.alerts[record["MonitoringScheduleName"]]], request, 100)
    return {"MonitoringAlertSummaries": alerts, **more}


def schedule(world: World, name: str) -> Document:
    """Return a schedule. Raises ApiError if there is none.

    The case of the letters does not matter: ARNs do not keep it, and a caller with only an ARN must find the schedule.
    """
    if name in world.schedules:
        return world.schedules[name]
    for known, record in world.schedules.items():
        if known.lower() == name.lower():
            return record
    raise not_found(f"Monitoring Schedule {arn(world, 'monitoring-schedule', name)} not found")


def change_status(world: World, name: str, status: str, reason: str | None = None) -> None:
    """Set a schedule to a state and send the event."""
    record = schedule(world, name)
    record |= {"MonitoringScheduleStatus": status, "LastModifiedTime": world.now()}
    if reason is not None:
        record["FailureReason"] = reason
    world.emit(events.schedule(world, record))


def job_of(world: World, record: Document) -> Document:
    """Return the job of a schedule: the one in it, or the definition that it names. Raises ApiError."""
    config = record["MonitoringScheduleConfig"]
    if "MonitoringJobDefinition" in config:
        job: Document = config["MonitoringJobDefinition"]
        return job
    if "MonitoringJobDefinitionName" not in config:
        raise invalid("Either MonitoringJobDefinition or MonitoringJobDefinitionName must be given.")
    return definition(world, record["MonitoringType"], config["MonitoringJobDefinitionName"])


def watched_endpoint(job: Document) -> str | None:
    """Return the endpoint whose captured data the job reads; None for batch transform."""
    inputs = job.get("MonitoringInputs") or [job[key] for key in job if key.endswith("JobInput")]
    for source in inputs:
        if "EndpointInput" in source:
            name: str = source["EndpointInput"]["EndpointName"]
            return name
    return None


def judge_alert(world: World, name: str) -> None:
    """Set the alert to InAlert if at least DatapointsToAlert of the last EvaluationPeriod runs were violated or failed."""
    alert = world.alerts[name]
    runs = sorted(
        (run for run in world.executions if run["MonitoringScheduleName"] == name), key=lambda run: run["ScheduledTime"]
    )[-alert["EvaluationPeriod"] :]
    bad = sum(run["MonitoringExecutionStatus"] in ("CompletedWithViolations", "Failed") for run in runs)
    status = "InAlert" if bad >= alert["DatapointsToAlert"] else "OK"
    if status != alert["AlertStatus"]:
        alert |= {"AlertStatus": status, "LastModifiedTime": world.now()}


OPERATIONS = {
    "CreateMonitoringSchedule": create_monitoring_schedule,
    "DescribeMonitoringSchedule": describe_monitoring_schedule,
    "ListMonitoringSchedules": list_monitoring_schedules,
    "StartMonitoringSchedule": start_monitoring_schedule,
    "StopMonitoringSchedule": stop_monitoring_schedule,
    "DeleteMonitoringSchedule": delete_monitoring_schedule,
    "ListMonitoringExecutions": list_monitoring_executions,
    "ListMonitoringAlerts": list_monitoring_alerts,
}
