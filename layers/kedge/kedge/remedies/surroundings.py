"""Gathers what bears on the cause and the remedy of an endpoint's incident."""

from kedge.decide.broken_data import broken_of
from kedge.decide.deployment_ledger import MONITORS, credited
from kedge.decide.fleet import fleet_of
from kedge.domain.context import Here
from kedge.domain.facts import Facts
from kedge.domain.run import Monitor
from kedge.domain.signal import Change
from kedge.domain.target import Target
from kedge.ports.storage import Ledger


def here_of(ledger: Ledger, target: Target, monitor: Monitor, facts: Facts | None) -> Here:
    """What lies around the case of a target and monitor, with the facts that were read. Raises Transient, Permanent."""
    cases = ledger.cases(target, MONITORS)
    incidents = (state.incident for other, state in zip(MONITORS, cases, strict=True) if other is not monitor)
    upstream = ledger.load(fleet_of(target), Monitor.FLEET)[0].incident
    return Here(
        deployments=credited(ledger.load(target, Change.ENDPOINT)[0].deployments, cases),
        companions=tuple(incident for incident in incidents if incident is not None and incident.is_open),
        broken=tuple(
            each
            for other, state in zip(MONITORS, cases, strict=True)
            if other is not monitor
            for each in broken_of(state)
        ),
        fleet=upstream if upstream is not None and upstream.is_open else None,
        register=ledger.register(target),
        efficacy=ledger.efficacy(target),
        facts=facts,
        inputs=cases[MONITORS.index(Monitor.DATA_QUALITY)],
    )
