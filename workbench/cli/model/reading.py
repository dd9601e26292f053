"""Reads the present state of an endpoint, its config, its models and what watches it. The calls only read."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kedge_monitor.capture.window import hour_of
from workbench.cli.connection.ending import Unwise
from workbench.cli.model.alarms import INSTANCES, SERVING
from workbench.cli.model.refusals import CallRefused, Clients, call, pages
from workbench.cli.model.state import (
    DELETED,
    FOR,
    MADE_BY,
    REPLACES,
    AlarmState,
    CaptureState,
    EndpointKind,
    EndpointState,
    JobDefinitionState,
    MetricState,
    ScheduleState,
    VariantState,
    alarm_settings,
)

TYPES: Final = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
"""SageMaker's types of monitoring."""

SPAN: Final = timedelta(days=14)
"""The time that ListMetrics and the thresholds of alarms look back."""

type Alarms = Sequence[Mapping[str, Any]]

_MEASURED: Final = {
    SERVING: ("Invocations", "ModelLatency", "Invocation4XXErrors", "Invocation5XXErrors"),
    INSTANCES: ("CPUUtilization", "DiskUtilization"),
}
_HOUR: Final = 3_600
_DAYS: Final = SPAN / timedelta(days=1)


def read_endpoint(
    clients: Clients, name: str, now: datetime, *, traffic: bool = True, listed: Alarms | None = None
) -> EndpointState:
    """Return an endpoint and everything that watches it. Without `traffic`, its metrics are left out.

    `listed` are the alarms of the account, so that a caller who reads several endpoints lists them once.

    Raises:
        Unwise: there is no endpoint of this name.
        CallRefused: AWS refused a call.
    """
    try:
        told = call(clients, "sagemaker", "DescribeEndpoint", EndpointName=name)
    except CallRefused as error:
        if not error.is_absent:
            raise
        raise Unwise(
            f"there is no endpoint {name!r} in this account and Region: check --region and the name"
        ) from error
    arn: str = told["EndpointArn"]
    _, _, _, region, account, _ = arn.split(":", 5)
    request, tags_of_config = _config(clients, told["EndpointConfigName"])
    models = [
        _model(clients, each["ModelName"]) for each in request.get("ProductionVariants", ()) if "ModelName" in each
    ]
    metrics = tuple(_metrics(clients, name, now)) if traffic else ()
    capture = _capture(told)
    return EndpointState(
        name=told["EndpointName"],
        arn=arn,
        account=account,
        region=region,
        status=told["EndpointStatus"],
        config=told["EndpointConfigName"],
        config_request=request,
        kind=_kind(request, models),
        pending_config=told.get("PendingDeploymentSummary", {}).get("EndpointConfigName", ""),
        replaces=tags_of_config.get(REPLACES, ""),
        config_is_ours=_is_ours(tags_of_config),
        retains_deployment=bool(told.get("LastDeploymentConfig")),
        variants=tuple(_variants(request, told)),
        capture=capture,
        packages=tuple(dict.fromkeys(package for model in models for package in _packages(model))),
        tags=tags_of(clients, arn),
        invocations=sum(each.total for each in metrics if each.name == "Invocations") / _DAYS,
        metrics=metrics,
        alarms=tuple(read_alarms(clients, name, listed)),
        schedules=tuple(_schedules(clients, name)),
        definitions=tuple(_definitions(clients, name)),
        leftovers=tuple(_leftovers(clients, name, told["EndpointConfigName"])),
        captured_since=_captured_since(clients, name, capture),
    )


def read_remains(clients: Clients, name: str, account: str, region: str) -> EndpointState:
    """Return what still watches an endpoint that was deleted. Raises CallRefused."""
    return EndpointState(
        name=name,
        arn=f"arn:{'aws-cn' if region.startswith('cn-') else 'aws'}:sagemaker:{region}:{account}:endpoint/{name.lower()}",
        account=account,
        region=region,
        status=DELETED,
        config="",
        config_request={},
        alarms=tuple(read_alarms(clients, name)),
        schedules=tuple(_schedules(clients, name)),
        definitions=tuple(_definitions(clients, name)),
        leftovers=tuple(_leftovers(clients, name, "")),
    )


def endpoints_with_tag(clients: Clients, key: str, value: str) -> list[str]:
    """Return the names of the endpoints with a tag, in order. Raises CallRefused."""
    found = pages(clients, "sagemaker", "ListEndpoints", "Endpoints")
    return sorted(each["EndpointName"] for each in found if tags_of(clients, each["EndpointArn"]).get(key) == value)


def all_endpoints(clients: Clients) -> list[str]:
    """Return the names of all endpoints of the account and Region, in order. Raises CallRefused."""
    return sorted(each["EndpointName"] for each in pages(clients, "sagemaker", "ListEndpoints", "Endpoints"))


def config_request(clients: Clients, name: str) -> dict[str, Any] | None:
    """Return the request that makes a config, with its tags; None if the config does not exist. Raises CallRefused."""
    return _config(clients, name)[0] or None


def tags_of(clients: Clients, arn: str) -> dict[str, str]:
    """Return the tags of a resource of SageMaker. Raises CallRefused."""
    return {
        each["Key"]: each["Value"] for each in pages(clients, "sagemaker", "ListTags", "Tags", arn, ResourceArn=arn)
    }


def _config(clients: Clients, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return a config as a request, and its tags; nothing if it was deleted while the endpoint runs."""
    try:
        told = call(clients, "sagemaker", "DescribeEndpointConfig", EndpointConfigName=name)
    except CallRefused as error:
        if error.is_absent:
            return {}, {}
        raise
    takes = _taken_by_create(clients)
    tags = tags_of(clients, told["EndpointConfigArn"])
    # Only AWS may write tags of this prefix.
    copied = [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")]
    return {key: value for key, value in told.items() if key in takes} | ({"Tags": copied} if copied else {}), tags


def _taken_by_create(clients: Clients) -> frozenset[str]:
    """Return the parameters of CreateEndpointConfig, from the model of the client itself."""
    shape = clients("sagemaker").meta.service_model.operation_model("CreateEndpointConfig").input_shape
    return frozenset(shape.members)


def _model(clients: Clients, name: str) -> dict[str, Any]:
    try:
        return call(clients, "sagemaker", "DescribeModel", ModelName=name)
    except CallRefused as error:
        if error.is_absent:
            return {}
        raise


def _containers(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [model.get("PrimaryContainer", {}), *model.get("Containers", ())]


def _packages(model: Mapping[str, Any]) -> Iterator[str]:
    for each in _containers(model):
        if package := each.get("ModelPackageName"):
            yield package


def _kind(request: Mapping[str, Any], models: list[dict[str, Any]]) -> EndpointKind:
    variants = request.get("ProductionVariants", ())
    if any("ServerlessConfig" in each for each in variants):
        return EndpointKind.SERVERLESS
    if "AsyncInferenceConfig" in request:
        return EndpointKind.ASYNCHRONOUS
    if any("ModelName" not in each for each in variants):
        return EndpointKind.INFERENCE_COMPONENTS
    if any(each.get("Mode") == "MultiModel" for model in models for each in _containers(model)):
        return EndpointKind.MULTI_MODEL
    return EndpointKind.REAL_TIME


def _variants(request: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[VariantState]:
    counts = {each["VariantName"]: each.get("DesiredInstanceCount") for each in told.get("ProductionVariants", ())}
    for each in request.get("ProductionVariants", ()):
        yield VariantState(
            name=each["VariantName"],
            model=each.get("ModelName", ""),
            instance_type=each.get("InstanceType", ""),
            count=counts.get(each["VariantName"]),
        )


def _capture(told: Mapping[str, Any]) -> CaptureState:
    capture = told.get("DataCaptureConfig", {})
    return CaptureState(
        is_on=bool(capture.get("EnableCapture")),
        share=capture.get("CurrentSamplingPercentage", 0),
        destination=capture.get("DestinationS3Uri", "").rstrip("/"),
        status=capture.get("CaptureStatus", ""),
    )


def _is_ours(tags: Mapping[str, str]) -> bool:
    return tags.get(MADE_BY[0]) == MADE_BY[1]


def _metrics(clients: Clients, name: str, now: datetime) -> Iterator[MetricState]:
    """Yield the metrics that alarms can watch, as CloudWatch lists them, with their data of 2 weeks."""
    for namespace, names in _MEASURED.items():
        where = [{"Name": "EndpointName", "Value": name}]
        found = pages(clients, "cloudwatch", "ListMetrics", "Metrics", Namespace=namespace, Dimensions=where)
        for each in found:
            if each["MetricName"] in names:
                yield _metric(clients, each, now)


def _metric(clients: Clients, listed: Mapping[str, Any], now: datetime) -> MetricState:
    told = call(
        clients,
        "cloudwatch",
        "GetMetricStatistics",
        Namespace=listed["Namespace"],
        MetricName=listed["MetricName"],
        Dimensions=listed["Dimensions"],
        StartTime=now - SPAN,
        EndTime=now,
        Period=_HOUR,
        Statistics=["Average", "Sum"],
    )
    points = told.get("Datapoints", ())
    # Errors are zero in most hours, and that is data of them.
    times = [each["Timestamp"] for each in points if each["Sum"] or listed["MetricName"] != "Invocations"]
    return MetricState(
        namespace=listed["Namespace"],
        name=listed["MetricName"],
        dimensions=tuple((each["Name"], each["Value"]) for each in listed["Dimensions"]),
        highest=max((float(each["Average"]) for each in points), default=0.0),
        hours=len(times),
        span=-(-(now - min(times)) // timedelta(seconds=_HOUR)) if times else 0,
        total=sum(float(each["Sum"]) for each in points),
    )


def list_alarms(clients: Clients) -> Alarms:
    """Return all metric alarms of the account as CloudWatch describes them. Raises CallRefused."""
    return list(pages(clients, "cloudwatch", "DescribeAlarms", "MetricAlarms", AlarmTypes=["MetricAlarm"]))


def read_alarms(clients: Clients, endpoint: str, listed: Alarms | None = None) -> Iterator[AlarmState]:
    """Yield the metric alarms with a dimension of the endpoint. Raises CallRefused."""
    for alarm in list_alarms(clients) if listed is None else listed:
        if endpoint not in _watched(alarm):
            continue
        arn = alarm["AlarmArn"]
        tags = call(clients, "cloudwatch", "ListTagsForResource", arn, ResourceARN=arn).get("Tags", ())
        updated = alarm.get("StateUpdatedTimestamp")
        yield AlarmState(
            name=alarm["AlarmName"],
            arn=arn,
            metric=alarm.get("MetricName", "an expression"),
            settings=alarm_settings(alarm),
            state=alarm.get("StateValue", ""),
            updated=updated.astimezone(UTC) if updated else None,
            period=int(alarm.get("Period", 0)),
            is_ours=_is_ours({each["Key"]: each["Value"] for each in tags}),
        )


def _watched(alarm: Mapping[str, Any]) -> set[str]:
    """Return the endpoints in the dimensions of an alarm, also in those of an expression."""
    inner = (each.get("MetricStat", {}).get("Metric", {}) for each in alarm.get("Metrics", ()))
    dimensions = [one for metric in (alarm, *inner) for one in metric.get("Dimensions", ())]
    return {each["Value"] for each in dimensions if each["Name"] in ("EndpointName", "Endpoint")}


def _schedules(clients: Clients, endpoint: str) -> Iterator[ScheduleState]:
    found = pages(clients, "sagemaker", "ListMonitoringSchedules", "MonitoringScheduleSummaries", EndpointName=endpoint)
    for each in found:
        name = each["MonitoringScheduleName"]
        told = call(clients, "sagemaker", "DescribeMonitoringSchedule", MonitoringScheduleName=name)
        config = told["MonitoringScheduleConfig"]
        last = told.get("LastMonitoringExecutionSummary", {})
        definition = config.get("MonitoringJobDefinitionName", "")
        ran = last.get("ScheduledTime")
        yield ScheduleState(
            name=name,
            type=told.get("MonitoringType", "DataQuality"),
            status=told["MonitoringScheduleStatus"],
            expression=config.get("ScheduleConfig", {}).get("ScheduleExpression", ""),
            definition=definition,
            baseline=_baseline_of(clients, told, definition),
            last_run=ran.astimezone(UTC) if ran else None,
            last_status=last.get("MonitoringExecutionStatus", ""),
            is_ours=_is_ours(tags_of(clients, told["MonitoringScheduleArn"])),
        )


def _baseline_of(clients: Clients, told: Mapping[str, Any], definition: str) -> str:
    """Return the S3 URI of the constraints that a schedule compares with; an empty text without any."""
    inline = told["MonitoringScheduleConfig"].get("MonitoringJobDefinition", {})
    if inline:
        return str(inline.get("BaselineConfig", {}).get("ConstraintsResource", {}).get("S3Uri", ""))
    kind = told.get("MonitoringType", "DataQuality")
    try:
        found = call(clients, "sagemaker", f"Describe{kind}JobDefinition", JobDefinitionName=definition)
    except CallRefused as error:
        if error.is_absent:
            return ""
        raise
    return str(found.get(f"{kind}BaselineConfig", {}).get("ConstraintsResource", {}).get("S3Uri", ""))


def _definitions(clients: Clients, endpoint: str) -> Iterator[JobDefinitionState]:
    for kind in TYPES:
        found = pages(
            clients, "sagemaker", f"List{kind}JobDefinitions", "JobDefinitionSummaries", EndpointName=endpoint
        )
        for each in found:
            tags = tags_of(clients, each["MonitoringJobDefinitionArn"])
            yield JobDefinitionState(kind, each["MonitoringJobDefinitionName"], _is_ours(tags))


def _leftovers(clients: Clients, endpoint: str, used: str) -> Iterator[str]:
    """Yield the configs that onboarding made for the endpoint and that it does not use."""
    found = pages(clients, "sagemaker", "ListEndpointConfigs", "EndpointConfigs", NameContains="capture-")
    for each in found:
        name = each["EndpointConfigName"]
        if name != used and name.startswith(endpoint[:20]):
            tags = tags_of(clients, each["EndpointConfigArn"])
            if _is_ours(tags) and tags.get(FOR) == endpoint:
                yield name


def _captured_since(clients: Clients, endpoint: str, capture: CaptureState) -> datetime | None:
    """Return the hour of the first captured record; None if there is none."""
    bucket, _, prefix = capture.destination.removeprefix("s3://").partition("/")
    if not bucket:
        return None
    where = f"{prefix}/{endpoint}/".lstrip("/")
    told = call(clients, "s3", "ListObjectsV2", Bucket=bucket, Prefix=where, MaxKeys=1)
    return next((hour_of(each["Key"]) for each in told.get("Contents", ())), None)
