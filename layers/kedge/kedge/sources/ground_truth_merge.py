"""A job that joins captured data with ground truth: which schedule it ran for.

Its environment names neither schedule nor endpoint, and whether its description names the schedule is unknown (docs/aws-behaviour.md). So SageMaker's
list of executions is asked. If that does not tell either, the place that the job writes to stands for the schedule: it is the same every hour.
"""

import re
from datetime import timedelta
from typing import Final

from msgspec.structs import replace

from kedge.domain.errors import Permanent
from kedge.domain.run import Monitor
from kedge.ports.readers import Monitors, ProcessingJob, Variable
from kedge.sources.event_header import Event
from kedge.sources.monitor_type import MERGER
from kedge.sources.run_identity import RunIdentity, schedule_named_in, target_of

_PREFIX: Final = "groundtruth-merge-"
_STAMP: Final = re.compile(r"-\d{12}(?=-|$)", re.ASCII)
_FOLDER: Final = "/merge"
_BEFORE: Final = timedelta(hours=1)
"""An execution is made before its job."""
_AFTER: Final = timedelta(minutes=1)


def is_merge(name: str, image: str) -> bool:
    """Whether a job joins captured data with ground truth, by its image or its name."""
    return MERGER in image or name.startswith(_PREFIX)


def is_scheduled(job: ProcessingJob) -> bool:
    """Whether a job names the schedule that it ran for."""
    return job.schedule_arn is not None or schedule_named_in(job.environment) is not None


def is_of_a_schedule(job: ProcessingJob) -> bool:
    """Whether a job runs SageMaker's own merger, so that a schedule is behind it even if the job names none."""
    return is_scheduled(job) or MERGER in job.image


def with_schedule(job: ProcessingJob, event: Event, monitors: Monitors) -> ProcessingJob:
    """Return the job with the schedule whose execution ran it, if SageMaker lists one. Costs a listing. Raises Transient of the port."""
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
    """Return whose run a merge was that no schedule is known of: that of the place that it writes to."""
    place = job.outputs[0].removeprefix("s3://").rstrip("/").removesuffix(_FOLDER) if job.outputs else ""
    name = place or _STAMP.sub("", job.name)
    account, region = event.place_of(job.arn)
    # Bias has merges, too; of the two, this is the one that every team with ground truth has.
    return RunIdentity(target_of(account, region, None, name), name, Monitor.MODEL_QUALITY)
