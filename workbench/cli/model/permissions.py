"""Asks IAM which actions of a plan the caller may not do. The question changes nothing, and its refusal is no fault."""

from collections.abc import Iterable
from typing import Any, Final

from workbench.cli.connection.ending import say
from workbench.cli.connection.stack import DeployedStack
from workbench.cli.model.refusals import CallRefused, call
from workbench.cli.model.steps import OnboardingPlan, Permission

_MOST_RESOURCES: Final = 10


def denied_actions(stack: DeployedStack, plans: Iterable[OnboardingPlan]) -> tuple[str, ...]:
    """Return the actions that a simulation of the caller's policies denies, in order.

    It returns none if IAM does not answer: the first refused call then names its permission.
    """
    wanted = {each for plan in plans for item in plan.steps for each in item.permissions}
    source = _source(stack.arn)
    if source is None:
        return ()
    denied: set[str] = set()
    for resource, actions in _by_resource(wanted).items():
        try:
            answer = call(
                stack.client, "iam", "SimulatePrincipalPolicy",
                PolicySourceArn=source, ActionNames=sorted(actions), ResourceArns=[resource],
            )  # fmt: skip
        except CallRefused:
            say("model", "the permissions were not checked: iam:SimulatePrincipalPolicy was refused")
            return ()
        denied.update(_denied(answer))
    return tuple(sorted(denied))


def _denied(answer: dict[str, Any]) -> set[str]:
    return {each["EvalActionName"] for each in answer.get("EvaluationResults", ()) if each["EvalDecision"] != "allowed"}


def _by_resource(wanted: Iterable[Permission]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in sorted(wanted):
        found.setdefault(each.resource, set()).add(each.action)
    return found


def _source(arn: str) -> str | None:
    """Return the ARN of the user or role behind a caller; None for the root user, whose policies cannot be simulated."""
    head, _, name = arn.partition(":assumed-role/")
    if name:
        # The path of a role is not in the ARN of its session. Most roles have none.
        return f"{head.replace(':sts:', ':iam:')}:role/{name.partition('/')[0]}"
    return arn if ":user/" in arn else None
