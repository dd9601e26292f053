"""Least privilege for partitions of the table: each function writes only its own, and no statement allows others."""

from fnmatch import fnmatchcase

import pytest

from tests.template.acts import FUNCTIONS_OF_ACTS
from tests.template.deployed import Deployed, role_statements, whole
from tests.template.partitions import HOLDS, WRITERS, WRITES, partitions_of
from tests.template.permission_table import FUNCTIONS, WORKFLOW

TABLE = "${Table.Arn}"
WRITING = {"dynamodb:PutItem", "dynamodb:DeleteItem"}
READING = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
OF_THE_STREAM = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


def writing(stack: Deployed, who: str):
    """Return the statements that allow a role to change the table."""
    return [it for it in role_statements(stack, who) if WRITING & set(it["Action"])]


def partitions(stack: Deployed, who: str) -> set[str]:
    """Return the partitions that a role may write."""
    return {
        partition
        for it in writing(stack, who)
        for partition in it["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }


def writers(stack: Deployed, key: str) -> set[str]:
    """Return the roles that may write a partition key."""
    return {
        who for who in (*FUNCTIONS, WORKFLOW) if any(fnmatchcase(key, written) for written in partitions(stack, who))
    }


@pytest.mark.parametrize("who", [*FUNCTIONS, WORKFLOW])
def test_a_function_may_write_exactly_the_partitions_that_its_code_needs(who, stack):
    assert partitions(stack, who) == partitions_of(who)


def test_the_policy_is_written_by_reconcile_alone(stack):
    assert writers(stack, "POLICY") == {"ReconcileFunction"}


def test_the_monitors_are_written_by_reconcile_alone(stack):
    assert writers(stack, "MONITORS") == {"ReconcileFunction"}


def test_votes_are_written_by_those_alone_who_take_answers(stack):
    assert writers(stack, "VOTES#0a1b") == {"ApproveFunction", "ApproveFromChatFunction"}


def test_a_place_in_the_register_is_given_by_those_who_check_or_act_and_never_by_who_begins_or_approves(stack):
    assert writers(stack, "REGISTER#111122223333/us-east-1") == {"RemediateFunction", *FUNCTIONS_OF_ACTS}


def test_how_well_a_remedy_worked_is_written_by_remediate_alone(stack):
    assert writers(stack, "EFFICACY#111122223333/us-east-1/endpoint/churn-prod") == {"RemediateFunction"}


@pytest.mark.parametrize(
    "key", ["POLICY", "MONITORS", "ACTION#d", "VOTES#d", "REGISTER#a/r", "EFFICACY#t", "AWAITED#n", "NEW#x", ""]
)
def test_intake_which_parses_what_strangers_write_can_write_no_policy_plan_vote_token_or_place(key, stack):
    assert "IntakeFunction" not in writers(stack, key)


@pytest.mark.parametrize("who", [*FUNCTIONS, WORKFLOW])
def test_a_write_names_its_partitions_and_one_that_names_none_is_not_allowed(who, stack):
    for it in writing(stack, who):
        # ForAllValues is true for a request without keys, too: hence the second half.
        assert it["Condition"].keys() == {"ForAllValues:StringLike", "Null"}
        assert it["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}
        assert it["Resource"] == [TABLE]


@pytest.mark.parametrize("who", FUNCTIONS)
def test_all_that_a_function_may_write_stands_in_one_statement(who, stack):
    # DynamoDB may check a transaction by all of its keys at once: a statement for one partition would not allow 2.
    assert len(writing(stack, who)) == (1 if WRITERS.get(who) else 0)


@pytest.mark.parametrize("who", [*FUNCTIONS, WORKFLOW])
def test_nothing_else_of_the_table_may_be_changed_by_anybody(who, stack):
    actions = {
        action
        for it in role_statements(stack, who)
        for action in it["Action"]
        if action.startswith("dynamodb:") and action.removeprefix("dynamodb:") not in OF_THE_STREAM
    }
    assert actions <= READING | WRITING


def test_no_partition_is_named_by_a_star_that_takes_in_another_kind():
    every = {partition for many in WRITES.values() for partition in many}
    assert all(partition.endswith("#*") or "*" not in partition for partition in every)
    assert every == set(HOLDS)


def test_dispatch_takes_nothing_away(stack):
    assert [it["Action"] for it in writing(stack, "DispatchFunction")] == [["dynamodb:PutItem"]]


def test_the_same_holds_where_nothing_optional_was_named():
    plain = Deployed()
    for who in FUNCTIONS:
        if who not in plain.resources:
            continue  # the chat's function exists only with a chat
        assert partitions(plain, who) == partitions(whole(), who)
