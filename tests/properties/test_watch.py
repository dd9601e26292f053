"""Any order and any repetition of the watchdog's signals gives one incident: that of the newest pass."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.decision import Reason
from kedge.domain.finding import Finding
from kedge.domain.signal import RunFinished
from tests.support.stories import DAY, Story
from tests.unit.decide.test_watch import ALARM, LOST, passed

FAULTS = st.lists(st.sampled_from([LOST, ALARM]), max_size=2, unique=True).map(tuple)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[tuple[Finding, ...]], list[RunFinished]]:
    """Return the faults of some hourly passes, and their signals in any order with repetitions."""
    found = draw(st.lists(FAULTS, min_size=1, max_size=6))
    signals = [passed(f"{hour:02}:00", *faults) for hour, faults in enumerate(found)]
    again = draw(st.lists(st.sampled_from(signals), max_size=6))
    return found, draw(st.permutations([*signals, *again]))


@given(deliveries())
def test_the_newest_pass_decides_whatever_the_order(given_: tuple[list[tuple[Finding, ...]], list[RunFinished]]):
    found, signals = given_
    story = Story().tell(*signals, clock=lambda: DAY + timedelta(hours=8))
    incident = story.state.incident
    newest = {fault.check for fault in found[-1]}
    shown = set(incident.problem.checks) if incident is not None and incident.is_open else set()
    assert shown == newest


@given(deliveries())
def test_a_repetition_notifies_no_receiver(given_: tuple[list[tuple[Finding, ...]], list[RunFinished]]):
    _, signals = given_
    story = Story().tell(*signals, clock=lambda: DAY + timedelta(hours=8))
    told = len(story.told)
    story.tell(*signals, clock=lambda: DAY + timedelta(hours=8))
    assert len(story.told) == told
    assert set(story.reasons[len(signals) :]) <= {Reason.DUPLICATE, Reason.SUPERSEDED}
