"""Least privilege: the permissions of each role, and that docs/security.md says the same."""

import botocore.session
import pytest

from tests.template.deployed import Deployed, listed, role_statements, statements, whole
from tests.template.permission_table import FUNCTIONS, HEARTBEAT, PAGE, WORKFLOW, page_with

# IAM actions without an API operation of the same name.
NOT_OPERATIONS = {
    "s3:ListBucket",  # ListObjectsV2, and the difference between 403 and 404
    "kms:ReEncryptFrom",  # ReEncrypt, one half each
    "kms:ReEncryptTo",
    "lambda:InvokeFunction",  # Invoke
}
MODELS = {"sqs": "sqs", "sns": "sns", "s3": "s3", "kms": "kms", "logs": "logs", "sagemaker": "sagemaker"}
MODELS |= {"cloudwatch": "cloudwatch", "dynamodb": "dynamodb", "appconfig": "appconfigdata"}
MODELS |= {"states": "stepfunctions", "application-autoscaling": "application-autoscaling"}
MODELS |= {"codepipeline": "codepipeline", "events": "events", "emr-serverless": "emr-serverless"}
# IAM does not know a resource for these; all of them only read. Source: the service authorization reference.
WITHOUT_RESOURCE = {
    "application-autoscaling:DescribeScalableTargets",
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListEndpoints",
    "sagemaker:ListMonitoringExecutions",
    "sagemaker:ListMonitoringSchedules",
    "sagemaker:ListPipelines",
}
STREAM_ACTIONS = {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}


def policies(stack: Deployed):
    """Yield every policy document of the stack with its place."""
    for name, resource in stack.resources.items():
        properties = resource["Properties"]
        for key in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
            if key in properties:
                yield f"{name}.{key}", properties[key]
        for policy in properties.get("Policies", []):
            yield f"{name}.{policy['PolicyName']}", policy["PolicyDocument"]


def allowed(stack: Deployed):
    for place, document in policies(stack):
        for statement in statements(document):
            if statement["Effect"] == "Allow":
                yield place, statement


def test_no_statement_allows_an_action_by_star_but_the_key_its_own_account(stack):
    starred = {(place, action) for place, it in allowed(stack) for action in it["Action"] if "*" in action}
    # Without it the roles' own policies on the key would not count: that is how a KMS key policy works.
    assert starred == {("Key.KeyPolicy", "kms:*")}


def test_no_statement_allows_anything_on_everything_but_to_read_what_has_no_resource(stack):
    everywhere = [(place, it) for place, it in allowed(stack) if "*" in it.get("Resource", [])]
    # In a key policy `*` is the key itself.
    actions = {action for place, it in everywhere if place != "Key.KeyPolicy" for action in it["Action"]}
    assert actions == WITHOUT_RESOURCE


def test_nothing_is_allowed_to_everybody(stack):
    assert [place for place, it in allowed(stack) if it.get("Principal") == "*"] == []


def test_a_service_acts_only_for_this_account_or_for_a_resource_of_this_stack(stack):
    keys = {"aws:SourceAccount", "aws:SourceArn", "kms:EncryptionContext:aws:logs:arn"}
    for place, statement in allowed(stack):
        services = listed(statement.get("Principal", {}).get("Service", []))
        if services and services != ["lambda.amazonaws.com"]:
            conditions = {key for test in statement["Condition"].values() for key in test}
            assert conditions & keys, f"{place}: {statement['Sid']}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_of_its_own_with_nothing_of_aws_own_making_in_it(function, stack):
    role = function.removesuffix("Function") + "Role"
    assert stack.properties(function)["Role"] == f"${{{role}.Arn}}"
    assert "ManagedPolicyArns" not in stack.properties(role)


def test_sam_adds_no_role_that_nobody_wrote(stack):
    roles = {f"{name.removesuffix('Function')}Role" for name in (*FUNCTIONS, WORKFLOW, HEARTBEAT)} | {"ChatRole"}
    assert set(stack.of_type("AWS::IAM::Role")) == roles


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_action_is_spelled_as_the_service_spells_it(function, stack):
    session = botocore.session.get_session()
    for statement in role_statements(stack, function):
        for action in set(statement["Action"]) - NOT_OPERATIONS:
            service, name = action.split(":")
            model = "dynamodbstreams" if name in STREAM_ACTIONS else MODELS[service]
            assert name in session.get_service_model(model).operation_names


def test_only_dispatch_tells_and_only_outward(stack):
    tellers = {
        function: statement["Resource"]
        for function in FUNCTIONS
        for statement in role_statements(stack, function)
        if "sns:Publish" in statement["Action"]
    }
    # Never the topic that feeds Kedge, because it would receive its own messages; never the one that reports on Kedge.
    assert tellers == {"DispatchFunction": ["${PeopleTopic}", "${ProgramsTopic}", "${ChatTopic}"]}


def test_only_reconcile_reads_what_was_published_and_only_of_this_stack(stack):
    readers = {
        function: statement["Resource"]
        for function in FUNCTIONS
        for statement in role_statements(stack, function)
        if any(action.startswith("appconfig:") for action in statement["Action"])
    }
    place = "arn:aws:appconfig:us-east-1:111122223333:application/${PolicyApplication}/environment/${PolicyEnvironment}"
    profiles = [f"{place}/configuration/${{PolicyProfile}}", f"{place}/configuration/${{MonitorsProfile}}"]
    assert readers == {"ReconcileFunction": profiles}


def test_nothing_may_publish_a_policy_or_deploy_one(stack):
    # An engineer does this, with their own rights.
    actions = {action for _, it in allowed(stack) for action in it["Action"] if action.startswith("appconfig:")}
    assert actions == {"appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration"}


def test_what_checks_policies_may_read_nothing(stack):
    services = {
        action.split(":")[0] for it in role_statements(stack, "ValidatePolicyFunction") for action in it["Action"]
    }
    assert services == {"kms", "logs"}


def test_intake_reads_reports_and_not_the_records_captured_beside_them(stack):
    places = [
        place
        for it in role_statements(stack, "IntakeFunction")
        if "s3:GetObject" in it["Action"]
        for place in it["Resource"]
        if "/" in place
    ]
    assert places == [
        "arn:aws:s3:::sagemaker-us-east-1-111122223333/*.json",
        "arn:aws:s3:::detectors-of-a-team/*.json",
    ]


def test_intake_reads_the_bucket_that_was_named():
    stack = Deployed(MonitorReportsBucket="reports-of-a-team", ModelArtifactsBucket="models-of-a-team")
    places = [place for it in role_statements(stack, "IntakeFunction") for place in it["Resource"] if ":s3:" in place]
    assert sorted(places) == [
        "arn:aws:s3:::models-of-a-team",
        "arn:aws:s3:::reports-of-a-team",
        "arn:aws:s3:::reports-of-a-team/*.json",
    ]


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_intake_reads_the_reports_of_each_bucket_that_was_named_besides(partition):
    stack = Deployed(MoreReportsBuckets="one-more,another", **{"AWS::Partition": partition})
    (more,) = [it for it in role_statements(stack, "IntakeFunction") if it["Sid"] == "ReadMoreReports"]
    assert sorted(more["Resource"]) == sorted(
        f"arn:{partition}:s3:::{name}{part}" for name in ("one-more", "another") for part in ("", "/*.json")
    )


def test_intake_takes_reports_of_the_buckets_that_it_may_read_and_of_no_other():
    def taken(**parameters: str) -> set[str]:
        stack = Deployed(**parameters)
        variables = stack.properties("IntakeFunction")["Environment"]["Variables"]
        pattern = stack.properties("ViolationsFileRule")["EventPattern"]["detail"]["bucket"]["name"]
        named = {name for name in variables["KEDGE_REPORT_BUCKETS"].split(",") if name}
        readable = {
            place.removeprefix("arn:aws:s3:::").removesuffix("/*.json")
            for it in role_statements(stack, "IntakeFunction")
            if "s3:GetObject" in it["Action"]
            for place in it["Resource"]
        }
        assert named == readable == set(pattern)
        return named

    assert taken() == {"sagemaker-us-east-1-111122223333"}
    assert taken(MonitorReportsBucket="reports", MoreReportsBuckets="one-more,another") == {
        "reports", "one-more", "another",
    }  # fmt: skip


def test_the_key_of_the_reports_may_be_used_only_where_one_was_named():
    def sids(stack: Deployed) -> list[str]:
        return [statement["Sid"] for statement in role_statements(stack, "IntakeFunction")]

    assert "DecryptReports" in sids(whole())
    assert "DecryptReports" not in sids(Deployed())


def test_what_people_may_do_from_the_chat_is_to_look_and_to_answer_a_plan(stack):
    assert stack.properties("ChatChannel")["UserRoleRequired"] is True
    assert stack.properties("ChatChannel")["GuardrailPolicies"] == ["${ChatGuardrail}"]
    *looking, answering = statements(stack.properties("ChatGuardrail")["PolicyDocument"])
    assert all(action.split(":")[1].startswith("Describe") for it in looking for action in it["Action"])
    assert (answering["Action"], answering["Resource"]) == (
        ["lambda:InvokeFunction"],
        ["${ApproveFromChatFunction.Arn}"],
    )


def test_without_both_slack_ids_nothing_of_the_chat_is_made():
    plain = Deployed()
    assert [name for name in plain.resources if "Chat" in name] == []
    assert "ChatTopicArn" not in plain.outputs


def test_the_security_page_tells_the_permissions_as_they_are(stack):
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(stack, page), "run: python -m tests.template.permission_table"
