"""A Monitors document that cannot be read never stops the monitors that ran before."""

import pytest

from kedge.domain.errors import MalformedMonitors
from kedge.domain.target import TargetKind
from kedge.monitors import lint
from kedge.services.policy_store.monitors import MONITORS, MonitorsInForce
from kedge.services.policy_store.published import DocumentWatch, target_of
from tests.unit.monitors.conftest import SMALL
from tests.unit.services.policy_store.conftest import Stack, sound


class MonitorStack(Stack):
    """The watch of a Monitors document, and a function that reads the monitors in force."""

    def __init__(self) -> None:
        super().__init__()
        target = target_of("kedge", "111122223333", "us-east-1", TargetKind.MONITORS)
        self.watch = DocumentWatch(
            MONITORS, self.published, self.shelf, lint.read, target, lambda: self.now, self.complaints.append
        )

    @property
    def names(self) -> list[str]:
        """The monitors of a function that has just started."""
        in_force = MonitorsInForce(self.shelf, self.seconds, self.complaints.append)
        return [each.name for each in in_force.monitors().definitions]


@pytest.fixture
def stack() -> MonitorStack:
    return MonitorStack()


def test_without_a_document_there_is_no_monitor_and_nothing_is_written(stack):
    assert stack.minute() is None
    assert (stack.names, stack.shelf.writes) == ([], 0)


def test_a_published_document_is_in_force_a_minute_later(stack):
    stack.published.publish(SMALL)
    assert stack.minute() is None
    assert stack.names == ["churn"]


BROKEN = {
    "a fault": SMALL.replace("window", "widow") + "    widow: 1h\n",
    "no yaml": "monitors: [",
    "a policy": sound(),
    "nothing": "",
}


@pytest.mark.parametrize("name", BROKEN)
def test_while_the_newest_document_is_broken_the_monitors_before_it_go_on(stack, name):
    stack.published.publish(SMALL)
    stack.minute()
    stack.published.publish(BROKEN[name], label="release-7")
    said = stack.minute()
    assert said is not None
    assert (said.version, str(said.target)) == ("release-7", "111122223333/us-east-1/monitors/kedge")
    assert said.id.startswith("monitors/")
    assert said.fault is not None
    assert said.fault.startswith("monitors.yaml:")
    assert stack.names == ["churn"]


def test_a_document_that_is_fixed_says_so(stack):
    stack.published.publish(BROKEN["a fault"])
    stack.minute()
    stack.published.publish(SMALL)
    said = stack.minute()
    assert said is not None
    assert said.fault is None
    assert said.version.startswith("monitors@")


def test_what_another_release_kept_is_complained_of(stack):
    stack.published.publish(SMALL)
    stack.minute()
    stack.shelf.text = stack.shelf.text.replace('"monitors":', '"detectors":')
    assert stack.names == []
    assert [type(each) for each in stack.complaints] == [MalformedMonitors]
