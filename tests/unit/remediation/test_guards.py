"""What holds every act back, to the minute: what comes from upstream, another deployment, and a config that came in between."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.cause import Cause
from kedge.domain.decision import CaseState, RemedyHeld, SourceState
from kedge.domain.deployment import Deployment, DeploymentOrigin, Deployments, PendingDeployment
from kedge.domain.incident import Problem
from kedge.domain.provenance import OWN, Provenance, Voucher
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.policy.compiled import compile_remedy
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.guards import LOOK_LATER, SETTLED, against_any, came_since, is_near, overtaken, with_reevaluation
from kedge.remediation.rules import Proposal
from tests.support.remedies import BAD, CAME, GOOD, NOW, deployments, endpoint_context, incident, limited

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
ROLL_BACK, RETRAIN, INVOKE = RemedyName.ROLL_BACK, RemedyName.RETRAIN, RemedyName.INVOKE
POLICY = limited(RemedyRuleSpec(remedy=ROLL_BACK, mode=Mode.AUTO))
CONFIRMED, SAID = Provenance(voucher=Voucher.SAGEMAKER), Provenance(says="a file")


def proposal(remedy: RemedyName = ROLL_BACK) -> Proposal:
    return Proposal(remedy=remedy, mode=Mode.AUTO, rule=compile_remedy("remedies[0]", RemedyRuleSpec(remedy=remedy)))


def against(about=None, context=None, remedy: RemedyName = ROLL_BACK, now=NOW) -> HoldReason | None:
    held = against_any(POLICY, proposal(remedy), about or incident(suspect=BAD), context or endpoint_context(), now)
    return None if held is None else held.why


@pytest.mark.parametrize("remedy", [ROLL_BACK, RETRAIN, INVOKE])
@pytest.mark.parametrize("where", ["incident", "companion", "fleet"])
@pytest.mark.parametrize(
    ("own", "other", "holds"), [(CONFIRMED, OWN, True), (CONFIRMED, SAID, False), (SAID, SAID, True)]
)
def test_what_comes_from_upstream_holds_every_act_wherever_it_is_known(remedy, where, own, other, holds):
    """What is only said of others does not hold back what is confirmed; of itself an incident is as sure as it is."""
    about, suspect = incident(features=("age",), provenance=own), BAD if remedy is ROLL_BACK else None
    about = replace(about, suspect=suspect)
    another = incident(id="another", provenance=other)
    if where == "incident":
        about, context, holds = replace(about, part_of="up"), endpoint_context(), True
    elif where == "companion":
        context = endpoint_context(companions=(replace(another, part_of="up"),))
    else:
        context = endpoint_context(fleet=replace(another, features=("age", "plan")))
    assert (against(about, context, remedy) is HoldReason.UPSTREAM) is holds


@pytest.mark.parametrize("features", [("plan",), ()])
def test_an_incident_of_many_targets_that_shares_no_feature_holds_nothing(features):
    fleet = incident(id="another", provenance=OWN, features=features)
    assert against(incident(features=("age",), suspect=BAD), endpoint_context(fleet=fleet)) is None


@pytest.mark.parametrize(
    ("cause", "suspect", "holds"),
    [
        (Cause.DEPLOYMENT_REGRESSION, BAD, False),
        (Cause.DEPLOYMENT_REGRESSION, None, False),
        (Cause.INCONCLUSIVE, BAD, False),
        (Cause.BIAS_DRIFT, BAD, False),
        (Cause.INCONCLUSIVE, None, True),
        (Cause.INPUT_DRIFT, None, True),
    ],
)
def test_an_endpoint_is_rolled_back_only_where_a_deployment_is_blamed_or_suspected(cause, suspect, holds):
    assert against(incident(cause, suspect=suspect)) is (HoldReason.HOLD if holds else None)


@pytest.mark.parametrize("remedy", [ROLL_BACK, RemedyName.SHIFT_TRAFFIC, RETRAIN])
@pytest.mark.parametrize(
    ("ago", "is_busy"), [(MINUTE, True), (DAY - SECOND, True), (DAY, True), (DAY + SECOND, False), (DAY * 9, False)]
)
def test_a_deployment_that_is_under_way_keeps_an_endpoint_busy_for_a_day(ago, is_busy, remedy):
    coming = PendingDeployment(config="churn-42", over=BAD, since=NOW - ago)
    about = incident(suspect=BAD) if remedy is not RETRAIN else incident(Cause.CONCEPT_DRIFT)
    found = against(about, endpoint_context(deployments=deployments(coming=coming)), remedy)
    assert found is (HoldReason.ENDPOINT_BUSY if is_busy and remedy is not RETRAIN else None)


@pytest.mark.parametrize(("ago", "near"), [(DAY - SECOND, True), (DAY, True), (DAY + SECOND, False)])
def test_a_config_that_came_a_day_ago_may_still_be_to_blame(ago, near):
    assert is_near(POLICY, endpoint_context(), CAME + ago) is near


@pytest.mark.parametrize("why", list(HoldReason))
def test_an_end_that_is_known_stays_the_only_one(why):
    known = RemedyHeld(remedy=ROLL_BACK, why=why, says="no", until=NOW + DAY)
    assert with_reevaluation(known, NOW) == known


@pytest.mark.parametrize(
    ("remedy", "cause", "start", "end"),
    [
        (ROLL_BACK, Cause.DEPLOYMENT_REGRESSION, True, True),
        (RemedyName.SHIFT_TRAFFIC, Cause.DEPLOYMENT_REGRESSION, True, True),
        (RETRAIN, Cause.CONCEPT_DRIFT, False, True),  # a new model answers what was there at all
        (RETRAIN, Cause.INPUT_DRIFT, False, False),  # the inputs are no other by another config
        (INVOKE, Cause.CONCEPT_DRIFT, False, False),
    ],
)
@pytest.mark.parametrize("late", [-MINUTE, timedelta(), MINUTE])
def test_a_config_that_came_after_what_was_looked_at_is_a_mend_that_nobody_knows_yet(remedy, cause, start, end, late):
    about = incident(cause)
    window = about.problem.window
    for moment, overtakes in ((window.start, start), (window.end, end)):
        known = Deployments(history=(Deployment(config=GOOD, since=moment + late, arrival=DeploymentOrigin.DEPLOYED),))
        held = overtaken(proposal(remedy), CaseState(), about, endpoint_context(deployments=known), NOW)
        # At the start of its window a run looked at the whole of a config.
        is_late = late > timedelta() or (moment == window.end and remedy is not RETRAIN)
        assert (held is not None) is (overtakes and is_late)


def alarm(**changes):
    problem = Problem(source="errors", verdict=Verdict.ALARM)
    return incident(monitor=Monitor.ALARM, problem=problem, **changes)


def rang(at, **changes) -> CaseState:
    return CaseState(
        **{"sources": {"errors": SourceState(id="a", at=at, finished=at, bad=True, history="v")}, **changes}
    )


@pytest.mark.parametrize("is_confirmed", [True, False])
def test_of_an_alarm_that_moment_counts_which_is_known_as_surely_as_its_incident(is_confirmed):
    early, late = (SourceState(id="a", at=at, finished=at, bad=True) for at in (CAME - MINUTE, CAME + MINUTE))
    state = CaseState(sources={"errors": early}, unconfirmed={"errors": late})
    about = alarm(suspect="churn-39", provenance=CONFIRMED if is_confirmed else SAID)
    held = overtaken(proposal(), state, about, endpoint_context(), CAME + 2 * MINUTE)
    assert (held is not None) is is_confirmed
    assert (came_since(state, about, endpoint_context()) is not None) is is_confirmed


@pytest.mark.parametrize("ago", [timedelta(hours=2), timedelta(days=2)])
@pytest.mark.parametrize(("after", "holds"), [(SETTLED - SECOND, True), (SETTLED, False)])
def test_an_alarm_has_an_hour_from_when_the_next_config_came_however_long_it_is_on(ago, after, holds):
    held = overtaken(proposal(), rang(CAME - ago), alarm(suspect="churn-39"), endpoint_context(), CAME + after)
    assert (held is not None) is holds


@pytest.mark.parametrize(
    ("suspect", "began", "is_its_own"),
    [
        (BAD, -MINUTE, True),
        (BAD, timedelta(), True),
        (BAD, MINUTE, False),
        (BAD, None, False),
        ("churn-39", -MINUTE, False),
    ],
)
def test_a_config_that_is_blamed_for_what_it_did_while_it_came_is_no_mend_of_it(suspect, began, is_its_own):
    shown = CAME - 5 * MINUTE
    known = deployments()
    now = replace(known.history[1], began=None if began is None else shown + began)
    context = endpoint_context(deployments=replace(known, history=(known.history[0], now)))
    about, state = alarm(suspect=suspect), rang(shown)
    assert (overtaken(proposal(), state, about, context, CAME + MINUTE) is None) is is_its_own
    assert (came_since(state, about, context) is None) is is_its_own


def test_of_any_act_on_broken_data_it_is_asked_again_later():
    broken = incident(Cause.SCHEMA_BREAK, id="another", provenance=OWN)
    held = against_any(POLICY, proposal(), incident(suspect=BAD), endpoint_context(companions=(broken,)), NOW)
    assert held is not None
    assert (held.why, held.look) == (HoldReason.HOLD, NOW + LOOK_LATER)
