"""The port of a measurement that is too large for a function: a job on an application of Spark."""

from typing import Protocol

from msgspec import Struct


class SparkJob(Struct, frozen=True, kw_only=True):
    """One job run. `token` identifies it: a second start with the same token is the same run."""

    application: str
    role: str
    name: str
    token: str
    script: str
    arguments: tuple[str, ...]
    parameters: str


class SparkJobs(Protocol):
    """The applications that run large measurements."""

    def start(self, job: SparkJob) -> str:
        """Start a job and return the id of its run; of a repetition, the id of the first.

        Raises Transient if a later try may succeed. It raises Permanent if the service refuses; the error names the action.
        """
