"""Reasons in the evidence and its context against any action, and the time of the re-evaluation.

A temporary reason needs no new signal.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.decide.incident_parts import is_only_blind
from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import CaseState, RemedyHeld
from kedge.domain.deployment import DeploymentOrigin
from kedge.domain.incident import Incident
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.run import Monitor, Reading, Verdict
from kedge.domain.target import TargetKind
from kedge.formatting import format_duration
from kedge.policy.compiled import Policy
from kedge.remediation.rules import Proposal
from kedge.remediation.unconfirmed import BROKEN_INPUT, shares, weighs

LOOK_AGAIN: Final = timedelta(minutes=5)
"""The wait before the re-evaluation of a temporary reason, such as an endpoint that is being updated."""

LOOK_LATER: Final = timedelta(minutes=30)
"""The wait before the re-evaluation of a reason without an end: a full limit, another incident, the kill switch."""

SETTLED: Final = timedelta(hours=1)
"""How long an alarm may stay on after another config came before that config counts as no fix."""

_FULL: Final = frozenset({HoldReason.MOST_ACTIONS, HoldReason.SHARE_OF_FLEET})
_LASTING: Final = frozenset({HoldReason.KILL_SWITCH, HoldReason.UPSTREAM})
# Reasons that may change within minutes without a signal.
_PASSING: Final = frozenset({HoldReason.UNREADABLE, HoldReason.ENDPOINT_BUSY, HoldReason.ALREADY_RUNNING})


def with_reevaluation(refused: RemedyHeld, now: datetime) -> RemedyHeld:
    """Return a hold with the time of its re-evaluation, if its reason is temporary."""
    if refused.until is None and refused.why in _FULL:
        return msgspec.structs.replace(refused, until=now + LOOK_LATER)
    if refused.until is None and refused.why in _LASTING:
        return msgspec.structs.replace(refused, look=now + LOOK_LATER)
    if refused.until is None and refused.why in _PASSING:
        return msgspec.structs.replace(refused, until=now + LOOK_AGAIN)
    return refused


def against_any(
    policy: Policy, proposal: Proposal, incident: Incident, endpoint_context: EndpointContext, now: datetime
) -> RemedyHeld | None:
    """Return the reason in the evidence against any action, independent of the policy."""
    remedy = proposal.remedy
    fleet = endpoint_context.fleet
    upstream = any(
        each.part_of is not None and weighs(each, incident) for each in (incident, *endpoint_context.companions)
    )
    shared = fleet is not None and weighs(fleet, incident) and shares(incident, endpoint_context)
    if upstream or shared:
        named = f": {', '.join(fleet.features[:3])}" if fleet is not None and fleet.features else ""
        says = f"the problem is upstream of many targets{named}, so no remedy is carried out on {incident.target.name} alone. Contact the data owner"
        return RemedyHeld(remedy=remedy, why=HoldReason.UPSTREAM, says=says)
    if remedy.changes_endpoint and incident.target.kind is not TargetKind.ENDPOINT:
        says = f"{incident.target.name} is not an endpoint, so it cannot be rolled back or shifted"
        return RemedyHeld(remedy=remedy, why=HoldReason.NOT_AN_ENDPOINT, says=says)
    broken = any(
        each.cause in BROKEN_INPUT and weighs(each, incident) for each in (incident, *endpoint_context.companions)
    )
    if broken and remedy.needs_sound_evidence:
        says = why_hold(policy, remedy, endpoint_context, now)
        return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says, look=now + LOOK_LATER)
    if remedy.needs_sound_evidence and (unread := _unread(remedy, incident)) is not None:
        return unread
    if remedy.needs_sound_evidence and is_only_blind(incident):
        says = f"{incident.target.name} was not measured, so the state of its model is unknown. Fix the monitor"
        return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says)
    if (
        remedy is RemedyName.ROLL_BACK
        and incident.cause is not Cause.DEPLOYMENT_REGRESSION
        and incident.suspect is None
    ):
        says = f"the evidence blames no deployment for {incident.cause}: does another config get other inputs?"
        return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says)
    if remedy is RemedyName.RETRAIN and incident.suspect is not None:
        says = f"{'; '.join(incident.evidence)}: a new model does not fix a deployment; was it the deployment?"
        return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says)
    if incident.flapping:
        says = f"{incident.target.name} is flapping, so a remedy cannot be verified: is the monitor too tight?"
        return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says, look=now + LOOK_LATER)
    coming = endpoint_context.deployments.coming
    if coming is not None and remedy.changes_endpoint and now - coming.since <= policy.blame.within:
        says = f"config {coming.config} is being deployed to {incident.target.name}: is it the fix already?"
        return RemedyHeld(remedy=remedy, why=HoldReason.ENDPOINT_BUSY, says=says)
    return None


def _unread(remedy: RemedyName, incident: Incident) -> RemedyHeld | None:
    """Return a hold if a report is unreadable or contradicted by SageMaker: it is not evidence for a remedy."""
    problem = incident.problem
    if problem.disputed:
        return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=problem.disputed)
    if problem.verdict is not Verdict.VIOLATED or problem.reading in (None, Reading.READ):
        return None
    says = f"the report of {problem.source} could not be read ({problem.why_unread or 'there is no report'}). Read it before you act"
    return RemedyHeld(remedy=remedy, why=HoldReason.HOLD, says=says)


def overtaken(
    proposal: Proposal, state: CaseState, incident: Incident, endpoint_context: EndpointContext, now: datetime
) -> RemedyHeld | None:
    """Return a hold if another config serves since the bad data: it may be the fix, and has no run yet."""
    current, window = endpoint_context.deployments.current, incident.problem.window
    last = state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
    retrains = proposal.remedy is RemedyName.RETRAIN and incident.cause is not Cause.INPUT_DRIFT
    if current is None or not (retrains or proposal.remedy.changes_endpoint):
        return None
    shown = last.at if last is not None else None
    if window is not None:
        # A config to roll back must have been analysed alone; a new model is an answer to any data.
        shown = window.end if retrains else window.start
    if shown is None or current.since <= shown or _is_blamed_while_it_came(incident, endpoint_context, shown):
        return None
    is_alarm = incident.monitor is Monitor.ALARM
    if is_alarm and now - current.since >= SETTLED:
        return None
    says = (
        f"config {current.config} was deployed to {incident.target.name} after the bad window: is it the fix already? Its"
        " next run shows the result"
    )
    # An alarm that stays on does not have a later run.
    look = current.since + SETTLED if is_alarm else None
    return RemedyHeld(remedy=proposal.remedy, why=HoldReason.ENDPOINT_CHANGED, says=says, look=look)


def came_since(state: CaseState, incident: Incident, endpoint_context: EndpointContext) -> str | None:
    """Return the note for an approver about a config that came while an alarm was on, and did not end it, or None."""
    current = endpoint_context.deployments.current
    last = state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
    if incident.monitor is not Monitor.ALARM or current is None or last is None or current.since <= last.at:
        return None
    if _is_blamed_while_it_came(incident, endpoint_context, last.at):
        return None
    return f"Config {current.config} came after the alarm had gone off, and the alarm is still on."


def gone_back_in_vain(proposal: Proposal, incident: Incident, endpoint_context: EndpointContext) -> RemedyHeld | None:
    """Return a hold if a remedy already rolled back the blamed config, and the problem stayed.

    Then another config is unlikely to help.
    """
    current = endpoint_context.deployments.current
    if proposal.remedy is not RemedyName.ROLL_BACK or current is None or current.arrival is not DeploymentOrigin.REMEDY:
        return None
    if incident.suspect is None or incident.suspect == current.config:
        return None
    says = (
        f"config {current.config} is bad, too, and Kedge rolled back to it from {incident.suspect}: was the deployment the cause?"
        " Check the inputs and the labels before another config"
    )
    return RemedyHeld(remedy=proposal.remedy, why=HoldReason.HOLD, says=says)


def _is_blamed_while_it_came(incident: Incident, endpoint_context: EndpointContext, shown: datetime) -> bool:
    """Return whether the current config is blamed for a problem during its own deployment."""
    current = endpoint_context.deployments.current
    if current is None or incident.cause is not Cause.DEPLOYMENT_REGRESSION or incident.suspect != current.config:
        return False
    return current.began is not None and current.began <= shown


def is_near(policy: Policy, endpoint_context: EndpointContext, now: datetime) -> bool:
    """Return whether the current config is so recent that it may be to blame."""
    current = endpoint_context.deployments.current
    return current is not None and now - current.since <= policy.blame.within


def why_hold(policy: Policy, remedy: RemedyName, endpoint_context: EndpointContext, now: datetime) -> str:
    """Return the statement, or the question, about broken input data."""
    current = endpoint_context.deployments.current
    if current is not None and is_near(policy, endpoint_context, now):
        came = format_duration(now - current.since)
        return (
            f"the input data is broken, and config {current.config} came {came} ago: did the deployment break it, or does the "
            "data owner have to fix it?"
        )
    if remedy is RemedyName.RETRAIN:
        return "the input data is broken, and a model is never retrained on broken data. Contact the data owner"
    return "the input data is broken, and another config gets the same data. Contact the data owner"
