"""The progress of a remedy as news of its incident: proposed, asked, carried out and verified, and its notifications."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.action import Action, RemedyStatus, StartWorkflow
from kedge.domain.decision import CaseState, Reason, RemedyHeld, RemedySelected
from kedge.domain.ids import mark
from kedge.domain.incident import Incident, IncidentState
from kedge.domain.remedy import HoldReason, Mode
from kedge.domain.signal import ActionMoved
from kedge.domain.stage import Stage
from kedge.formatting import format_time
from kedge.policy.compiled import Policy
from kedge.remediation.check_intervals import LONGEST_APPROVAL, LONGEST_WATCH
from kedge.remediation.guards import LOOK_AGAIN
from kedge.remediation.rules import propose
from kedge.routing.pipeline import IncidentUpdate

PATIENCE: Final = timedelta(minutes=30)
"""How long after the deadline of its notification an outcome is still awaited."""

KEDGE: Final = "kedge"
"""The requester of an action that only the policy requested."""

_SAID_TO_WAIT: Final = frozenset({HoldReason.ALREADY_RUNNING, HoldReason.ENDPOINT_BUSY})


def acting_of(treated: RemedySelected | RemedyHeld, now: datetime) -> RemedyStatus:
    """Return the status of a remedy that was just selected or held, for its incident."""
    if isinstance(treated, RemedyHeld):
        return RemedyStatus(
            remedy=treated.remedy,
            mode=Mode.DRY_RUN,
            stage=Stage.REFUSED,
            at=now,
            says=treated.says,
            why=treated.why,
            until=treated.until or treated.look,
        )
    plan = treated.plan
    dry = treated.mode is Mode.DRY_RUN
    until = now + PATIENCE if plan is not None and not dry else None
    return RemedyStatus(
        remedy=treated.remedy,
        mode=treated.mode,
        stage=Stage.PROPOSED if dry or plan is None else Stage.PLANNED,
        at=now,
        says=treated.says,
        digest=plan.digest if plan is not None else None,
        until=now + LOOK_AGAIN if plan is None else until,
        rule=treated.rule,
        brief=plan.brief if plan is not None else "",
        sentence=plan.sentence if plan is not None else "",
        preconditions=plan.preconditions if plan is not None else (),
        notes=plan.notes if plan is not None else (),
    )


def start_of(
    policy: Policy, state: CaseState, incident: Incident, treated: RemedySelected, now: datetime
) -> StartWorkflow | None:
    """Return the workflow request for a plan; None for a dry run, and if there is no plan yet."""
    plan = treated.plan
    proposal = propose(policy, state, incident)
    if plan is None or treated.mode is Mode.DRY_RUN or proposal is None:
        return None
    limits = policy.limits
    action = Action(
        plan=plan,
        digest=plan.digest,
        monitor=incident.monitor,
        mode=treated.mode,
        stage=Stage.PLANNED,
        made=now,
        changed=now,
        requested_by=", ".join(plan.requesters) or KEDGE,
        requesters=plan.requesters,
        policy=policy.label,
        environment=policy.environment,
        says=plan.sentence,
        expires_within=int(min(limits.expires_after, LONGEST_APPROVAL).total_seconds()),
        verify_within=int(min(proposal.rule.verify_within, LONGEST_WATCH).total_seconds()),
        approvers=limits.approvers,
        required=limits.required,
        proof=limits.proof,
        sessions=limits.sessions,
        said=incident.is_only_said,
    )
    return StartWorkflow(id=plan.digest, action=action)


def follow_action(state: CaseState, signal: ActionMoved, now: datetime) -> IncidentUpdate | None:
    """Return the news of a remedy that entered another stage; None if it is a repetition.

    A stage that arrives after a later one is only recorded: the steps of the workflow may arrive in any order. A remedy
    that did not help, or whose outcome is unknown, makes the incident fire again, so that receivers are reminded until
    it is acknowledged.
    """
    known_by = mark(signal.id)
    if known_by in state.recent:
        return None
    heard = state.seen(known_by)
    incident = state.incident
    acting = incident.remedy if incident is not None else None
    if incident is None or incident.id != signal.incident or acting is None or acting.digest != signal.digest:
        return _of_another(heard, incident, signal, now)
    if signal.stage.rank < acting.stage.rank:
        noted = incident.revised(now)
        because = f"{signal.says}, received late"
        return IncidentUpdate(state=heard, reason=Reason.SUPERSEDED, because=because, incident=noted)
    again = signal.stage is acting.stage and not signal.reminder
    moved = msgspec.structs.replace(
        acting,
        stage=signal.stage,
        at=now,
        says=signal.says,
        why=signal.why,
        until=_until(signal),
        acted=signal.at if signal.stage is Stage.ACTED and not again else acting.acted,
        due=None if signal.stage.is_over else signal.until,
    )
    changed = incident.revised(now, remedy=moved, state=_state(incident, signal.stage))
    return IncidentUpdate(
        state=heard,
        reason=_reason(signal, again=again),
        because=signal.says,
        incident=changed,
        tells=signal.reminder or _waits(signal) or (not again and _tells(incident, signal.stage)),
    )


def _of_another(state: CaseState, incident: Incident | None, signal: ActionMoved, now: datetime) -> IncidentUpdate:
    """Return the news of an earlier incident's plan: if it did not help, it is reported with the current incident."""
    because = f"{signal.says} (a remedy for incident {signal.incident})"
    if incident is None:
        return IncidentUpdate(state=state, reason=Reason.SUPERSEDED, because=because)
    changed = incident.revised(now)
    if not signal.stage.did_not_help:
        return IncidentUpdate(state=state, reason=Reason.SUPERSEDED, because=because, incident=changed)
    return IncidentUpdate(state=state, reason=signal.stage.reason, because=because, incident=changed, tells=True)


def overdue(state: CaseState, now: datetime) -> IncidentUpdate | None:
    """Return the news that a remedy's outcome is overdue; None if it is not."""
    incident = state.incident
    acting = incident.remedy if incident is not None else None
    if incident is None or acting is None or acting.until is None or acting.until > now or acting.stage.is_over:
        return None
    says = f"the remedy has had no result since it was {acting.stage} at {format_time(acting.at)}: check {incident.target.name}"
    moved = msgspec.structs.replace(acting, stage=Stage.UNVERIFIED, at=now, says=says, until=None)
    changed = incident.revised(now, remedy=moved, state=_state(incident, Stage.UNVERIFIED))
    return IncidentUpdate(state=state, reason=Reason.REMEDY_UNVERIFIED, because=says, incident=changed, tells=True)


def _until(signal: ActionMoved) -> datetime | None:
    """Return the deadline of its next news, or the end of its temporary hold, or None."""
    if signal.stage is Stage.REFUSED:
        return signal.until
    if signal.stage.is_over:
        return None
    return (signal.until or signal.at) + PATIENCE


def _reason(signal: ActionMoved, *, again: bool) -> Reason:
    if signal.reminder:
        return Reason.APPROVAL_REMINDER
    return Reason.REMEDY_NEWS if again else signal.stage.reason


def _waits(signal: ActionMoved) -> bool:
    """Return whether a plan waits for another remedy, or for the endpoint: an approver would consider it forgotten."""
    return signal.stage.can_wait and signal.why in _SAID_TO_WAIT


def _state(incident: Incident, stage: Stage) -> IncidentState:
    if not incident.is_open:
        return incident.state
    if stage is Stage.ACTED:
        return IncidentState.MITIGATING
    if stage.did_not_help and incident.state is IncidentState.MITIGATING:
        return IncidentState.FIRING
    return incident.state


def _tells(incident: Incident, stage: Stage) -> bool:
    """Return whether a stage notifies.

    A verification does not, if the notification of the end of the incident implies it.
    """
    return stage.notifies and (incident.is_open or stage is not Stage.VERIFIED)
