"""Kedge on the local stack, built in a folder of the benchmarks and deployed as a user would."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from kedge.policy.spec.document import OverdueSpec
from tests.stack.deployed_ring import DeployedRing
from tests.stack.publishing import decide_by, one_by_one
from workbench.local_stack.deploy import Application, build, deploy
from workbench.local_stack.local_stack import ROOT, LocalStack

_KEDGE: Final = Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "bench")
_PARAMETERS: Final = {"AlertEmail": "oncall@example.com", "EnvironmentName": "bench"}


def _stop_the_clock(ring: DeployedRing) -> None:
    """Stop the minutes: the work of reconcile would count as the work of a signal."""
    events = ring.stack.client("events")
    for rule in events.list_rules()["Rules"]:
        if rule.get("ScheduleExpression"):
            events.disable_rule(Name=rule["Name"])


@contextmanager
def deployed() -> Iterator[DeployedRing]:
    """Yield a ring with subscribers for people and programs, and without chat; delete it afterwards."""
    with LocalStack() as stack:
        build(_KEDGE, stack.environment)
        deploy(stack, _KEDGE, _PARAMETERS)
        ring = DeployedRing(stack)
        # The count is that of one signal: with the built-in policy, some of its work would be done a minute later with others.
        decide_by(ring, one_by_one(OverdueSpec()))
        _stop_the_clock(ring)
        # The bucket would also send an event for each report: a second path to the same signal.
        ring.tell_of_objects(yes=False)
        yield ring
