"""Plans as code: CloudFormation that cfn-lint accepts, and Terraform that a parser of HCL reads."""

import io

import hcl2
import pytest
import yaml
from cfnlint import ManualArgs
from cfnlint.api import lint

from tests.fakes.aws_account import REGION
from tests.unit.workbench.model.test_onboarding import WHOLE
from workbench.cli.model.emit.terraform import block, snake


@pytest.fixture
def emitted(operator):
    """Return what `--emit` prints for a whole onboarding."""
    operator.account.make("churn")

    def emit(form):
        words = (*WHOLE, "--attribution", "shap_calls=calls")
        result = operator.type("onboard", "churn", *words, "--emit", form)
        assert (result.exit_code, operator.account.changes) == (0, [])
        return result.stdout

    return emit


def faults_of(template):
    return [str(match) for match in lint(template, config=ManualArgs(regions=[REGION]))]


def test_the_template_has_everything_that_a_run_would_make_and_no_fault(emitted):
    text = emitted("cloudformation")
    template = yaml.safe_load(text)
    kinds = [each["Type"] for each in template["Resources"].values()]
    assert sorted(set(kinds)) == [
        "AWS::AppConfig::Deployment",
        "AWS::AppConfig::HostedConfigurationVersion",
        "AWS::CloudWatch::Alarm",
        "AWS::SNS::Subscription",
        "AWS::SageMaker::DataQualityJobDefinition",
        "AWS::SageMaker::EndpointConfig",
        "AWS::SageMaker::ModelBiasJobDefinition",
        "AWS::SageMaker::ModelExplainabilityJobDefinition",
        "AWS::SageMaker::ModelQualityJobDefinition",
        "AWS::SageMaker::MonitoringSchedule",
    ]
    assert kinds.count("AWS::CloudWatch::Alarm") == 6
    assert faults_of(text) == []


def test_a_fault_in_the_template_would_be_found(emitted):
    broken = emitted("cloudformation").replace("ComparisonOperator: GreaterThanThreshold", "ComparisonOperator: Above")
    assert faults_of(broken)


def test_what_code_cannot_do_stands_in_its_comments(emitted):
    for form in ("cloudformation", "terraform"):
        notes = [line for line in emitted(form).splitlines() if line.startswith("# ")]
        assert any("use the config churn-capture-" in line for line in notes)
        assert any("Make the baseline" in line for line in notes)
        assert any("kedge:owner=ml-oncall" in line for line in notes)


def test_the_configuration_is_hcl_with_the_same_resources(emitted):
    text = emitted("terraform")
    read = hcl2.load(io.StringIO(text))
    kinds = [kind.strip('"') for each in read["resource"] for kind in each]
    assert kinds.count("aws_cloudwatch_metric_alarm") == 6
    assert set(kinds) == {
        "aws_appconfig_deployment",
        "aws_appconfig_hosted_configuration_version",
        "aws_cloudwatch_metric_alarm",
        "aws_sagemaker_endpoint_configuration",
        "aws_sns_topic_subscription",
        "awscc_sagemaker_data_quality_job_definition",
        "awscc_sagemaker_model_bias_job_definition",
        "awscc_sagemaker_model_explainability_job_definition",
        "awscc_sagemaker_model_quality_job_definition",
        "awscc_sagemaker_monitoring_schedule",
    }
    assert "data_capture_config {\n" in text
    assert "depends_on = [awscc_sagemaker_data_quality_job_definition." in text


def test_a_text_that_looks_like_a_template_is_quoted():
    assert block("resource", ("a", "b"), {"text": '${x} "y" %{z}'}) == (
        'resource "a" "b" {\n  text = "$${x} \\"y\\" %%{z}"\n}\n'
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("VolumeSizeInGB", "volume_size_in_gb"),
        ("S3Uri", "s3_uri"),
        ("DataQualityJobInput", "data_quality_job_input"),
        ("KmsKeyId", "kms_key_id"),
        ("GroundTruthS3Input", "ground_truth_s3_input"),
    ],
)
def test_properties_in_snake_case(name, expected):
    assert snake(name) == expected


def test_nothing_to_make_is_said(operator):
    operator.account.make("churn", captures=True, traffic=False)
    result = operator.type("onboard", "churn", "--emit", "cloudformation")
    assert "There is nothing to make." in result.stdout


def test_what_the_provider_of_terraform_lacks_is_said_and_keys_keep_their_meaning(operator):
    operator.account.make("churn")
    config = operator.account.world.endpoint_configs["churn-1"]
    config |= {"KmsKeyId": "alias/volumes", "EnableNetworkIsolation": True}
    config["DataCaptureConfig"] = {
        "EnableCapture": False, "InitialSamplingPercentage": 50, "DestinationS3Uri": "s3://captures",
        "KmsKeyId": "alias/captures", "CaptureOptions": [{"CaptureMode": "Input"}],
    }  # fmt: skip
    text = operator.type("onboard", "churn", "--emit", "terraform").stdout
    assert "the provider has no argument for EnableNetworkIsolation" in text
    (written,) = [
        each['"aws_sagemaker_endpoint_configuration"']
        for each in hcl2.load(io.StringIO(text))["resource"]
        if '"aws_sagemaker_endpoint_configuration"' in each
    ]
    ((_, config),) = written.items()
    assert config["kms_key_arn"] == '"alias/volumes"'
    assert config["data_capture_config"][0]["kms_key_id"] == '"alias/captures"'
