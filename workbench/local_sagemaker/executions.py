"""Executions of pipelines. One runs as `Control.next_execution` prepared it, or until the workbench finishes it."""

from workbench.local_sagemaker import courses, events
from workbench.local_sagemaker.errors import invalid
from workbench.local_sagemaker.listing import Listing, page
from workbench.local_sagemaker.pipelines import parameters, pipeline
from workbench.local_sagemaker.progress import change_status, execution, finish_execution
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tokens import keep, said_before
from workbench.local_sagemaker.world import Document, World

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_EXECUTIONS = Listing(
    name="PipelineExecutionArn",
    orders={"CreationTime": "CreationTime", "PipelineExecutionArn": "PipelineExecutionArn"},
)


def start_pipeline_execution(world: World, request: Document) -> Document:
    """Start an execution. The same ClientRequestToken is the same execution: it "completes no more than once"."""
    its_pipeline = pipeline(world, request["PipelineName"])
    known = said_before(world, "StartPipelineExecution", request)
    if known is not None:
        return {"PipelineExecutionArn": known}
    values = parameters(its_pipeline, request.get("PipelineParameters", []))
    its_arn = f"{its_pipeline['PipelineArn']}/execution/{''.join(world.random.choices(_LETTERS, k=12))}"
    now = world.now()
    record = trim("DescribePipelineExecutionResponse", request) | {
        "PipelineArn": its_pipeline["PipelineArn"],
        "PipelineExecutionArn": its_arn,
        "PipelineExecutionStatus": "Executing",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    world.pipeline_executions[its_arn] = record
    world.pipeline_parameters[its_arn] = values
    world.pipeline_steps[its_arn] = []
    its_pipeline["LastRunTime"] = now
    keep(world, "StartPipelineExecution", request, its_arn)
    world.emit(events.pipeline_execution(world, record, None))
    prepared = world.courses.get(its_pipeline["PipelineName"])
    if prepared:
        courses.play(world, its_pipeline, record, prepared.popleft())
    return {"PipelineExecutionArn": its_arn}


def stop_pipeline_execution(world: World, request: Document) -> Document:
    """Set an execution to Stopping, and after the world's lag to Stopped.

    Only a running execution can be stopped; the words of the refusal are ours.
    """
    record = execution(world, request["PipelineExecutionArn"])
    its_arn, before = record["PipelineExecutionArn"], record["PipelineExecutionStatus"]
    if said_before(world, "StopPipelineExecution", request) is not None:
        return {"PipelineExecutionArn": its_arn}
    if before != "Executing":
        raise invalid(f"The execution {its_arn} is {before} and cannot be stopped.")
    keep(world, "StopPipelineExecution", request, its_arn)
    change_status(world, record, "Stopping")
    world.later(world.lag, lambda: _stopped(world, record))
    return {"PipelineExecutionArn": its_arn}


def describe_pipeline_execution(world: World, request: Document) -> Document:
    """Return the state of one execution."""
    return execution(world, request["PipelineExecutionArn"])


def list_pipeline_executions(world: World, request: Document) -> Document:
    """Return the executions of one pipeline, newest first, 10 per page."""
    its_arn = pipeline(world, request["PipelineName"])["PipelineArn"]
    times = {
        f"CreationTime{word}": request[f"Created{word}"] for word in ("After", "Before") if f"Created{word}" in request
    }
    own = [record for record in world.pipeline_executions.values() if record["PipelineArn"] == its_arn]
    found, more = _EXECUTIONS.select(own, request | times)
    return {"PipelineExecutionSummaries": [_summary(record) for record in found], **more}


def list_pipeline_parameters(world: World, request: Document) -> Document:
    """Return the parameters that an execution received, and the defaults of the rest."""
    record = execution(world, request["PipelineExecutionArn"])
    found, more = page(world.pipeline_parameters[record["PipelineExecutionArn"]], request, 10)
    return {"PipelineParameters": found, **more}


def list_pipeline_execution_steps(world: World, request: Document) -> Document:
    """Return the steps by their start, oldest first by default."""
    record = execution(world, request.get("PipelineExecutionArn", ""))
    steps = sorted(
        world.pipeline_steps[record["PipelineExecutionArn"]],
        key=lambda step: step["StartTime"],
        reverse=request.get("SortOrder") == "Descending",
    )
    found, more = page(steps, request, 100)
    return {"PipelineExecutionSteps": found, **more}


def _stopped(world: World, record: Document) -> None:
    if record["PipelineExecutionStatus"] == "Stopping":
        finish_execution(world, record["PipelineExecutionArn"], "Stopped")


def _summary(record: Document) -> Document:
    more = {"PipelineExecutionFailureReason": record["FailureReason"]} if "FailureReason" in record else {}
    return trim("PipelineExecutionSummary", record) | {"StartTime": record["CreationTime"]} | more


OPERATIONS = {
    "DescribePipelineExecution": describe_pipeline_execution,
    "ListPipelineExecutionSteps": list_pipeline_execution_steps,
    "ListPipelineExecutions": list_pipeline_executions,
    "ListPipelineParametersForExecution": list_pipeline_parameters,
    "StartPipelineExecution": start_pipeline_execution,
    "StopPipelineExecution": stop_pipeline_execution,
}
