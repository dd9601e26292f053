"""Starts a pipeline that creates a new model, or a team's own automation: one call, by the service in its ARN."""

import json
from collections.abc import Callable
from typing import Final

from botocore.exceptions import ClientError

from kedge.adapters.arns import Arn
from kedge.adapters.calls import Client, mutate
from kedge.adapters.errors import code_of
from kedge.domain.errors import Permanent, Throttled, Transient
from kedge.domain.plan import Starter
from kedge.ports.mutations import CallResult

SOURCE: Final = "kedge"
DETAIL_TYPE: Final = "Kedge Remedy Wanted"
_SHORT: Final = 12
_ACCEPTED: Final = 202
_RUNS_OR_RAN: Final = "ExecutionAlreadyExists"
_FAULTS_OF_EVENTS: Final = {
    "ThrottlingException": Throttled,
    "InternalFailure": Transient,
    "InternalException": Transient,
}

type _Start = Callable[[Client, Arn, dict[str, str], str], CallResult]


class ResourceStarter:
    """A starter of SageMaker pipelines, CodePipeline pipelines, state machines, functions and event buses.

    A repetition under the same digest is the same execution for the first three. SageMaker and CodePipeline use a
    ClientRequestToken. Step Functions uses the execution's name (for 90 days; an EXPRESS state machine does not). A
    function or an event bus does not recognise repetitions: its code has to check the digest.
    """

    def __init__(self, client: Callable[[str], Client]) -> None:
        """Keep `client`, which returns the acting client of a service."""
        self._client = client

    def start(self, using: str, parameters: dict[str, str], digest: str) -> CallResult:
        """Start it and return AWS's response.

        Raises Busy, Throttled, Transient or Permanent (see `kedge.ports.mutations`).
        """
        arn = Arn.parse(using)
        if arn.starter is None:
            raise Permanent(f"{using} is nothing that can be started")
        service, start = _BY_STARTER[arn.starter]
        return start(self._client(service), arn, parameters, digest)


def _pipeline(sagemaker: Client, arn: Arn, parameters: dict[str, str], digest: str) -> CallResult:
    told = mutate(
        sagemaker.start_pipeline_execution,
        PipelineName=arn.text,
        PipelineExecutionDisplayName=f"kedge-{digest[:_SHORT]}",
        PipelineParameters=[{"Name": name, "Value": value} for name, value in parameters.items()],
        ClientRequestToken=digest,
    )
    return CallResult(started=told["PipelineExecutionArn"])


def _state_machine(states: Client, arn: Arn, parameters: dict[str, str], digest: str) -> CallResult:
    # The name may carry a version or an alias; executions have only the name.
    _, name, *_ = [*arn.resource.split(":"), ""]
    try:
        told = mutate(
            states.start_execution, stateMachineArn=arn.text, name=digest, input=json.dumps(parameters, sort_keys=True)
        )
    except Permanent as refused:
        if isinstance(refused.__cause__, ClientError) and code_of(refused.__cause__) == _RUNS_OR_RAN:
            return CallResult(started=arn.with_resource(f"execution:{name}:{digest}"))
        raise
    return CallResult(started=told["executionArn"])


def _code_pipeline(codepipeline: Client, arn: Arn, parameters: dict[str, str], digest: str) -> CallResult:
    """Start the pipeline. The API returns only an id, so Kedge stores `<ARN of the pipeline>/<id>`."""
    given = [{"name": name, "value": value} for name, value in parameters.items()]
    variables = {"variables": given} if given else {}
    told = mutate(codepipeline.start_pipeline_execution, name=arn.resource, clientRequestToken=digest, **variables)
    return CallResult(started=f"{arn.text}/{told['pipelineExecutionId']}")


def _event_bus(events: Client, arn: Arn, parameters: dict[str, str], digest: str) -> CallResult:
    entry = {
        "EventBusName": arn.text,
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Detail": json.dumps({"digest": digest, "parameters": parameters}),
    }
    told = mutate(events.put_events, Entries=[entry])
    if told.get("FailedEntryCount", 0):
        fault = told["Entries"][0]
        code = fault.get("ErrorCode", "")
        raise _FAULTS_OF_EVENTS.get(code, Permanent)(f"put_events: {code}: {fault.get('ErrorMessage', '')}")
    return CallResult()


def _function(functions: Client, arn: Arn, parameters: dict[str, str], digest: str) -> CallResult:
    payload = json.dumps({"digest": digest, "parameters": parameters}).encode()
    told = mutate(functions.invoke, FunctionName=arn.text, InvocationType="Event", Payload=payload)
    if told["StatusCode"] != _ACCEPTED:
        raise Transient(f"invoke: {arn.text} answered {told['StatusCode']}, not {_ACCEPTED}")
    return CallResult()


# boto3's service name for each kind, and the function that starts it.
_BY_STARTER: Final[dict[Starter, tuple[str, _Start]]] = {
    Starter.PIPELINE: ("sagemaker", _pipeline),
    Starter.STATE_MACHINE: ("stepfunctions", _state_machine),
    Starter.CODE_PIPELINE: ("codepipeline", _code_pipeline),
    Starter.EVENT_BUS: ("events", _event_bus),
    Starter.FUNCTION: ("lambda", _function),
}
