"""Finding an endpoint by what somebody typed."""

from kedge.domain.target import Target, TargetKind
from workbench.cli.connection.ending import Unwise
from workbench.cli.connection.stack import DeployedStack


def endpoint_of(stack: DeployedStack, text: str) -> Target:
    """The endpoint of this name in the stack's account and region, or the one that a whole target names. Raises Unwise."""
    if "/" not in text:
        return stack.endpoint(text)
    try:
        target = Target.parse(text)
    except ValueError:
        target = None
    if target is None or target.kind is not TargetKind.ENDPOINT:
        raise Unwise(f"{text!r} is no endpoint: give its name, or <account>/<region>/endpoint/<name>")
    return target
