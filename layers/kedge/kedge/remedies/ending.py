"""Asks SageMaker, before people are reminded of a target or hear that a run is missing, whether the target is still there.

Events are best effort: that of a deletion may never have come.
"""

from datetime import datetime
from typing import Final

from kedge.domain.decision import State
from kedge.domain.provenance import Door, Provenance, Voucher
from kedge.domain.run import Monitor
from kedge.domain.signal import AnySignal, TimerFired
from kedge.domain.target import TargetKind
from kedge.errors import KedgeError
from kedge.policy.due import overdue_at
from kedge.policy.ending import ended
from kedge.policy.rules import Policy
from kedge.ports import EndpointFacts, Monitors

_OF_SCHEDULES: Final = frozenset(
    {Monitor.DATA_QUALITY, Monitor.MODEL_QUALITY, Monitor.MODEL_BIAS, Monitor.MODEL_EXPLAINABILITY}
)


class Ending:
    """Finds targets that are gone: at most one call for a case whose reminder, or missing run, is due."""

    def __init__(self, monitors: Monitors, endpoints: EndpointFacts, account: str, region: str) -> None:
        """`monitors` knows schedules, `endpoints` knows endpoints, both of one account and Region alone."""
        self._home = (account, region)
        self._monitors = monitors
        self._endpoints = endpoints

    def found(self, policy: Policy, signal: AnySignal, state: State, now: datetime) -> TimerFired | None:
        """Return the end of a case's target, or of the schedule that is due; None if it is there, or nobody can say."""
        if not isinstance(signal, TimerFired) or signal.ended:
            return None
        if (signal.target.account, signal.target.region) != self._home:
            return None  # what is unknown here may well be there
        sources = _due(policy, signal, state, now)
        if sources is None:
            return None
        try:
            return self._gone(signal, sources, now)
        except KedgeError:
            return None

    def _gone(self, signal: TimerFired, sources: tuple[str, ...], now: datetime) -> TimerFired | None:
        target = signal.target
        if target.kind is TargetKind.ENDPOINT and self._endpoints.endpoint(target.name) is None:
            says = f"endpoint {target.name} does not exist any more"
            return ended(target, signal.monitor, says, now, _said_by("DescribeEndpoint"))
        for source in sources:
            if self._monitors.schedule(source) is None:
                says = f"monitoring schedule {source} does not exist any more"
                return ended(target, signal.monitor, says, now, _said_by("DescribeMonitoringSchedule"), source)
        return None


def _due(policy: Policy, signal: TimerFired, state: State, now: datetime) -> tuple[str, ...] | None:
    """The schedules to ask about, None if nothing is due that the end of the target would answer."""
    incident = state.incident
    late = [name for name, last in state.sources.items() if (at := overdue_at(policy, last)) is not None and at <= now]
    reminder = incident.remind_at if incident is not None and incident.is_open else None
    reminds = reminder is not None and reminder <= now
    if signal.target.kind not in (TargetKind.ENDPOINT, TargetKind.SCHEDULE) or not (late or reminds):
        return None
    if incident is not None and reminds:
        late.append(incident.problem.source)
    asked = dict.fromkeys(name for name in late if name in state.sources)
    known = (name for name in asked if state.sources[name].voucher is Voucher.SAGEMAKER)
    return tuple(known) if signal.monitor in _OF_SCHEDULES else ()


def _said_by(call: str) -> Provenance:
    return Provenance(door=Door.KEDGE, voucher=Voucher.SAGEMAKER, says=call)
