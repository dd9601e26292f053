"""The template as a whole: it translates, the linter accepts it before and after, and the prompts explain themselves."""

import json
import re
from graphlib import TopologicalSorter

import pytest
from cfnlint.api import lint_file

from tests.support.samples import EVENTS
from tests.template.deployed import ROOT, TEMPLATE, as_translated, written

PARAMETERS = [
    "AlertEmail",
    "EnvironmentName",
    "MonitorReportsBucket",
    "MoreReportsBuckets",
    "MonitorReportsKeyArn",
    "MonitoredBucketArns",
    "MonitoredObjectArns",
    "DetectorPrincipals",
    "ModelArtifactsBucket",
    "ModelArtifactsKeyArn",
    "EndpointKeyArns",
    "RetrainPipelineArns",
    "InvokeArns",
    "RunbookUrl",
    "SlackWorkspaceId",
    "SlackChannelId",
    "LogRetentionDays",
]
# CloudFormation's own limits (TemplateBody in S3, bytes; resources in a template).
MOST_BYTES, MOST_RESOURCES = 1_000_000, 500


def references(value):
    """Yield the names that a part of a template refers to, in every intrinsic function."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key in ("Ref", "DependsOn", "Fn::GetAtt"):
                yield from [item.split(".")[0]] if isinstance(item, str) else item[:1]
            elif key == "Fn::Sub":
                yield from re.findall(r"\$\{(\w+)", item if isinstance(item, str) else item[0])
                yield from references(item)
            else:
                yield from references(item)


def test_there_is_one_transform():
    assert written()["Transform"] == "AWS::Serverless-2016-10-31"


def test_the_linter_finds_nothing_in_the_template_as_written():
    assert [str(match) for match in lint_file(TEMPLATE)] == []


def test_the_linter_finds_nothing_in_the_template_as_translated(tmp_path):
    file = tmp_path / "translated.json"
    file.write_text(json.dumps(as_translated()), encoding="utf-8")
    assert [str(match) for match in lint_file(file)] == []


def test_no_resource_waits_for_itself():
    resources = as_translated()["Resources"]
    graph = {name: set(references(resource)) & resources.keys() for name, resource in resources.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_nothing_depends_on_anything_by_hand():
    # A reference says the same, and cannot make a hidden circle.
    assert [name for name, resource in written()["Resources"].items() if "DependsOn" in resource] == []


def test_it_stays_far_below_the_limits_of_cloudformation():
    translated = as_translated()
    assert len(json.dumps(translated).encode()) < MOST_BYTES / 4
    assert len(translated["Resources"]) < MOST_RESOURCES / 3


def test_guided_deployment_asks_seventeen_questions_the_required_one_first():
    assert list(written()["Parameters"]) == PARAMETERS


def test_only_the_mail_address_has_to_be_answered():
    assert [name for name, spec in written()["Parameters"].items() if "Default" not in spec] == ["AlertEmail"]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_says_what_it_is_and_what_it_must_be(name):
    spec = written()["Parameters"][name]
    assert spec["Description"].endswith(".")
    assert spec["ConstraintDescription"].startswith("must ")
    assert "AllowedPattern" in spec or "AllowedValues" in spec
    default = spec.get("Default", "ml-oncall@example.com")
    assert (
        re.fullmatch(spec["AllowedPattern"], default) if "AllowedPattern" in spec else default in spec["AllowedValues"]
    )


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("AlertEmail", "nobody"),
        ("AlertEmail", "a@example.com, b@example.com"),
        ("EnvironmentName", "Prod"),
        ("MonitorReportsBucket", "s3://reports"),
        ("MoreReportsBuckets", "s3://detectors"),
        ("MoreReportsBuckets", "*"),
        ("MonitorReportsKeyArn", "alias/reports"),
        ("ModelArtifactsBucket", "s3://models"),
        ("ModelArtifactsKeyArn", "alias/models"),
        ("EndpointKeyArns", "alias/endpoints"),
        ("EndpointKeyArns", "arn:aws:kms:us-east-1:111122223333:key/*"),
        ("RetrainPipelineArns", "churn-training"),
        ("RetrainPipelineArns", "arn:aws:sagemaker:us-east-1:111122223333:pipeline/Churn-Training"),
        ("RetrainPipelineArns", "arn:aws:sagemaker:us-east-1:111122223333:pipeline/*"),
        ("RetrainPipelineArns", "arn:aws:batch:us-east-1:111122223333:job-queue/training"),
        ("InvokeArns", "*"),
        ("DetectorPrincipals", "DriftJob"),
        ("DetectorPrincipals", "arn:aws:iam::111122223333:role/*"),
        ("DetectorPrincipals", "arn:aws:iam::111122223333:root"),
        ("DetectorPrincipals", "arn:aws:sts::111122223333:assumed-role/DriftJob/session"),
        ("InvokeArns", "arn:aws:events:us-east-1:111122223333:event-bus/default"),
        ("RunbookUrl", "wiki/kedge"),
        ("SlackWorkspaceId", "acme"),
        ("SlackChannelId", "#ml-oncall"),
    ],
)
def test_a_wrong_answer_is_refused_before_anything_is_made(name, refused):
    assert not re.fullmatch(written()["Parameters"][name]["AllowedPattern"], refused)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn-training",
        "arn:aws:states:us-east-1:111122223333:stateMachine:ChurnTraining",
        "arn:aws:codepipeline:us-east-1:111122223333:Churn_Training",
        "arn:aws:events:us-east-1:111122223333:event-bus/default",
        "arn:aws-cn:lambda:cn-north-1:111122223333:function:Train",
    ],
)
def test_whatever_trains_may_be_named_by_its_arn_as_aws_prints_it(arn):
    assert re.fullmatch(written()["Parameters"]["RetrainPipelineArns"]["AllowedPattern"], arn)


def test_the_console_shows_every_parameter_under_a_heading_and_with_a_label():
    interface = written()["Metadata"]["AWS::CloudFormation::Interface"]
    assert sorted(name for group in interface["ParameterGroups"] for name in group["Parameters"]) == sorted(PARAMETERS)
    assert sorted(interface["ParameterLabels"]) == sorted(PARAMETERS)


def test_every_output_explains_itself(stack):
    assert [name for name, output in stack.outputs.items() if not output.get("Description")] == []


def test_the_sample_command_names_a_function_and_an_event_that_exist(stack):
    command = stack.outputs["SampleCommand"]["Value"]
    function = re.search(r"remote invoke (\w+)", command)
    event = re.search(r"--event-file (\S+)", command)
    assert function
    assert function[1] in written()["Resources"]
    assert event
    assert (ROOT / event[1]).parent == EVENTS
    assert (ROOT / event[1]).is_file()
