"""The adapters of remedies against MiniStack, which serves the operations that the local SageMaker does not."""

import json
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import boto3
import pytest

from kedge.adapters.cloudwatch.metrics import CloudWatchMetrics
from kedge.adapters.executions import StarterReader
from kedge.adapters.launchers import ResourceStarter
from kedge.adapters.s3 import S3Artifacts
from kedge.adapters.stepfunctions import StepFunctionsWorkflows
from kedge.adapters.sts import StsIdentity, sts_url
from kedge.domain.action import Answer
from kedge.domain.errors import Permanent
from kedge.domain.facts import Health
from kedge.domain.statement import Statement
from workbench.cli.connection.proof import proof_of
from workbench.local_stack.environment import ACCOUNT, CREDENTIALS, REGION

pytestmark = pytest.mark.stack

DIGEST = "d1" * 32
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:kedge-approve"
YES = Statement.answering(DIGEST, Answer.APPROVE)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}}


def state_machine(stack, definition):
    name, iam = f"kedge-{uuid4()}", stack.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="sends", PolicyDocument=json.dumps(MAY))
    made = stack.client("stepfunctions").create_state_machine(
        name=name, definition=json.dumps(definition), roleArn=role
    )
    return made["stateMachineArn"]


def executions(stack, arn):
    found = stack.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    return sorted(each["name"] for each in found)


def ended(stack, machine):
    """Return the result of an execution after its end."""
    states = stack.client("stepfunctions")
    for _ in range(100):
        told = states.describe_execution(executionArn=f"{machine.replace(':stateMachine:', ':execution:')}:{DIGEST}")
        if told["status"] == "SUCCEEDED":
            return json.loads(told["output"])
        time.sleep(0.1)
    raise AssertionError(told["status"])


def queue(stack):
    sqs = stack.client("sqs")
    url = sqs.create_queue(QueueName=f"kedge-{uuid4()}")["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def received(stack, url):
    (message,) = stack.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    return json.loads(message["Body"])


def test_a_plan_has_one_execution_however_often_it_is_begun(stack):
    machine = state_machine(stack, WAITS)
    workflows = StepFunctionsWorkflows(stack.client("stepfunctions"), machine)
    workflows.begin(DIGEST)
    workflows.begin(DIGEST)
    assert executions(stack, machine) == [DIGEST]
    workflows.begin(DIGEST, "look1")
    assert executions(stack, machine) == [DIGEST, f"{DIGEST}-look1"]


def test_a_step_that_waits_is_woken_once(stack):
    url, _ = queue(stack)
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
        "TimeoutSeconds": 60,
        "End": True,
    }
    machine = state_machine(stack, {"StartAt": "Ask", "States": {"Ask": ask}})
    workflows = StepFunctionsWorkflows(stack.client("stepfunctions"), machine)
    workflows.begin(DIGEST)
    token = received(stack, url)["token"]
    assert workflows.go_on(token, {"outcome": "approved"})
    assert ended(stack, machine) == {"outcome": "approved"}
    assert workflows.go_on(token, {"outcome": "rejected"}) is False
    assert workflows.go_on("nobodys", {"outcome": "approved"}) is False


def test_a_state_machine_that_kedge_starts_twice_runs_once_and_is_followed(stack):
    machine = state_machine(stack, WAITS)
    starts, starters = ResourceStarter(stack.client), StarterReader(stack.client)
    execution = starts.start(machine, {"incident": "7"}, DIGEST).started
    assert starts.start(machine, {"incident": "7"}, DIGEST).started == execution
    assert starters.running(machine) == (execution,)
    stack.client("stepfunctions").stop_execution(executionArn=execution)
    assert starters.execution(execution).status == "Stopped"
    assert starters.running(machine) == ()
    assert starters.execution(execution.replace(DIGEST, "d2" * 32)) is None


def test_an_event_bus_passes_on_what_is_wanted(stack):
    events, name = stack.client("events"), f"ml-{uuid4()}"
    bus = events.create_event_bus(Name=name)["EventBusArn"]
    url, arn = queue(stack)
    pattern = json.dumps({"source": ["kedge"], "detail-type": ["Kedge Remedy Wanted"]})
    events.put_rule(Name="wanted", EventBusName=name, EventPattern=pattern)
    events.put_targets(Rule="wanted", EventBusName=name, Targets=[{"Id": "q", "Arn": arn}])
    ResourceStarter(stack.client).start(bus, {"incident": "7"}, DIGEST)
    assert received(stack, url)["detail"] == {"digest": DIGEST, "parameters": {"incident": "7"}}


def test_artifacts_are_there_or_not(stack):
    s3, bucket = stack.client("s3"), f"models-{uuid4()}"
    s3.create_bucket(Bucket=bucket)
    for key in ("churn/7/model.tar.gz", "churn/7/model.tar.gz.sha256", "churn/8/model.tar.gz.sha256"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    artifacts = S3Artifacts(s3)
    names = ("churn/7/model.tar.gz", "churn/8/model.tar.gz", "churn/8/", "churn/9/")
    assert [artifacts.exists(f"s3://{bucket}/{name}") for name in names] == [True, False, True, False]
    assert artifacts.exists(f"s3://nobodys-{bucket}/model.tar.gz") is False


def test_how_an_endpoint_answered_is_read_to_the_minute(stack):
    cloudwatch, name = stack.client("cloudwatch"), f"churn-{uuid4()}"
    start = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)

    def measured(minutes, metric, *values):
        dimensions = [{"Name": "EndpointName", "Value": name}, {"Name": "VariantName", "Value": "AllTraffic"}]
        when = start + timedelta(minutes=minutes)
        data = [{"MetricName": metric, "Dimensions": dimensions, "Timestamp": when, "Value": value} for value in values]
        cloudwatch.put_metric_data(Namespace="AWS/SageMaker", MetricData=data)

    measured(0, "Invocations", 1, 1, 1)
    measured(0, "Invocation5XXErrors", 0, 0, 1)
    measured(0, "ModelLatency", 10_000, 10_000, 40_000)
    measured(59, "Invocations", 1)
    measured(59, "Invocation5XXErrors", 0)
    measured(59, "ModelLatency", 20_000)
    measured(61, "Invocations", 1, 1)
    read = partial(CloudWatchMetrics(cloudwatch).health, name, ("AllTraffic", "none"))
    hour = timedelta(hours=1)
    assert read(start, start + hour) == Health(invocations=4.0, errors=0.25, latency=20.0)
    assert read(start - hour, start) == Health()


@pytest.fixture
def person():
    key, secret, token = CREDENTIALS.values()
    return boto3.Session(key, secret, token, region_name=REGION)


def identity(url):
    return StsIdentity(url, FUNCTION, lambda: datetime.now(UTC))


def test_sts_says_who_made_a_proof(stack, person):
    url = sts_url(REGION, {"AWS_ENDPOINT_URL": stack.endpoint})
    proof = proof_of(person, url, FUNCTION, YES)
    assert identity(url).vouched_for(proof, YES) == stack.client("sts").get_caller_identity()["Arn"]


@contextmanager
def sends_on_to(there):
    """Yield a server that answers every request with a redirection."""

    class Redirects(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", there)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirects)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_nobody_is_followed_to_another_sts(stack, person):
    with sends_on_to(f"{stack.endpoint}/") as url:
        proof = proof_of(person, url, FUNCTION, YES)
        with pytest.raises(Permanent, match="307"):
            identity(url).vouched_for(proof, YES)
