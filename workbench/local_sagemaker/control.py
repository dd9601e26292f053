"""The actions of the workbench on the local SageMaker that an AWS account does not offer.

The same methods are available in the process and over HTTP (see `routes`).
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from workbench.local_sagemaker import (
    autoscaling,
    code_pipelines,
    courses,
    endpoints,
    events,
    guards,
    models,
    pipelines,
    processing,
    progress,
    runs,
    schedules,
)
from workbench.local_sagemaker.fates import Course, Ending, Fate, Outcome
from workbench.local_sagemaker.faults import Fault, FaultKind
from workbench.local_sagemaker.protocol import read_request
from workbench.local_sagemaker.runs import File, Run, Verdict
from workbench.local_sagemaker.service import OPERATIONS, LocalSageMaker
from workbench.local_sagemaker.world import Document, World


class Control:
    """The controls of the local SageMaker.

    Each method takes effect, sends its events, and raises ApiError for unknown names.
    """

    def __init__(self, service: LocalSageMaker) -> None:
        self._service = service

    def finish_run(
        self,
        schedule: str,
        scheduled_time: datetime,
        verdict: Verdict | str,
        *,
        start: datetime | None = None,
        report: File | None = None,
        statistics: File | None = None,
        exit_message: str | None = None,
        failure_reason: str | None = None,
    ) -> Document:
        """Play one whole execution of a schedule: jobs, files, summary, events. Returns the summary."""
        run = Run(
            schedule=schedule,
            scheduled_time=scheduled_time,
            verdict=Verdict(verdict),
            start=start,
            report=report,
            statistics=statistics,
            exit_message=exit_message,
            failure_reason=failure_reason,
        )
        return self._do(lambda world: runs.finish(world, run))

    def finish_job(
        self, name: str, status: str, *, exit_message: str | None = None, failure_reason: str | None = None
    ) -> Document:
        """End a processing job that a caller created: Completed, Failed or Stopped."""
        said = {"ExitMessage": exit_message, "FailureReason": failure_reason}
        return self._do(lambda world: processing.finish_job(world, name, status, **said))

    def send_again(self, processing_job: str, times: int = 1) -> int:
        """Send a job's last event again, in new envelopes. Returns the number of repetitions."""

        def send(world: World) -> int:
            job = processing.describe_processing_job(world, {"ProcessingJobName": processing_job})
            for _ in range(times):
                world.emit(events.processing_job(world, job))
            return times

        return self._do(send)

    def fail_schedule(self, schedule: str, reason: str) -> None:
        """Fail a schedule, as if it could not be created or broke."""
        self._do(lambda world: schedules.change_status(world, schedule, "Failed", reason))

    def change_endpoint(self, endpoint: str, status: str, reason: str | None = None) -> None:
        """Set an endpoint to a state in the API's spelling: `InService`, `Updating`, `Failed`, …."""
        self._do(lambda world: endpoints.change_status(world, endpoint, status, reason))

    def backdate(self, days: float, *, endpoint: str = "", config: str = "", model: str = "") -> None:
        """Make an endpoint, a config or a model older by some days; younger if they are negative."""

        def move(world: World) -> None:
            for store, name in ((world.endpoints, endpoint), (world.endpoint_configs, config), (world.models, model)):
                if name:
                    store[name]["CreationTime"] -= timedelta(days=days)

        self._do(move)

    def next_update(
        self, endpoint: str, outcome: Outcome | str, *, seconds: float | None = None, reason: str | None = None
    ) -> None:
        """Prepare the next update of an endpoint that is not prepared yet; `Fate` explains the words."""
        fate = Fate(outcome=Outcome(outcome), seconds=seconds, reason=reason)

        def prepare(world: World) -> None:
            endpoints.endpoint(world, endpoint)
            world.fates.setdefault(endpoint, deque()).append(fate)

        self._do(prepare)

    def next_execution(self, pipeline: str, ending: Ending | str, **more: Any) -> None:
        """Prepare the next execution of a pipeline that is not prepared yet; `Course` explains the words."""
        course = Course(ending=Ending(ending), **more)

        def prepare(world: World) -> None:
            record = pipelines.pipeline(world, pipeline)
            courses.steps_until(record, course)
            world.courses.setdefault(record["PipelineName"], deque()).append(course)

        self._do(prepare)

    def next_code_execution(
        self, pipeline: str, ending: Ending | str, *, seconds: float | None = None, reason: str | None = None
    ) -> None:
        """Prepare the next execution of a CodePipeline pipeline, with the same endings.

        `reason` becomes its statusSummary.
        """
        course = Course(ending=Ending(ending), seconds=seconds, reason=reason)

        def prepare(world: World) -> None:
            name = code_pipelines.pipeline(world, pipeline)["name"]
            world.code_courses.setdefault(name, deque()).append(course)

        self._do(prepare)

    def finish_code_execution(self, pipeline: str, execution: str, status: str, reason: str | None = None) -> None:
        """End an execution of a CodePipeline pipeline: Succeeded, Failed or Stopped."""
        self._do(lambda world: code_pipelines.finish(world, pipeline, execution, status, reason))

    def scale_endpoint(self, endpoint: str, variant: str, instances: int) -> None:
        """Let Application Auto Scaling give a variant another instance count; the variant must be registered."""
        self._do(lambda world: autoscaling.scale(world, endpoint, variant, instances))

    def set_alarm(self, alarm: str, state: str) -> None:
        """Set the state of an alarm for deployments, instead of CloudWatch: `ALARM`, `OK` or `INSUFFICIENT_DATA`."""
        self._do(lambda world: guards.tell(world, alarm, state))

    def delete_config(self, config: str) -> None:
        """Delete an endpoint configuration, as in a cleanup, even if an endpoint runs with it."""
        self._perform("DeleteEndpointConfig", EndpointConfigName=config)

    def store_artifact(self, model: str) -> list[str]:
        """Store an object as the artifact of a model. Returns the S3 URIs."""
        return self._do(lambda world: models.store_artifacts(world, model))

    def lose_artifact(self, model: str) -> list[str]:
        """Remove a model's artifact from S3; the model stays. Returns the S3 URIs."""
        return self._do(lambda world: models.lose_artifacts(world, model))

    def judge_package(self, package: str, status: str, description: str | None = None) -> None:
        """Set the approval of a version by its ARN: `Approved`, `Rejected` or `PendingManualApproval`."""
        more = {} if description is None else {"ApprovalDescription": description}
        self._perform("UpdateModelPackage", ModelPackageArn=package, ModelApprovalStatus=status, **more)

    def finish_step(
        self, execution: str, name: str, status: str, metadata: Document, reason: str | None = None
    ) -> Document:
        """Add a finished step to a pipeline's execution; see `progress`."""
        return self._do(lambda world: progress.finish_step(world, execution, name, status, metadata, reason))

    def finish_pipeline(self, execution: str, status: str, reason: str | None = None) -> Document:
        """End a pipeline's execution: Succeeded, Failed or Stopped."""
        return self._do(lambda world: progress.finish_execution(world, execution, status, reason))

    def take_time(self, seconds: float) -> None:
        """Set the duration of everything without a prepared one: creation, launch, scaling, training, stop."""
        self._do(lambda world: world.take_time(seconds))

    def add_fault(self, operation: str, kind: FaultKind | str, **more: Any) -> None:
        """Make calls fail; `Fault` explains the words."""
        fault = Fault(operation=operation, kind=FaultKind(kind), **more)
        with self._service.lock:
            self._service.faults.add(fault)

    def clear_faults(self) -> None:
        """Remove all faults."""
        with self._service.lock:
            self._service.faults.clear()

    def calls(self) -> dict[str, int]:
        """Return the number of calls so far, by operation."""
        with self._service.lock:
            return dict(self._service.calls)

    def _perform(self, operation: str, **parameters: object) -> None:
        """Perform an operation of the API with its checks; it is not counted and meets no faults."""
        request = read_request(operation, parameters)
        self._do(lambda world: OPERATIONS[operation](world, request))

    def _do[T](self, act: Callable[[World], T]) -> T:
        with self._service.lock:
            done = act(self._service.world)
        self._service.deliver()
        return done
