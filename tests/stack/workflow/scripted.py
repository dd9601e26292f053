"""The workflow of remedies on the local stack, with functions that answer as a test has scripted."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.template.workflow import FILE
from workbench.local_stack.environment import ACCOUNT, REGION
from workbench.local_stack.local_stack import LocalStack

HERE: Final = Path(__file__).parent
FUNCTIONS: Final = ("Remediate", "RollBack", "ShiftTraffic", "Retrain", "Invoke")
# The role of the workflow may not call it.
FORBIDDEN: Final = "Invoke"
TABLE: Final = "steps"
_PATIENCE: Final = 240.0

type Answers = dict[str, list[Any]]


def arn(function: str) -> str:
    """Return the ARN of a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"


class Scripted:
    """The workflow's own definition, deployed by CloudFormation. Each execution belongs to one test and has its own name."""

    def __init__(self, stack: LocalStack) -> None:
        """Deploy it."""
        self.stack = stack
        self._states = stack.client("stepfunctions")
        self._dynamodb = stack.client("dynamodb")
        self._dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "action", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "action", "AttributeType": "S"}],
        )
        role = self._role("lambda", "dynamodb:UpdateItem", [f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}"])
        for name in FUNCTIONS:
            stack.client("lambda").create_function(
                FunctionName=name,
                Runtime="python3.13",
                Role=role,
                Handler="steps.lambda_handler",
                Code={"ZipFile": _zipped(HERE / "steps.py")},
                Environment={"Variables": {"TABLE": TABLE}},
            )
        allowed = [arn(name) for name in FUNCTIONS if name != FORBIDDEN]
        self.workflow = self._workflow(self._role("states", "lambda:InvokeFunction", allowed))

    def start(self, name: str, **answers: Any) -> str:
        """Begin an execution with scripted answers of each step, a list of answers one after the other."""
        written = {step: one if isinstance(one, list) else [one] for step, one in answers.items()}
        item = {"action": {"S": name}, "answers": {"S": json.dumps(written)}, "steps": {"L": []}}
        self._dynamodb.put_item(TableName=TABLE, Item=item)
        started = self._states.start_execution(
            stateMachineArn=self.workflow, name=name, input=json.dumps({"action": name})
        )
        return str(started["executionArn"])

    def steps(self, name: str) -> list[dict[str, Any]]:
        """Return the inputs of the functions so far, each with the function that received it (`by`)."""
        item = self._dynamodb.get_item(TableName=TABLE, Key={"action": {"S": name}}, ConsistentRead=True)["Item"]
        return [json.loads(one["S"]) for one in item["steps"]["L"]]

    def answer(self, name: str, step: str, **output: str) -> None:
        """Send the token of a waiting step back as soon as that step has it."""
        token = self.until(lambda: next((one["token"] for one in self.steps(name) if one["step"] == step), None))
        self._states.send_task_success(taskToken=token, output=json.dumps(output))

    def ended(self, execution: str) -> tuple[str, str, dict[str, Any]]:
        """Wait for the end, and return the status, the last state, and the description of the execution."""
        described = self.until(
            lambda: (found := self._states.describe_execution(executionArn=execution))["status"] != "RUNNING" and found,
        )
        entered = [
            event["stateEnteredEventDetails"]["name"]
            for event in self._states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
            if "stateEnteredEventDetails" in event
        ]
        return described["status"], entered[-1], described

    def until(self, look: Callable[[], Any]) -> Any:
        """Return the result of `look` as soon as it finds something. Fails after a while."""
        limit = time.monotonic() + _PATIENCE
        while not (found := look()):
            assert time.monotonic() < limit, self.stack.log.read_text(errors="replace")[-3000:]
            time.sleep(0.05)
        return found

    def _role(self, service: str, action: str, resources: list[str]) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
        allow = {"Effect": "Allow", "Action": action, "Resource": resources}
        iam = self.stack.client("iam")
        made = iam.create_role(RoleName=service, AssumeRolePolicyDocument=_policy(trust))
        iam.put_role_policy(RoleName=service, PolicyName=service, PolicyDocument=_policy(allow))
        return str(made["Role"]["Arn"])

    def _workflow(self, role: str) -> str:
        s3, formation = self.stack.client("s3"), self.stack.client("cloudformation")
        s3.create_bucket(Bucket="definitions")
        s3.put_object(Bucket="definitions", Key=FILE.name, Body=FILE.read_bytes())
        properties = {
            "StateMachineName": "remediation",
            "RoleArn": role,
            "DefinitionS3Location": {"Bucket": "definitions", "Key": FILE.name},
            "DefinitionSubstitutions": {"Partition": "aws"} | {f"{name}FunctionArn": arn(name) for name in FUNCTIONS},
        }
        resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
        formation.create_stack(StackName="workflow", TemplateBody=json.dumps({"Resources": {"Workflow": resource}}))
        described = self.until(
            lambda: [
                it
                for it in formation.describe_stack_resources(StackName="workflow")["StackResources"]
                if it["ResourceStatus"] == "CREATE_COMPLETE"
            ]
        )
        return str(described[0]["PhysicalResourceId"])


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _zipped(file: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(file, file.name)
    return packed.getvalue()
