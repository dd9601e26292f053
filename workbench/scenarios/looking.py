"""Finds the incident and the case that a part of a test is about."""

from collections.abc import Iterator

from kedge.domain.decision import CaseState
from kedge.domain.incident import Incident
from kedge.domain.run import Monitor
from kedge.domain.signal import ChangeKind
from kedge.domain.target import Target, TargetKind
from workbench.scenarios.story import Entry, Story

_OF_ALL = {Monitor.FLEET: TargetKind.FLEET, Monitor.POLICY: TargetKind.POLICY}


def newest(story: Story, target: Target, monitor: Monitor | None) -> Incident | None:
    """Return the newest incident of a target, of `monitor` if it is given. An open one comes before one that is over."""
    found = [state.incident for state in states(story, target, monitor) if state.incident is not None]
    return max(found, key=lambda incident: (incident.is_open, incident.since, incident.changed), default=None)


def state_of(story: Story, incident: Incident) -> CaseState:
    """Return the case of an incident."""
    return story.load(incident.target, incident.monitor)[0]


def states(story: Story, target: Target, monitor: Monitor | None) -> Iterator[CaseState]:
    """Yield the cases of a target. The cases of the fleet and of the policy belong to all targets."""
    for (where, what), (state, _) in story.known.items():
        if _is_meant(where, what, target, monitor):
            yield state


def last_signal(story: Story, target: Target, monitor: Monitor | None) -> Entry | None:
    """Return the last signal about a target from outside of Kedge."""
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
