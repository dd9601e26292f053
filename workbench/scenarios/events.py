"""Events of SageMaker and CloudWatch, in the shapes of events/eventbridge.*.json."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from kedge.domain.run import Monitor
from kedge.domain.target import Target, TargetKind
from kedge.policy.durations import parse_duration
from workbench.scenarios.document import AlarmPart


def endpoint_event(target: Target, status: str, config: str, at: datetime) -> dict[str, object]:
    """Return `SageMaker Endpoint State Change`: an endpoint entered a status, in the event's own spelling of it."""
    detail = {"EndpointStatus": status, "EndpointConfigName": config, "LastModifiedTime": _millis(at)}
    return _event("SageMaker Endpoint State Change", target, at, detail)


def deployment_event(
    target: Target, over: str, config: str, at: datetime, stage_name: str = "Creating"
) -> dict[str, object]:
    """Return `SageMaker Endpoint Deployment State Change` of a deployment at a stage, with the old and the new config."""
    stage = {"Status": stage_name, "StatusMessage": "Launching 2 instance(s).", "StartTime": _millis(at)}
    coming = {
        "EndpointConfigName": config,
        "StartTime": _millis(at),
        "ProductionVariants": [{"VariantName": "AllTraffic", "VariantStatus": [stage]}],
    }
    detail = {
        "EndpointStatus": "UPDATING",
        "EndpointConfigName": over,
        "LastModifiedTime": _millis(at),
        "PendingDeploymentSummary": coming,
    }
    return _event("SageMaker Endpoint Deployment State Change", target, at, detail)


def schedule_event(target: Target, name: str, monitor: Monitor | None, status: str, at: datetime) -> dict[str, object]:
    """Return `SageMaker Monitoring Schedule State Change` with the minimum that SageMaker documents."""
    arn = f"arn:aws:sagemaker:{target.region}:{target.account}:monitoring-schedule/{name.lower()}"
    detail: dict[str, object] = {"MonitoringScheduleName": name, "MonitoringScheduleStatus": status}
    if target.kind is TargetKind.ENDPOINT:
        detail["EndpointName"] = target.name
    if monitor is not None:
        detail["MonitoringType"] = monitor.value
    return _event_of("SageMaker Monitoring Schedule State Change", target, at, [arn], detail)


def alarm_event(alarm: AlarmPart, target: Target, at: datetime) -> dict[str, object]:
    """Return CloudWatch's event about an alarm, as in events/eventbridge.alarm.alarm.json."""
    at = by_its_clock(at, alarm.ahead, alarm.behind)
    dimensions = {"EndpointName": target.name} if alarm.dimensions is None else alarm.dimensions
    metric = {"namespace": alarm.namespace, "name": alarm.metric, "dimensions": dimensions}
    # An empty list would mean that no datapoint was received, but the test does not say that.
    numbers = {"threshold": alarm.threshold} | ({} if alarm.value is None else {"recentDatapoints": [alarm.value]})
    state = {"value": alarm.state, "timestamp": at.isoformat(), "reason": alarm.description}
    state["reasonData"] = msgspec.json.encode(numbers).decode()
    return {
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": target.account,
        "region": target.region,
        "time": at.isoformat(),
        "detail": {
            "alarmName": alarm.name,
            "state": state,
            "previousState": {"value": alarm.previous or ("OK" if alarm.state == "ALARM" else "ALARM")},
            "configuration": {
                "description": alarm.description,
                "metrics": [{"id": "m1", "metricStat": {"metric": metric}, "returnData": True}],
            },
        },
    }


def alarm_message(alarm: AlarmPart, target: Target, at: datetime) -> dict[str, object]:
    """Return the SNS message about an alarm, as in events/sns.alarm.metric.json.

    Anyone with permission to publish to the topic can write one.
    """
    at = by_its_clock(at, alarm.ahead, alarm.behind)
    dimensions = {"EndpointName": target.name} if alarm.dimensions is None else alarm.dimensions
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": target.account,
        "NewStateValue": alarm.state,
        "OldStateValue": alarm.previous or ("OK" if alarm.state == "ALARM" else "ALARM"),
        "NewStateReason": alarm.description,
        "StateChangeTime": at.isoformat(),
        "AlarmArn": f"arn:aws:cloudwatch:{target.region}:{target.account}:alarm:{alarm.name}",
        "Trigger": {
            "MetricName": alarm.metric,
            "Namespace": alarm.namespace,
            "Threshold": alarm.threshold,
            "Dimensions": [{"name": name, "value": value} for name, value in dimensions.items()],
        },
    }


def by_its_clock(at: datetime, ahead: str | None, behind: str | None) -> datetime:
    """Return a moment on a clock that runs ahead or behind."""
    return at + parse_duration(ahead or "0") - parse_duration(behind or "0")


def pipeline_event(target: Target, execution: str, status: str, at: datetime) -> dict[str, object]:
    """Return `SageMaker Model Building Pipeline Execution Status Change`."""
    pipeline = execution.partition("/execution/")[0]
    detail = {
        "currentPipelineExecutionStatus": status,
        "previousPipelineExecutionStatus": "Executing",
        "executionEndTime": at.isoformat(),
        "pipelineArn": pipeline,
        "pipelineExecutionArn": execution,
    }
    return _event_of(
        "SageMaker Model Building Pipeline Execution Status Change", target, at, [pipeline, execution], detail
    )


def package_event(target: Target, package: str, approval: str, made_by: str | None, at: datetime) -> dict[str, object]:
    """Return `SageMaker Model Package State Change`."""
    detail: dict[str, object] = {
        "ModelPackageGroupName": package.rpartition(":")[2].split("/")[1],
        "ModelPackageArn": package,
        "ModelPackageStatus": "Completed",
        "ModelApprovalStatus": approval,
        "LastModifiedTime": at.isoformat(),
    }
    if made_by is not None:
        detail["MetadataProperties"] = {"GeneratedBy": made_by}
    return _event_of("SageMaker Model Package State Change", target, at, [package], detail)


def _event(kind: str, target: Target, at: datetime, detail: dict[str, object]) -> dict[str, object]:
    arn = f"arn:aws:sagemaker:{target.region}:{target.account}:endpoint/{target.name.lower()}"
    return _event_of(kind, target, at, [arn], {"EndpointName": target.name, "EndpointArn": arn, **detail})


def _event_of(
    kind: str, target: Target, at: datetime, resources: list[str], detail: Mapping[str, object]
) -> dict[str, object]:
    return {
        "detail-type": kind,
        "source": "aws.sagemaker",
        "account": target.account,
        "region": target.region,
        "time": at.isoformat(),
        "resources": resources,
        "detail": detail,
    }


def _millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
