"""What is done about an incident: the policy's rule, what speaks against it, the plan, and how far it may go by itself."""

from datetime import datetime

import msgspec

from kedge.decide.broken_data import doubt_about_data, held_by_broken_data
from kedge.decide.suspects import awaited_inputs, question_of, two_suspects
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
    here: EndpointContext,
    now: datetime,
    own: Action | None = None,
) -> RemedySelected | RemedyHeld | None:
    """The remedy of an open incident, or why it is held back; None where the policy asks for none, or not yet.

    Where a deployment is near and the evidence does not say what to do, no remedy is held back with a question to people.

    `own` is the action that asks whether it still may go on: it does not stand in its own way. Without facts what is known
    suffices to say what would be done, and never to do it.
    """
    proposal = propose(policy, state, incident)
    if proposal is None:
        return _asked(policy, incident, here, now)
    against = against_any(policy, proposal, incident, here, now)
    against = against or held_by_broken_data(proposal, state, incident, here, now)
    against = against or overtaken(proposal, state, incident, here, now) or gone_back_in_vain(proposal, incident, here)
    against = against or two_suspects(proposal.remedy, incident, here)
    if own is None and proposal.mode is Mode.AUTO:
        against = against or awaited_inputs(proposal.remedy, incident, here, now)
    against = against or _limited(policy, proposal.remedy, incident, here, now, own)
    if against is not None:
        return with_reevaluation(against, now)
    occasion = own.plan.occasion if own is not None else occasion_of(proposal.remedy, incident, here)
    plan = plan_of(policy, proposal.written, incident, _allowed(proposal, here), now, occasion)
    if isinstance(plan, RemedyHeld):
        if own is None and _is_only_said(proposal, plan, here):
            doubts = _doubts(policy, proposal, state, incident, here, None, now)
            return _unplanned(policy, proposal, incident, plan, here, now, doubts)
        return with_reevaluation(plan, now)
    plan = _as_approved(plan, own)
    doubts = _doubts(policy, proposal, state, incident, here, plan, now)
    if doubts:
        plan = msgspec.structs.replace(plan, notes=tuple(dict.fromkeys((*plan.notes, *doubts))))
    against = _limited(policy, proposal.remedy, incident, here, now, own, plan)
    if against is not None:
        return with_reevaluation(against, now)
    return RemedySelected(
        remedy=proposal.remedy,
        mode=_mode(proposal, here, doubts),
        why=incident.cause.value,
        rule=proposal.rule,
        says=plan.sentence,
        plan=plan,
    )


def _as_approved(plan: Plan, own: Action | None) -> Plan:
    """The plan as it was made, where nothing but the newest run is other: its parameters name the run that asked for it."""
    doing, asked = plan.doing, own.plan.doing if own is not None else None
    if own is None or not isinstance(doing, Retrain | Invoke) or type(doing) is not type(asked):
        return plan
    same = (doing.using, doing.parameters.keys()) == (asked.using, asked.parameters.keys())
    return own.plan if same else plan


def needs(policy: Policy, state: CaseState, incident: Incident, here: EndpointContext) -> Needs | None:
    """What has to be read to plan an incident's remedy; None where there is nothing to plan."""
    proposal = propose(policy, state, incident)
    return None if proposal is None else needs_of(policy, proposal.written, incident, here)


def occasion_of(remedy: RemedyName, incident: Incident, here: EndpointContext) -> str:
    """What tells a plan apart from an earlier one that does the same.

    A roll-back ends a deployment that there is once: two incidents that ask for it have one plan. If roll-backs of the target did not help,
    the next one is another.
    """
    if remedy is not RemedyName.ROLL_BACK:
        return f"{incident.id}/{incident.tried}"
    known = here.efficacy.get(remedy)
    in_vain = known.failed + known.unverified if known is not None else 0
    return f"after {in_vain} that did not help" if in_vain else ""


def _allowed(proposal: Proposal, here: EndpointContext) -> EndpointContext:
    """What a rehearsal needs of an endpoint whose team has not allowed anything yet: the plan says what it would be with that."""
    facts = here.facts
    if proposal.mode is not Mode.DRY_RUN or facts is None:
        return here
    tags = {**(facts.tags or {}), ALLOWED_BY: "true"}
    return msgspec.structs.replace(here, facts=msgspec.structs.replace(facts, tags=tags))


def _is_only_said(proposal: Proposal, plan: RemedyHeld, here: EndpointContext) -> bool:
    """Whether a remedy is right though nothing can be planned: where nothing was read, or a rehearsal lacks what it would start."""
    if here.facts is None:
        return plan.why is HoldReason.UNREADABLE and not here.unread
    return proposal.mode is Mode.DRY_RUN and plan.why is HoldReason.NOTHING_TO_START


def _doubts(
    policy: Policy,
    proposal: Proposal,
    state: CaseState,
    incident: Incident,
    here: EndpointContext,
    plan: Plan | None,
    now: datetime,
) -> tuple[str, ...]:
    found = [came_since(state, incident, here)] if proposal.remedy is RemedyName.ROLL_BACK else []
    if proposal.remedy.needs_sound_evidence:
        found.append(doubt_about_data(state, incident, here))
    return (*doubts_of(policy, incident, here, plan, now), *(doubt for doubt in found if doubt is not None))


def _unplanned(
    policy: Policy,
    proposal: Proposal,
    incident: Incident,
    why: RemedyHeld,
    here: EndpointContext,
    now: datetime,
    doubts: tuple[str, ...],
) -> RemedySelected | RemedyHeld:
    """A remedy in one sentence, of what the ledgers know alone."""
    says = f"{proposal.remedy.wanted.format(name=incident.target.name)}; {why.says}"
    if proposal.remedy is RemedyName.ROLL_BACK:
        good = known_good(policy, here.deployments, incident.tags, now)
        if isinstance(good, RemedyHeld):
            return good
        says = f"Roll {incident.target.name} back to config {good.config}; {why.says}"
    return RemedySelected(
        remedy=proposal.remedy,
        mode=_mode(proposal, here, doubts),
        why=incident.cause.value,
        rule=proposal.rule,
        says=says,
    )


def _mode(proposal: Proposal, here: EndpointContext, doubts: tuple[str, ...]) -> Mode:
    """How far a remedy may go by itself.

    One that did not work for this target is not carried out without approval until it has worked once more, nor is one whose evidence
    no authority confirms.
    """
    efficacy = here.efficacy.get(proposal.remedy)
    demoted = efficacy is not None and efficacy.demoted is not None
    return Mode.APPROVAL if (demoted or doubts) and proposal.mode is Mode.AUTO else proposal.mode


def _asked(policy: Policy, incident: Incident, here: EndpointContext, now: datetime) -> RemedyHeld | None:
    """What people are asked where nothing is proposed, and a deployment may have to do with it; None where it has not."""
    if incident.cause is Cause.SCHEMA_BREAK and incident.suspect is not None and is_near(policy, here, now):
        return RemedyHeld(
            remedy=RemedyName.NONE, why=HoldReason.HOLD, says=why_hold(policy, RemedyName.NONE, here, now)
        )
    if incident.problem.disputed:
        return RemedyHeld(remedy=RemedyName.NONE, why=HoldReason.HOLD, says=incident.problem.disputed)
    if incident.cause is Cause.INCONCLUSIVE and incident.suspect is not None and incident.evidence:
        says = f"{'; '.join(incident.evidence)}: {question_of(incident.explanations)}"
        # While it is under way nobody can tell; when it has ended, somebody may.
        look = now + LOOK_AGAIN if here.deployments.coming is not None else None
        return RemedyHeld(remedy=RemedyName.NONE, why=HoldReason.HOLD, says=says, look=look)
    return None


def _limited(
    policy: Policy,
    remedy: RemedyName,
    incident: Incident,
    here: EndpointContext,
    now: datetime,
    own: Action | None,
    plan: Plan | None = None,
) -> RemedyHeld | None:
    doing = plan.doing if plan is not None else None
    return held_back(
        policy,
        here.register,
        incident.target,
        remedy,
        now,
        own=own.digest if own is not None else None,
        incident=incident,
        source=doing.from_config if isinstance(doing, RollBack) else "",
        destination=doing.to_config if isinstance(doing, RollBack) else "",
        using=doing.using if isinstance(doing, Retrain) else "",
    )
