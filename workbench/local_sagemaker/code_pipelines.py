"""CodePipeline for callers that start a pipeline and wait for it: an execution runs, ends, and sends its events.

In AWS it is a separate service; here it answers at the same address. The work of a stage is not played. An execution
runs as `Control.next_code_execution` prepared it, or until the workbench finishes it. An execution never supersedes
another.
"""

import uuid
from functools import partial

from workbench.local_sagemaker.errors import ApiError, invalid
from workbench.local_sagemaker.events import iso
from workbench.local_sagemaker.fates import Course, Ending
from workbench.local_sagemaker.listing import page
from workbench.local_sagemaker.world import Document, World

SERVICE = "codepipeline"
_ENDED = ("Succeeded", "Failed", "Stopped")
_STATES = {"InProgress": "STARTED", "Stopping": "STOPPING"}


def create_pipeline(world: World, request: Document) -> Document:
    """Create version 1 of a pipeline. A name that is taken is refused."""
    wanted = request["pipeline"]
    if wanted["name"] in world.code_pipelines:
        raise ApiError("PipelineNameInUseException", f"A pipeline with the name '{wanted['name']}' already exists.")
    world.code_pipelines[wanted["name"]] = wanted | {"version": 1}
    return {"pipeline": world.code_pipelines[wanted["name"]]}


def start_pipeline_execution(world: World, request: Document) -> Document:
    """Start an execution. The same clientRequestToken is the same execution, and only declared variables are accepted."""
    its = pipeline(world, request["name"])
    key = (f"{SERVICE}:StartPipelineExecution", request.get("clientRequestToken", uuid.uuid4().hex))
    if key in world.tokens:
        return {"pipelineExecutionId": world.tokens[key][1]}
    unknown = {one["name"] for one in request.get("variables", [])} - {one["name"] for one in its.get("variables", [])}
    if unknown:
        raise invalid(f"The pipeline declares no variables {', '.join(sorted(unknown))}.")
    mark = str(uuid.UUID(int=world.random.getrandbits(128), version=4))
    now = world.now()
    record = {"pipelineExecutionId": mark, "status": "InProgress", "startTime": now, "lastUpdateTime": now}
    world.code_executions[its["name"], mark] = record
    world.tokens[key] = (request, mark)
    world.emit(_event(world, its, record))
    prepared = world.code_courses.get(its["name"])
    if prepared:
        _play(world, its["name"], mark, prepared.popleft())
    return {"pipelineExecutionId": mark}


def get_pipeline_execution(world: World, request: Document) -> Document:
    """Return the state of one execution."""
    its, record = _found(world, request["pipelineName"], request["pipelineExecutionId"])
    shown = {key: record[key] for key in ("pipelineExecutionId", "status", "statusSummary") if key in record}
    return {"pipelineExecution": shown | {"pipelineName": its["name"], "pipelineVersion": its["version"]}}


def list_pipeline_executions(world: World, request: Document) -> Document:
    """Return the executions of one pipeline, newest first, 100 per page."""
    name = pipeline(world, request["pipelineName"])["name"]
    own = [record for (of, _), record in world.code_executions.items() if of == name]
    paging = {to: request[by] for by, to in (("nextToken", "NextToken"), ("maxResults", "MaxResults")) if by in request}
    found, more = page(own[::-1], paging, 100)
    token = {"nextToken": more["NextToken"]} if more else {}
    return {"pipelineExecutionSummaries": found, **token}


def stop_pipeline_execution(world: World, request: Document) -> Document:
    """Set an execution to Stopping, and after the world's lag to Stopped."""
    its, record = _found(world, request["pipelineName"], request["pipelineExecutionId"])
    if record["status"] != "InProgress":
        raise ApiError("PipelineExecutionNotStoppableException", f"The execution is {record['status']}.")
    _move(world, its, record, "Stopping", request.get("reason"))
    stopped = partial(_end_if, world, its["name"], record["pipelineExecutionId"], "Stopping", "Stopped", None)
    world.later(world.lag, stopped)
    return {"pipelineExecutionId": record["pipelineExecutionId"]}


def pipeline(world: World, name: str) -> Document:
    """Return a pipeline. Raises ApiError if there is none."""
    if name not in world.code_pipelines:
        raise ApiError("PipelineNotFoundException", f"Account '{world.account}' does not have a pipeline '{name}'.")
    return world.code_pipelines[name]


def finish(world: World, name: str, execution: str, status: str, reason: str | None = None) -> None:
    """End an execution. Raises ApiError if it has ended already."""
    its, record = _found(world, name, execution)
    if record["status"] in _ENDED or status not in _ENDED:
        raise invalid(f"The execution {execution} is {record['status']} and cannot become {status}.")
    _move(world, its, record, status, reason)


def arn(world: World, name: str) -> str:
    """Return a pipeline's ARN. Its name keeps its case, unlike in SageMaker."""
    return f"arn:aws:{SERVICE}:{world.region}:{world.account}:{name}"


def _play(world: World, name: str, mark: str, course: Course) -> None:
    ends = {Ending.SUCCEEDED: "Succeeded", Ending.FAILED: "Failed"}
    if course.ending in ends:
        end = partial(_end_if, world, name, mark, "InProgress", ends[course.ending], course.reason)
        world.later(course.starts(1, world.lag)[-1], end)


def _end_if(world: World, name: str, mark: str, before: str, status: str, reason: str | None) -> None:
    if world.code_executions[name, mark]["status"] == before:
        finish(world, name, mark, status, reason)


def _found(world: World, name: str, mark: str) -> tuple[Document, Document]:
    its = pipeline(world, name)
    if (name, mark) not in world.code_executions:
        raise ApiError(
            "PipelineExecutionNotFoundException", f"The pipeline '{name}' does not have an execution '{mark}'."
        )
    return its, world.code_executions[name, mark]


def _move(world: World, its: Document, record: Document, status: str, reason: str | None) -> None:
    record |= {"status": status, "lastUpdateTime": world.now()}
    if reason is not None:
        record["statusSummary"] = reason
    world.emit(_event(world, its, record))


def _event(world: World, its: Document, record: Document) -> Document:
    """Return the event, with hyphens in the keys and states in capitals (docs/aws-behaviour.md)."""
    status = record["status"]
    return {
        "version": "0",
        "id": str(uuid.UUID(int=world.random.getrandbits(128), version=4)),
        "detail-type": "CodePipeline Pipeline Execution State Change",
        "source": "aws.codepipeline",
        "account": world.account,
        "time": iso(record["lastUpdateTime"]),
        "region": world.region,
        "resources": [arn(world, its["name"])],
        "detail": {
            "pipeline": its["name"],
            "execution-id": record["pipelineExecutionId"],
            "state": _STATES.get(status, status.upper()),
            "version": its["version"],
        },
    }


OPERATIONS = {
    f"{SERVICE}:CreatePipeline": create_pipeline,
    f"{SERVICE}:GetPipelineExecution": get_pipeline_execution,
    f"{SERVICE}:ListPipelineExecutions": list_pipeline_executions,
    f"{SERVICE}:StartPipelineExecution": start_pipeline_execution,
    f"{SERVICE}:StopPipelineExecution": stop_pipeline_execution,
}
