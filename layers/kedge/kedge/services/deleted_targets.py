"""Asks SageMaker, before people are reminded of a target or hear that a run is missing, whether the target is still there.

Events are best effort: that of a deletion may never have come.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from kedge.decide.end_of_target import ended
from kedge.decide.next_evaluation import overdue_at
from kedge.domain.decision import CaseState, SourceState
from kedge.domain.errors import KedgeError
from kedge.domain.ids import is_of_schedule
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import Monitor
from kedge.domain.signal import AnySignal, TimerFired
from kedge.domain.target import TargetKind
from kedge.policy.compiled import Policy
from kedge.ports.facts import EndpointFacts
from kedge.ports.readers import Monitors

_OF_SCHEDULES: Final = frozenset(
    {Monitor.DATA_QUALITY, Monitor.MODEL_QUALITY, Monitor.MODEL_BIAS, Monitor.MODEL_EXPLAINABILITY}
)


class DeletedTargets:
    """Finds targets that are gone: a call for the endpoint, and one for each schedule of which a reminder, or a missing run, is due."""

    def __init__(self, monitors: Monitors, endpoints: EndpointFacts, account: str, region: str) -> None:
        """`monitors` knows schedules, `endpoints` knows endpoints, both of one account and Region alone."""
        self._home = (account, region)
        self._monitors = monitors
        self._endpoints = endpoints

    def found(self, policy: Policy, signal: AnySignal, state: CaseState, now: datetime) -> TimerFired | None:
        """Return the end of a case's target, or of the schedule that is due; None if it is there, or nobody can say."""
        if not isinstance(signal, TimerFired) or signal.ended:
            return None
        if (signal.target.account, signal.target.region) != self._home:
            return None  # what is unknown here may well be there
        sources = _due(policy, signal, state, now)
        if sources is None:
            return None
        target = signal.target
        if target.kind is TargetKind.ENDPOINT and _is_gone(self._endpoints.endpoint, target.name):
            says = f"endpoint {target.name} does not exist any more"
            return ended(target, signal.monitor, says, now, _said_by("DescribeEndpoint"))
        for source in sources:
            if _is_gone(self._monitors.schedule, source):
                says = f"monitoring schedule {source} does not exist any more"
                return ended(target, signal.monitor, says, now, _said_by("DescribeMonitoringSchedule"), source)
        return None


def _due(policy: Policy, signal: TimerFired, state: CaseState, now: datetime) -> tuple[str, ...] | None:
    """The schedules to ask about, None if nothing is due that the end of the target would answer."""
    incident = state.incident
    late = [name for name, last in state.sources.items() if (at := overdue_at(policy, last)) is not None and at <= now]
    reminder = incident.remind_at if incident is not None and incident.is_open else None
    reminds = reminder is not None and reminder <= now
    if signal.target.kind not in (TargetKind.ENDPOINT, TargetKind.SCHEDULE) or not (late or reminds):
        return None
    if incident is not None and reminds:
        late += (incident.problem.source, *(name for name, last in state.sources.items() if last.bad))
    asked = dict.fromkeys(name for name in late if name in state.sources)
    known = (name for name in asked if _is_schedule(state.sources[name]))
    return tuple(known) if signal.monitor in _OF_SCHEDULES else ()


def _is_schedule(last: SourceState) -> bool:
    """Whether a source is a schedule of SageMaker's. A detector's name may be none's.

    Of a schedule that was deleted before SageMaker could be asked, only its event tells that it was one.
    """
    return last.voucher is Voucher.SAGEMAKER or is_of_schedule(last.id)


def _is_gone(ask: Callable[[str], object], name: str) -> bool:
    """Whether AWS says that there is no such thing. If it says nothing, the thing is not gone."""
    try:
        return ask(name) is None
    except KedgeError:
        return False


def _said_by(call: str) -> Provenance:
    return Provenance(door=EntryPoint.KEDGE, voucher=Voucher.SAGEMAKER, says=call)
