"""Pipelines: the parameters that an execution accepts, and the steps that it has."""

import json
from typing import Any

from workbench.local_sagemaker.arns import arn, last_part
from workbench.local_sagemaker.errors import ApiError, conflict, invalid, not_found
from workbench.local_sagemaker.listing import Listing
from workbench.local_sagemaker.protocol import trim
from workbench.local_sagemaker.tags import remember
from workbench.local_sagemaker.tokens import keep, said_before
from workbench.local_sagemaker.world import Document, World

_PIPELINES = Listing(name="PipelineName", orders={"Name": "PipelineName", "CreationTime": "CreationTime"})


def create_pipeline(world: World, request: Document) -> Document:
    """Create a pipeline. A name that is taken is a conflict, unless the same request repeats under its token."""
    name = request["PipelineName"]
    its_arn = arn(world, "pipeline", name)
    known = said_before(world, "CreatePipeline", request)
    if known is not None:
        return {"PipelineArn": known}
    if name in world.pipelines:
        raise conflict(f"Pipeline names must be unique within an AWS account and region. {its_arn} exists already.")
    if "PipelineDefinitionS3Location" in request:
        raise ApiError("NotImplemented", "The local SageMaker reads no pipeline definitions from S3 yet.", 501)
    now = world.now()
    record = trim("DescribePipelineResponse", request) | {
        "PipelineArn": its_arn,
        "PipelineStatus": "Active",
        "CreationTime": now,
        "LastModifiedTime": now,
    }
    definition(record)
    world.pipelines[name] = record
    remember(world, its_arn, request)
    keep(world, "CreatePipeline", request, its_arn)
    return {"PipelineArn": its_arn}


def list_pipelines(world: World, request: Document) -> Document:
    """Return the pipelines, newest first, 10 per page."""
    times = {
        f"CreationTime{word}": request[f"Created{word}"] for word in ("After", "Before") if f"Created{word}" in request
    }
    prefix = request.get("PipelineNamePrefix", "")
    named = [record for name, record in world.pipelines.items() if name.startswith(prefix)]
    found, more = _PIPELINES.select(named, request | times)
    return {"PipelineSummaries": [_summary(record) for record in found], **more}


def _summary(record: Document) -> Document:
    ran = {"LastExecutionTime": record["LastRunTime"]} if "LastRunTime" in record else {}
    return trim("PipelineSummary", record) | ran


def describe_pipeline(world: World, request: Document) -> Document:
    """Return a pipeline, with the time of its last start if there was one."""
    return pipeline(world, request["PipelineName"])


def pipeline(world: World, name_or_arn: str) -> Document:
    """Return a pipeline. Raises ApiError if there is none. An ARN does not keep the case of the name."""
    wanted = last_part(name_or_arn)
    for name, record in world.pipelines.items():
        if name == wanted or record["PipelineArn"] == name_or_arn:
            return record
    raise not_found(f"Pipeline '{arn(world, 'pipeline', wanted)}' does not exist.")


def definition(record: Document) -> Document:
    """Return the definition of a pipeline: its Parameters and its Steps. Raises ApiError if it is not a JSON object."""
    try:
        written: Any = json.loads(record.get("PipelineDefinition", "{}"))
    except json.JSONDecodeError as fault:
        raise invalid(f"Pipeline definition is not JSON: {fault}") from fault
    if not isinstance(written, dict):
        raise invalid("Pipeline definition is not a JSON object.")
    return written


def parameters(record: Document, given: list[Document]) -> list[Document]:
    """Return the parameters of one execution: the given value, else the default.

    Raises:
        ApiError: the definition does not name a given parameter.
    """
    known = {one["Name"]: one for one in definition(record).get("Parameters", [])}
    values = {one["Name"]: one["Value"] for one in given}
    unknown = sorted(values.keys() - known.keys())
    if unknown:
        raise invalid(f"Pipeline parameters are not defined in the pipeline definition: {', '.join(unknown)}")
    defaults = {name: str(one["DefaultValue"]) for name, one in known.items() if "DefaultValue" in one}
    return [{"Name": name, "Value": value} for name, value in (defaults | values).items()]


OPERATIONS = {
    "CreatePipeline": create_pipeline,
    "DescribePipeline": describe_pipeline,
    "ListPipelines": list_pipelines,
}
