"""What held a remedy back for a while is looked at again, and what came to nothing is asked about again."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.action import Efficacy, RemedyStatus
from kedge.domain.cause import Cause
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, RemedyHeld, SourceState
from kedge.domain.deployment import Deployment, DeploymentOrigin, PendingDeployment
from kedge.domain.incident import Problem, Severity
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.reason import Reason
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Measure, MeasuredRun, Monitor, Verdict, Window
from kedge.domain.stage import Stage
from kedge.policy.compiled import compile_remedy
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.guards import (
    LOOK_AGAIN,
    LOOK_LATER,
    SETTLED,
    came_since,
    gone_back_in_vain,
    overtaken,
    with_reevaluation,
)
from kedge.remediation.proposal import propose_remedy, rediagnose_alarm
from kedge.remediation.rules import Proposal
from kedge.remediation.selection import occasion_of
from kedge.routing.pipeline import IncidentUpdate
from tests.support.remedies import BAD, CAME, GOOD, NOW, deployments, endpoint_context, incident, limited
from tests.support.stories import BY_NOBODY, policy_of

BY_CLOUDWATCH = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.CLOUDWATCH, says="DescribeAlarms")
RULE = RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO)
POLICY = limited(RULE)
PROPOSAL = Proposal(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO, rule=compile_remedy("remedies[0]", RULE))
RANG = CAME - timedelta(minutes=5)
BEGAN = CAME - timedelta(minutes=10)


def refused(why):
    return RemedyHeld(remedy=RemedyName.ROLL_BACK, why=why, says="no")


@pytest.mark.parametrize(
    ("why", "wait"),
    [
        (HoldReason.UNREADABLE, LOOK_AGAIN),
        (HoldReason.ENDPOINT_BUSY, LOOK_AGAIN),
        (HoldReason.ALREADY_RUNNING, LOOK_AGAIN),
        (HoldReason.MOST_ACTIONS, LOOK_LATER),
        (HoldReason.SHARE_OF_FLEET, LOOK_LATER),
        (HoldReason.KILL_SWITCH, LOOK_LATER),
        (HoldReason.UPSTREAM, LOOK_LATER),
        (HoldReason.HOLD, None),
        (HoldReason.NOT_TAGGED, None),
        (HoldReason.REJECTED, None),
    ],
)
def test_what_passes_by_itself_is_looked_at_again_and_what_a_person_has_to_change_is_not(why, wait):
    found = with_reevaluation(refused(why), NOW)
    assert (found.until or found.look) == (NOW + wait if wait is not None else None)


def test_an_end_that_is_known_is_kept():
    known = replace(refused(HoldReason.MOST_ACTIONS), until=NOW + timedelta(days=1))
    assert with_reevaluation(known, NOW) == known


def alarm(cause=Cause.INCONCLUSIVE, *, was_ok=True, suspect=BAD, **changes):
    problem = Problem(source="errors", verdict=Verdict.ALARM, metric="Invocation5XXErrors", was_ok=was_ok)
    return incident(
        cause, monitor=Monitor.ALARM, problem=problem, suspect=suspect, provenance=BY_CLOUDWATCH, since=RANG, **changes
    )


def on(at=RANG, *, bad=True):
    return CaseState(
        sources={"errors": SourceState(id="a", at=at, finished=at, verdict=Verdict.ALARM, bad=bad, history="v")}
    )


def ended(began=BEGAN):
    """The deployment that was under way when the alarm went off has ended."""
    known = deployments()
    return replace(known, history=(known.history[0], replace(known.history[1], began=began)))


def judged_again(about, state=None, known=None):
    return rediagnose_alarm(
        POLICY, state or on(), about, Context(endpoint_context=EndpointContext(deployments=known or ended())), NOW
    )


def test_an_alarm_that_was_ok_before_the_deployment_in_which_it_went_off_blames_it():
    found = judged_again(alarm())
    assert found is not None
    assert (found.cause, found.suspect) == (Cause.DEPLOYMENT_REGRESSION, BAD)
    assert any(GOOD in each for each in found.evidence)


def test_an_alarm_that_was_never_known_to_be_ok_blames_nothing():
    found = judged_again(alarm(was_ok=False))
    assert found is not None
    assert found.cause is Cause.INCONCLUSIVE


@pytest.mark.parametrize(
    "about",
    [
        alarm(Cause.CONCEPT_DRIFT),
        alarm(suspect=None),
        replace(alarm(), monitor=Monitor.MODEL_QUALITY),
        replace(alarm(), provenance=None),
    ],
)
def test_only_an_alarm_that_nobody_could_judge_is_judged_again(about):
    assert judged_again(about) is None


def test_an_alarm_that_is_well_again_is_not_judged_again():
    assert judged_again(alarm(), on(bad=False)) is None


def test_while_the_deployment_goes_on_nothing_is_new():
    coming = replace(
        deployments(), history=deployments().history[:1], coming=PendingDeployment(config=BAD, over=GOOD, since=BEGAN)
    )
    first = judged_again(alarm(), known=coming)
    assert first is not None
    assert first.cause is Cause.INCONCLUSIVE
    assert judged_again(first, known=coming) is None


def test_an_alarm_that_the_next_config_does_not_end_is_for_an_approver_after_an_hour():
    rang = CAME - timedelta(hours=2)
    about = alarm(Cause.DEPLOYMENT_REGRESSION, suspect="churn-39")
    context, state = endpoint_context(), on(rang)
    held = overtaken(PROPOSAL, state, about, context, CAME + timedelta(minutes=30))
    assert held is not None
    assert (held.why, held.look) == (HoldReason.ENDPOINT_CHANGED, CAME + SETTLED)
    assert overtaken(PROPOSAL, state, about, context, CAME + SETTLED) is None
    assert "still on" in (came_since(state, about, context) or "")


def test_a_run_that_was_overtaken_waits_for_the_next_run():
    about = incident()
    window = Window(CAME - timedelta(hours=2), CAME - timedelta(hours=1))
    about = replace(about, problem=replace(about.problem, window=window))
    held = overtaken(PROPOSAL, CaseState(), about, endpoint_context(), NOW)
    assert held is not None
    assert (held.until, held.look) == (None, None)


def test_what_was_gone_back_from_in_vain_is_a_question():
    history = (*deployments().history, Deployment(config=GOOD, since=NOW, arrival=DeploymentOrigin.REMEDY))
    context = endpoint_context(deployments=replace(deployments(), history=history))
    held = gone_back_in_vain(PROPOSAL, incident(suspect=BAD), context)
    assert held is not None
    assert held.why is HoldReason.HOLD
    assert "?" in held.says
    assert gone_back_in_vain(PROPOSAL, incident(suspect=GOOD), context) is None
    assert gone_back_in_vain(PROPOSAL, incident(suspect=BAD), endpoint_context()) is None


@pytest.mark.parametrize(
    ("known", "occasion"),
    [
        ({}, ""),
        ({RemedyName.ROLL_BACK: Efficacy(verified=3)}, ""),
        ({RemedyName.ROLL_BACK: Efficacy(failed=1, unverified=1)}, "after 2 that did not help"),
    ],
)
def test_a_roll_back_is_one_plan_whoever_asks_until_one_did_not_help(known, occasion):
    for about in (incident(), incident(id="another", tried=3)):
        assert occasion_of(RemedyName.ROLL_BACK, about, endpoint_context(efficacy=known)) == occasion


def test_what_may_be_done_more_than_once_is_another_plan_each_time():
    one, other = (occasion_of(RemedyName.RETRAIN, incident(tried=number), endpoint_context()) for number in (0, 1))
    assert one != other


def asked_again(stage, hours, **changes):
    """Whether a bad run so many hours after a stage leads to another look."""
    acting = RemedyStatus(
        remedy=RemedyName.ROLL_BACK,
        mode=Mode.APPROVAL,
        stage=stage,
        at=NOW - timedelta(hours=hours),
        says="",
        digest="d",
        **changes,
    )
    about = incident(remedy=acting, suspect=BAD, provenance=Provenance(voucher=Voucher.SAGEMAKER))
    news = IncidentUpdate(
        state=CaseState(incident=about),
        reason=Reason.STILL_FIRING,
        because="bad",
        incident=about,
        verdict=Verdict.VIOLATED,
    )
    return propose_remedy(POLICY, news, Context(endpoint_context=endpoint_context()), NOW)[1] is not None


@pytest.mark.parametrize("stage", [Stage.EXPIRED, Stage.FAILED, Stage.UNVERIFIED])
@pytest.mark.parametrize(("hours", "again"), [(5, False), (6, True), (30, True)])
def test_what_came_to_nothing_is_asked_about_again_after_the_cooldown(stage, hours, again):
    assert asked_again(stage, hours) is again


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.ASKED, Stage.ACTED, Stage.VERIFIED, Stage.ACTING])
def test_what_a_person_rejected_or_is_under_way_is_not_asked_about_again(stage):
    assert not asked_again(stage, 48)


def test_the_cooldown_counts_from_the_act_and_not_from_when_it_was_found_not_to_help():
    assert asked_again(Stage.FAILED, 4, acted=NOW - timedelta(hours=7))
    assert not asked_again(Stage.FAILED, 4, acted=NOW - timedelta(hours=5))


@pytest.mark.parametrize("limit", [5.0, 6.0])
def test_an_alarm_that_is_judged_again_is_judged_by_the_values_that_are_kept_of_it(limit):
    """The look has no numbers of its own: they came with the alarm, when the deployment was under way."""
    was_well = kept_of("errors", RANG - timedelta(hours=1), Verdict.OK, Measure("errors", 5.1, limit))
    went_off = kept_of("errors", RANG, Verdict.ALARM, Measure("errors", 5.2, 5.0))
    context = Context(endpoint_context=EndpointContext(deployments=ended(), measured=(was_well, went_off)))
    found = rediagnose_alarm(POLICY, on(), alarm(), context, NOW)
    assert found is not None
    is_stricter = limit > 5.0
    assert found.cause is (Cause.INCONCLUSIVE if is_stricter else Cause.DEPLOYMENT_REGRESSION)
    assert found.explanations == (("is it the limit, which is stricter now",) if is_stricter else ())


def kept_of(source: str, moment: datetime, verdict: Verdict, value: Measure) -> MeasuredRun:
    return MeasuredRun(source=source, at=moment, start=moment, verdict=verdict, values=(value,))


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("rule", list(Severity))
def test_an_alarm_that_is_judged_again_is_never_less_severe_than_it_was(severity, rule):
    policy = policy_of(severities=[{"severity": str(rule)}])
    context = Context(endpoint_context=EndpointContext(deployments=ended()))
    found = rediagnose_alarm(policy, on(), replace(alarm(), severity=severity), context, NOW)
    assert found is not None
    assert found.severity is max(severity, rule, key=lambda each: each.rank)
    assert found.changed == NOW


@pytest.mark.parametrize("is_confirmed", [True, False])
@pytest.mark.parametrize("is_on", [True, False])
def test_an_alarm_is_judged_again_only_while_it_is_on_as_surely_as_its_incident_is_known(is_confirmed, is_on):
    own, other = on(bad=is_on).sources, on(bad=not is_on).sources
    state = CaseState(sources=own, unconfirmed=other) if is_confirmed else CaseState(sources=other, unconfirmed=own)
    about = replace(alarm(), provenance=BY_CLOUDWATCH if is_confirmed else BY_NOBODY)
    assert (judged_again(about, state) is not None) is is_on
