"""Which incident, and which case, a part of a test is about."""

from collections.abc import Iterator

from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.target import Target, TargetKind
from workbench.scenarios.story import Entry, Story

_OF_ALL = {Monitor.FLEET: TargetKind.FLEET, Monitor.POLICY: TargetKind.POLICY}


def newest(story: Story, target: Target, monitor: Monitor | None) -> Incident | None:
    """The newest incident of a target, of one monitor where that is given: an open one before one that is over."""
    found = [state.incident for state in states(story, target, monitor) if state.incident is not None]
    return max(found, key=lambda incident: (incident.is_open, incident.since, incident.changed), default=None)


def state_of(story: Story, incident: Incident) -> CaseState:
    """The case of an incident."""
    return story.load(incident.target, incident.monitor)[0]


def states(story: Story, target: Target, monitor: Monitor | None) -> Iterator[CaseState]:
    """The cases of a target. Those of the fleet and of the policy are of all targets, for whoever asks for them."""
    for (where, what), (state, _) in story.known.items():
        if _is_meant(where, what, target, monitor):
            yield state


def last_signal(story: Story, target: Target, monitor: Monitor | None) -> Entry | None:
    """What came last of a target from outside of Kedge."""
    for entry in reversed(story.entries):
        if entry.target is None or entry.monitor is None or entry.by_kedge:
            continue
        if _is_meant(entry.target, entry.monitor, target, monitor):
            return entry
    return None


def _is_meant(where: Target, what: Monitor | ChangeKind, target: Target, monitor: Monitor | None) -> bool:
    if monitor in _OF_ALL:
        return what is monitor
    return where == target and (monitor is None or what is monitor)
