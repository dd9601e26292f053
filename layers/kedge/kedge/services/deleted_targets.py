"""Asks SageMaker whether a target still exists, before a reminder about it or the report of a missing run.

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
    """Finds deleted targets.

    It costs a call for the endpoint, and one for each schedule with a due reminder or missing run.
    """

    def __init__(self, monitors: Monitors, endpoints: EndpointFacts, account: str, region: str) -> None:
        """Connect to the readers of schedules and endpoints, both of only one account and Region."""
        self._home = (account, region)
        self._monitors = monitors
        self._endpoints = endpoints

    def found(self, policy: Policy, signal: AnySignal, state: CaseState, now: datetime) -> TimerFired | None:
        """Return the end of a case's target, or of the due schedule; None if it exists, or this is unknown."""
        if type(signal) is not TimerFired or signal.ended:
            return None
        if (signal.target.account, signal.target.region) != self._home:
            return None  # a target that is unknown here may exist there
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
    """Return the schedules to ask about; None if nothing is due that the end of the target would answer."""
    if signal.target.kind not in (TargetKind.ENDPOINT, TargetKind.SCHEDULE):
        return None
    incident = state.incident
    late = [name for name, last in state.sources.items() if (at := overdue_at(policy, last)) is not None and at <= now]
    reminder = incident.remind_at if incident is not None and incident.is_open else None
    reminds = reminder is not None and reminder <= now
    if not (late or reminds):
        return None
    if incident is not None and reminds:
        late += (incident.problem.source, *(name for name, last in state.sources.items() if last.bad))
    asked = dict.fromkeys(name for name in late if name in state.sources)
    known = (name for name in asked if _is_schedule(state.sources[name]))
    return tuple(known) if signal.monitor in _OF_SCHEDULES else ()


def _is_schedule(last: SourceState) -> bool:
    """Return whether a source is a schedule of SageMaker's. A detector's name may not be one.

    If a schedule was deleted before SageMaker could be asked, only its event says that it was one.
    """
    return last.voucher is Voucher.SAGEMAKER or is_of_schedule(last.id)


def _is_gone(ask: Callable[[str], object], name: str) -> bool:
    """Return whether AWS says that a resource does not exist. Without an answer it counts as existing."""
    try:
        return ask(name) is None
    except KedgeError:
        return False


def _said_by(call: str) -> Provenance:
    return Provenance(entry_point=EntryPoint.KEDGE, voucher=Voucher.SAGEMAKER, says=call)
