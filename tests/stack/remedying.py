"""One remedy of each kind on the deployed ring, from an alarm to the action: its configuration and its outcome."""

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from tests.stack.deployed_ring import BUCKET, DeployedRing, alarm
from tests.stack.publishing import in_force, publish
from workbench.local_sagemaker.onboarding import monitored_endpoint, next_config, registered, retraining, send
from workbench.local_stack.environment import ACCOUNT, REGION

_CODE: Final = "def lambda_handler(event, context):\n    return {}\n"
_ARTIFACT: Final = f"s3://{BUCKET}/models/acts/model.tar.gz"
_ENDS: Final = {"StartAt": "End", "States": {"End": {"Type": "Succeed"}}}


def _arn(service: str, what: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{what}"


# By endpoint: the resource that a retraining, or a call of the team's own automation, starts for it.
TRAINS: Final = {
    "acts-pipeline": _arn("sagemaker", "pipeline/acts-pipeline-retrain"),
    "acts-machine": _arn("states", "stateMachine:acts-machine"),
    "acts-code": _arn("codepipeline", "acts-code"),
    "acts-bus": _arn("events", "event-bus/acts-bus"),
    "acts-function": _arn("lambda", "function:acts-function"),
}
CALLS: Final = {
    "acts-call": _arn("lambda", "function:acts-call"),
    "acts-workflow": _arn("states", "stateMachine:acts-workflow"),
}
NAMED: Final = {"RetrainPipelineArns": ",".join(TRAINS.values()), "InvokeArns": ",".join(CALLS.values())}
BACK, ASKED, CHATTED, SHIFTED = "acts-back", "acts-asked", "acts-chatted", "acts-shifted"
ROLLED_BACK: Final = (BACK, ASKED, CHATTED)


def _rule(remedy: str, endpoint: str, **more: object) -> dict[str, object]:
    return {"remedy": remedy, "matchers": [f'endpoint="{endpoint}"'], "mode": "auto", **more}


POLICY: Final = {
    "apiVersion": "kedge/v1",
    "name": "acts",
    "version": "1",
    "evidence": {"upstream": None},
    "receivers": [{"name": "ml-oncall", "limit": {"messages": 60, "per": "1s"}}],
    "route": {"receiver": "ml-oncall", "group_wait": "0s", "group_interval": "0s"},
    "remedies": [
        _rule("roll_back", BACK),
        *(_rule("roll_back", endpoint, mode="approval") for endpoint in (ASKED, CHATTED)),
        _rule("shift_traffic", SHIFTED),
        *(_rule("retrain", endpoint, using=using) for endpoint, using in TRAINS.items()),
        *(_rule("invoke", endpoint, using=using) for endpoint, using in CALLS.items()),
    ],
    "limits": {"dry_run": False, "most_actions": 50, "largest_share_of_fleet": 1.0},
}


class Remedies:
    """Endpoints with remedies, and the resources of these remedies."""

    def __init__(self, ring: DeployedRing) -> None:
        """Make the resources that the policy names, and put the policy in force."""
        self._ring = ring
        self._sagemaker = ring.stack.client("sagemaker")
        ring.stack.client("s3").put_object(Bucket=BUCKET, Key=_ARTIFACT.partition(f"{BUCKET}/")[2], Body=b"model")
        send(self._sagemaker, registered("acts", artifact=_ARTIFACT))
        for endpoint in ROLLED_BACK:
            self._updated(endpoint)
        self._with_two_variants(SHIFTED)
        for endpoint in (*TRAINS, *CALLS):
            send(self._sagemaker, monitored_endpoint(endpoint, bucket=BUCKET, kinds=()))
        self._make_what_is_started()
        publish(ring, json.dumps(POLICY))
        in_force(ring, "acts@1")

    def alarm(self, *endpoints: str, variant: str | None = None) -> None:
        """Let an alarm of each endpoint go off, in CloudWatch and as an event."""
        for endpoint in endpoints:
            event = alarm(endpoint)
            # Now: a config that came after an alarm may be its fix, and is not rolled back.
            event["detail"]["state"]["timestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"
            metric = event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]
            if endpoint in ROLLED_BACK:
                # A deployment can be blamed only if the alarm was OK until then.
                metric |= {"namespace": "AWS/SageMaker", "name": "ModelLatency"}
            if variant is not None:
                metric["dimensions"] |= {"VariantName": variant}
            self._ring.cloudwatch_says(event)
            self._ring.stack.bus.put_event(event)

    def config(self, endpoint: str) -> str:
        """Return the config that an endpoint runs, or will run next."""
        told = self._sagemaker.describe_endpoint(EndpointName=endpoint)
        return str(told.get("PendingDeploymentSummary", told)["EndpointConfigName"])

    def answer(self, endpoint: str, answer: str, *, chat: bool = False) -> dict[str, Any]:
        """Answer the plan for an endpoint as soon as it waits for approval, by name or as a button of the chat does."""
        asked: list[str] = []

        def wanted() -> bool:
            told = [json.loads(message.body) for message in self._ring.told(endpoint)["programs"]]
            asked.extend(one["remedy"]["digest"] for one in told if (one.get("remedy") or {}).get("stage") == "asked")
            return bool(asked)

        self._ring.until(wanted)
        function = self._ring.outputs["ApproveFunctionName"] + ("-from-chat" if chat else "")
        payload = {answer: asked[0]} | ({} if chat else {"by": "responder"})
        told = self._ring.stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))
        return dict(json.loads(told["Payload"].read()))

    def _updated(self, endpoint: str) -> None:
        """Create an endpoint that runs its second config; the first is known as good."""
        tags = {"kedge:remediate": "true", "kedge:known-good": f"{endpoint}-1"}
        send(self._sagemaker, monitored_endpoint(endpoint, bucket=BUCKET, kinds=(), tags=tags, artifact=_ARTIFACT))
        send(self._sagemaker, next_config(endpoint, 2, bucket=BUCKET, artifact=_ARTIFACT))
        self._in_service(endpoint)
        self._sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=f"{endpoint}-2")
        self._in_service(endpoint)

    def _with_two_variants(self, endpoint: str) -> None:
        calls = monitored_endpoint(endpoint, bucket=BUCKET, kinds=(), tags={"kedge:remediate": "true"})
        send(self._sagemaker, map(_doubled, calls))
        self._in_service(endpoint)

    def _in_service(self, endpoint: str) -> None:
        def is_so() -> bool:
            return bool(self._sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointStatus"] == "InService")

        self._ring.until(is_so)

    def _make_what_is_started(self) -> None:
        client = self._ring.stack.client
        send(self._sagemaker, retraining("acts-pipeline", group="acts"))
        role = f"arn:aws:iam::{ACCOUNT}:role/acts"
        trust = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
        client("iam").create_role(RoleName="acts", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
        for name in ("acts-machine", "acts-workflow"):
            client("stepfunctions").create_state_machine(name=name, definition=json.dumps(_ENDS), roleArn=role)
        stages = [{"name": name, "actions": [_action(name)]} for name in ("Source", "Build")]
        store = {"type": "S3", "location": BUCKET}
        pipeline = {"name": "acts-code", "roleArn": role, "artifactStore": store, "stages": stages}
        client("codepipeline").create_pipeline(pipeline=pipeline)
        client("events").create_event_bus(Name="acts-bus")
        for name in ("acts-function", "acts-call"):
            client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="handler.lambda_handler",
                Code={"ZipFile": _zipped("handler.py", _CODE)},
            )


def act_on_all_there_is(ring: DeployedRing) -> None:
    """Let each acting function act: an approver receives a request and answers, and the outcome is checked."""
    remedies = Remedies(ring)
    remedies.alarm(*ROLLED_BACK, *TRAINS, *CALLS)
    remedies.alarm(SHIFTED, variant="AllTraffic")
    assert remedies.answer(ASKED, "approve")["outcome"] == "approved"
    assert remedies.answer(CHATTED, "approve", chat=True)["outcome"] == "approved"
    ring.until(lambda: all(remedies.config(endpoint) == f"{endpoint}-1" for endpoint in ROLLED_BACK))
    ring.until(lambda: _looked_at(ring) >= _MOST_THAT_LOOK)
    ring.settle()


# The endpoints that roll back, the one that shifts, and all that start or call something.
_MOST_THAT_LOOK: Final = len(ROLLED_BACK) + 1 + len(TRAINS) + len(CALLS)


def _looked_at(ring: DeployedRing) -> int:
    """Return how many workflows have checked the outcome of an action."""
    states = ring.stack.client("stepfunctions")
    executions = states.list_executions(stateMachineArn=ring.outputs["WorkflowArn"])["executions"]
    return sum("Observe" in set(_entered(states, one["executionArn"])) for one in executions)


def _entered(states: Any, execution: str) -> Iterable[str]:
    for event in states.get_execution_history(executionArn=execution, maxResults=1000)["events"]:
        if "stateEnteredEventDetails" in event:
            yield event["stateEnteredEventDetails"]["name"]


def _doubled(call: tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    operation, parameters = call
    if operation != "CreateEndpointConfig":
        return call
    (variant,) = parameters["ProductionVariants"]
    return operation, parameters | {"ProductionVariants": [variant, variant | {"VariantName": "Other"}]}


def _action(stage: str) -> dict[str, Any]:
    kind = {"category": stage, "owner": "AWS", "provider": "S3" if stage == "Source" else "CodeBuild", "version": "1"}
    return {"name": stage, "actionTypeId": kind}


def _zipped(name: str, text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, text)
    return packed.getvalue()
