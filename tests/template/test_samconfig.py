"""samconfig.toml fits the template, and does not contain data of any one user."""

import tomllib

import pytest

from tests.template.deployed import ROOT, Deployed, written

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text(encoding="utf-8"))
ENVIRONMENTS = ("default", "dev", "prod")


def overrides(environment: str) -> dict[str, str]:
    given = CONFIG[environment]["deploy"]["parameters"].get("parameter_overrides", "")
    return dict(pair.split("=", 1) for pair in given.split())


def test_there_are_three_ways_to_deploy():
    assert {name for name in CONFIG if name != "version"} == set(ENVIRONMENTS)
    assert CONFIG["version"] == 0.1


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_lints_builds_from_the_cache_and_finds_its_own_bucket(environment):
    config = CONFIG[environment]
    assert config["validate"]["parameters"] == {"lint": True}
    assert config["build"]["parameters"] == {"cached": True, "parallel": True}
    assert config["deploy"]["parameters"]["resolve_s3"] is True


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_may_make_roles_but_no_role_has_a_name_that_another_stack_could_need(environment):
    assert CONFIG[environment]["deploy"]["parameters"]["capabilities"] == "CAPABILITY_IAM"
    roles = [it["Properties"] for it in written()["Resources"].values() if it["Type"].startswith("AWS::IAM::")]
    assert roles
    assert not [role for role in roles if {"RoleName", "ManagedPolicyName", "PolicyName"} & role.keys()]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_it_sets_only_parameters_that_exist_and_none_that_belong_to_somebody(environment):
    names = overrides(environment)
    assert set(names) <= set(written()["Parameters"]) - {"AlertEmail", "SlackWorkspaceId", "SlackChannelId"}


@pytest.mark.parametrize(("environment", "days"), [("dev", 14), ("prod", 365)])
def test_each_environment_is_a_stack_of_its_own(environment, days):
    assert CONFIG[environment]["global"]["parameters"]["stack_name"] == f"kedge-{environment}"
    stack = Deployed(**overrides(environment))
    group = stack.properties("IntakeLogGroup")
    assert int(group["RetentionInDays"]) == days
    function = stack.properties("IntakeFunction")
    assert function["Environment"]["Variables"]["KEDGE_ENVIRONMENT"] == environment
