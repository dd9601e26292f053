"""Deployments: the command that they print, two of them side by side, and the remains of a deleted one."""

import shlex
import subprocess
from datetime import UTC, datetime

import pytest

from tests.stack.deployed_ring import DeployedRing
from tests.stack.publishing import decide_by, one_by_one
from workbench.local_stack.deploy import deploy, resources
from workbench.local_stack.local_stack import ROOT

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_the_sample_command_of_the_outputs_works_as_it_stands(ring):
    before = len(ring.mails("churn-prod drift"))
    done = subprocess.run(
        shlex.split(ring.outputs["SampleCommand"]),
        env=ring.stack.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"reason": "first_seen"' in done.stdout
    ring.settle()
    assert len(ring.mails("churn-prod drift")) == before + 1


@pytest.fixture(scope="module")
def second(ring, application):
    """Return a second deployment in the same account, without chat. The last test deletes it."""
    deploy(ring.stack, application, {"AlertEmail": "others@example.com", "EnvironmentName": "other"}, "other")
    other = DeployedRing(ring.stack, "other")
    decide_by(other, one_by_one())
    return other


def test_two_deployments_in_an_account_tell_their_own_people_and_no_others(ring, second):
    assert second.inbox.channels == {"mail", "programs"}
    ring.monitor("shared")
    ring.run("shared", TEN, "violated")
    ring.settle()
    second.settle()
    assert (len(ring.mails("shared")), len(second.mails("shared"))) == (1, 1)
    environments = [one.told("shared")["mail"][0].attributes["environment"] for one in (ring, second)]
    assert environments == ["test", "other"]


def test_a_deleted_deployment_leaves_the_table_and_its_key_and_nothing_else(ring, second):
    second.settle()
    table = resources(ring.stack, "AWS::DynamoDB::Table", second.name)["Table"]
    key = resources(ring.stack, "AWS::KMS::Key", second.name)["Key"]
    queues = resources(ring.stack, "AWS::SQS::Queue", second.name)
    ring.stack.client("cloudformation").delete_stack(StackName=second.name)
    assert table in ring.stack.client("dynamodb").list_tables()["TableNames"]
    assert ring.stack.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    left = ring.stack.client("sqs").list_queues(QueueNamePrefix=f"{second.name}-").get("QueueUrls", [])
    assert queues
    assert left == []
    functions = ring.stack.client("lambda").list_functions()["Functions"]
    assert [one for one in functions if one["FunctionName"].startswith(f"{second.name}-")] == []
