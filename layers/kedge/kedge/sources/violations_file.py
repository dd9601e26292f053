"""Reads a new violations file in S3, from SageMaker or from any detector that writes its format.

Everyone with permission to write an object chooses its name and its content. So a file in the folder of a schedule's
run is only the news that this run ended, and Kedge asks SageMaker about the run. Every other file counts by itself, and
no authority confirms it.
"""

import re
from collections.abc import Container
from datetime import timedelta
from typing import Final, NamedTuple

from kedge.domain.errors import NotYet, Permanent
from kedge.domain.provenance import Provenance
from kedge.domain.run import Evidence, Reading, Verdict, Window
from kedge.domain.signal import Ignored, RunFinished
from kedge.formatting import format_time
from kedge.monitors.definitions import OWN_FOLDER
from kedge.ports.readers import Monitors, Objects, PipelineExecution, ProcessingJob, Schedule
from kedge.reports.evidence import monitor_of, read_evidence
from kedge.reports.location import NAMES
from kedge.sources import data_window, run_identity
from kedge.sources.arns import last_part
from kedge.sources.event_header import Event
from kedge.sources.processing_job import run_of
from kedge.sources.run_identity import TERMINAL, target_of, verdict_by
from kedge.sources.schedule import schedule_here

_HOUR: Final = timedelta(hours=1)
_DATED: Final = re.compile(r"(?P<before>.*?)/?(?P<hour>/\d{4}/\d\d/\d\d/\d\d)/[^/]+", re.ASCII | re.DOTALL)
_COPIED: Final = "CopyObject"
_WHO_WROTE: Final = "Did another program write this file?"
_WHO_CHANGED: Final = "Did another program change this file?"
_UNASKED: Final = "SageMaker could not be asked about it"


class _File(NamedTuple):
    """The object, and the parts of its key. `before` are the folders before the hour, `span` is the analysed hour."""

    bucket: str
    key: str
    before: tuple[str, ...]
    span: Window | None
    dated: bool

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @property
    def folder(self) -> str:
        return self.uri.rpartition("/")[0]


class _Word(NamedTuple):
    """SageMaker's statement about the run that a file claims to belong to, if it differs from the file.

    `disputes` is its contradiction, or empty; `why` is the reason why it confirms nothing.
    """

    disputes: str = ""
    why: str = ""
    clean: bool = False


def read_violations_file(
    event: Event, monitors: Monitors, objects: Objects, buckets: Container[str] | None
) -> RunFinished | Ignored:
    """Return the run of an S3 `Object Created` event; other objects, and those of other `buckets`, are ignored.

    EventBridge writes the key unchanged, unlike S3's own notifications. Costs one call if the key may name a schedule,
    and two or three more if it does. A file that agrees with SageMaker is the same run as that of its job's event, with
    the same id. It also raises the errors of the ports.

    Raises:
        MalformedSignal: the bucket or the key is missing.
        NotYet: the run that writes the file continues; it uploads its files one by one.
    """
    file = _file_in(event)
    if file.key.rpartition("/")[2] not in NAMES or (buckets is not None and file.bucket not in buckets):
        return Ignored.UNKNOWN_SOURCE
    if OWN_FOLDER in file.key.split("/"):
        return Ignored.OWN_REPORT
    if not file.dated:
        return _by_file(event, file, None, objects, _Word())
    try:
        here = (file.before[-1], event.account, event.region) if file.before else None
        schedule = schedule_here(monitors, *here) if here else None
    except Permanent:
        return _by_file(event, file, None, objects, _Word(why=_UNASKED))
    if schedule is None:
        return _by_file(event, file, None, objects, _Word())
    try:
        word = _asked(event, file, schedule, monitors, objects)
    except Permanent:
        word = _Word(why=_UNASKED)
    return word if isinstance(word, RunFinished) else _by_file(event, file, schedule, objects, word)


def _file_in(event: Event) -> _File:
    bucket = event.detail.at("bucket").need("name", "the bucket's name")
    detail = event.detail.at("object")
    key = detail.at("key").value
    if not isinstance(key, str) or not key:
        raise detail.at("key").fault(f"must hold the object's key, not {detail.at('key').kind}")
    dated = _DATED.fullmatch(f"/{key}")
    before = dated["before"] if dated else key.rpartition("/")[0]
    span = data_window.from_prefix(f"/{key.rpartition('/')[0]}") if dated else None
    return _File(bucket, key, tuple(filter(None, before.split("/"))), span, dated is not None)


def _asked(event: Event, file: _File, schedule: Schedule, monitors: Monitors, objects: Objects) -> RunFinished | _Word:
    """Return the run of a schedule that wrote a file, or what SageMaker says instead.

    Raises:
        NotYet: the run still writes its report.
        Transient: a port failed.
        Permanent: a port refused.
    """
    if _may_write(schedule.newest, file.span):
        # The files of a run arrive one by one: without statistics.json the number of records behind a verdict is
        # unknown.
        raise NotYet(f"{schedule.name} is still writing its report")
    if file.span is None:
        return _Word(why="its folder names no hour")
    then = f"{format_time(file.span.end)}"
    executions = _executions(schedule, file.span, monitors)
    if not executions:
        return _Word(disputes=f"for {then}, but SageMaker knows no run of {schedule.name} then. {_WHO_WROTE}")
    clean = any(each.is_clean for each in executions)
    jobs = [job for each in executions if each.job and (job := monitors.processing_job(last_part(each.job) or ""))]
    if not jobs:
        return _Word(why=f"SageMaker has no processing job of {schedule.name} for {then}", clean=clean)
    job = next((each for each in jobs if _wrote_into(each, file.folder)), None)
    if job is None:
        place = jobs[0].outputs[0] if jobs[0].outputs else "no place"
        says = f"for {then}, but the run of {schedule.name} then wrote to {place}. {_WHO_WROTE}"
        return _Word(disputes=says, clean=clean)
    if job.status not in TERMINAL:
        raise NotYet(f"job {job.name} is {job.status} in the API, and has written its report")
    run = run_of(job, event, monitors, objects, event.arrival.confirmed(f"processing job {job.name}"))
    if not run.disputed and _agree(run):
        return run
    calls = "clean" if run.disputed or run.verdict is Verdict.CLEAN else "violated"
    says = f"for {then}, but SageMaker calls the run of {schedule.name} then {calls}. {_WHO_CHANGED}"
    return _Word(disputes=says, clean=clean)


def _may_write(newest: PipelineExecution | None, span: Window | None) -> bool:
    """Return whether a running execution may still write into the folder of a span.

    It may if its hour is that of the span, or unknown. A schedule whose runs fill the hour is never at rest; the files
    of an earlier run must not wait for that.
    """
    if newest is None or not newest.is_running:
        return False
    return newest.scheduled is None or span is None or _is_of(newest, span)


def _is_of(execution: PipelineExecution, span: Window) -> bool:
    return execution.scheduled is not None and span.end <= execution.scheduled < span.end + _HOUR


def _executions(schedule: Schedule, span: Window, monitors: Monitors) -> tuple[PipelineExecution, ...]:
    """Return the runs of the hour of a file's folder: the newest run, or else those that SageMaker lists."""
    if schedule.newest is not None and _is_of(schedule.newest, span):
        return (schedule.newest,)
    listed = monitors.executions(schedule.name, span.end, span.end + _HOUR)
    return tuple(each for each in listed if _is_of(each, span))


def _wrote_into(job: ProcessingJob, folder: str) -> bool:
    return any(output.rstrip("/") == folder for output in job.outputs)


def _agree(run: RunFinished) -> bool:
    """Return whether a report agrees with the job. A job that broke may leave any file, and its file is not disputed."""
    judged = run.verdict in {Verdict.CLEAN, Verdict.VIOLATED} and run.evidence.reading is Reading.READ
    return not judged or run.verdict is verdict_by(run.evidence, absent=run.verdict)


def _by_file(event: Event, file: _File, schedule: Schedule | None, objects: Objects, word: _Word) -> RunFinished:
    """Return the run in a file that no authority confirms.

    Endpoint and schedule are in the key: `…/<endpoint>/<schedule>/YYYY/MM/DD/HH/<file>`, or without an endpoint. Both
    forms look the same, so SageMaker is asked about the schedule. If it does not know the schedule, the two folders
    count as endpoint and schedule.
    """
    evidence = read_evidence(objects, file.uri)
    detail = event.detail.at("object")
    edition = detail.text("version-id", "etag", "sequencer") or event.at.isoformat()
    if schedule is not None:
        source, endpoint = schedule.name, schedule.endpoint
    else:
        source = file.before[-1] if file.before else file.bucket
        endpoint = file.before[-2] if file.dated and len(file.before) > 1 else None
    kinds = (run_identity.from_word(schedule.monitoring_type if schedule else None), monitor_of(evidence.findings))
    unread = evidence.reading is not Reading.READ
    return RunFinished(
        id=f"report/{file.bucket}/{file.key}/{edition}",
        at=file.span.end if file.span else event.at,
        target=target_of(event.account, event.region, endpoint, source),
        provenance=_provenance(event, file, word),
        monitor=run_identity.first_known(kinds),
        source=source,
        # A clean run leaves a file, too. If it is unreadable, SageMaker's statement is better than the worst possible
        # content. The job will say the same, and the on-call engineer would receive an alert and its end every hour.
        verdict=Verdict.CLEAN if unread and word.clean else verdict_by(evidence, absent=Verdict.VIOLATED),
        finished=event.at,
        evidence=evidence,
        window=file.span,
        copied=event.detail.text("reason") == _COPIED,
        disputed=f"{file.uri} {_holds(evidence)} {word.disputes}" if word.disputes else "",
    )


def _provenance(event: Event, file: _File, word: _Word) -> Provenance:
    says = f"a file in s3://{file.bucket}"
    return event.arrival.unvouched(f"{says} ({word.why})" if word.why else says)


def _holds(evidence: Evidence) -> str:
    match evidence.reading:
        case Reading.READ:
            number = len(evidence.findings)
            return f"lists {number or 'no'} {'violation' if number == 1 else 'violations'}"
        case Reading.UNREADABLE:
            return "cannot be read"
        case Reading.ABSENT:
            return "is not there any more"
