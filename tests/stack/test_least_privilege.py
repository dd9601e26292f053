"""Least privilege: what the functions asked for while all other tests ran, against what the template lets them do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase

import msgspec
import pytest

from kedge.domain.target import Target, TargetKind
from tests.stack.deployed_ring import DRIFTED, DeployedRing, alarm
from tests.stack.publishing import in_force, publish
from tests.stack.remedying import NAMED, act_on_all_there_is
from tests.stack.sample_world import Sample
from tests.stack.unused_permissions import ACTIONS, PARTITIONS, RESOURCES, STATEMENTS
from tests.support import samples
from tests.template.deployed import SLACK, Deployed, role_statements
from tests.template.partitions import WRITERS, WRITES
from tests.template.permission_table import FUNCTIONS, WORKFLOW, partitions_in
from workbench.local_stack.deploy import resources
from workbench.local_stack.environment import ACCOUNT, REGION

# A test lets a monitor write to a bucket that is none of Kedge's, to see what becomes of a report that may not be read.
# The last: both stacks hear of each endpoint, and only one may look at the pipelines that test_remedies names to the other.
OTHERS = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/remedied-"
REFUSED = {
    ("IntakeFunction", "s3:GetObject", "arn:aws:s3:::reports-of-others/"),
    *(
        (name, f"sagemaker:{action}", OTHERS)
        for name in ("IntakeFunction", "ReconcileFunction")
        for action in ("DescribePipeline", "ListPipelineExecutions")
    ),
}


POLICY = """\
apiVersion: kedge/v1
name: asks
version: "1"
evidence: {upstream: null}
receivers: [{name: ml-oncall, limit: {messages: 60, per: 1s}}]
route: {receiver: ml-oncall, group_wait: 1s}
inhibit_rules:
  - {source_matchers: ['monitor="Alarm"'], target_matchers: ['monitor="DataQuality"'], equal: [endpoint]}
"""


class Call(msgspec.Struct, frozen=True):
    """Something that a function asked for. `partitions` are the kinds of partitions of a table that it named (`CASE#`)."""

    function: str
    action: str
    resource: str
    partitions: tuple[str, ...]
    allowed: bool


class Grant(msgspec.Struct, frozen=True):
    """One action on one resource that a statement of a function's role allows; `written` is the resource in the template.

    `partitions` are those of a table to which it is limited; none where it is not.
    """

    function: str
    sid: str
    action: str
    written: str
    resource: str
    partitions: tuple[str, ...]

    def allows(self, call: Call) -> bool:
        """IAM's way of matching; conditions on tags and services stand for themselves."""
        same = (self.function, self.action) == (call.function, call.action)
        return same and fnmatchcase(call.resource, self.resource) and self.allows_partitions(call)

    def allows_partitions(self, call: Call) -> bool:
        """Whether each partition that is named is among those that are allowed, and one is named at all."""
        if not self.partitions:
            return True
        allowed = (any(fnmatchcase(named, each) for each in self.partitions) for named in call.partitions)
        return bool(call.partitions) and all(allowed)


def decide_by_a_policy_that_asks_for_all_there_is(ring: DeployedRing) -> None:
    """An incident that keeps another quiet until it ends, and one that is gathered before it is told."""
    publish(ring, POLICY)
    in_force(ring, "asks@1")
    ring.monitor("asks-inhibited")
    ring.invoke(alarm("asks-inhibited"))
    ring.run("asks-inhibited", datetime(2026, 11, 20, 10, tzinfo=UTC), "violated")
    ring.settle()
    ring.invoke(alarm("asks-inhibited", value="OK", minute=30))
    ring.invoke({"monitoringScheduleName": "asks-batch", "violationReport": DRIFTED})

    def told() -> bool:
        ring.minute()
        ring.settle()
        return any("asks-batch" in message.body for message in ring.inbox.messages)

    ring.until(told)


def let_people_decide(ring: DeployedRing) -> None:
    """A person marks a config, silences what there is none of, and ends an incident."""
    (story,) = ring.stories("asks-batch")
    target = str(Target(account=ACCOUNT, region=REGION, kind=TargetKind.ENDPOINT, name="asks-inhibited"))
    ring.say("Config Marked", {"target": target, "config": "asks-1", "good": True, "by": "oncall", "comment": "tested"})
    now = datetime.now(UTC)
    silence = {"id": "asks", "matchers": ['endpoint="asks-nobody"'], "author": "oncall", "comment": "tested"}
    ends = {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=1)).isoformat()}
    ring.say("Silence Changed", {"silence": silence | ends})
    about = {"incident": story.incident.id, "target": str(story.incident.target)}
    said = {"monitor": str(story.incident.monitor), "act": "resolve", "by": "oncall", "comment": "fixed"}
    ended = ring.say("Decision Made", about | said)
    assert ended["outcomes"][0]["reason"] == "resolved", ended
    ring.settle()


def let_what_failed_come_again(ring: DeployedRing) -> None:
    """A signal and a message that fail once, each in its own queue."""
    ring.stack.let_fail(
        "kedge-intake", "dynamodb:PutItem", "AccessDeniedException", operation="TransactWriteItems", times="1"
    )
    ring.stack.let_fail("kedge-dispatch", "sns:Publish", "AuthorizationError", times="1")
    ring.stack.bus.put_event(alarm("asks-again"))
    # The queues hide a message for minutes: that it came at all within these seconds is because it was hastened.
    ring.until(lambda: all(ring.told("asks-again").values()), seconds=90)
    ring.settle()
    ring.stack.mend()


@pytest.fixture(scope="module")
def calls(ring) -> list[Call]:
    """All calls so far. First everything is asked for that a function asks for in good times and bad."""
    every = [Sample(name, "asks") for name in samples.names()]
    ring.tell_of_objects(yes=False)
    for sample in every:
        sample.prepare(ring)
    ring.tell_of_objects()
    for sample in every:
        sample.send(ring)
    for queue in ("Signals", "Effects"):
        ring.stack.client("sqs").send_message(QueueUrl=ring.outputs[f"{queue}QueueUrl"], MessageBody="{poison")
    ring.settle()
    decide_by_a_policy_that_asks_for_all_there_is(ring)
    let_people_decide(ring)
    act_on_all_there_is(ring)
    let_what_failed_come_again(ring)
    for queue in ("Signals", "Effects"):
        assert [letter["Body"] for letter in ring.letters(f"{queue}DeadLettersUrl")] == ["{poison"]
    functions = {name: logical for logical, name in resources(ring.stack, "AWS::Lambda::Function").items()}
    functions[ring.outputs["WorkflowArn"].rpartition(":")[2]] = WORKFLOW
    return [
        Call(functions[name], call["action"], call["resource"], tuple(call["partitions"]), call["allowed"])
        for call in ring.stack.calls()
        if (name := call["principal"].rpartition("/")[2]) in functions
    ]


@pytest.fixture(scope="module")
def grants(ring) -> list[Grant]:
    """All that the roles of the functions allow."""
    template, arns = Deployed(**SLACK, **NAMED), dict(deployed_arns(ring))
    return [
        Grant(
            function,
            statement["Sid"],
            action,
            written,
            with_arns(written, arns),
            tuple(partitions_in(statement)),
        )
        for function in (*FUNCTIONS, WORKFLOW)
        for statement in role_statements(template, function)
        for action in statement["Action"]
        for written in statement["Resource"]
    ]


def deployed_arns(ring) -> Iterator[tuple[str, str]]:
    """What the template's references became."""
    for name, url in resources(ring.stack, "AWS::SQS::Queue").items():
        yield f"${{{name}.Arn}}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{url.rpartition('/')[2]}"
    for name, table in resources(ring.stack, "AWS::DynamoDB::Table").items():
        yield f"${{{name}.Arn}}", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}"
    for kind in ("Application", "Environment", "ConfigurationProfile"):
        for name, given in resources(ring.stack, f"AWS::AppConfig::{kind}").items():
            yield f"${{{name}}}", given
    for name, topic in resources(ring.stack, "AWS::SNS::Topic").items():
        yield f"${{{name}}}", topic
    for name, function in resources(ring.stack, "AWS::Lambda::Function").items():
        yield f"${{{name}.Arn}}", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
    yield f"${{{WORKFLOW}}}", ring.outputs["WorkflowArn"]


def with_arns(written: str, arns: dict[str, str]) -> str:
    """A resource of a policy as it was deployed."""
    for reference, arn in arns.items():
        written = written.replace(reference, arn)
    return written


def on_purpose(call: Call) -> bool:
    """Whether a test wanted this to be refused."""
    return any((call.function, call.action) == one[:2] and call.resource.startswith(one[2]) for one in REFUSED)


def test_the_template_allows_every_call_that_a_function_made(calls, grants):
    beyond = [call for call in calls if not on_purpose(call) and not any(grant.allows(call) for grant in grants)]
    assert beyond == []


def test_the_stack_refused_exactly_what_the_template_does_not_allow(calls, grants):
    wrong = [call for call in calls if call.allowed != any(grant.allows(call) for grant in grants)]
    assert wrong == []


def test_every_action_that_the_template_allows_is_used_or_listed_with_its_reason(calls, grants):
    unused: dict[tuple[str, str], set[str]] = {}
    allowed: dict[tuple[str, str], set[str]] = {}
    for grant in grants:
        key = grant.function, grant.sid
        allowed.setdefault(key, set()).add(grant.action)
        if not any(call.function == grant.function and call.action == grant.action for call in calls):
            unused.setdefault(key, set()).add(grant.action)
    assert unused == {key: allowed[key] for key in STATEMENTS} | {key: set(only) for key, only in ACTIONS.items()}


def test_every_resource_that_the_template_allows_is_used_or_listed_with_its_reason(calls, grants):
    unused = {
        (grant.function, grant.sid, grant.written) for grant in grants if (grant.function, grant.sid) not in STATEMENTS
    }
    used = {(grant.function, grant.sid, grant.written) for grant in grants for call in calls if grant.allows(call)}
    # What a parameter names is the team's: each of its ARNs is of one service, and fits the actions of that one alone.
    named = {arn for arns in NAMED.values() for arn in arns.split(",")}
    assert {one for one in unused - used if one[2] not in named} == set(RESOURCES)


def test_every_partition_that_the_template_lets_a_function_write_is_written_or_listed_with_its_reason(calls, grants):
    # What a decision leaves behind, one piece of code writes for all functions that decide: tests/unit/ledger/test_partitions.py.
    limited = {
        (grant.function, partition)
        for grant in grants
        for partition in grant.partitions
        if partition not in WRITES["decision"] or "decision" not in WRITERS[grant.function]
    }
    written = {
        (call.function, partition)
        for call in calls
        if call.action in ("dynamodb:PutItem", "dynamodb:DeleteItem")
        for partition in call.partitions
    }
    unused = {one for one in limited if not any(fnmatchcase(named, one[1]) for who, named in written if who == one[0])}
    assert unused <= PARTITIONS.keys() <= limited


def test_each_kind_of_what_a_decision_leaves_behind_was_written_by_a_function_that_decides(calls):
    written = {partition for call in calls if call.action == "dynamodb:PutItem" for partition in call.partitions}
    assert {partition.removesuffix("*") for partition in WRITES["decision"]} <= written


def test_each_reason_is_one():
    actions = [reason for only in (*ACTIONS.values(), PARTITIONS) for reason in only.values()]
    assert all(reason.count(" ") > 3 for reason in (*STATEMENTS.values(), *RESOURCES.values(), *actions))
