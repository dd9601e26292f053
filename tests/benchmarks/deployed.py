"""Kedge on the local stack, built in a folder of the benchmarks' own and deployed as a user would."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.stack.deployed_ring import DeployedRing
from workbench.stack.deploy import Application, build, deploy
from workbench.stack.local_stack import ROOT, LocalStack

_KEDGE: Final = Application(template=ROOT / "template.yaml", built=ROOT / ".kedge" / "bench")
_PARAMETERS: Final = {"AlertEmail": "oncall@example.com", "EnvironmentName": "bench"}


@contextmanager
def deployed() -> Iterator[DeployedRing]:
    """A ring that people and programs listen to, and no chat; gone afterwards."""
    with LocalStack() as stack:
        build(_KEDGE, stack.environment)
        deploy(stack, _KEDGE, _PARAMETERS)
        ring = DeployedRing(stack)
        # The bucket would tell of each report, too: a second way to the same signal.
        ring.tell_of_objects(yes=False)
        yield ring
