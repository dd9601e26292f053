"""The progress of a pipeline's execution and of its steps; each change sends its event."""

from datetime import datetime

from workbench.local_sagemaker import events
from workbench.local_sagemaker.errors import invalid, not_found
from workbench.local_sagemaker.world import Document, World

ENDED = ("Succeeded", "Failed", "Stopped")


def execution(world: World, its_arn: str) -> Document:
    """Return an execution. Raises ApiError if there is none."""
    if its_arn not in world.pipeline_executions:
        raise not_found(f"Pipeline execution with ARN {its_arn} does not exist.")
    return world.pipeline_executions[its_arn]


def change_status(world: World, record: Document, status: str) -> None:
    """Set an execution to a state."""
    before = record["PipelineExecutionStatus"]
    record |= {"PipelineExecutionStatus": status, "LastModifiedTime": world.now()}
    world.emit(events.pipeline_execution(world, record, before))


def finish_execution(world: World, its_arn: str, status: str, reason: str | None = None) -> Document:
    """End an execution, and its steps that still run. Raises ApiError if it has ended already."""
    record = execution(world, its_arn)
    before = record["PipelineExecutionStatus"]
    if before in ENDED or status not in ENDED:
        raise invalid(f"The execution {its_arn} is {before} and cannot become {status}.")
    end_open_steps(world, record, status)
    if reason is not None:
        record["FailureReason"] = reason
    change_status(world, record, status)
    return record


def begin_step(
    world: World, record: Document, name: str, metadata: Document | None = None, at: datetime | None = None
) -> Document:
    """Return a new step that runs now, or since `at`.

    `metadata` has one key, its kind (`QualityCheck`, `TrainingJob`, …).
    """
    step: Document = {"StepName": name, "StartTime": at or world.now(), "StepStatus": "Executing"}
    if metadata:
        step["Metadata"] = metadata
    world.pipeline_steps[record["PipelineExecutionArn"]].append(step)
    if at is None:
        world.emit(events.pipeline_step(world, record, step, "Starting"))
    return step


def end_step(world: World, record: Document, step: Document, status: str, reason: str | None = None) -> None:
    """End a step: Succeeded, Failed or Stopped."""
    before = step["StepStatus"]
    step |= {"StepStatus": status, "EndTime": world.now()}
    if reason is not None:
        step["FailureReason"] = reason
    world.emit(events.pipeline_step(world, record, step, before))


def end_open_steps(world: World, record: Document, status: str, reason: str | None = None) -> None:
    """End every step that still runs."""
    for step in world.pipeline_steps[record["PipelineExecutionArn"]]:
        if step["StepStatus"] == "Executing":
            end_step(world, record, step, status, reason)


def finish_step(
    world: World, its_arn: str, name: str, status: str, metadata: Document, reason: str | None = None
) -> Document:
    """Add a step that ran since the execution began and has ended now."""
    record = execution(world, its_arn)
    step = begin_step(world, record, name, metadata, at=record["CreationTime"])
    end_step(world, record, step, status, reason)
    return step
