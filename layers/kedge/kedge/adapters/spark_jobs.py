"""EMR Serverless: starts the jobs of measurements that are too large for a function."""

from botocore.exceptions import ClientError

from kedge.adapters.calls import Client, send
from kedge.adapters.errors import code_of
from kedge.domain.errors import Permanent
from kedge.ports.spark_jobs import SparkJob

_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})


class EmrServerlessJobs:
    """StartJobRun of EMR Serverless."""

    def __init__(self, emr: Client) -> None:
        """Keep `emr`, boto3's client of `emr-serverless` or a double of it."""
        self._emr = emr

    def start(self, job: SparkJob) -> str:
        """Start a job, and return the id of its run. Raises Transient or Permanent."""
        try:
            answer = send(
                self._emr.start_job_run,
                applicationId=job.application,
                clientToken=job.token,
                executionRoleArn=job.role,
                name=job.name,
                jobDriver={
                    "sparkSubmit": {
                        "entryPoint": job.script,
                        "entryPointArguments": list(job.arguments),
                        "sparkSubmitParameters": job.parameters,
                    }
                },
            )
        except Permanent as error:
            if isinstance(error.__cause__, ClientError) and code_of(error.__cause__) in _DENIED:
                raise Permanent(
                    f"EMR Serverless refuses the application {job.application}: tag it kedge:monitor=true, and allow "
                    f"the role of the function monitor to pass {job.role}"
                ) from error
            raise
        run: str = answer["jobRunId"]
        return run
