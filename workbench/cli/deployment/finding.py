"""Finds an endpoint by its name or target on the command line."""

from kedge.domain.target import Target, TargetKind
from workbench.cli.connection.ending import Unwise
from workbench.cli.connection.stack import DeployedStack


def endpoint_of(stack: DeployedStack, text: str) -> Target:
    """Return the endpoint of this name in the stack's account and Region, or the one of a whole target.

    Raises Unwise.
    """
    if "/" not in text:
        return stack.endpoint(text)
    try:
        target = Target.parse(text)
    except ValueError:
        target = None
    if target is None or target.kind is not TargetKind.ENDPOINT:
        raise Unwise(f"{text!r} is no endpoint: give its name, or <account>/<region>/endpoint/<name>")
    return target
