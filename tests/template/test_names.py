"""The longest name of a stack: every derived name must fit into AWS's limits, and the README states the limit."""

import re

import pytest

from tests.template.deployed import ROOT, SLACK, Deployed

# The longest names that AWS accepts, from botocore's models and from CloudFormation's schemas.
LONGEST = {
    ("AWS::Lambda::Function", "FunctionName"): 64,
    ("AWS::SQS::Queue", "QueueName"): 80,
    ("AWS::SNS::Topic", "TopicName"): 256,
    ("AWS::StepFunctions::StateMachine", "StateMachineName"): 80,
    ("AWS::Lambda::LayerVersion", "LayerName"): 140,
    ("AWS::CloudWatch::Alarm", "AlarmName"): 255,
    ("AWS::CloudWatch::Dashboard", "DashboardName"): 255,
    ("AWS::Logs::LogGroup", "LogGroupName"): 512,
    ("AWS::KMS::Alias", "AliasName"): 256,
    ("AWS::AppConfig::Application", "Name"): 64,
    ("AWS::AppConfig::DeploymentStrategy", "Name"): 64,
    ("AWS::Chatbot::SlackChannelConfiguration", "ConfigurationName"): 128,
    ("AWS::Chatbot::CustomAction", "ActionName"): 64,
}
LONGEST_COMMAND = 100
README = (ROOT / "README.md").read_text(encoding="utf-8")


def deployed(letters: int, **parameters: str) -> Deployed:
    return Deployed(**parameters, **{"AWS::StackName": "k" * letters})


def fits(letters: int, **parameters: str) -> bool:
    """Return whether a stack with a name of this length can be made."""
    stack = deployed(letters, **parameters)
    names = [
        (properties[key], longest)
        for (kind, key), longest in LONGEST.items()
        for properties in stack.of_type(kind).values()
    ]
    commands = [
        each["Definition"]["CommandText"].replace(
            "${ApproveFromChatFunction}", stack.properties("ApproveFromChatFunction")["FunctionName"]
        )
        for each in stack.of_type("AWS::Chatbot::CustomAction").values()
    ]
    fitting = all(len(name) <= longest for name, longest in names)
    return fitting and all(len(command) <= LONGEST_COMMAND for command in commands)


def longest(**parameters: str) -> int:
    return max(letters for letters in range(1, 129) if fits(letters, **parameters))


def test_each_kind_of_thing_that_is_named_after_the_stack_is_measured():
    stack = deployed(7, **SLACK)
    named = {
        (resource["Type"], key)
        for resource in stack.resources.values()
        for key, value in resource["Properties"].items()
        if key.endswith("Name") and isinstance(value, str) and "kkkkkkk" in value
    }
    assert named <= LONGEST.keys()


@pytest.mark.parametrize(
    ("parameters", "words"),
    [({}, r"at most (\d+) characters"), (SLACK, r"with Slack at most (\d+)")],
)
def test_the_readme_says_how_long_the_name_of_a_stack_may_be(parameters, words):
    said = re.search(words, README)
    assert said
    assert int(said[1]) == longest(**parameters)
