"""From the steps of a plan to resources of CloudFormation, and notes on what code cannot do."""

import re
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from workbench.cli.model.steps import Call, MakeAlarm, MakeBaseline, OnboardingPlan, PlanItem, SwitchConfig

_TYPES: Final = {
    "CreateDataQualityJobDefinition": "AWS::SageMaker::DataQualityJobDefinition",
    "CreateModelQualityJobDefinition": "AWS::SageMaker::ModelQualityJobDefinition",
    "CreateModelBiasJobDefinition": "AWS::SageMaker::ModelBiasJobDefinition",
    "CreateModelExplainabilityJobDefinition": "AWS::SageMaker::ModelExplainabilityJobDefinition",
    "CreateMonitoringSchedule": "AWS::SageMaker::MonitoringSchedule",
}


class CodeResource(Struct, frozen=True, kw_only=True):
    """A resource: its logical id, its type and properties in CloudFormation, and the ids that it depends on."""

    id: str
    type: str
    properties: dict[str, Any]
    depends_on: tuple[str, ...] = ()


def resources_of(plan: OnboardingPlan) -> Iterator[CodeResource]:
    """Yield the resources that the steps of a plan make."""
    definitions: dict[str, str] = {}
    for item in plan.steps:
        match item.action:
            case SwitchConfig() as switch:
                request = dict(switch.request)
                yield _resource(request["EndpointConfigName"], "AWS::SageMaker::EndpointConfig", request)
            case MakeAlarm() as alarm:
                yield _resource(alarm.request["AlarmName"], "AWS::CloudWatch::Alarm", alarm.request)
            case Call(operation="Subscribe") as subscribe:
                yield _subscription(plan, subscribe.request)
            case Call(operation=operation) as call if operation in _TYPES:
                request = dict(call.request)
                name = request.get("JobDefinitionName") or request["MonitoringScheduleName"]
                made = _resource(f"{name}-{_suffix(operation)}", _TYPES[operation], request)
                if operation == "CreateMonitoringSchedule":
                    needed = definitions.get(request["MonitoringScheduleConfig"]["MonitoringJobDefinitionName"], "")
                    made = _resource(made.id, made.type, request, (needed,) if needed else ())
                else:
                    definitions[name] = made.id
                yield made
            case _:
                continue


def notes_of(plan: OnboardingPlan) -> Iterator[str]:
    """Yield what a person still has to do, because it is a change of a resource that other code owns, or no resource."""
    for item in plan.steps:
        match item.action:
            case SwitchConfig() as switch:
                yield (
                    f"Let the endpoint {plan.endpoint} use the config {switch.request['EndpointConfigName']} where your "
                    f"code defines it, and retain the properties of its variants. It uses {switch.previous} now."
                )
            case MakeBaseline():
                yield f"Make the baseline: kedge model onboard {plan.endpoint} with the same options, or {_own(item)}."
            case Call(operation="AddTags") as call:
                tags = ", ".join(f"{each['Key']}={each['Value']}" for each in call.request["Tags"])
                yield f"Add the tag {tags} to the endpoint {plan.endpoint} where your code defines it."
            case _:
                continue


def logical_id(name: str) -> str:
    """Return a logical id from a name: its words without hyphens, each with a capital."""
    words = re.findall(r"[A-Za-z0-9]+", name)
    return "".join(word[:1].upper() + word[1:] for word in words) or "Resource"


def _own(item: PlanItem) -> str:
    return f"`kedge monitor baseline` on a copy of the data, and a copy to S3 ({item.change})"


def _suffix(operation: str) -> str:
    return "schedule" if operation == "CreateMonitoringSchedule" else "definition"


def _resource(name: str, kind: str, properties: dict[str, Any], needs: tuple[str, ...] = ()) -> CodeResource:
    return CodeResource(id=logical_id(name), type=kind, properties=properties, depends_on=needs)


def _subscription(plan: OnboardingPlan, request: dict[str, Any]) -> CodeResource:
    properties = {
        "TopicArn": request["TopicArn"],
        "Protocol": request["Protocol"],
        "Endpoint": request["Endpoint"],
        "FilterPolicy": request["Attributes"]["FilterPolicy"],
    }
    return _resource(f"{plan.endpoint}-mail-{request['Endpoint']}", "AWS::SNS::Subscription", properties)
