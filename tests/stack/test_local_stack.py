"""The local stack with a minimal application: it starts, accepts a deployment by sam, passes an event through, and ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from workbench.local_sagemaker.onboarding import monitored_endpoint, send
from workbench.local_sagemaker.unreliable import Unreliable
from workbench.local_stack.activity import StillBusy, drain
from workbench.local_stack.alarms import Alarms
from workbench.local_stack.deploy import Application, SamFailed, build, deploy, outputs
from workbench.local_stack.inbox import Inbox
from workbench.local_stack.local_stack import LocalStack, StackDidNotStart

HERE = Path(__file__).parent
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def application(tmp_path_factory):
    return Application(HERE / "application" / "template.yaml", tmp_path_factory.mktemp("application"))


@pytest.fixture(scope="module")
def stack(application):
    with LocalStack() as running:
        build(application, running.environment)
        deploy(running, application, {"Greeting": "to whom it may concern"})
        running.client("s3").create_bucket(Bucket="reports")
        yield running


def members(group):
    """Return the processes of a group that still live."""
    found = subprocess.run(["ps", "-A", "-o", "pgid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in found.splitlines()]
    return [row[2] for row in rows if int(row[0]) == group and not row[1].startswith("Z")]


def test_sam_deploys_what_sam_has_built_and_its_outputs_can_be_read(stack):
    assert outputs(stack)["PeopleTopicArn"].startswith("arn:aws:sns:us-east-1:111122223333:")


def test_a_run_passes_the_templates_rule_reaches_a_function_and_becomes_a_mail(stack, tmp_path):
    inbox = Inbox(stack, {"mail": outputs(stack)["PeopleTopicArn"]})
    send(stack.client("sagemaker"), monitored_endpoint("Churn", bucket="reports", kinds=["DataQuality"]))
    report = {"violations": []}
    stack.server.control.finish_run(
        "Churn-data-quality", NOON, "violated", report=report, exit_message="CompletedWithViolations: 3"
    )
    drain(stack)
    (mail,) = inbox.read()
    assert mail.subject.startswith("to whom it may concern: model-monitoring-202611201200-")
    assert mail.body.splitlines()[1] == "CompletedWithViolations: 3"
    assert mail.attributes == {"severity": "critical"}
    (written,) = inbox.write(tmp_path)
    assert written.name.startswith("001-to-whom-it-may-concern-model-monitoring")
    assert written.read_text().startswith(f"Subject: {mail.subject}\n")
    key = "monitoring/Churn/Churn-data-quality/2026/11/20/12/constraint_violations.json"
    assert json.load(stack.client("s3").get_object(Bucket="reports", Key=key)["Body"]) == report


def test_an_event_keeps_the_time_at_which_it_happened(stack):
    stack.client("sagemaker").create_processing_job(
        ProcessingJobName="timely",
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
        AppSpecification={"ImageUri": "analyzer"},
        RoleArn="arn:aws:iam::111122223333:role/sagemaker-execution",
    )
    inbox = Inbox(stack, {"mail": outputs(stack)["PeopleTopicArn"]})
    detail = {"ProcessingJobName": "timely", "ProcessingJobStatus": "Completed"}
    stack.bus.put_event(
        {
            "source": "aws.sagemaker",
            "detail-type": "SageMaker Processing Job State Change",
            "time": "2026-02-03T04:05:06Z",
            "detail": detail,
        }
    )
    drain(stack)
    assert [mail.body.splitlines()[0] for mail in inbox.read()] == ["2026-02-03T04:05:06Z"]


def test_what_a_function_cannot_take_is_activity_while_it_is_tried_and_a_dead_letter_then(stack):
    detail = {"ProcessingJobName": "nobodys", "ProcessingJobStatus": "Completed"}
    event = {"source": "aws.sagemaker", "detail-type": "SageMaker Processing Job State Change", "detail": detail}
    stack.bus.put_event(event)
    with pytest.raises(StillBusy, match="Signals"):
        drain(stack, seconds=1)
    assert drain(stack).dead == {"DeadLetters": 1}


def test_a_functions_exception_keeps_its_name(stack):
    answer = stack.client("lambda").invoke(
        FunctionName=outputs(stack)["IntakeFunctionName"], Payload=json.dumps({"raise": "on purpose"})
    )
    assert json.load(answer["Payload"]) == {"errorType": "Unwanted", "errorMessage": "on purpose"}


def test_a_function_may_do_what_its_policy_allows_and_every_call_is_noted(stack):
    name = outputs(stack)["IntakeFunctionName"]
    answer = stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"overstep": True}))
    assert "not authorized to perform: sagemaker:ListEndpoints" in json.load(answer["Payload"])["errorMessage"]
    calls = {(call["action"], call["allowed"]) for call in stack.calls() if call["principal"].endswith(f"/{name}")}
    assert calls == {
        ("sagemaker:ListEndpoints", False),
        ("sagemaker:DescribeProcessingJob", True),
        ("dynamodb:PutItem", True),
    }
    assert stack.invocations()[name]["times"] >= 2
    assert stack.invocations()[name]["seconds"] > 0


def test_an_alarm_tells_by_topic_and_by_event_of_the_same_moment(stack):
    topic = outputs(stack)["PeopleTopicArn"]
    inbox = Inbox(stack, {"alarms": topic})
    alarms = Alarms(stack)
    churn = {"EndpointName": "churn"}
    alarms.create(
        "slow", namespace="AWS/SageMaker", metric="ModelLatency", dimensions=churn, threshold=1.0, actions=(topic,)
    )
    alarms.change("slow", "ALARM", "on purpose")
    (told,) = [json.loads(message.body) for message in inbox.read() if "AlarmName" in message.body]
    heard = stack.client("sqs").receive_message(QueueUrl=outputs(stack)["HeardUrl"])["Messages"]
    stack.client("sqs").delete_message(QueueUrl=outputs(stack)["HeardUrl"], ReceiptHandle=heard[0]["ReceiptHandle"])
    detail = json.loads(heard[0]["Body"])["detail"]
    assert (detail["previousState"]["value"], detail["state"]["value"]) == (
        told["OldStateValue"],
        told["NewStateValue"],
    )
    assert datetime.fromisoformat(detail["state"]["timestamp"]) == datetime.fromisoformat(told["StateChangeTime"])
    assert detail["configuration"]["metrics"][0]["metricStat"]["metric"]["dimensions"] == churn
    with pytest.raises(LookupError, match="nobodys"):
        alarms.change("nobodys", "OK", "on purpose")


def test_a_lost_event_makes_no_mail(stack):
    inbox = Inbox(stack, {"mail": outputs(stack)["PeopleTopicArn"]})
    send(stack.client("sagemaker"), monitored_endpoint("lost", bucket="reports", kinds=["DataQuality"]))
    bus = Unreliable(sink=stack.bus.put_event, random=Random(1), drop=1.0)  # noqa: S311  seeded
    stack.send_events_to(bus)
    stack.server.control.finish_run("lost-data-quality", NOON, "violated")
    stack.send_events_to(stack.bus.put_event)
    assert len(bus.dropped) == 2
    assert inbox.read() == []


def test_a_template_that_cannot_be_deployed_says_why(stack, tmp_path):
    broken = tmp_path / "template.yaml"
    broken.write_text("Resources: 7")
    with pytest.raises(SamFailed, match="sam build ended"):
        build(Application(broken, tmp_path / "built"), stack.environment)


def test_a_stack_that_ends_leaves_no_process_no_port_and_no_file():
    with LocalStack() as stack:
        group, port, folder = stack._process.pid, stack.port, stack.folder
        assert members(group)
        # Every listening process logs its address; none may listen on all addresses.
        assert "0.0.0.0" not in stack.log.read_text()  # noqa: S104  looked for, not bound
    assert members(group) == []
    assert not folder.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stack_ends_with_its_owner_however_that_ended(way):
    program = """
import time
from workbench.local_stack.local_stack import LocalStack
with LocalStack() as stack:
    print(stack._process.pid, stack.folder, flush=True)
    time.sleep(60)
"""
    run = [sys.executable, "-c", program]
    with subprocess.Popen(
        run, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HERE.parents[1]
    ) as owner:
        group, folder = owner.stdout.readline().split()
        os.kill(owner.pid, way)
        owner.wait(120)
    limit = time.monotonic() + 120
    while (members(int(group)) or Path(folder).exists()) and time.monotonic() < limit:
        time.sleep(0.1)
    assert members(int(group)) == []
    assert not Path(folder).exists()


def test_a_stack_that_never_started_can_be_stopped_twice():
    stack = LocalStack()
    stack.stop()
    stack.stop()
    assert not stack.folder.exists()


def test_an_emulator_that_does_not_start_says_what_it_said(tmp_path):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no such module >&2\nexit 3\n")
    python.chmod(0o755)
    with pytest.raises(StackDidNotStart, match="no such module"):
        LocalStack(python=python).start()


def test_a_stack_whose_python_is_missing_says_what_makes_it(tmp_path):
    with pytest.raises(StackDidNotStart, match=r"python is missing; `make setup` makes it"):
        LocalStack(python=tmp_path / "python").start()
