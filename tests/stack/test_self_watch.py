"""Kedge notices its own silence: a bus that delivers nothing, effects that stay behind, receivers without a subscriber."""

import pytest

from kedge.lambdas.observability import Count

pytestmark = pytest.mark.usefixtures("one_road")


def counted(ring, what: Count) -> int:
    """Return the number of times that the functions wrote a metric."""
    return ring.stack.log.read_text().count(f'"Name":"{what}"')


def test_a_heartbeat_on_the_bus_goes_the_whole_way_unless_its_rule_delivers_nothing(ring):
    before = counted(ring, Count.HEARTBEATS)
    ring.heartbeat()
    ring.until(lambda: counted(ring, Count.HEARTBEATS) == before + 1)
    events = ring.stack.client("events")
    (rule,) = [
        each["Name"] for each in events.list_rules()["Rules"] if "kedge.heartbeat" in each.get("EventPattern", "")
    ]
    events.disable_rule(Name=rule)
    try:
        ring.heartbeat()
        ring.settle()
        assert counted(ring, Count.HEARTBEATS) == before + 1
    finally:
        events.enable_rule(Name=rule)
