"""Writes plans as a template of CloudFormation in YAML."""

import json
from collections.abc import Mapping
from typing import Any, Final, override

import yaml

from workbench.cli.model.emit.resources import CodeResource, notes_of, resources_of
from workbench.cli.model.steps import OnboardingPlan

_HEAD: Final = "Written by kedge model onboard --emit cloudformation. Nothing was changed."


def cloudformation(plans: tuple[OnboardingPlan, ...], outputs: Mapping[str, str], monitors: str) -> str:
    """Return a template with everything that the plans make. `monitors` is the new Monitors document, or empty."""
    resources = [each for plan in plans for each in resources_of(plan)]
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Watches {', '.join(plan.endpoint for plan in plans)} with Kedge",
        "Resources": {each.id: _written(each) for each in resources},
    }
    if monitors:
        template["Resources"] |= _monitors(outputs, monitors)
    if not template["Resources"]:
        return _comments([_HEAD, "There is nothing to make."])
    notes = [note for plan in plans for note in notes_of(plan)]
    return _comments([_HEAD, *notes]) + yaml.dump(
        template, Dumper=_Dumper, sort_keys=False, width=110, allow_unicode=True
    )


def _written(resource: CodeResource) -> dict[str, Any]:
    properties = dict(resource.properties)
    if isinstance(properties.get("FilterPolicy"), str):
        properties["FilterPolicy"] = json.loads(properties["FilterPolicy"])
    found: dict[str, Any] = {"Type": resource.type}
    if resource.depends_on:
        found["DependsOn"] = list(resource.depends_on)
    return found | {"Properties": properties}


def _monitors(outputs: Mapping[str, str], text: str) -> dict[str, Any]:
    """Return the version of the Monitors document and its deployment, which the stack validates."""
    where = {"ApplicationId": outputs["PolicyApplicationId"], "ConfigurationProfileId": outputs["MonitorsProfileId"]}
    return {
        "MonitorsVersion": {
            "Type": "AWS::AppConfig::HostedConfigurationVersion",
            "Properties": where | {"ContentType": "application/yaml", "Content": text},
        },
        "MonitorsDeployment": {
            "Type": "AWS::AppConfig::Deployment",
            "Properties": where
            | {
                "EnvironmentId": outputs["PolicyEnvironmentId"],
                "DeploymentStrategyId": outputs["PolicyStrategyId"],
                "ConfigurationVersion": {"Ref": "MonitorsVersion"},
            },
        },
    }


def _comments(lines: list[str]) -> str:
    return "".join(f"# {line}\n" for line in lines)


class _Dumper(yaml.SafeDumper):
    """Writes each value in full, without anchors, and a text of several lines as a block."""

    @override
    def ignore_aliases(self, _data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
