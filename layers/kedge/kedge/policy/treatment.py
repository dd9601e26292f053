"""What is done about an incident: the policy's rule, what speaks against it, the plan, and how far it may go by itself."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from kedge.domain.action import Action
from kedge.domain.around import Here
from kedge.domain.decision import Refused, Remedied, State
from kedge.domain.facts import Needs
from kedge.domain.incident import Cause, Incident
from kedge.domain.plan import Invoke, Plan, Retrain, RollBack
from kedge.domain.remedy import Mode, Refusal, RemedyName
from kedge.domain.run import Reading, Verdict
from kedge.domain.target import TargetKind
from kedge.policy.doubts import BROKEN_INPUT, doubts_of, shares, weighs
from kedge.policy.limits import held_back
from kedge.policy.plans import needs_of, plan_of
from kedge.policy.plans.ground import ALLOWED_BY
from kedge.policy.remedies import Proposal, proposed
from kedge.policy.rules import Policy
from kedge.policy.spans import span
from kedge.policy.standing import known_good
from kedge.policy.suspects import awaited_inputs, question_of, two_suspects

LOOK_AGAIN: Final = timedelta(minutes=5)
"""When what passes by itself, such as an endpoint that is being updated, is looked at again."""

LOOK_LATER: Final = timedelta(minutes=30)
"""When a limit is looked at again that what is under way fills: it has no end of its own."""

_FULL: Final = frozenset({Refusal.MOST_ACTIONS, Refusal.SHARE_OF_FLEET})
# What may be otherwise in a few minutes, with nobody telling.
_PASSING: Final = frozenset({Refusal.UNREADABLE, Refusal.ENDPOINT_BUSY, Refusal.ALREADY_RUNNING})
_ON_ENDPOINTS: Final = frozenset({RemedyName.ROLL_BACK, RemedyName.SHIFT_TRAFFIC})
_WANTED: Final = {
    RemedyName.ROLL_BACK: "Roll {name} back",
    RemedyName.RETRAIN: "Make a new model for {name}",
    RemedyName.SHIFT_TRAFFIC: "Take traffic away from a variant of {name}",
    RemedyName.INVOKE: "Call the team's own automation for {name}",
}


def treat(
    policy: Policy, state: State, incident: Incident, here: Here, now: datetime, own: Action | None = None
) -> Remedied | Refused | None:
    """The remedy of an open incident, or why it is held back; None where the policy asks for none, or not yet.

    Where a deployment is near and the evidence does not say what to do, no remedy is held back with a question to people.

    `own` is the action that asks whether it still may go on: it does not stand in its own way. Without facts what is known
    suffices to say what would be done, and never to do it.
    """
    proposal = proposed(policy, state, incident)
    if proposal is None:
        return _asked(policy, incident, here, now)
    against = _against(policy, proposal, incident, here, now)
    against = against or _overtaken(proposal, state, incident, here) or two_suspects(proposal.remedy, incident, here)
    if own is None and proposal.mode is Mode.AUTO:
        against = against or awaited_inputs(proposal.remedy, incident, here, now)
    against = against or _limited(policy, proposal.remedy, incident, here, now, own)
    if against is not None:
        return _dated(against, now)
    occasion = own.plan.occasion if own is not None else f"{incident.id}/{incident.tried}"
    plan = plan_of(policy, proposal.written, incident, _allowed(proposal, here), now, occasion)
    if isinstance(plan, Refused):
        if own is None and _is_only_said(proposal, plan, here):
            return _unplanned(policy, proposal, incident, plan, here, now)
        return _dated(plan, now)
    plan = _as_approved(plan, own)
    doubts = doubts_of(policy, incident, here, plan)
    if own is None and doubts:
        plan = msgspec.structs.replace(plan, notes=(*plan.notes, *doubts))
    against = _limited(policy, proposal.remedy, incident, here, now, own, plan)
    if against is not None:
        return _dated(against, now)
    return Remedied(
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


def needs(policy: Policy, state: State, incident: Incident, here: Here) -> Needs | None:
    """What has to be read to plan an incident's remedy; None where there is nothing to plan."""
    proposal = proposed(policy, state, incident)
    return None if proposal is None else needs_of(policy, proposal.written, incident, here)


def _allowed(proposal: Proposal, here: Here) -> Here:
    """What a rehearsal needs of an endpoint whose team has not allowed anything yet: the plan says what it would be with that."""
    facts = here.facts
    if proposal.mode is not Mode.DRY_RUN or facts is None:
        return here
    tags = {**(facts.tags or {}), ALLOWED_BY: "true"}
    return msgspec.structs.replace(here, facts=msgspec.structs.replace(facts, tags=tags))


def _is_only_said(proposal: Proposal, plan: Refused, here: Here) -> bool:
    """Whether a remedy is right though nothing can be planned: where nothing was read, or a rehearsal lacks what it would start."""
    if here.facts is None:
        return plan.why is Refusal.UNREADABLE and not here.unread
    return proposal.mode is Mode.DRY_RUN and plan.why is Refusal.NOTHING_TO_START


def _unplanned(
    policy: Policy, proposal: Proposal, incident: Incident, why: Refused, here: Here, now: datetime
) -> Remedied | Refused:
    """A remedy in one sentence, of what the ledgers know alone."""
    says = f"{_WANTED[proposal.remedy].format(name=incident.target.name)}; {why.says}"
    if proposal.remedy is RemedyName.ROLL_BACK:
        good = known_good(policy, here.deployments, incident.tags, now)
        if isinstance(good, Refused):
            return good
        says = f"Roll {incident.target.name} back to config {good.config}; {why.says}"
    return Remedied(
        remedy=proposal.remedy,
        mode=_mode(proposal, here, doubts_of(policy, incident, here, None)),
        why=incident.cause.value,
        rule=proposal.rule,
        says=says,
    )


def _mode(proposal: Proposal, here: Here, doubts: tuple[str, ...]) -> Mode:
    """How far a remedy may go by itself.

    One that did not work for this target is not carried out without approval until it has worked once more, nor is one whose evidence
    no authority confirms.
    """
    efficacy = here.efficacy.get(proposal.remedy)
    demoted = efficacy is not None and efficacy.demoted is not None
    return Mode.APPROVAL if (demoted or doubts) and proposal.mode is Mode.AUTO else proposal.mode


def _against(policy: Policy, proposal: Proposal, incident: Incident, here: Here, now: datetime) -> Refused | None:
    """What in the evidence speaks against any act, whatever the policy permits."""
    remedy = proposal.remedy
    fleet = here.fleet
    upstream = any(each.part_of is not None and weighs(each, incident) for each in (incident, *here.companions))
    shared = fleet is not None and weighs(fleet, incident) and shares(incident, here)
    if upstream or shared:
        named = f": {', '.join(fleet.features[:3])}" if fleet is not None and fleet.features else ""
        says = (
            f"what is wrong comes from upstream of many targets{named}; nothing is done to {incident.target.name} alone"
        )
        return Refused(remedy=remedy, why=Refusal.UPSTREAM, says=says)
    if remedy in _ON_ENDPOINTS and incident.target.kind is not TargetKind.ENDPOINT:
        says = f"{incident.target.name} is no endpoint, so nothing can be rolled back or shifted there"
        return Refused(remedy=remedy, why=Refusal.NOT_AN_ENDPOINT, says=says)
    broken = any(each.cause in BROKEN_INPUT and weighs(each, incident) for each in (incident, *here.companions))
    if broken and remedy is not RemedyName.INVOKE:
        return Refused(remedy=remedy, why=Refusal.HOLD, says=_why_hold(policy, remedy, here, now))
    if remedy is not RemedyName.INVOKE and (unread := _unread(remedy, incident)) is not None:
        return unread
    if remedy is not RemedyName.INVOKE and incident.cause is Cause.MONITOR_FAULT:
        says = f"nothing of {incident.target.name} was measured: whether its model is worse, nobody knows"
        return Refused(remedy=remedy, why=Refusal.HOLD, says=says)
    if (
        remedy is RemedyName.ROLL_BACK
        and incident.cause is not Cause.DEPLOYMENT_REGRESSION
        and incident.suspect is None
    ):
        says = f"the evidence blames no deployment for {incident.cause}: would another config be given other inputs?"
        return Refused(remedy=remedy, why=Refusal.HOLD, says=says)
    if remedy is RemedyName.RETRAIN and incident.suspect is not None:
        says = f"{'; '.join(incident.evidence)}: a new model is no answer to a deployment; was it the deployment?"
        return Refused(remedy=remedy, why=Refusal.HOLD, says=says)
    if incident.flapping:
        says = f"what {incident.target.name} shows comes and goes: a remedy would be verified, or blamed, by chance; is the monitor too tight?"
        return Refused(remedy=remedy, why=Refusal.HOLD, says=says)
    coming = here.deployments.coming
    if coming is not None and remedy in _ON_ENDPOINTS and now - coming.since <= policy.blame.within:
        says = f"config {coming.config} is just being deployed to {incident.target.name}: is it the remedy already?"
        return Refused(remedy=remedy, why=Refusal.ENDPOINT_BUSY, says=says)
    return None


def _unread(remedy: RemedyName, incident: Incident) -> Refused | None:
    """A report that could not be read, or that SageMaker contradicts, is evidence for no remedy."""
    problem = incident.problem
    if problem.disputed:
        return Refused(remedy=remedy, why=Refusal.HOLD, says=problem.disputed)
    if problem.verdict is not Verdict.VIOLATED or problem.reading in (None, Reading.READ):
        return None
    says = f"the report of {problem.source} could not be read ({problem.why_unread or 'there is no report'}): read it before you act"
    return Refused(remedy=remedy, why=Refusal.HOLD, says=says)


def _overtaken(proposal: Proposal, state: State, incident: Incident, here: Here) -> Refused | None:
    """Whether another config serves since what is known to be bad: it may be the mend, and nothing of it is known yet."""
    current, window = here.deployments.current, incident.problem.window
    last = state.last_of(incident.problem.source, confirmed=incident.is_confirmed)
    retrains = proposal.remedy is RemedyName.RETRAIN and incident.cause is not Cause.INPUT_DRIFT
    if current is None or not (retrains or proposal.remedy in _ON_ENDPOINTS):
        return None
    shown = last.at if last is not None else None
    if window is not None:
        # What would be rolled back must have been looked at alone; a new model is an answer to what was there at all.
        shown = window.end if retrains else window.start
    if shown is None or current.since <= shown:
        return None
    says = (
        f"config {current.config} came to {incident.target.name} after what was found bad: is it the mend already? Its own runs"
        " have to tell how it is"
    )
    return Refused(remedy=proposal.remedy, why=Refusal.ENDPOINT_CHANGED, says=says)


def _asked(policy: Policy, incident: Incident, here: Here, now: datetime) -> Refused | None:
    """What people are asked where nothing is proposed, and a deployment may have to do with it; None where it has not."""
    if incident.cause is Cause.SCHEMA_BREAK and incident.suspect is not None and _is_near(policy, here, now):
        return Refused(remedy=RemedyName.NONE, why=Refusal.HOLD, says=_why_hold(policy, RemedyName.NONE, here, now))
    if incident.problem.disputed:
        return Refused(remedy=RemedyName.NONE, why=Refusal.HOLD, says=incident.problem.disputed)
    if incident.cause is Cause.INCONCLUSIVE and incident.suspect is not None and incident.evidence:
        says = f"{'; '.join(incident.evidence)}: {question_of(incident.explanations)}"
        return Refused(remedy=RemedyName.NONE, why=Refusal.HOLD, says=says)
    return None


def _is_near(policy: Policy, here: Here, now: datetime) -> bool:
    current = here.deployments.current
    return current is not None and now - current.since <= policy.blame.within


def _why_hold(policy: Policy, remedy: RemedyName, here: Here, now: datetime) -> str:
    current = here.deployments.current
    if current is not None and _is_near(policy, here, now):
        came = span(now - current.since)
        return (
            f"the data that comes in is broken, and config {current.config} came {came} ago: did the deployment break it, or "
            "does the data's owner have to mend it?"
        )
    if remedy is RemedyName.RETRAIN:
        return "the data that comes in is broken, and a model is never retrained on broken data: the data's owner has to mend it"
    return (
        "the data that comes in is broken: another config would be given the same data; the data's owner has to mend it"
    )


def _limited(
    policy: Policy,
    remedy: RemedyName,
    incident: Incident,
    here: Here,
    now: datetime,
    own: Action | None,
    plan: Plan | None = None,
) -> Refused | None:
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


def _dated(refused: Refused, now: datetime) -> Refused:
    if refused.until is None and refused.why in _FULL:
        return msgspec.structs.replace(refused, until=now + LOOK_LATER)
    if refused.until is None and refused.why in _PASSING:
        return msgspec.structs.replace(refused, until=now + LOOK_AGAIN)
    return refused
