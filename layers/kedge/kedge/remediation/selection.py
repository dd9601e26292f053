"""Selects the remedy of an incident: the policy's rule, the reasons against it, the plan, and its mode."""

from datetime import datetime

import msgspec

from kedge.decide.alternative_causes import awaited_inputs, question_of, two_suspects
from kedge.decide.broken_data import doubt_about_data, held_by_broken_data
from kedge.domain.action import Action
from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import CaseState, RemedyHeld, RemedySelected
from kedge.domain.facts import Needs
from kedge.domain.incident import Incident
from kedge.domain.plan import Invoke, Plan, Retrain, RollBack
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.policy.compiled import Policy
from kedge.remediation.guards import (
    LOOK_AGAIN,
    against_any,
    came_since,
    gone_back_in_vain,
    is_near,
    overtaken,
    why_hold,
    with_reevaluation,
)
from kedge.remediation.known_good import known_good
from kedge.remediation.limits import held_back
from kedge.remediation.plans.preconditions import ALLOWED_BY
from kedge.remediation.remedies import needs_of, plan_of
from kedge.remediation.rules import Proposal, propose
from kedge.remediation.unconfirmed import doubts_of


def select_remedy(
    policy: Policy,
    state: CaseState,
    incident: Incident,
    endpoint_context: EndpointContext,
    now: datetime,
    own: Action | None = None,
) -> RemedySelected | RemedyHeld | None:
    """Return the remedy of an open incident, or why it is held; None if the policy requests none, or not yet.

    If a deployment is near and the evidence does not select an action, the remedy `none` is held with a question to
    people. `own` is the action that asks whether it may continue: it does not block itself. Without facts, the result
    says what would be done, and never starts it.
    """
    proposal = propose(policy, state, incident)
    if proposal is None:
        return _asked(policy, incident, endpoint_context, now)
    against = against_any(policy, proposal, incident, endpoint_context, now)
    against = against or held_by_broken_data(proposal, state, incident, endpoint_context, now)
    against = (
        against
        or overtaken(proposal, state, incident, endpoint_context, now)
        or gone_back_in_vain(proposal, incident, endpoint_context)
    )
    against = against or two_suspects(proposal.remedy, incident, endpoint_context)
    if own is None and proposal.mode is Mode.AUTO:
        against = against or awaited_inputs(proposal.remedy, incident, endpoint_context, now)
    against = against or _limited(policy, proposal.remedy, incident, endpoint_context, now, own)
    if against is not None:
        return with_reevaluation(against, now)
    occasion = own.plan.occasion if own is not None else occasion_of(proposal.remedy, incident, endpoint_context)
    plan = plan_of(policy, proposal.rule, incident, _allowed(proposal, endpoint_context), now, occasion)
    if isinstance(plan, RemedyHeld):
        if own is None and _is_only_said(proposal, plan, endpoint_context):
            doubts = _doubts(policy, proposal, state, incident, endpoint_context, None, now)
            return _unplanned(policy, proposal, incident, plan, endpoint_context, now, doubts)
        return with_reevaluation(plan, now)
    plan = _as_approved(plan, own)
    doubts = _doubts(policy, proposal, state, incident, endpoint_context, plan, now)
    if doubts:
        plan = msgspec.structs.replace(plan, notes=tuple(dict.fromkeys((*plan.notes, *doubts))))
    against = _limited(policy, proposal.remedy, incident, endpoint_context, now, own, plan)
    if against is not None:
        return with_reevaluation(against, now)
    return RemedySelected(
        remedy=proposal.remedy,
        mode=_mode(proposal, endpoint_context, doubts),
        why=incident.cause.value,
        rule=proposal.rule.place,
        says=plan.sentence,
        plan=plan,
    )


def _as_approved(plan: Plan, own: Action | None) -> Plan:
    """Return the plan as it was made if only the newest run changed: its parameters name the run that caused it."""
    doing, asked = plan.doing, own.plan.doing if own is not None else None
    if own is None or not isinstance(doing, Retrain | Invoke) or type(doing) is not type(asked):
        return plan
    same = (doing.using, doing.parameters.keys()) == (asked.using, asked.parameters.keys())
    return own.plan if same else plan


def needs(policy: Policy, state: CaseState, incident: Incident, endpoint_context: EndpointContext) -> Needs | None:
    """Return the facts for the plan of an incident's remedy; None if there is nothing to plan."""
    proposal = propose(policy, state, incident)
    return None if proposal is None else needs_of(policy, proposal.rule, incident, endpoint_context)


def occasion_of(remedy: RemedyName, incident: Incident, endpoint_context: EndpointContext) -> str:
    """Return the text that distinguishes a plan from an earlier one with the same action.

    A roll-back ends a deployment that exists once: two incidents that request it have one plan. If roll-backs of the
    target did not help, the next one is another plan.
    """
    if remedy is not RemedyName.ROLL_BACK:
        return f"{incident.id}/{incident.tried}"
    known = endpoint_context.efficacy.get(remedy)
    in_vain = known.failed + known.unverified if known is not None else 0
    return f"after {in_vain} that did not help" if in_vain else ""


def _allowed(proposal: Proposal, endpoint_context: EndpointContext) -> EndpointContext:
    """Return the context of a dry run without the team's permission: the plan assumes it."""
    facts = endpoint_context.facts
    if proposal.mode is not Mode.DRY_RUN or facts is None:
        return endpoint_context
    tags = {**(facts.tags or {}), ALLOWED_BY: "true"}
    return msgspec.structs.replace(endpoint_context, facts=msgspec.structs.replace(facts, tags=tags))


def _is_only_said(proposal: Proposal, plan: RemedyHeld, endpoint_context: EndpointContext) -> bool:
    """Return whether a remedy is right without a plan: nothing was read, or a dry run lacks the resource to start."""
    if endpoint_context.facts is None:
        return plan.why is HoldReason.UNREADABLE and not endpoint_context.unread
    return proposal.mode is Mode.DRY_RUN and plan.why is HoldReason.NOTHING_TO_START


def _doubts(
    policy: Policy,
    proposal: Proposal,
    state: CaseState,
    incident: Incident,
    endpoint_context: EndpointContext,
    plan: Plan | None,
    now: datetime,
) -> tuple[str, ...]:
    found = [came_since(state, incident, endpoint_context)] if proposal.remedy is RemedyName.ROLL_BACK else []
    if proposal.remedy.needs_sound_evidence:
        found.append(doubt_about_data(state, incident, endpoint_context))
    return (*doubts_of(policy, incident, endpoint_context, plan, now), *(doubt for doubt in found if doubt is not None))


def _unplanned(
    policy: Policy,
    proposal: Proposal,
    incident: Incident,
    why: RemedyHeld,
    endpoint_context: EndpointContext,
    now: datetime,
    doubts: tuple[str, ...],
) -> RemedySelected | RemedyHeld:
    """Return a remedy in one sentence, from the ledgers alone."""
    says = f"{proposal.remedy.wanted.format(name=incident.target.name)}; {why.says}"
    if proposal.remedy is RemedyName.ROLL_BACK:
        good = known_good(policy, endpoint_context.deployments, incident.tags, now)
        if isinstance(good, RemedyHeld):
            return good
        says = f"Roll {incident.target.name} back to config {good.config}; {why.says}"
    return RemedySelected(
        remedy=proposal.remedy,
        mode=_mode(proposal, endpoint_context, doubts),
        why=incident.cause.value,
        rule=proposal.rule.place,
        says=says,
    )


def _mode(proposal: Proposal, endpoint_context: EndpointContext, doubts: tuple[str, ...]) -> Mode:
    """Return the mode of a remedy.

    A remedy that did not work for this target requires approval until it has worked once more, and so does one with
    unconfirmed evidence.
    """
    efficacy = endpoint_context.efficacy.get(proposal.remedy)
    demoted = efficacy is not None and efficacy.demoted is not None
    return Mode.APPROVAL if (demoted or doubts) and proposal.mode is Mode.AUTO else proposal.mode


def _asked(policy: Policy, incident: Incident, endpoint_context: EndpointContext, now: datetime) -> RemedyHeld | None:
    """Return the question to people if nothing is proposed and a deployment may be the cause, else None."""
    if incident.cause is Cause.SCHEMA_BREAK and incident.suspect is not None and is_near(policy, endpoint_context, now):
        return RemedyHeld(
            remedy=RemedyName.NONE, why=HoldReason.HOLD, says=why_hold(policy, RemedyName.NONE, endpoint_context, now)
        )
    if incident.problem.disputed:
        return RemedyHeld(remedy=RemedyName.NONE, why=HoldReason.HOLD, says=incident.problem.disputed)
    if incident.cause is Cause.INCONCLUSIVE and incident.suspect is not None and incident.evidence:
        says = f"{'; '.join(incident.evidence)}: {question_of(incident.explanations)}"
        # During the deployment it is unknown; after its end, it may become known.
        look = now + LOOK_AGAIN if endpoint_context.deployments.coming is not None else None
        return RemedyHeld(remedy=RemedyName.NONE, why=HoldReason.HOLD, says=says, look=look)
    return None


def _limited(
    policy: Policy,
    remedy: RemedyName,
    incident: Incident,
    endpoint_context: EndpointContext,
    now: datetime,
    own: Action | None,
    plan: Plan | None = None,
) -> RemedyHeld | None:
    doing = plan.doing if plan is not None else None
    return held_back(
        policy,
        endpoint_context.register,
        incident.target,
        remedy,
        now,
        own=own.digest if own is not None else None,
        incident=incident,
        source=doing.from_config if isinstance(doing, RollBack) else "",
        destination=doing.to_config if isinstance(doing, RollBack) else "",
        using=doing.using if isinstance(doing, Retrain) else "",
    )
