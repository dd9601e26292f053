"""The template as CloudFormation sees it: translated by SAM, with its conditions and functions evaluated.

A reference to a resource becomes the text `${LogicalId}` or `${LogicalId.Attribute}`, so that tests can read the
references between resources. Parameters and pseudo parameters become their values.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from samcli.yamlhelper import yaml_parse

from scripts.lint_translated_template import translated

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
ACCOUNT, REGION, STACK = "111122223333", "us-east-1", "kedge"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::StackName": STACK,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()
SLACK = {"SlackWorkspaceId": "T01234567", "SlackChannelId": "C01234567"}
REMEDIES = {
    "ModelArtifactsBucket": "models-of-a-team",
    "RetrainPipelineArns": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/churn-training",
    "InvokeArns": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:ramp-down",
}
REPORTS_KEY = {"MonitorReportsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f0e0d0c-0b0a-4908-8706-050403020100"}
KEYS = {
    "ModelArtifactsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1f1e1d1c-1b1a-4918-9716-151413121110",
    "EndpointKeyArns": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/2f2e2d2c-2b2a-4928-a726-252423222120",
}

MORE_BUCKETS = {"MoreReportsBuckets": "detectors-of-a-team"}
CAPTURES = {
    "MonitoredBucketArns": "arn:aws:s3:::captures-of-a-team",
    "MonitoredObjectArns": "arn:aws:s3:::captures-of-a-team/churn/*",
}

type Template = dict[str, Any]


def written() -> Template:
    """Return the template as it is written, with short forms of intrinsic functions spelled out."""
    return dict(yaml_parse(TEMPLATE.read_text(encoding="utf-8")))


@cache
def folders() -> dict[str, str]:
    """Return the folder below `functions` of each function that the template writes, by logical id."""
    return {
        name: resource["Properties"]["CodeUri"].removeprefix("functions/")
        for name, resource in written()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@cache
def _translated() -> Template:
    return translated(written())


def as_translated() -> Template:
    """Return SAM's translation of the template, intrinsic functions included."""
    return copy.deepcopy(_translated())


class Deployed:
    """One stack, made with these parameters on top of the template's defaults."""

    def __init__(self, **parameters: str) -> None:
        """Evaluate the whole template."""
        template = as_translated()
        defaults = {name: spec.get("Default", "") for name, spec in template["Parameters"].items()}
        given: dict[str, Any] = defaults | {"AlertEmail": "ml-oncall@example.com"} | parameters
        lists = {name for name, spec in template["Parameters"].items() if spec["Type"] == "CommaDelimitedList"}
        values = {name: value.split(",") if name in lists else value for name, value in given.items()}
        self._values = PSEUDO | values
        self._conditions: dict[str, Any] = template["Conditions"]
        self.resources: dict[str, Any] = {
            name: self._worked_out(resource)
            for name, resource in template["Resources"].items()
            if self._holds(resource.pop("Condition", None))
        }
        self.outputs: dict[str, Any] = {
            name: self._worked_out(output)
            for name, output in template["Outputs"].items()
            if self._holds(output.pop("Condition", None))
        }

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the properties of all resources of a type (`AWS::SQS::Queue`), by logical id."""
        return {name: resource["Properties"] for name, resource in self.resources.items() if resource["Type"] == kind}

    def properties(self, name: str) -> Any:
        """Return the properties of one resource."""
        return self.resources[name]["Properties"]

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self._worked_out(self._conditions[condition]))

    def _worked_out(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._worked_out, value) if item is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, operand = next(iter(value.items()))
            if name in ("Ref", "Condition") or name.startswith("Fn::"):
                return self._function(name, operand)
        worked = {key: self._worked_out(item) for key, item in value.items()}
        return {key: item for key, item in worked.items() if item is not NO_VALUE}

    def _function(self, name: str, operand: Any) -> Any:  # noqa: C901 - one line for each intrinsic function
        match name:
            case "Ref" if operand == "AWS::NoValue":
                return NO_VALUE
            case "Ref":
                return self._values.get(operand, f"${{{operand}}}")
            case "Fn::GetAtt":
                return f"${{{operand if isinstance(operand, str) else '.'.join(operand)}}}"
            case "Fn::Sub":
                text, own = operand if isinstance(operand, list) else (operand, {})
                values = self._values | {key: self._worked_out(item) for key, item in own.items()}
                return re.sub(r"\$\{([\w.:]+)}", lambda match: str(values.get(match[1], match[0])), text)
            case "Fn::If":
                return self._worked_out(operand[1 if self._holds(operand[0]) else 2])
            case "Fn::Join":
                return operand[0].join(self._worked_out(operand[1]))
            case "Fn::Split":
                return self._worked_out(operand[1]).split(operand[0])
            case "Condition":
                return self._holds(operand)
            case "Fn::Equals":
                return self._worked_out(operand[0]) == self._worked_out(operand[1])
            case "Fn::Not":
                return not self._worked_out(operand[0])
            case "Fn::And":
                return all(map(self._worked_out, operand))
            case "Fn::Or":
                return any(map(self._worked_out, operand))
        raise NotImplementedError(name)


def whole() -> Deployed:
    """Return the stack with all its optional parts."""
    return Deployed(**SLACK, **REPORTS_KEY, **KEYS, **MORE_BUCKETS, **CAPTURES, **REMEDIES)


def statements(policy: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the statements of a policy document, each with lists for Action and Resource."""
    for statement in policy["Statement"]:
        yield statement | {key: listed(statement[key]) for key in ("Action", "Resource") if key in statement}


def listed(value: Any) -> list[Any]:
    """Return a value as a list: IAM accepts one value for a list of one."""
    return value if isinstance(value, list) else [value]


def role_statements(stack: Deployed, function: str) -> list[dict[str, Any]]:
    """Return the statements of a role, of one function or of the workflow. Its logical id is the function's with Role for Function."""
    role = stack.properties(function.removesuffix("Function") + "Role")
    return [statement for policy in role["Policies"] for statement in statements(policy["PolicyDocument"])]
