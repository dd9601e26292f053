"""A team that trusts Kedge: a separate deployment with the team's policy, endpoints with a history, and an approver."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from kedge.adapters.dynamodb.actions import DynamoActions
from kedge.adapters.dynamodb.table import Table
from kedge.domain.action import Action, Efficacy
from kedge.domain.incident import Incident
from kedge.domain.remedy import RemedyName
from kedge.domain.run import Monitor
from kedge.domain.stage import Stage
from kedge.domain.target import Target, TargetKind
from tests.stack.deployed_ring import BUCKET, NOTHING, DeployedRing, alarm
from tests.stack.publishing import kept, publish
from workbench.local_sagemaker.onboarding import (
    monitored_endpoint,
    next_config,
    registered,
    retraining,
    schedule_name,
    send,
)
from workbench.local_stack.environment import ACCOUNT, REGION
from workbench.local_stack.local_stack import LocalStack

STACK: Final = "remedied"
PIPELINE: Final = "remedied-retrained-retrain"
PARAMETERS: Final = {
    "AlertEmail": "oncall@example.com",
    "EnvironmentName": "test",
    "RetrainPipelineArns": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{PIPELINE}",
    "InvokeArns": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{STACK}-mend",
}
WORSE: Final = {
    "violations": [
        {
            "metric_name": "recall",
            "constraint_check_type": "LessThanThreshold",
            "description": "Metric recall with 0.58 +/- 0.004 was LessThanThreshold '0.72'",
        }
    ]
}
_MEND: Final = "def lambda_handler(event, context):\n    return {'mended': event}\n"


def policy(version: int, **limits: object) -> dict[str, object]:
    """Return the policy: the remedies allowed for each endpoint, and those that do not need approval."""
    rules = (
        ("shifted", "shift_traffic", "auto"),
        ("invoked", "invoke", "approval"),
        ("rehearsed", "roll_back", "dry_run"),
    )
    return {
        "apiVersion": "kedge/v1",
        "name": "trusting",
        "version": str(version),
        "receivers": [{"name": "ml-oncall", "limit": {"messages": 60, "per": "1s"}}],
        "route": {"receiver": "ml-oncall", "group_interval": "0s"},
        "remedies": [
            *(
                {"remedy": remedy, "matchers": [f'endpoint="remedied-{name}"'], "mode": mode}
                | (
                    {"using": PARAMETERS["InvokeArns"], "parameters": {"who": "{endpoint}"}}
                    if name == "invoked"
                    else {}
                )
                for name, remedy, mode in rules
            ),
            {"remedy": "roll_back", "matchers": ['cause="deployment_regression"'], "mode": "approval"},
            {"remedy": "retrain", "matchers": ['cause="concept_drift"'], "mode": "approval"},
        ],
        "limits": {"dry_run": False, "most_actions": 20, "largest_share_of_fleet": 1.0, **limits},
    }


def target(endpoint: str) -> Target:
    """Return the target of an endpoint in the ledger."""
    return Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name=endpoint)


class Team(DeployedRing):
    """The deployment, in the words of these tests."""

    def __init__(self, stack: LocalStack) -> None:
        """Find it, make the resources that it may start, and put the policy in force."""
        super().__init__(stack, STACK)
        self.sagemaker = stack.client("sagemaker")
        self.hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        self.decides_by(1)
        self._make_what_may_be_started()

    def decides_by(self, version: int, **limits: object) -> None:
        """Put a version of the policy in force, with other limits."""
        publish(self, json.dumps(policy(version, **limits)))
        kept(self, f"trusting@{version}")

    def past(self, endpoint: str, *, deployed: bool, **more: Any) -> None:
        """Create 2 days of an endpoint: clean runs, and then another config if `deployed`."""
        clock = self.stack.clock
        clock.turn_to(self.hour - timedelta(days=2))
        tags = {"kedge:remediate": "true"} | more.pop("tags", {})
        send(self.sagemaker, monitored_endpoint(endpoint, bucket=BUCKET, kinds=("ModelQuality",), tags=tags, **more))
        for ago in (6, 5, 4, 3):
            clock.turn_to(self.hour - timedelta(hours=ago))
            self.run(endpoint, self.hour - timedelta(hours=ago), "clean", kind="ModelQuality")
        self.settle()
        if deployed:
            clock.turn_to(self.hour - timedelta(hours=2, minutes=12))
            self.deploy(endpoint, 2)
        clock.turn_to_now()

    def with_two_variants(self, endpoint: str) -> None:
        """Create an endpoint that shares its traffic between two variants, for an hour."""
        self.stack.clock.turn_to(self.hour - timedelta(hours=1))
        calls = monitored_endpoint(endpoint, bucket=BUCKET, kinds=(), tags={"kedge:remediate": "true"})
        for operation, wanted in calls:
            if operation == "CreateEndpointConfig":
                (variant,) = wanted["ProductionVariants"]
                wanted["ProductionVariants"] = [variant | {"VariantName": name} for name in ("champion", "challenger")]
            send(self.sagemaker, [(operation, wanted)])
        self.settle()
        self.stack.clock.turn_to_now()

    def deploy(self, endpoint: str, number: int, **more: Any) -> None:
        """Deploy another config, and leave everything else unchanged."""
        send(self.sagemaker, next_config(endpoint, number, bucket=BUCKET, **more))
        self.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=f"{endpoint}-{number}")
        self.settle()

    def worse(self, endpoint: str) -> None:
        """Let the run of an hour ago find predictions worse than agreed."""
        self.run(endpoint, self.hour - timedelta(hours=1), "violated", WORSE, kind="ModelQuality")
        self.settle()

    def clean(self, endpoint: str) -> None:
        """Let a run on demand over the last second find nothing. S3 would report the hour in its report's name."""
        self.tell_of_objects(yes=False)
        now = datetime.now(UTC)
        self.stack.server.control.finish_run(
            schedule_name(endpoint, "ModelQuality"), now, "clean", report=NOTHING, start=now - timedelta(seconds=1)
        )
        self.settle()
        self.tell_of_objects()

    def alarm(self, endpoint: str, variant: str, value: str) -> None:
        """Change the latency alarm of a variant now."""
        event = alarm(endpoint, value=value)
        event["detail"]["state"]["timestamp"] = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "+0000"
        event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"]["VariantName"] = variant
        self.cloudwatch_says(event)
        self.invoke(event)

    def answer(self, endpoint: str, word: str, monitor: Monitor = Monitor.MODEL_QUALITY) -> dict[str, Any]:
        """Answer the plan, and return the answer of the approve function."""
        event = {word: self.action(endpoint, monitor).digest, "by": "responder", "reason": "as it has to be"}
        told = self.stack.client("lambda").invoke(
            FunctionName=self.outputs["ApproveFunctionName"], Payload=json.dumps(event)
        )
        return dict(json.loads(told["Payload"].read()))

    def incident(self, endpoint: str, monitor: Monitor = Monitor.MODEL_QUALITY) -> Incident:
        """Return the newest incident of an endpoint."""
        found = self.ledger.load(target(endpoint), monitor)[0].incident
        assert found is not None
        return found

    def action(self, endpoint: str, monitor: Monitor = Monitor.MODEL_QUALITY) -> Action:
        """Return the plan of that incident, with its outcome."""
        acting = self.incident(endpoint, monitor).remedy
        assert acting is not None
        assert acting.digest is not None
        held = self._actions.load(acting.digest)
        assert held is not None
        return held.action

    def comes_to(self, endpoint: str, stage: Stage, monitor: Monitor = Monitor.MODEL_QUALITY) -> None:
        """Wait until its remedy is in this stage, and every receiver is notified."""

        def is_so() -> bool:
            acting = self.incident(endpoint, monitor).remedy
            return acting is not None and acting.stage is stage

        self.until(is_so)
        self.settle()

    def efficacy(self, endpoint: str, remedy: RemedyName) -> Efficacy:
        """Return the efficacy of a remedy at an endpoint."""
        return self._actions.efficacy(target(endpoint), remedy)

    def executions(self) -> int:
        """Return how many workflows have begun."""
        found = self.stack.client("stepfunctions").list_executions(stateMachineArn=self.outputs["WorkflowArn"])
        return len(found["executions"])

    @property
    def _actions(self) -> DynamoActions:
        return DynamoActions(Table(self.stack.client("dynamodb"), self.outputs["TableName"]))

    def _make_what_may_be_started(self) -> None:
        s3 = self.stack.client("s3")
        s3.put_object(Bucket=BUCKET, Key="models/remedied/model.tar.gz", Body=b"model")
        s3.put_object(Bucket=BUCKET, Key="models/remedied/evaluation.json", Body=json.dumps(measured(0.71)))
        at = f"s3://{BUCKET}/models/remedied"
        send(
            self.sagemaker,
            registered("remedied", artifact=f"{at}/model.tar.gz", evaluation=f"{at}/evaluation.json"),
        )
        send(self.sagemaker, retraining(PIPELINE.removesuffix("-retrain"), group="remedied"))
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("handler.py", _MEND)
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = self.stack.client("iam").create_role(
            RoleName=f"{STACK}-mend", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]})
        )
        self.stack.client("lambda").create_function(
            FunctionName=f"{STACK}-mend",
            Runtime="python3.13",
            Role=role["Role"]["Arn"],
            Handler="handler.lambda_handler",
            Code={"ZipFile": code.getvalue()},
        )


def measured(auc: float) -> dict[str, Any]:
    """Return a model's own measurements."""
    return {"binary_classification_metrics": {"auc": {"value": auc, "standard_deviation": "NaN"}}}
