"""Finds the schedule of a job that joins captured data with ground truth.

Its environment names neither schedule nor endpoint, and it is unknown whether its description names the schedule
(docs/aws-behaviour.md). So Kedge asks SageMaker's list of executions. If that fails, too, the output place of the job
stands for the schedule: it is the same every hour.
"""

import re
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from kedge.domain.errors import Permanent
from kedge.domain.run import Monitor
from kedge.ports.readers import Monitors, ProcessingJob, Variable
from kedge.sources.event_header import Event
from kedge.sources.run_identity import MERGER, RunIdentity, schedule_named_in, target_of

_PREFIX: Final = "groundtruth-merge-"
_STAMP: Final = re.compile(r"-\d{12}(?=-|$)", re.ASCII)
_FOLDER: Final = "/merge"
_BEFORE: Final = timedelta(hours=1)
"""An execution is made before its job."""
_AFTER: Final = timedelta(minutes=1)


def is_merge(name: str, image: str) -> bool:
    """Return whether a job joins captured data with ground truth, by its image or its name."""
    return MERGER in image or name.startswith(_PREFIX)


def is_scheduled(job: ProcessingJob) -> bool:
    """Return whether a job names its schedule."""
    return job.schedule_arn is not None or schedule_named_in(job.environment) is not None


def is_of_a_schedule(job: ProcessingJob) -> bool:
    """Return whether a job runs SageMaker's own merger: then it has a schedule, even if it does not name one."""
    return is_scheduled(job) or MERGER in job.image


def with_schedule(job: ProcessingJob, event: Event, monitors: Monitors) -> ProcessingJob:
    """Return the job with the schedule of its execution, if SageMaker lists one. Costs a listing.

    Raises:
        Transient: the port failed.
    """
    made = job.created or job.ended or event.at
    try:
        name = monitors.schedule_of(job.arn, made - _BEFORE, made + _AFTER)
    except Permanent:
        name = None
    if name is None:
        return job
    schedule = f"{job.arn.rpartition(':')[0]}:monitoring-schedule/{name.lower()}"
    return replace(job, schedule_arn=schedule, environment={**job.environment, Variable.SCHEDULE: name})


def by_place(job: ProcessingJob, event: Event) -> RunIdentity:
    """Return the identity of a merge whose schedule is unknown: that of its output place."""
    place = job.outputs[0].removeprefix("s3://").rstrip("/").removesuffix(_FOLDER) if job.outputs else ""
    name = place or _STAMP.sub("", job.name)
    account, region = event.place_of(job.arn)
    # Bias has merges, too, but this is the one that every team with ground truth has.
    return RunIdentity(target_of(account, region, None, name), name, Monitor.MODEL_QUALITY)
