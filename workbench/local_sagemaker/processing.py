"""Processing jobs, of monitors and of other users."""

from datetime import timedelta

from workbench.local_sagemaker import events
from workbench.local_sagemaker.arns import arn
from workbench.local_sagemaker.errors import in_use, invalid, not_found
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import remember
from workbench.local_sagemaker.world import Document, World

FINAL = ("Completed", "Failed", "Stopped")
_JOBS = Listing(
    name="ProcessingJobName",
    status="ProcessingJobStatus",
    orders={"Name": "ProcessingJobName", "CreationTime": "CreationTime", "Status": "ProcessingJobStatus"},
    direction="Ascending",
)


def create_processing_job(world: World, request: Document) -> Document:
    """Create a job, which is InProgress until the workbench finishes it."""
    name = request["ProcessingJobName"]
    if name in world.processing_jobs:
        raise in_use(f"Job name must be unique within an AWS account and region, and {name} exists already.")
    job = add_job(world, trim("DescribeProcessingJobResponse", request))
    remember(world, job["ProcessingJobArn"], request)
    return {"ProcessingJobArn": job["ProcessingJobArn"]}


def describe_processing_job(world: World, request: Document) -> Document:
    """Return the full record of a job, with ExitMessage and MonitoringScheduleArn even if its event lacks them."""
    name = request["ProcessingJobName"]
    if name not in world.processing_jobs:
        raise not_found(f"Could not find requested job with name: {name}")
    return world.processing_jobs[name]


def list_processing_jobs(world: World, request: Document) -> Document:
    """Return the jobs, oldest first, 10 per page."""
    found, more = _JOBS.select(world.processing_jobs.values(), request)
    return {"ProcessingJobSummaries": [trim("ProcessingJobSummary", job) for job in found], **more}


def add_job(world: World, job: Document) -> Document:
    """Start a job, at its own CreationTime if it has one, with its first event."""
    now = job.get("CreationTime", world.now())
    started = {
        "ProcessingJobArn": arn(world, "processing-job", job["ProcessingJobName"]),
        "ProcessingJobStatus": "InProgress",
        "CreationTime": now,
        "ProcessingStartTime": now + timedelta(seconds=2),
        "LastModifiedTime": now + timedelta(seconds=2),
    }
    record = world.processing_jobs[job["ProcessingJobName"]] = job | started
    world.emit(events.processing_job(world, record))
    return record


def finish_job(world: World, name: str, status: str, **said: object) -> Document:
    """End a job. `said` may contain ExitMessage, FailureReason, ProcessingEndTime.

    Raises:
        ApiError: it has ended already.
    """
    job = describe_processing_job(world, {"ProcessingJobName": name})
    if job["ProcessingJobStatus"] in FINAL or status not in FINAL:
        raise invalid(f"The job {name} is {job['ProcessingJobStatus']} and cannot become {status}.")
    ended = said.pop("ProcessingEndTime", None) or world.now()
    job |= {key: value for key, value in said.items() if value is not None}
    job |= {"ProcessingJobStatus": status, "ProcessingEndTime": ended, "LastModifiedTime": ended}
    world.emit(events.processing_job(world, job))
    return job


OPERATIONS = {
    "CreateProcessingJob": create_processing_job,
    "DescribeProcessingJob": describe_processing_job,
    "ListProcessingJobs": list_processing_jobs,
}
