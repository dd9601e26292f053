"""The policy is published to AppConfig, checked before it is deployed, and read by one function."""

import pytest

from kedge.lambdas import validate_policy
from kedge.services.policy_store.active import BELIEVED


@pytest.mark.parametrize("name", ["PolicyProfile", "MonitorsProfile"])
def test_a_document_is_asked_about_before_it_is_deployed(name, stack):
    profile = stack.properties(name)
    assert profile["ApplicationId"] == "${PolicyApplication}"
    assert profile["Validators"] == [{"Type": "LAMBDA", "Content": "${ValidatePolicyFunction.Arn}"}]
    assert (profile["LocationUri"], profile["Type"]) == ("hosted", "AWS.Freeform")
    assert callable(validate_policy.validate_policy)


def test_nothing_is_deployed_with_the_stack_so_that_the_built_in_policy_decides(stack):
    kinds = {resource["Type"] for resource in stack.resources.values() if "AppConfig" in resource["Type"]}
    assert kinds == {
        "AWS::AppConfig::Application",
        "AWS::AppConfig::Environment",
        "AWS::AppConfig::ConfigurationProfile",
        "AWS::AppConfig::DeploymentStrategy",
    }


def test_a_policy_is_deployed_to_all_at_once(stack):
    strategy = stack.properties("PolicyStrategy")
    assert (strategy["DeploymentDurationInMinutes"], strategy["FinalBakeTimeInMinutes"]) == (0, 0)
    assert strategy["GrowthFactor"] == 100


def test_a_new_policy_decides_after_two_minutes_at_the_latest(stack):
    assert stack.properties("ReconcileFunctionEveryMinute")["ScheduleExpression"] == "rate(1 minute)"
    assert 60 + BELIEVED <= 120


def test_reconcile_is_told_where_policies_are_published(stack):
    told = stack.properties("ReconcileFunction")["Environment"]["Variables"]
    assert [told[f"KEDGE_POLICY_{what}"] for what in ("APPLICATION", "ENVIRONMENT", "PROFILE")] == [
        "${PolicyApplication}",
        "${PolicyEnvironment}",
        "${PolicyProfile}",
    ]
    assert told["KEDGE_MONITORS_PROFILE"] == "${MonitorsProfile}"
    assert told["KEDGE_STACK"] == "kedge"


def test_two_stacks_in_one_account_have_policies_of_their_own(stack):
    assert stack.properties("PolicyApplication")["Name"] == "kedge"
    assert stack.properties("PolicyStrategy")["Name"].startswith("kedge-")
