"""Pipelines and their executions. An execution runs until the workbench finishes it."""

import json
from typing import Any

from workbench.sagemaker import events
from workbench.sagemaker.arns import arn, last_part
from workbench.sagemaker.errors import conflict, invalid, not_found
from workbench.sagemaker.listing import page
from workbench.sagemaker.protocol import trim
from workbench.sagemaker.tags import remember
from workbench.sagemaker.world import Document, World

ENDED = ("Succeeded", "Failed", "Stopped")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def create_pipeline(world: World, request: Document) -> Document:
    """A name that is taken is a conflict, unless the same request is sent again under its token."""
    name = request["PipelineName"]
    its_arn = arn(world, "pipeline", name)
    known = _said_before(world, "CreatePipeline", request)
    if known is not None:
        return {"PipelineArn": known}
    if name in world.pipelines:
        raise conflict(f"Pipeline names must be unique within an AWS account and region. {its_arn} exists already.")
    world.pipelines[name] = dict(request) | {"PipelineArn": its_arn}
    remember(world, its_arn, request)
    _keep(world, "CreatePipeline", request, its_arn)
    return {"PipelineArn": its_arn}


def start_pipeline_execution(world: World, request: Document) -> Document:
    """The same ClientRequestToken is the same execution: it "completes no more than once"."""
    pipeline = _pipeline(world, request["PipelineName"])
    known = _said_before(world, "StartPipelineExecution", request)
    if known is not None:
        return {"PipelineExecutionArn": known}
    _check_parameters(pipeline, request.get("PipelineParameters", []))
    its_arn = f"{pipeline['PipelineArn']}/execution/{''.join(world.random.choices(_LETTERS, k=12))}"
    now = world.now()
    record = trim("DescribePipelineExecutionResponse", request) | {
        "PipelineArn": pipeline["PipelineArn"],
        "PipelineExecutionArn": its_arn,
        "PipelineExecutionStatus": "Executing",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    world.pipeline_executions[its_arn] = record
    world.pipeline_steps[its_arn] = []
    _keep(world, "StartPipelineExecution", request, its_arn)
    world.emit(events.pipeline_execution(world, record, None))
    return {"PipelineExecutionArn": its_arn}


def describe_pipeline_execution(world: World, request: Document) -> Document:
    """State of one execution."""
    return execution(world, request["PipelineExecutionArn"])


def list_pipeline_execution_steps(world: World, request: Document) -> Document:
    """Steps by start, oldest first unless asked otherwise."""
    record = execution(world, request.get("PipelineExecutionArn", ""))
    steps = sorted(
        world.pipeline_steps[record["PipelineExecutionArn"]],
        key=lambda step: step["StartTime"],
        reverse=request.get("SortOrder") == "Descending",
    )
    found, more = page(steps, request, 100)
    return {"PipelineExecutionSteps": found, **more}


def execution(world: World, its_arn: str) -> Document:
    """Raises ApiError where there is none."""
    if its_arn not in world.pipeline_executions:
        raise not_found(f"Pipeline execution with ARN {its_arn} does not exist.")
    return world.pipeline_executions[its_arn]


def finish_step(
    world: World, its_arn: str, name: str, status: str, metadata: Document, reason: str | None = None
) -> Document:
    """Add a step that has ended: `metadata` has one key, its kind (`QualityCheck`, `ClarifyCheck`, `ProcessingJob`, …)."""
    record = execution(world, its_arn)
    step: Document = {
        "StepName": name,
        "StartTime": record["CreationTime"],
        "EndTime": world.now(),
        "StepStatus": status,
        "Metadata": metadata,
    }
    if reason is not None:
        step["FailureReason"] = reason
    world.pipeline_steps[its_arn].append(step)
    world.emit(events.pipeline_step(world, record, step, "Executing"))
    return step


def finish_execution(world: World, its_arn: str, status: str, reason: str | None = None) -> Document:
    """End an execution. Raises ApiError where it has ended already."""
    record = execution(world, its_arn)
    before = record["PipelineExecutionStatus"]
    if before in ENDED or status not in ENDED:
        raise invalid(f"The execution {its_arn} is {before} and cannot become {status}.")
    record |= {"PipelineExecutionStatus": status, "LastModifiedTime": world.now()}
    if reason is not None:
        record["FailureReason"] = reason
    world.emit(events.pipeline_execution(world, record, before))
    return record


def _pipeline(world: World, name_or_arn: str) -> Document:
    wanted = last_part(name_or_arn)
    for name, record in world.pipelines.items():
        if name == wanted or record["PipelineArn"] == name_or_arn:
            return record
    raise not_found(f"Pipeline '{arn(world, 'pipeline', wanted)}' does not exist.")


def _check_parameters(pipeline: Document, given: list[Document]) -> None:
    try:
        written: Any = json.loads(pipeline.get("PipelineDefinition", "{}"))
    except json.JSONDecodeError as fault:
        raise invalid(f"Pipeline definition is not JSON: {fault}") from fault
    known = {parameter["Name"] for parameter in written.get("Parameters", [])}
    unknown = [parameter["Name"] for parameter in given if parameter["Name"] not in known]
    if unknown:
        raise invalid(f"Pipeline parameters are not defined in the pipeline definition: {', '.join(unknown)}")


def _said_before(world: World, operation: str, request: Document) -> str | None:
    kept = world.tokens.get((operation, request["ClientRequestToken"]))
    if kept is None:
        return None
    if kept[0] != request:
        raise conflict("The ClientRequestToken was used before with different parameters.")
    return kept[1]


def _keep(world: World, operation: str, request: Document, answer: str) -> None:
    world.tokens[operation, request["ClientRequestToken"]] = (request, answer)


OPERATIONS = {
    "CreatePipeline": create_pipeline,
    "StartPipelineExecution": start_pipeline_execution,
    "DescribePipelineExecution": describe_pipeline_execution,
    "ListPipelineExecutionSteps": list_pipeline_execution_steps,
}
