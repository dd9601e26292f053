"""SageMaker: how endpoints are configured and monitored, for the watchdog.

Configs, models and job definitions never change, so they are read once and remembered as long as the function lives.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from kedge.adapters.calls import Client, ask, pages, utc
from kedge.domain.run import Monitor, Verdict
from kedge.watchdog.facts import (
    NO_CAPTURE,
    BaselineFacts,
    CaptureFacts,
    ConfigFacts,
    DescribedEndpoint,
    LabelFacts,
    MonitorFacts,
    MonitorRunFacts,
)

type _Told = Mapping[str, Any]

_PAGE: Final = 100
_RUNS: Final = 5
_BEFORE: Final = 5
_REMEMBERED: Final = 20_000
# The parts at the end of a config's name that change from deployment to deployment: numbers, stamps, hexadecimal digits.
_CHANGING: Final = re.compile(r"v?\d[\dTZ]*|[0-9a-f]{8,}")
_ONBOARDED: Final = "capture"
_BETWEEN: Final = re.compile(r"[-.]")
_SHORTEST_STEM: Final = 3
_HOURLY: Final = re.compile(r"cron\(\s*0\s+\*\s")
_EVERY_HOURS: Final = re.compile(r"cron\(\s*0\s+\d{1,2}/(\d{1,2})\s")
_DAILY: Final = re.compile(r"cron\(\s*0\s+\d{1,2}\s")
_OFFSET: Final = re.compile(r"-PT?(\d+)([HDM])")
_VERDICTS: Final = {
    "Completed": Verdict.CLEAN,
    "CompletedWithViolations": Verdict.VIOLATED,
    "Failed": Verdict.FAILED,
    "Stopped": Verdict.STOPPED,
}
_MEASURED: Final = frozenset({Verdict.CLEAN, Verdict.VIOLATED})
_MERGE: Final = "processing-job/groundtruth-merge-"
# A label may come this long after the end of the window that needs it before it is late.
_LABELS_DUE: Final = timedelta(days=1)


class SageMakerMonitored:
    """Endpoints and monitoring schedules, with the facts of their monitoring."""

    def __init__(self, sagemaker: Client) -> None:
        """Keep `sagemaker`, boto3's client or a double of it."""
        self._sagemaker = sagemaker
        self._known: dict[tuple[str, str], _Told] = {}
        self._worked: set[str] = set()

    def endpoints(self) -> Iterator[DescribedEndpoint]:
        """Yield all endpoints, with name, status and age only. Raises Transient or Permanent."""
        for page in pages(self._sagemaker.list_endpoints, MaxResults=_PAGE):
            for each in page.get("Endpoints", ()):
                yield DescribedEndpoint(
                    name=each["EndpointName"], status=each["EndpointStatus"], created=utc(each["CreationTime"])
                )

    def endpoint(self, listed: DescribedEndpoint) -> DescribedEndpoint | None:
        """Return an endpoint with its config and its models; None if it was deleted. Raises Transient or Permanent."""
        told = ask(self._sagemaker.describe_endpoint, EndpointName=listed.name)
        if told is None:
            return None
        config, models = self._config(told["EndpointConfigName"]) if "EndpointConfigName" in told else (None, ())
        status = told.get("DataCaptureConfig", {}).get("CaptureStatus")
        lacks = config is not None and not config.capture.is_on
        return DescribedEndpoint(
            name=told["EndpointName"],
            status=told["EndpointStatus"],
            created=utc(told.get("CreationTime")),
            config=config,
            before=self._before(listed.name, config) if config is not None and lacks else None,
            model_created=max(filter(None, map(self._model, models)), default=None),
            is_capturing=None if status is None else status == "Started",
            variants=tuple(each["VariantName"] for each in told.get("ProductionVariants", ())),
        )

    def schedules(self) -> Iterator[MonitorFacts]:
        """Yield all monitoring schedules, without baseline, labels and runs. Raises Transient or Permanent."""
        for page in pages(self._sagemaker.list_monitoring_schedules, MaxResults=_PAGE):
            for each in page.get("MonitoringScheduleSummaries", ()):
                yield MonitorFacts(
                    name=each["MonitoringScheduleName"],
                    kind=_kind(each.get("MonitoringType")),
                    endpoint=each.get("EndpointName"),
                    status=each["MonitoringScheduleStatus"],
                    created=utc(each["CreationTime"]),
                )

    def schedule(self, listed: MonitorFacts) -> MonitorFacts | None:
        """Return a schedule with its definition and its newest runs; None if it was deleted.

        Raises Transient or Permanent.
        """
        told = ask(self._sagemaker.describe_monitoring_schedule, MonitoringScheduleName=listed.name)
        if told is None:
            return None
        config = told.get("MonitoringScheduleConfig", {})
        kind = _kind(config.get("MonitoringType") or told.get("MonitoringType"))
        definition = config.get("MonitoringJobDefinition") or self._definition(
            kind, config.get("MonitoringJobDefinitionName")
        )
        expression = config.get("ScheduleConfig", {}).get("ScheduleExpression", "")
        every = _every(expression)
        last = told.get("LastMonitoringExecutionSummary", {})
        runs = self._runs(listed.name) if last.get("MonitoringExecutionStatus") == "Failed" else ()
        endpoint = told.get("EndpointName") or listed.endpoint
        return MonitorFacts(
            name=told["MonitoringScheduleName"],
            kind=kind,
            endpoint=endpoint,
            status=told["MonitoringScheduleStatus"],
            created=utc(told.get("CreationTime")),
            expression=expression,
            every=every,
            window=every,
            baseline=_baseline(definition, kind, "/".join(filter(None, (endpoint, listed.name))), last),
            labels=_labels(definition, every),
            runs=runs,
            has_worked=self._has_worked(listed.name) if runs else None,
        )

    def _config(self, name: str) -> tuple[ConfigFacts | None, tuple[str, ...]]:
        told = self._once("config", name, self._sagemaker.describe_endpoint_config, "EndpointConfigName")
        if told is None:
            return None, ()
        models = tuple(each["ModelName"] for each in told.get("ProductionVariants", ()) if "ModelName" in each)
        return ConfigFacts(name=name, created=utc(told.get("CreationTime")), capture=_capture(told)), models

    def _before(self, endpoint: str, config: ConfigFacts) -> ConfigFacts | None:
        """Return the newest older config of an endpoint, by the part of the name that deployments do not change.

        No API lists the earlier configs of an endpoint.
        """
        if config.created is None:
            return None
        stem = _stem(config.name)
        wanted = stem if len(stem) >= _SHORTEST_STEM else endpoint
        answer = ask(
            self._sagemaker.list_endpoint_configs,
            NameContains=wanted[:63],
            CreationTimeBefore=config.created,
            SortBy="CreationTime",
            SortOrder="Descending",
            MaxResults=_BEFORE,
        )
        for each in (answer or {}).get("EndpointConfigs", ()):
            name = each["EndpointConfigName"]
            if name != config.name and _stem(name) in {stem, endpoint}:
                return self._config(name)[0]
        return None

    def _model(self, name: str) -> datetime | None:
        """Return when a model was made: when its package was registered, if it has one."""
        told = self._once("model", name, self._sagemaker.describe_model, "ModelName")
        if told is None:
            return None
        containers = [told.get("PrimaryContainer", {}), *told.get("Containers", ())]
        named = next((each["ModelPackageName"] for each in containers if each.get("ModelPackageName")), None)
        package = (
            self._once("package", named, self._sagemaker.describe_model_package, "ModelPackageName") if named else None
        )
        return utc((package or told).get("CreationTime"))

    def _definition(self, kind: Monitor, name: str | None) -> _Told:
        call = getattr(self._sagemaker, _DESCRIBE.get(kind, ""), None) if name else None
        if call is None or name is None:
            return {}
        return self._once(kind, name, call, "JobDefinitionName") or {}

    def _runs(self, schedule: str) -> tuple[MonitorRunFacts, ...]:
        answer = ask(
            self._sagemaker.list_monitoring_executions,
            MonitoringScheduleName=schedule,
            SortBy="ScheduledTime",
            SortOrder="Descending",
            MaxResults=_RUNS,
        )
        found = (answer or {}).get("MonitoringExecutionSummaries", ())
        return tuple(_run(each) for each in found if each["MonitoringExecutionStatus"] in _VERDICTS)

    def _has_worked(self, schedule: str) -> bool:
        """Return whether any listed run of a schedule had a result. A yes is remembered."""
        if schedule not in self._worked:
            found = any(
                (
                    ask(
                        self._sagemaker.list_monitoring_executions,
                        MonitoringScheduleName=schedule,
                        StatusEquals=status,
                        MaxResults=1,
                    )
                    or {}
                ).get("MonitoringExecutionSummaries")
                for status in ("Completed", "CompletedWithViolations")
            )
            if not found:
                return False
            self._worked.add(schedule)
        return True

    def _once(self, what: str, name: str, call: Callable[..., dict[str, Any]], parameter: str) -> _Told | None:
        """Return the answer of a describe call, remembered if the resource exists."""
        key = (what, name)
        if key not in self._known:
            answer = ask(call, **{parameter: name})
            if answer is None:
                return None
            self._remember(key, answer)
        return self._known[key]

    def _remember(self, key: tuple[str, str], value: _Told) -> None:
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[key] = value


_DESCRIBE: Final = {
    Monitor.DATA_QUALITY: "describe_data_quality_job_definition",
    Monitor.MODEL_QUALITY: "describe_model_quality_job_definition",
    Monitor.MODEL_BIAS: "describe_model_bias_job_definition",
    Monitor.MODEL_EXPLAINABILITY: "describe_model_explainability_job_definition",
}


def _stem(name: str) -> str:
    """Return a config's name without the parts at its end that change from deployment to deployment.

    `kedge model onboard` names a config `<endpoint>-capture-<digest>`.
    """
    parts = _BETWEEN.split(name)
    while len(parts) > 1 and _CHANGING.fullmatch(parts[-1]):
        parts.pop()
        if len(parts) > 1 and parts[-1] == _ONBOARDED:
            parts.pop()
    return "-".join(parts)


def _kind(word: str | None) -> Monitor:
    return next((kind for kind in _DESCRIBE if kind == word), Monitor.DATA_QUALITY)


def _capture(told: _Told) -> CaptureFacts:
    config = told.get("DataCaptureConfig")
    if not config:
        return NO_CAPTURE
    return CaptureFacts(
        # A new config has capture on unless it says otherwise: EnableCapture is not required.
        is_on=bool(config.get("EnableCapture", True)),
        sampling=float(config.get("InitialSamplingPercentage", 100)),
        destination=config.get("DestinationS3Uri"),
    )


def _run(told: _Told) -> MonitorRunFacts:
    return MonitorRunFacts(
        at=utc(told["ScheduledTime"]) or told["ScheduledTime"],
        verdict=_VERDICTS[told["MonitoringExecutionStatus"]],
        said=told.get("FailureReason", ""),
        is_merge=_MERGE in told.get("ProcessingJobArn", ""),
    )


def _every(expression: str) -> timedelta | None:
    if _HOURLY.match(expression):
        return timedelta(hours=1)
    if (found := _EVERY_HOURS.match(expression)) is not None:
        return timedelta(hours=int(found[1]))
    return timedelta(days=1) if _DAILY.match(expression) else None


def _baseline(definition: _Told, kind: Monitor, folder: str, last: _Told) -> BaselineFacts | None:
    """Return the baseline of a definition; of data quality with the place of the newest run's statistics."""
    config = _part(definition, "BaselineConfig")
    uri = config.get("ConstraintsResource", {}).get("S3Uri")
    if not uri:
        return None
    outputs = _part(definition, "OutputConfig")
    places = [each.get("S3Output", {}).get("S3Uri", "") for each in outputs.get("MonitoringOutputs", ())]
    measured = _VERDICTS.get(last.get("MonitoringExecutionStatus", "")) in _MEASURED
    if kind is not Monitor.DATA_QUALITY or not places or not measured:
        return BaselineFacts(uri=uri)
    at = utc(last["ScheduledTime"]) or last["ScheduledTime"]
    return BaselineFacts(uri=uri, newest=f"{places[0].rstrip('/')}/{folder}/{at:%Y/%m/%d/%H}/statistics.json")


def _labels(definition: _Told, every: timedelta | None) -> LabelFacts | None:
    job_input = _part(definition, "JobInput")
    prefix = job_input.get("GroundTruthS3Input", {}).get("S3Uri")
    if not prefix:
        return None
    start = job_input.get("EndpointInput", job_input.get("BatchTransformInput", {})).get("StartTimeOffset", "")
    return LabelFacts(prefix=prefix, due_within=_span(start) + (every or timedelta()) + _LABELS_DUE)


def _part(definition: _Told, end: str) -> _Told:
    """Return the part of a definition whose key has this end: each type of monitor has its own beginning."""
    return next((value for key, value in definition.items() if key.endswith(end)), {})


def _span(offset: str) -> timedelta:
    found = _OFFSET.fullmatch(offset)
    if found is None:
        return timedelta()
    unit = {"H": "hours", "D": "days", "M": "minutes"}[found[2]]
    return timedelta(**{unit: int(found[1])})
