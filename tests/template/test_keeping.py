"""Stored and sent data is encrypted, kept for its retention time, and sent over TLS only."""

import json

import pytest

from kedge.domain.redelivery import RECEIVES
from kedge.ledger.items import INDEX
from tests.template.deployed import ACCOUNT, REGION, Deployed, as_translated, listed, statements, whole

QUEUES = sorted(whole().of_type("AWS::SQS::Queue"))
TOPICS = sorted(whole().of_type("AWS::SNS::Topic"))
FORTNIGHT = 14 * 24 * 3600


def refusals_of_plain_http(stack: Deployed, kind: str, name: str):
    return [
        statement
        for policy in stack.of_type(kind).values()
        if f"${{{name}}}" in policy.get("Queues", policy.get("Topics", []))
        for statement in statements(policy["PolicyDocument"])
        if statement["Effect"] == "Deny"
        and statement["Principal"] == "*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    ]


@pytest.mark.parametrize("name", [name for name in QUEUES if not name.endswith("DeadLetters")])
def test_a_queue_is_encrypted_with_the_key_of_the_stack(name, stack):
    assert stack.properties(name)["KmsMasterKeyId"] == "${Key}"


@pytest.mark.parametrize("name", [name for name in QUEUES if name.endswith("DeadLetters")])
def test_dead_letters_are_encrypted_without_the_key_that_may_be_what_kept_them_out_of_their_queue(name, stack):
    assert stack.properties(name)["SqsManagedSseEnabled"] is True
    assert "KmsMasterKeyId" not in stack.properties(name)


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_keeps_what_it_holds_for_a_fortnight(name, stack):
    assert stack.properties(name)["MessageRetentionPeriod"] == FORTNIGHT


@pytest.mark.parametrize("name", [name for name in QUEUES if not name.endswith("DeadLetters")])
def test_a_message_that_fails_ten_times_is_laid_aside(name, stack):
    redrive = stack.properties(name)["RedrivePolicy"]
    assert redrive == {
        "deadLetterTargetArn": f"${{{name.removesuffix('Queue')}DeadLetters.Arn}}",
        "maxReceiveCount": RECEIVES,
    }


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_is_spoken_to_over_tls_only(name, stack):
    (refusal,) = refusals_of_plain_http(stack, "AWS::SQS::QueuePolicy", name)
    assert refusal["Action"] == ["sqs:*"]
    assert refusal["Resource"] == [f"${{{name}.Arn}}"]


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_encrypted_with_the_key_of_the_stack(name, stack):
    assert stack.properties(name)["KmsMasterKeyId"] == "${Key}"


@pytest.mark.parametrize("name", TOPICS)
def test_a_topic_is_published_to_over_tls_only(name, stack):
    (refusal,) = refusals_of_plain_http(stack, "AWS::SNS::TopicPolicy", name)
    assert refusal["Action"] == ["sns:Publish"]
    assert refusal["Resource"] == [f"${{{name}}}"]


def test_cloudwatch_may_publish_to_the_topic_that_brings_alarms_in_and_to_the_one_on_kedge_itself(stack):
    open_to = {
        name
        for name, policy in stack.of_type("AWS::SNS::TopicPolicy").items()
        for statement in statements(policy["PolicyDocument"])
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    }
    assert open_to == {"AlarmsTopicPolicy", "OpsTopicPolicy"}


def test_whoever_delivers_into_an_encrypted_queue_or_topic_may_use_the_key(stack):
    users = [
        service
        for statement in statements(stack.properties("Key")["KeyPolicy"])
        if {"kms:Decrypt", "kms:GenerateDataKey"} <= set(statement["Action"])
        for service in listed(statement["Principal"].get("Service", []))
    ]
    assert {"cloudwatch.amazonaws.com", "events.amazonaws.com", "sns.amazonaws.com"} <= set(users)


def key_statement(stack: Deployed, service: str):
    """Return the one statement of the key's policy that names a service."""
    (found,) = [
        it
        for it in statements(stack.properties("Key")["KeyPolicy"])
        if service in listed(it["Principal"].get("Service", []))
    ]
    return found


def test_eventbridge_may_use_the_key_also_if_it_names_no_account_and_never_for_another_one(stack):
    found = key_statement(stack, "events.amazonaws.com")
    assert found["Principal"] == {"Service": "events.amazonaws.com"}
    assert found["Condition"] == {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize("service", ["cloudwatch.amazonaws.com", "sns.amazonaws.com"])
def test_a_service_that_names_its_account_may_use_the_key_for_this_account_only(service, stack):
    assert key_statement(stack, service)["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_cloudwatch_logs_may_do_with_the_key_all_that_its_guide_asks_for(stack):
    found = key_statement(stack, f"logs.{REGION}.amazonaws.com")
    asked = {"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey"}
    assert set(found["Action"]) == {f"kms:{each}" for each in asked | {"GenerateDataKeyWithoutPlaintext"}}


def test_the_key_is_renewed_every_year(stack):
    assert stack.properties("Key")["EnableKeyRotation"] is True


def test_the_table_is_a_ledger(stack):
    table = stack.properties("Table")
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "${Key.Arn}"}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_the_table_lists_by_time_and_copies_no_more_than_keys(stack):
    (index,) = stack.properties("Table")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == INDEX
    assert [key["AttributeName"] for key in index["KeySchema"]] == ["listed", "at"]
    # A body is 100 times as long as a key, and would be paid for twice.
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}


def test_the_table_and_its_key_outlive_the_stack_and_nothing_else_does():
    kept = {
        name
        for name, resource in as_translated()["Resources"].items()
        if str(resource.get("DeletionPolicy")).startswith("Retain") or resource.get("UpdateReplacePolicy") == "Retain"
    }
    assert kept == {"Table", "Key"}


@pytest.mark.parametrize("name", ["Table", "Key"])
def test_a_first_deployment_that_fails_leaves_nothing_behind(name):
    resource = as_translated()["Resources"][name]
    assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize(("environment", "protected"), [("prod", True), ("dev", False)])
def test_in_production_the_table_cannot_be_deleted_by_mistake(environment, protected):
    table = Deployed(EnvironmentName=environment).properties("Table")
    assert table["DeletionProtectionEnabled"] is protected


def test_every_log_group_and_every_environment_is_encrypted_with_the_key_of_the_stack(stack):
    for group in stack.of_type("AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == "${Key.Arn}"
    for function in stack.of_type("AWS::Lambda::Function").values():
        assert function["KmsKeyArn"] == "${Key.Arn}"


def test_there_is_no_secret_in_the_template(stack):
    text = json.dumps([function["Environment"] for function in stack.of_type("AWS::Lambda::Function").values()])
    assert not any(word in text.upper() for word in ("PASSWORD", "SECRET", "TOKEN", "WEBHOOK"))
