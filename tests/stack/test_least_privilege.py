"""Least privilege: the calls of the functions during all other tests, against the permissions in the template."""

import os
from fnmatch import fnmatchcase

import pytest

from tests.stack.asked import JUDGED, Asked, Call, Grant, asked_of, kept
from tests.stack.remedying import NAMED
from tests.stack.unused_permissions import ACTIONS, PARTITIONS, RESOURCES, STATEMENTS
from tests.template.partitions import WRITERS, WRITES

# Two tests let a monitor write to a bucket outside Kedge, or read there, to check the result of the refusal. The last
# one: both stacks receive each endpoint, and only one may read the pipelines that test_remedies names to the other.
OTHERS = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/remedied-"
REFUSED = {
    ("IntakeFunction", "s3:GetObject", "arn:aws:s3:::reports-of-others/"),
    ("MonitorFunction", "s3:ListBucket", "arn:aws:s3:::data-of-others"),
    ("MonitorFunction", "s3:GetObject", "arn:aws:s3:::data-of-others/"),
    *(
        (name, f"sagemaker:{action}", OTHERS)
        for name in ("IntakeFunction", "ReconcileFunction")
        for action in ("DescribePipeline", "ListPipelineExecutions")
    ),
}


@pytest.fixture(scope="module")
def asked(request: pytest.FixtureRequest) -> list[Asked]:
    """Return the calls of each ring: those of other processes if the environment names their files, else those of this process."""
    if JUDGED in os.environ:
        return kept()
    request.getfixturevalue("all_there_is")
    return [asked_of(request.getfixturevalue("ring"))]


@pytest.fixture(scope="module")
def calls(asked: list[Asked]) -> set[Call]:
    """Return all calls of all rings."""
    return {call for one in asked for call in one.calls}


@pytest.fixture(scope="module")
def grants(asked: list[Asked]) -> set[Grant]:
    """Return all permissions of the functions' roles."""
    return {grant for one in asked for grant in one.grants}


def on_purpose(call: Call) -> bool:
    """Return whether a test caused this refusal on purpose."""
    return any((call.function, call.action) == one[:2] and call.resource.startswith(one[2]) for one in REFUSED)


def test_each_ring_was_asked_for_something(asked):
    assert asked
    assert all(one.calls and one.grants for one in asked)


def test_the_template_allows_every_call_that_a_function_made(asked):
    beyond = [call for one in asked for call in one.calls if not on_purpose(call) and not one.allows(call)]
    assert beyond == []


def test_the_stack_refused_exactly_what_the_template_does_not_allow(asked):
    wrong = [call for one in asked for call in one.calls if call.allowed != one.allows(call)]
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


def test_every_resource_that_the_template_allows_is_used_or_listed_with_its_reason(asked, grants):
    unused = {
        (grant.function, grant.sid, grant.written) for grant in grants if (grant.function, grant.sid) not in STATEMENTS
    }
    used = {
        (grant.function, grant.sid, grant.written)
        for one in asked
        for grant in one.grants
        if any(grant.allows(call) for call in one.calls)
    }
    # A parameter names the team's resources: each of its ARNs is of one service, and fits only the actions of that service.
    named = {arn for arns in NAMED.values() for arn in arns.split(",")}
    assert {one for one in unused - used if one[2] not in named} == set(RESOURCES)


def test_every_partition_that_the_template_lets_a_function_write_is_written_or_listed_with_its_reason(calls, grants):
    # One piece of code writes the requests of a decision for all deciding functions: tests/unit/ledger/test_partitions.py.
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
