"""The current state of what remedies start: its parameters, its running executions, the result of one execution."""

import json
from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError

from kedge.adapters.arns import Arn
from kedge.adapters.calls import Client, ask
from kedge.adapters.errors import code_of
from kedge.domain.errors import Permanent
from kedge.domain.facts import RemedyExecution
from kedge.domain.plan import Starter

type _Running = Callable[[Client, Arn], tuple[str, ...] | None]
type _Execution = Callable[[Client, Arn], RemedyExecution | None]

# One page, the newest first. Anything older than a full page of executions has ended.
_MOST: Final = 100
_EXPRESS: Final = "StateMachineTypeNotSupported"
# `express:<name>:<digest>:<uuid>`: DescribeExecution does not support it (Step Functions' API reference).
_EXPRESS_EXECUTION: Final = "express:"

_NOT_ENDED: Final = frozenset({"Executing", "Stopping"})
_TIMED_OUT: Final = "TIMED_OUT"
# Other services' status words, translated into SageMaker's, so that verification has one vocabulary.
_OF_STATES: Final = {
    "RUNNING": "Executing",
    "PENDING_REDRIVE": "Executing",
    "SUCCEEDED": "Succeeded",
    "FAILED": "Failed",
    _TIMED_OUT: "Failed",
    "ABORTED": "Stopped",
}
_OF_CODE_PIPELINE: Final = {"InProgress": "Executing", "Superseded": "Stopped", "Cancelled": "Stopped"}


class StarterReader:
    """SageMaker pipelines, state machines and CodePipeline pipelines. Functions and event buses cannot be read."""

    def __init__(self, client: Callable[[str], Client]) -> None:
        """Keep `client`, which returns the client of a service by boto3's name for it."""
        self._client = client

    def parameters(self, using: str) -> tuple[str, ...] | None:
        """Return the parameter names of a SageMaker pipeline, or None if it is another thing or does not exist.

        Also return None if the definition cannot be read. Raises Transient or Permanent.
        """
        if Arn.parse(using).starter is not Starter.PIPELINE:
            return None
        told = ask(self._client("sagemaker").describe_pipeline, PipelineName=using)
        return None if told is None else _parameters(told.get("PipelineDefinition", ""))

    def exists(self, using: str) -> bool | None:
        """Return whether this SageMaker pipeline exists; None for another kind of ARN.

        Raises Transient or Permanent.
        """
        if Arn.parse(using).starter is not Starter.PIPELINE:
            return None
        return ask(self._client("sagemaker").describe_pipeline, PipelineName=using) is not None

    def running(self, using: str) -> tuple[str, ...] | None:
        """Return the executions that still run, among the 100 newest; None if there is no way to know.

        An execution of CodePipeline is written as `<ARN of the pipeline>/<id>`. Raises Transient or Permanent.
        """
        arn = Arn.parse(using)
        if arn.starter not in _READERS:
            return None
        service, running, _ = _READERS[arn.starter]
        return running(self._client(service), arn)

    def is_express(self, using: str) -> bool:
        """Return whether this is an EXPRESS state machine. Raises Transient or Permanent."""
        arn = Arn.parse(using)
        if arn.starter is not Starter.STATE_MACHINE:
            return False
        try:
            ask(self._client("stepfunctions").list_executions, stateMachineArn=arn.text, maxResults=1)
        except Permanent as refused:
            if _is_of_express(refused):
                return True
            raise
        return False

    def execution(self, arn: str) -> RemedyExecution | None:
        """Return an execution, or None. Its status is one of SageMaker's words. Raises Transient or Permanent."""
        parsed = Arn.parse(arn)
        if parsed.starter not in _READERS:
            return None
        service, _, execution = _READERS[parsed.starter]
        return execution(self._client(service), parsed)


def _parameters(definition: str) -> tuple[str, ...] | None:
    try:
        return tuple(str(each["Name"]) for each in json.loads(definition).get("Parameters", ()))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _running_pipelines(sagemaker: Client, arn: Arn) -> tuple[str, ...] | None:
    told = ask(
        sagemaker.list_pipeline_executions,
        PipelineName=arn.text,
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=_MOST,
    )
    if told is None:
        return None
    found = told.get("PipelineExecutionSummaries", ())
    return tuple(each["PipelineExecutionArn"] for each in found if each["PipelineExecutionStatus"] in _NOT_ENDED)


def _of_pipeline(sagemaker: Client, arn: Arn) -> RemedyExecution | None:
    told = ask(sagemaker.describe_pipeline_execution, PipelineExecutionArn=arn.text)
    if told is None:
        return None
    return RemedyExecution(arn=arn.text, status=told["PipelineExecutionStatus"], failure=told.get("FailureReason"))


def _running_machines(states: Client, arn: Arn) -> tuple[str, ...] | None:
    try:
        told = ask(states.list_executions, stateMachineArn=arn.text, statusFilter="RUNNING", maxResults=_MOST)
    except Permanent as refused:
        if _is_of_express(refused):
            return None
        raise
    return None if told is None else tuple(each["executionArn"] for each in told["executions"])


def _is_of_express(refused: Permanent) -> bool:
    return isinstance(refused.__cause__, ClientError) and code_of(refused.__cause__) == _EXPRESS


def _of_machine(states: Client, arn: Arn) -> RemedyExecution | None:
    if arn.resource.startswith(_EXPRESS_EXECUTION):
        return None
    told = ask(states.describe_execution, executionArn=arn.text, includedData="METADATA_ONLY")
    if told is None:
        return None
    status = str(told["status"])
    why = [str(told[key]) for key in ("error", "cause") if told.get(key)]
    if status == _TIMED_OUT:
        # SageMaker's words do not separate failures from timeouts.
        why = [_TIMED_OUT, *why]
    return RemedyExecution(arn=arn.text, status=_OF_STATES.get(status, status), failure=": ".join(why) or None)


def _running_code_pipelines(codepipeline: Client, arn: Arn) -> tuple[str, ...] | None:
    told = ask(codepipeline.list_pipeline_executions, pipelineName=arn.resource, maxResults=_MOST)
    if told is None:
        return None
    found = told.get("pipelineExecutionSummaries", ())
    return tuple(
        f"{arn.text}/{each['pipelineExecutionId']}" for each in found if _in_our_words(each["status"]) in _NOT_ENDED
    )


def _of_code_pipeline(codepipeline: Client, arn: Arn) -> RemedyExecution | None:
    name, _, execution = arn.resource.partition("/")
    told = ask(codepipeline.get_pipeline_execution, pipelineName=name, pipelineExecutionId=execution)
    if told is None:
        return None
    its = told["pipelineExecution"]
    return RemedyExecution(arn=arn.text, status=_in_our_words(its["status"]), failure=its.get("statusSummary"))


def _in_our_words(status: str) -> str:
    return _OF_CODE_PIPELINE.get(status, status)


# boto3's service name for each kind, and the functions that read its running executions and one execution.
_READERS: Final[dict[Starter | None, tuple[str, _Running, _Execution]]] = {
    Starter.PIPELINE: ("sagemaker", _running_pipelines, _of_pipeline),
    Starter.STATE_MACHINE: ("stepfunctions", _running_machines, _of_machine),
    Starter.CODE_PIPELINE: ("codepipeline", _running_code_pipelines, _of_code_pipeline),
}
