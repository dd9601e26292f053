"""The answers of SageMaker, CloudWatch and S3 to intake, as far as a test gives them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kedge.domain.errors import Permanent
from kedge.domain.facts import Health
from kedge.domain.provenance import EntryPoint
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.ports.readers import Alarm, CheckStep, Piece, PipelineExecution, ProcessingJob, Schedule
from kedge.ports.watched import MonitoringExecution
from kedge.remediation.plans.parameters import BASELINE_TAG
from kedge.reports.location import NAMES, STATISTICS
from kedge.sources.alarm_fields import contributor_in_event, from_reason_data, in_configuration
from kedge.sources.event_header import Home, SignalOrigin, event_of
from kedge.sources.json_path import JsonValue
from kedge.sources.processing_job import job_in
from kedge.sources.timestamps import moment
from workbench.scenarios.conditions import WorldPart
from workbench.scenarios.endpoints import ALLOWED, Endpoints
from workbench.scenarios.entry_points import BUCKET, folder_of
from workbench.scenarios.pipelines import Pipelines
from workbench.scenarios.registry import Answers, Registry
from workbench.scenarios.situation import ACCOUNT, REGION

_VIOLATED: Final = "CompletedWithViolations"
_ENDS: Final = {
    Verdict.CLEAN: ("Completed", "Completed: the run found nothing"),
    Verdict.VIOLATED: ("Completed", f"{_VIOLATED}: the run found violations"),
    Verdict.STOPPED: ("Stopped", None),
}
"""The status and the exit message of a run's job. For all other verdicts the job failed."""

_OF_ALARMS: Final = frozenset({"CloudWatch Alarm State Change", "CloudWatch Alarm Contributor State Change"})


class World:
    """Monitors, alarms, objects and tags of one test. The report and the statistics change from event to event."""

    def __init__(self, start: datetime, parameters: Mapping[str, tuple[str, ...]]) -> None:
        """Start at the time `start`. A pipeline that the test does not mention takes its entry in `parameters`."""
        self.registry = Registry()
        self.endpoints = Endpoints(start, self.registry)
        self.pipelines = Pipelines(parameters)
        self.answers = Answers()
        self.updates = "work"
        self.report: bytes | None = None
        self.statistics: bytes | None = None
        self.schedules: dict[str, Schedule] = {}
        self.gone: set[str] = set()
        self._tags: dict[Target, dict[str, str]] = {}
        self._jobs: dict[str, ProcessingJob] = {}
        self._alarms: dict[str, Alarm] = {}
        self._firing: dict[str, set[str]] = {}
        self._executed: dict[str, list[PipelineExecution]] = {}
        self._buckets: tuple[str, ...] | None = None
        self._used: set[str] = set()

    @property
    def named_buckets(self) -> tuple[str, ...]:
        """Return the buckets that the operator named; all that the test uses, until it names some."""
        if self._buckets is not None:
            return self._buckets
        baselines = {tags.get(BASELINE_TAG, "").removeprefix("s3://").partition("/")[0] for tags in self._tags.values()}
        return tuple(sorted(self._used | baselines))

    def change(self, target: Target, part: WorldPart, at: datetime) -> None:
        """Set the world as the test says from now on."""
        self.endpoints.change(target.name, part, at)
        self.pipelines.change(part)
        self.updates = part.updates or self.updates
        self._buckets = part.buckets if part.buckets is not None else self._buckets
        if part.health is not None:
            health = Health(errors=part.health.errors, latency=part.health.latency, invocations=part.health.invocations)
            self.answers.change(target.name, health, at)
        if part.tags is not None:
            self._tags[target] = part.tags

    def tag(self, target: Target, tags: dict[str, str]) -> None:
        """Give a target tags, beside the default tag of an endpoint, which it has until the test sets the world."""
        running = self.endpoints.running(target.name) if target.kind is TargetKind.ENDPOINT else None
        if running is not None and running.tags is None:
            running.tags = {**ALLOWED, **tags}
            self._tags[target] = tags
        elif target.kind is not TargetKind.ENDPOINT:
            self._tags[target] = tags

    def ran(self, run: RunFinished) -> None:
        """Record a run's job and the execution of its schedule in SageMaker, unless only a stranger reports the run."""
        if run.job is None or not run.provenance.may_act:
            return
        endpoint = run.target.name if run.target.kind is TargetKind.ENDPOINT else None
        folder = folder_of(endpoint, run.source, run.at)
        status, said = _ENDS.get(run.verdict, ("Failed", None))
        self._keep(run.source, run.at, _job(run.job, status, said, folder, run.source, run.target))

    def wrote(self, schedule: str, target: Target, folder: str, at: datetime, number: int) -> None:
        """Record a run that wrote the report in a folder; the report contains the findings."""
        arn = f"arn:aws:sagemaker:{target.region}:{target.account}:processing-job/{schedule.lower()}-report-{number}"
        self._keep(schedule, at, _job(arn, "Completed", None, folder, schedule, target))

    def knows_job_of(self, raw: object, now: datetime) -> None:
        """Record the job of an event, as the event describes it."""
        root = JsonValue(raw)
        if root.text("detail-type") == "SageMaker Processing Job State Change":
            told = job_in(event_of(root, Home(ACCOUNT, REGION), now, SignalOrigin(EntryPoint.EVENTS)))
            self._jobs[told.name] = told

    def _keep(self, schedule: str, at: datetime, job: ProcessingJob) -> None:
        self._jobs[job.name] = job
        status = job.status
        if job.status == "Completed" and (job.exit_message or "").startswith(_VIOLATED):
            status = _VIOLATED
        self._executed.setdefault(schedule, []).insert(0, PipelineExecution(status=status, scheduled=at, job=job.arn))

    def processing_job(self, name: str) -> ProcessingJob | None:
        """Return the job of a run of the test, or of an event that was delivered."""
        return self._jobs.get(name)

    def schedule(self, name: str) -> Schedule | None:
        """Return the schedule of a report or of the test; None while it is deleted."""
        return None if name in self.gone else self.schedules.get(name)

    def executions(self, schedule: str, since: datetime, until: datetime) -> tuple[PipelineExecution, ...]:
        """Return a schedule's executions in the test.

        Raises Permanent for another schedule, since a test is not complete.
        """
        if schedule not in self._executed:
            raise Permanent(f"the test does not have runs of {schedule}")
        return tuple(
            each for each in self._executed[schedule] if each.scheduled is not None and since <= each.scheduled < until
        )

    def execution(self, schedule: str, scheduled: datetime) -> MonitoringExecution | None:  # noqa: ARG002  a port's words
        """Return None: a test does not have runs without a job."""
        return None

    def schedule_of(self, job_arn: str, since: datetime, until: datetime) -> str | None:  # noqa: ARG002  a port's words
        """Return the schedule that has a run with this job in the test."""
        return next((name for name, runs in self._executed.items() if any(run.job == job_arn for run in runs)), None)

    def check_step(self, execution_arn: str, step_name: str) -> CheckStep | None:  # noqa: ARG002  a port's words
        """Return None: no step is known."""
        return None

    def knows_alarm_of(self, raw: object) -> None:
        """Record the alarm of an event, in the event's state, as measured."""
        detail = JsonValue(raw).at("detail")
        name, state = detail.text("alarmName"), detail.at("state").text("value")
        if JsonValue(raw).text("detail-type") not in _OF_ALARMS or name is None:
            return
        if (part := contributor_in_event(detail)) is not None:
            firing = self._firing.setdefault(name, set())
            (firing.add if state == "ALARM" else firing.discard)(part.id)
            state = "ALARM" if firing else "OK"
        arn = next((each.value for each in JsonValue(raw).at("resources").each()), "")
        metrics = [each.at("metricStat", "metric") for each in detail.at("configuration", "metrics").each()]
        named = metrics[0] if len(metrics) == 1 else JsonValue(None)
        dimensions = named.at("dimensions").value
        numbers = from_reason_data(detail.at("state", "reasonData"))
        self._alarms[name] = Alarm(
            arn=arn if isinstance(arn, str) else "",
            state=state,
            since=moment(detail.at("state", "timestamp").value) or moment(JsonValue(raw).at("time").value),
            reason=detail.at("state").text("reason") or "",
            description=detail.at("configuration").text("description") or "",
            measured=True,
            observed=numbers.observed,
            limit=numbers.limit,
            namespace=named.text("namespace"),
            metric=named.text("name"),
            dimensions=dimensions if isinstance(dimensions, dict) else {},
            metrics=tuple(in_configuration(detail.at("configuration"))),
        )

    def alarm(self, name: str) -> Alarm | None:
        """Return the alarm of this name, from CloudWatch's own last event."""
        return self._alarms.get(name)

    def contributors(self, name: str) -> frozenset[str] | None:
        """Return the contributors of an alarm that are in ALARM, from CloudWatch's own last events."""
        known = self._firing.get(name)
        return frozenset(known) if known is not None else None

    def read(self, bucket: str, key: str, most: int) -> Piece | None:
        """Return the report or the statistics of the test, from any bucket."""
        self._used.add(bucket)
        name = key.rpartition("/")[2]
        data = self.statistics if name == STATISTICS else self.report if name == NAMES[0] else None
        return None if data is None else Piece(data[:most], len(data))

    def of(self, target: Target) -> dict[str, str]:
        """Return the tags of a target."""
        return self._tags.get(target, {})


def schedule_named(name: str, target: Target, monitor: Monitor | None, endpoint: str | None) -> Schedule:
    """Return a schedule as SageMaker would describe it."""
    return Schedule(
        name=name,
        arn=f"arn:aws:sagemaker:{target.region}:{target.account}:monitoring-schedule/{name.lower()}",
        status="Scheduled",
        endpoint=endpoint,
        monitoring_type=monitor.value if monitor is not None else None,
    )


def _job(arn: str, status: str, said: str | None, folder: str, schedule: str, target: Target) -> ProcessingJob:
    return ProcessingJob(
        name=arn.rpartition("/")[2],
        arn=arn,
        status=status,
        exit_message=said,
        schedule_arn=f"arn:aws:sagemaker:{target.region}:{target.account}:monitoring-schedule/{schedule.lower()}",
        environment={"sagemaker_monitoring_schedule_name": schedule},
        outputs=(f"s3://{BUCKET}/{folder}",),
    )


def detectors_call(target: Target, endpoint: str | None, source: str, folder: str, at: datetime) -> dict[str, object]:
    """Return the call that a detector makes to announce the report in a folder."""
    return {
        "monitoringScheduleName": source,
        "endpointName": endpoint,
        "account": target.account,
        "region": target.region,
        "timestamp": at.isoformat(),
        "violationReport": f"s3://{BUCKET}/{folder}/{NAMES[0]}",
    }


def object_created(target: Target, folder: str, at: datetime, number: int) -> dict[str, object]:
    """Return S3's event about a report in a folder."""
    key = f"{folder}/{NAMES[0]}"
    return {
        "detail-type": "Object Created",
        "source": "aws.s3",
        "account": target.account,
        "region": target.region,
        "time": at.isoformat(),
        "detail": {"bucket": {"name": BUCKET}, "object": {"key": key, "etag": f"policy-test-{number}"}},
    }
