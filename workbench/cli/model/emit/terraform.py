"""Writes plans as a configuration of Terraform, in HCL.

The provider `aws` has alarms, subscriptions, endpoint configs and AppConfig. `awscc` has Model Monitor's types, and its
arguments are the properties of CloudFormation in snake case.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.cli.model.emit.resources import CodeResource, notes_of, resources_of
from workbench.cli.model.steps import OnboardingPlan

_HEAD: Final = "Written by kedge model onboard --emit terraform. Nothing was changed."
_PROVIDERS: Final = """terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
    awscc = {
      source = "hashicorp/awscc"
    }
  }
}
"""
_ALARM: Final = {
    "AlarmName": "alarm_name",
    "AlarmDescription": "alarm_description",
    "Namespace": "namespace",
    "MetricName": "metric_name",
    "Statistic": "statistic",
    "Period": "period",
    "EvaluationPeriods": "evaluation_periods",
    "DatapointsToAlarm": "datapoints_to_alarm",
    "Threshold": "threshold",
    "ComparisonOperator": "comparison_operator",
    "TreatMissingData": "treat_missing_data",
    "AlarmActions": "alarm_actions",
    "OKActions": "ok_actions",
}
_AWSCC: Final = {
    "AWS::SageMaker::DataQualityJobDefinition": "awscc_sagemaker_data_quality_job_definition",
    "AWS::SageMaker::ModelQualityJobDefinition": "awscc_sagemaker_model_quality_job_definition",
    "AWS::SageMaker::ModelBiasJobDefinition": "awscc_sagemaker_model_bias_job_definition",
    "AWS::SageMaker::ModelExplainabilityJobDefinition": "awscc_sagemaker_model_explainability_job_definition",
    "AWS::SageMaker::MonitoringSchedule": "awscc_sagemaker_monitoring_schedule",
}
# The parts of an endpoint config that Terraform writes as blocks, not as values.
_BLOCKS: Final = {
    "ProductionVariants": "production_variants",
    "ShadowProductionVariants": "shadow_production_variants",
    "DataCaptureConfig": "data_capture_config",
    "CaptureOptions": "capture_options",
    "CaptureContentTypeHeader": "capture_content_type_header",
    "AsyncInferenceConfig": "async_inference_config",
    "OutputConfig": "output_config",
    "NotificationConfig": "notification_config",
    "ClientConfig": "client_config",
    "ServerlessConfig": "serverless_config",
    "CoreDumpConfig": "core_dump_config",
    "RoutingConfig": "routing_config",
    "ManagedInstanceScaling": "managed_instance_scaling",
    "ScaleInPolicy": "scale_in_policy",
    "CapacityReservationConfig": "capacity_reservation_config",
}
# The parts of an endpoint config that the provider has no argument for.
_MISSING: Final = ("VpcConfig", "EnableNetworkIsolation", "ExplainerConfig", "MetricsConfig")
# Only at the top of an endpoint config; in its data capture, the same key keeps its name.
_KEY: Final = {"EndpointConfigName": "name", "KmsKeyId": "kms_key_arn"}


class Block(dict[str, Any]):
    """A block of HCL: `name { … }` in place of `name = { … }`."""


def terraform(plans: tuple[OnboardingPlan, ...], outputs: Mapping[str, str], monitors: str) -> str:
    """Return a configuration with everything that the plans make. `monitors` is the new Monitors document, or empty."""
    notes = [note for plan in plans for note in (*notes_of(plan), *_lacking(plan))]
    parts = ["".join(f"# {line}\n" for line in (_HEAD, *notes)), _PROVIDERS]
    made: dict[str, str] = {}
    for plan in plans:
        for resource in resources_of(plan):
            kind, arguments = _resource(resource)
            label = snake(resource.id)
            made[resource.id] = f"{kind}.{label}"
            if resource.depends_on:
                arguments["depends_on"] = [Expression(made[each]) for each in resource.depends_on]
            parts.append(block("resource", (kind, label), arguments))
    if monitors:
        parts += _monitors(outputs, monitors)
    return "\n".join(parts)


def _lacking(plan: OnboardingPlan) -> Iterator[str]:
    """Yield the parts of an endpoint config that Terraform cannot write: without them, the config is another one."""
    for resource in resources_of(plan):
        lost = [key for key in _MISSING if key in resource.properties]
        if lost:
            name = resource.properties.get("EndpointConfigName", resource.id)
            yield f"Do not use {name} as it is: the provider has no argument for {', '.join(lost)}. Use --emit cloudformation."


class Expression(str):
    """A reference, which HCL writes without quotes."""

    __slots__ = ()


def block(kind: str, labels: tuple[str, ...], arguments: Mapping[str, Any]) -> str:
    """Return a block of HCL."""
    head = " ".join([kind, *map(json.dumps, labels)])
    return f"{head} {{\n{''.join(_lines(arguments, 1))}}}\n"


def snake(name: str) -> str:
    """Return a name of CloudFormation in snake case: `VolumeSizeInGB` is `volume_size_in_gb`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _resource(resource: CodeResource) -> tuple[str, dict[str, Any]]:
    properties = resource.properties
    match resource.type:
        case "AWS::CloudWatch::Alarm":
            arguments = {_ALARM[key]: value for key, value in properties.items() if key in _ALARM}
            arguments["dimensions"] = {each["Name"]: each["Value"] for each in properties["Dimensions"]}
            return "aws_cloudwatch_metric_alarm", arguments | {"tags": _tags(properties)}
        case "AWS::SNS::Subscription":
            arguments = {snake(key): value for key, value in properties.items()}
            return "aws_sns_topic_subscription", arguments
        case "AWS::SageMaker::EndpointConfig":
            top = {_KEY[key]: properties[key] for key in _KEY if key in properties}
            rest = {key: value for key, value in properties.items() if key not in (*_KEY, *_MISSING, "Tags")}
            return "aws_sagemaker_endpoint_configuration", top | _config(rest) | {"tags": _tags(properties)}
        case kind:
            return _AWSCC[kind], _snaked(properties)


def _config(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part of an endpoint config with its blocks."""
    found: dict[str, Any] = {}
    for key, each in value.items():
        if key in _BLOCKS:
            several = each if isinstance(each, list) else [each]
            found[_BLOCKS[key]] = [Block(_config(one)) for one in several]
        else:
            found[snake(key)] = each
    return found


def _snaked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {snake(key): _snaked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_snaked(each) for each in value]
    return value


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in properties.get("Tags", ())}


def _monitors(outputs: Mapping[str, str], text: str) -> Iterator[str]:
    """Yield the version of the Monitors document and its deployment, which the stack validates."""
    where = {
        "application_id": outputs["PolicyApplicationId"],
        "configuration_profile_id": outputs["MonitorsProfileId"],
    }
    kind = "aws_appconfig_hosted_configuration_version"
    yield block("resource", (kind, "monitors"), where | {"content_type": "application/yaml", "content": text})
    yield block(
        "resource",
        ("aws_appconfig_deployment", "monitors"),
        where
        | {
            "environment_id": outputs["PolicyEnvironmentId"],
            "deployment_strategy_id": outputs["PolicyStrategyId"],
            "configuration_version": Expression(f"{kind}.monitors.version_number"),
        },
    )


def _lines(arguments: Mapping[str, Any], depth: int) -> Iterator[str]:
    space = "  " * depth
    for key, value in arguments.items():
        if isinstance(value, list) and value and all(isinstance(each, Block) for each in value):
            for each in value:
                yield f"{space}{key} {{\n"
                yield from _lines(each, depth + 1)
                yield f"{space}}}\n"
        else:
            yield f"{space}{key} = {_value(value, depth)}\n"


def _value(value: Any, depth: int) -> str:
    space = "  " * depth
    match value:
        case Expression():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"{value:g}" if isinstance(value, float) else str(value)
        case str():
            return _text(value)
        case Mapping():
            inner = "".join(f"{space}  {_key(key)} = {_value(each, depth + 1)}\n" for key, each in value.items())
            return f"{{\n{inner}{space}}}"
        case list() | tuple():
            return f"[{', '.join(_value(each, depth) for each in value)}]"
        case _:
            raise TypeError(f"HCL has no value for {type(value).__name__}")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key) else json.dumps(key)


def _text(value: str) -> str:
    """Return a text in quotes. HCL reads `${` and `%{` as the begin of a template, so they are doubled."""
    quoted = json.dumps(value, ensure_ascii=False)
    return quoted.replace("${", "$${").replace("%{", "%%{")
