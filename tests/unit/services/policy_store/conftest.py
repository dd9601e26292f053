"""A stack's policy: published, looked at each minute, kept, and decided by."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from kedge.domain.signal import PolicyRead
from kedge.policy import lint
from kedge.services.policy_store.active import POLICY, PolicyInForce
from kedge.services.policy_store.published import DocumentWatch, target_of
from tests.fakes.policies import FakePublished, FakeShelf

if TYPE_CHECKING:
    from kedge.domain.errors import KedgeError

SOUND = """\
apiVersion: kedge/v1
name: {name}
receivers: [{{name: {receiver}}}]
route: {{receiver: {receiver}}}
"""


def sound(receiver: str = "ml-oncall", name: str = "ours") -> str:
    """A policy with nothing wrong in it."""
    return SOUND.format(receiver=receiver, name=name)


def broken(receiver: str = "nobody") -> str:
    """A policy whose only route leads to nobody."""
    return f"apiVersion: kedge/v1\nreceivers: [{{name: ml-oncall}}]\nroute: {{receiver: {receiver}}}\n"


class Stack:
    """A watch and an intake on one shelf, and a clock that moves by the minute."""

    def __init__(self) -> None:
        self.published, self.shelf = FakePublished(), FakeShelf()
        self.now = datetime(2026, 11, 20, 10, tzinfo=UTC)
        self.complaints: list[KedgeError] = []
        target = target_of("kedge", "111122223333", "us-east-1")
        self.watch = DocumentWatch(
            POLICY, self.published, self.shelf, lint.read, target, lambda: self.now, self.complaints.append
        )
        self.in_force = self.fresh()

    def fresh(self) -> PolicyInForce:
        """An intake that has just started."""
        return PolicyInForce(self.shelf, "prod", self.seconds, self.complaints.append)

    def seconds(self) -> float:
        """A clock that only grows."""
        return self.now.timestamp()

    def minute(self) -> PolicyRead | None:
        """A minute passes, and reconcile looks."""
        self.now += timedelta(minutes=1)
        return self.watch.look()

    @property
    def receivers(self) -> list[str]:
        """Who would be told now."""
        return list(self.in_force.policy().receivers)


@pytest.fixture
def stack() -> Stack:
    return Stack()
