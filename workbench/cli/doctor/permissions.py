"""Simulates what the roles of a stack's functions need most: IAM answers without doing it.

The simulation covers the role's own policies, its permissions boundary and the organisation's policies. It does not cover
the policies of queues, topics and keys.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from workbench.cli.doctor.looking import Looking
from workbench.cli.doctor.result import CheckResult, fault, ok

_TLS: Final = {"aws:SecureTransport": ("true", "boolean")}


class Need(Struct, frozen=True, kw_only=True):
    """An action that a role must be allowed.

    `role` is the logical id in the template. `resource` is an ARN with `{names}` of the places in `_places`. `context`
    holds values of condition keys. `purpose` completes "Without it, Kedge cannot …".
    """

    role: str
    action: str
    resource: str
    purpose: str
    context: Mapping[str, str] = {}


NEEDS: Final = (
    Need(role="IntakeRole", action="sqs:ReceiveMessage", resource="{SignalsQueue}", purpose="receive signals"),
    Need(
        role="IntakeRole",
        action="dynamodb:PutItem",
        resource="{table}",
        purpose="store decisions",
        context={"dynamodb:LeadingKeys": "CASE#doctor"},
    ),
    Need(
        role="IntakeRole",
        action="sagemaker:DescribeProcessingJob",
        resource="{sagemaker}:processing-job/doctor",
        purpose="read the result of a run",
    ),
    Need(role="RelayRole", action="sqs:SendMessage", resource="{EffectsQueue}", purpose="pass messages on"),
    Need(role="DispatchRole", action="sqs:ReceiveMessage", resource="{EffectsQueue}", purpose="receive messages"),
    Need(role="DispatchRole", action="sns:Publish", resource="{people}", purpose="send mail"),
    Need(role="DispatchRole", action="states:StartExecution", resource="{workflow}", purpose="start a remedy"),
    Need(role="ReconcileRole", action="dynamodb:Query", resource="{table}/index/ByTime", purpose="find due work"),
    Need(role="MonitorRole", action="sqs:ReceiveMessage", resource="{WindowsQueue}", purpose="measure windows"),
    Need(role="MonitorRole", action="sqs:SendMessage", resource="{SignalsQueue}", purpose="report a measurement"),
    Need(
        role="WatchRole",
        action="sqs:SendMessage",
        resource="{SignalsQueue}",
        purpose="report a run whose event was lost",
    ),
    Need(
        role="ApproveRole", action="states:SendTaskSuccess", resource="{workflow}", purpose="continue after an approval"
    ),
    Need(
        role="RollBackRole",
        action="sagemaker:UpdateEndpoint",
        resource="{sagemaker}:endpoint/doctor",
        purpose="roll a tagged endpoint back",
        context={"aws:ResourceTag/kedge:remediate": "true"},
    ),
    Need(
        role="ShiftTrafficRole",
        action="sagemaker:UpdateEndpointWeightsAndCapacities",
        resource="{sagemaker}:endpoint/doctor",
        purpose="shift traffic of a tagged endpoint",
        context={"aws:ResourceTag/kedge:remediate": "true"},
    ),
)
"""The actions without which the ring does not work, in the order of the ring."""


def check_permissions(at: Looking) -> Iterator[CheckResult]:
    """Check that each role is allowed what the ring needs, by IAM's simulation."""
    iam, roles, places = at.client("iam"), at.resources("AWS::IAM::Role"), _places(at)
    _, partition, _, _, account, _ = at.stack.outputs["WorkflowArn"].split(":", 5)
    bad, held = [], 0
    for need in NEEDS:
        role = roles.get(need.role)
        if role is None:
            bad.append(fault("permission", need.role, "The stack has no such role.", "Run sam deploy again."))
            continue
        told = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:{partition}:iam::{account}:role/{role}",
            ActionNames=[need.action],
            ResourceArns=[need.resource.format_map(places)],
            ContextEntries=_context(need.context),
        )["EvaluationResults"][0]
        if told["EvalDecision"] == "allowed":
            held += 1
        else:
            bad.append(_denied(need, role, told))
    yield from bad
    if held:
        yield ok("permission", f"{held} permissions", "Each simulated action is allowed.")


def _denied(need: Need, role: str, told: Mapping[str, Any]) -> CheckResult:
    blocked = "The role's own policy does not allow it."
    fix = "Run sam deploy again; if the policy was changed by hand, CloudFormation's drift detection shows it."
    if told.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        blocked, fix = (
            "A policy of your organisation denies it.",
            f"Ask for {need.action} in the service control policy.",
        )
    elif told.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        blocked, fix = "The role's permissions boundary denies it.", f"Add {need.action} to the permissions boundary."
    elif told["EvalDecision"] == "explicitDeny":
        blocked, fix = "A statement denies it explicitly.", f"Remove the statement that denies {need.action}."
    return fault("permission", f"{role} {need.action}", f"{blocked} Without it, Kedge cannot {need.purpose}.", fix)


def _context(values: Mapping[str, str]) -> list[dict[str, object]]:
    given = {key: (value, "stringList" if key == "dynamodb:LeadingKeys" else "string") for key, value in values.items()}
    return [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": kind}
        for key, (value, kind) in (_TLS | given).items()
    ]


def _places(at: Looking) -> dict[str, str]:
    """Return the ARNs that the needs name."""
    outputs = at.stack.outputs
    _, partition, _, region, account, _ = outputs["WorkflowArn"].split(":", 5)
    queues = {
        name: f"arn:{partition}:sqs:{region}:{account}:{outputs[f'{name}Url'].rpartition('/')[2]}"
        for name in ("SignalsQueue", "EffectsQueue", "WindowsQueue")
    }
    return {
        **queues,
        "table": f"arn:{partition}:dynamodb:{region}:{account}:table/{outputs['TableName']}",
        "people": outputs["PeopleTopicArn"],
        "workflow": outputs["WorkflowArn"],
        "sagemaker": f"arn:{partition}:sagemaker:{region}:{account}",
    }
