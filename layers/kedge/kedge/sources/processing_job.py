"""Reads the end of a processing job: whether it belongs to a monitor, and its verdict.

The event is a wake-up. It is unknown whether it copies ExitMessage, MonitoringScheduleArn and Environment, so
DescribeProcessingJob decides (docs/aws-behaviour.md).
"""

from typing import Final

from kedge.domain.errors import NotYet
from kedge.domain.ids import run_id
from kedge.domain.provenance import Provenance
from kedge.domain.run import FAULTS, Evidence, Reading, Verdict
from kedge.domain.signal import Ignored, RunFinished
from kedge.ports.readers import Monitors, Objects, ProcessingJob, Variable
from kedge.reports.evidence import read_evidence
from kedge.sources import data_window
from kedge.sources.arns import last_part, spelling
from kedge.sources.event_header import Event, is_of
from kedge.sources.ground_truth_merge import by_place, is_merge, is_of_a_schedule, is_scheduled, with_schedule
from kedge.sources.json_path import JsonValue
from kedge.sources.run_identity import ANALYZER, TERMINAL, identify, verdict_of
from kedge.sources.timestamps import moment

_RUNNING: Final = frozenset({"InProgress", "Stopping"})
_API_STATUSES: Final = frozenset({*TERMINAL, *_RUNNING})
_STATUSES: Final = {spelling(word): word for word in _API_STATUSES}
_BASELINE_PREFIX: Final = "baseline-suggestion-job"
_PIPELINE_PREFIX: Final = "pipelines-"


def read_processing_job(event: Event, monitors: Monitors, objects: Objects) -> RunFinished | Ignored:
    """Return the run of a `SageMaker Processing Job State Change`, or why it does not have one.

    Costs no call if the event itself says that nothing came of it, and one for a job that does not belong to a monitor.
    It also raises the errors of the ports.

    Raises:
        MalformedSignal: the event does not name the job.
        NotYet: the API does not know the end yet.
    """
    detail = event.detail
    told_arn, name = _named(detail, event)
    status = _api_status(detail)
    if status in _RUNNING:
        return Ignored.NOT_TERMINAL
    if status == "Completed" and is_merge(name, _image(detail)):
        return Ignored.GROUND_TRUTH_MERGE
    known = monitors.processing_job(name)
    if known is not None and known.arn != told_arn and not is_of(known.arn, *event.place_of(told_arn)):
        known = None
    job = known or job_in(event)
    if job.status in TERMINAL:
        if (other := _other(job)) is not None:
            return other
        if known is not None and not is_scheduled(job):
            job = with_schedule(job, event, monitors)
        return run_of(job, event, monitors, objects, _provenance(job, event, known=known is not None))
    if known is None:
        raise detail.at("ProcessingJobStatus").fault("must hold a status, since the API knows no such job")
    if status in TERMINAL:
        raise NotYet(f"job {job.name} is {job.status} in the API, and {status} in the event")
    return Ignored.NOT_TERMINAL


def _provenance(job: ProcessingJob, event: Event, *, known: bool) -> Provenance:
    about = f"processing job {job.name}"
    if not known:
        return event.arrival.told(about)
    if job.schedule_arn is None:
        # The environment names a schedule, too, but everyone who may create a job chooses its environment.
        return event.arrival.unvouched(f"{about}, which no monitoring schedule started")
    return event.arrival.confirmed(about)


def _other(job: ProcessingJob) -> Ignored | None:
    """Return why a job is not a monitor's run, or None if it is."""
    if is_merge(job.name, job.image):
        # The analysis that follows represents the run. After a merge that broke there is no analysis. This signal may
        # even be the first, because its job does not name a schedule.
        return None if job.status != "Completed" and is_of_a_schedule(job) else Ignored.GROUND_TRUTH_MERGE
    if is_scheduled(job):
        return None
    suggested = ANALYZER in job.image and not job.name.startswith(_PIPELINE_PREFIX)
    if suggested or job.name.startswith(_BASELINE_PREFIX):
        return Ignored.BASELINE_JOB
    return Ignored.NOT_A_MONITORING_JOB


def run_of(
    job: ProcessingJob, event: Event, monitors: Monitors, objects: Objects, provenance: Provenance
) -> RunFinished:
    """Return the run of a monitor whose job is terminal; `event` is where it was reported.

    Raises the errors of the ports.
    """
    prefix = job.outputs[0] if job.outputs else None
    evidence = read_evidence(objects, prefix) if job.status == "Completed" else Evidence(reading=Reading.ABSENT)
    verdict = verdict_of(job, evidence)
    identity = identify(job, evidence, event, monitors) if is_scheduled(job) else by_place(job, event)
    disputed = _disputed(identity.schedule, verdict, evidence)
    if disputed:
        # It is unknown whether the job or the file is right. The run is not good news, and not a reason for a remedy.
        verdict, provenance = (
            Verdict.VIOLATED,
            event.arrival.unvouched(f"a file that processing job {job.name} contradicts"),
        )
    span = data_window.of_job(job.environment, prefix or "", job.name, event.at)
    finished = job.ended or job.modified or event.at
    broken = verdict in FAULTS
    return RunFinished(
        id=run_id(job.arn, job.status),
        at=span.end if span else finished,
        target=identity.target,
        provenance=provenance,
        monitor=identity.monitor,
        source=identity.schedule,
        verdict=verdict,
        finished=finished,
        evidence=evidence,
        window=span,
        job=job.arn,
        said=(job.failure_reason or job.exit_message) if broken else (job.exit_message or job.failure_reason),
        disputed=disputed,
        vague=identity.vague,
    )


def _disputed(schedule: str, verdict: Verdict, evidence: Evidence) -> str:
    """Return how a job's exit message contradicts its own report, as a question; empty if it does not."""
    many = len(evidence.findings)
    if verdict is not Verdict.CLEAN or not many:
        return ""
    listed = f"{evidence.uri} lists {many} violation{'' if many == 1 else 's'}"
    return f"{listed}, but SageMaker calls the run of {schedule} clean. Did another program change this file?"


def _named(detail: JsonValue, event: Event) -> tuple[str | None, str]:
    """Return the job's ARN, if the event has one, and its name."""
    arn = detail.text("ProcessingJobArn") or next(iter(event.resources), None)
    name = detail.text("ProcessingJobName") or last_part(arn)
    if name is None:
        raise detail.at("ProcessingJobName").fault("must hold the job's name; neither it nor ProcessingJobArn does")
    return arn, name


def _image(detail: JsonValue) -> str:
    return JsonValue(detail.get("AppSpecification")).text("ImageUri") or ""


def job_in(event: Event) -> ProcessingJob:
    """Return a job's description from its event, the only one if the API has forgotten the job. Raises MalformedSignal."""
    detail = event.detail
    arn, name = _named(detail, event)
    status = _api_status(detail)
    account, region = event.place_of(arn)
    outputs = (output.at("S3Output").text("S3Uri") for output in detail.at("ProcessingOutputConfig", "Outputs").each())
    environment = detail.at("Environment").value
    return ProcessingJob(
        name=name,
        arn=arn or f"arn:aws:sagemaker:{region}:{account}:processing-job/{name.lower()}",
        status=status,
        exit_message=detail.text("ExitMessage"),
        failure_reason=detail.text("FailureReason"),
        schedule_arn=detail.text("MonitoringScheduleArn"),
        image=_image(detail),
        environment={name: value for name in Variable if isinstance(value := environment.get(name), str)}
        if isinstance(environment, dict)
        else {},
        outputs=tuple(uri for uri in outputs if uri),
        created=moment(detail.at("CreationTime").value),
        ended=moment(detail.at("ProcessingEndTime").value),
        modified=moment(detail.at("LastModifiedTime").value),
    )


def _api_status(detail: JsonValue) -> str:
    """Return the event's status in the API's spelling; empty if it does not have one, and then the API is asked."""
    status = detail.text("ProcessingJobStatus") or ""
    return status if status in _API_STATUSES else _STATUSES.get(spelling(status), status)
