"""How far a remedy may go by itself, that its plan is held against the limits, and that what was approved is what is done."""

from datetime import timedelta
from itertools import product

import pytest
from msgspec.structs import replace

from kedge.decide.pipeline import decide
from kedge.domain.action import ActionRegister, Efficacy
from kedge.domain.cause import Cause
from kedge.domain.context import Context
from kedge.domain.decision import CaseState, RemedyHeld, RemedySelected, SourceState
from kedge.domain.deployment import ConfigMark
from kedge.domain.incident import Severity
from kedge.domain.plan import Invoke, Retrain, Starter
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.domain.silence import Silence
from kedge.domain.stage import Stage
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.limits import held_back
from kedge.remediation.rules import propose
from kedge.remediation.selection import select_remedy
from tests.support.remedies import (
    BAD,
    BUS,
    FUNCTION,
    GOOD,
    MACHINE,
    NOW,
    PIPELINE,
    action,
    deployments,
    endpoint_context,
    facts,
    fleet,
    incident,
    limited,
    taken,
)
from tests.support.stories import BY_EVENT, BY_SAGEMAKER, CHURN, drift, policy_of, run

FAR: list[Mode] = [Mode.DRY_RUN, Mode.APPROVAL, Mode.AUTO]
RECORDS = {
    "never done": {},
    "worked": {"verified": 3},
    "failed": {"failed": 1, "demoted": NOW},
    "nobody could tell": {"unverified": 1, "demoted": NOW},
    "worked, then failed": {"verified": 3, "failed": 1, "demoted": NOW},
    "failed, then worked": {"verified": 1, "failed": 1},
}
WITNESSES = {
    "SageMaker": BY_SAGEMAKER,
    "an event": BY_EVENT,
    "nobody": Provenance(voucher=Voucher.NOBODY, says="a file"),
    "from before that was kept": None,
}
ROLL_BACK = RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO)
RETRAIN = RemedyRuleSpec(remedy=RemedyName.RETRAIN, using=PIPELINE, mode=Mode.AUTO)
INVOKE = RemedyRuleSpec(remedy=RemedyName.INVOKE, using=FUNCTION, mode=Mode.AUTO)
RULES = {rule.remedy: rule for rule in (ROLL_BACK, RETRAIN, INVOKE)}
CAUSES = {RemedyName.RETRAIN: Cause.CONCEPT_DRIFT, RemedyName.INVOKE: Cause.CONCEPT_DRIFT}
ENDPOINTS = fleet(20)


def context(**changes):
    return endpoint_context(**{"facts": facts(running=()), "register": ActionRegister(endpoints=ENDPOINTS), **changes})


def treated(rule, *, own=None, limits=None, provenance=BY_SAGEMAKER, tried=0, **changes):
    """What is done about an incident by one rule."""
    about = incident(
        CAUSES.get(rule.remedy, Cause.DEPLOYMENT_REGRESSION), provenance=provenance, tags=facts().tags, tried=tried
    )
    return select_remedy(
        limited(rule, **(limits or {})), CaseState(incident=about), about, context(**changes), NOW, own
    )


def why(*given, **more):
    found = treated(*given, **more)
    assert isinstance(found, RemedyHeld), found
    return found.why


@pytest.mark.parametrize("remedy", RULES)
@pytest.mark.parametrize(("mode", "record", "witness"), list(product(FAR, RECORDS, WITNESSES)))
def test_a_remedy_goes_no_farther_than_its_rule_its_record_and_its_evidence_allow(remedy, mode, record, witness):
    found = treated(
        replace(RULES[remedy], mode=mode),
        provenance=WITNESSES[witness],
        efficacy={remedy: Efficacy(**RECORDS[record])},
    )
    assert isinstance(found, RemedySelected)
    is_sure = "demoted" not in RECORDS[record] and witness == "SageMaker"
    assert found.mode is (Mode.APPROVAL if mode is Mode.AUTO and not is_sure else mode)


@pytest.mark.parametrize("remedy", RULES)
@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("mode", FAR)
def test_a_rehearsal_of_the_policy_stays_one_whatever_the_rule_and_the_record(remedy, record, mode):
    known = {remedy: Efficacy(**RECORDS[record])}
    found = treated(replace(RULES[remedy], mode=mode), limits={"dry_run": True}, efficacy=known)
    assert isinstance(found, RemedySelected)
    assert found.mode is Mode.DRY_RUN


def test_the_record_of_another_remedy_changes_nothing():
    known = {RemedyName.RETRAIN: Efficacy(failed=1, demoted=NOW)}
    assert treated(ROLL_BACK, efficacy=known).mode is Mode.AUTO


@pytest.mark.parametrize(("mode", "record", "witness"), list(product(FAR, RECORDS, ("SageMaker", "an event"))))
def test_a_rehearsal_starts_nothing_and_asks_no_approver_and_the_rest_starts_in_its_own_mode(mode, record, witness):
    policy = limited(replace(RETRAIN, mode=mode))
    signal = run("10:00", Verdict.VIOLATED, drift("auc"), monitor=Monitor.MODEL_QUALITY, provenance=WITNESSES[witness])
    lies = context(efficacy={RemedyName.RETRAIN: Efficacy(**RECORDS[record])}, deployments=deployments(history=()))
    decision = decide(policy, CaseState(), signal, NOW, Context(endpoint_context=lies))
    (remedied,) = decision.remedies
    assert isinstance(remedied, RemedySelected)
    assert remedied.plan is not None
    started = [(each.action.mode, each.action.stage) for each in decision.workflow_requests]
    is_sure = "demoted" not in RECORDS[record] and witness == "SageMaker"
    expected = Mode.APPROVAL if mode is Mode.AUTO and not is_sure else mode
    assert started == ([] if mode is Mode.DRY_RUN else [(expected, Stage.PLANNED)])


YESTERDAY = NOW - timedelta(hours=20)
LIMITED = {
    "a kill switch": (ROLL_BACK, {"kill_switch": True}, ()),
    "one that runs": (ROLL_BACK, {}, (taken(stage=Stage.ACTED),)),
    "another that runs": (RETRAIN, {}, (taken(stage=Stage.ACTING),)),
    "a cooldown": (ROLL_BACK, {}, (taken(),)),
    "most actions": (RETRAIN, {"most_actions": 1}, (taken(when=YESTERDAY),)),
    "a share of the fleet": (
        RETRAIN,
        {"largest_share_of_fleet": 0.1},
        (taken("a", target="a"), taken("b", target="b")),
    ),
    "back to where a remedy took it away from": (
        ROLL_BACK,
        {},
        (taken(when=YESTERDAY, source=GOOD, destination=BAD),),
    ),
    "a pipeline that another target uses": (
        RETRAIN,
        {},
        (taken("x", Stage.ACTING, target="another", remedy=RemedyName.RETRAIN, using=PIPELINE),),
    ),
}


@pytest.mark.parametrize("name", LIMITED)
def test_every_limit_holds_a_plan_back_that_is_about_to_be_made(name):
    rule, limits, done = LIMITED[name]
    register = ActionRegister(taken=done, endpoints=ENDPOINTS)
    pinned = (ConfigMark(config=GOOD, good=True, by="oncall", proven=True, at=NOW),)
    known = deployments(marks=pinned)
    expected = held_back(
        limited(rule, **limits),
        register,
        CHURN,
        rule.remedy,
        NOW,
        source=BAD if rule is ROLL_BACK else "",
        destination=GOOD if rule is ROLL_BACK else "",
        using=PIPELINE if rule is RETRAIN else "",
    )
    assert expected is not None
    assert why(rule, limits=limits, register=register, deployments=known) is expected.why
    assert isinstance(treated(rule, deployments=known), RemedySelected)


def asked(rule, parameters):
    """The action of a plan that was approved with these parameters, and the rule as the policy has it."""
    given = replace(rule, parameters=parameters)
    found = treated(given)
    assert isinstance(found, RemedySelected), found
    plan = found.plan
    return action(plan, Stage.APPROVED, mode=Mode.APPROVAL)


STARTS = {
    "a pipeline": RETRAIN,
    "a state machine": replace(RETRAIN, using=MACHINE),
    "a function": INVOKE,
    "an event bus": replace(RETRAIN, using=BUS),
}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize(
    "now",
    [{}, {"Window": "{window_end}", "Sample": "0.1"}, {"Until": "{window_end}"}],
    ids=["one fewer", "one more", "another name"],
)
def test_a_plan_whose_parameters_have_other_names_now_is_not_what_was_approved(start, now):
    own = asked(STARTS[start], {"Window": "{window_end}"})
    found = treated(replace(STARTS[start], parameters=now), own=own)
    assert isinstance(found, RemedySelected)
    assert found.plan.digest != own.digest
    assert found.plan.doing.parameters.keys() == now.keys()


@pytest.mark.parametrize("start", STARTS)
def test_a_plan_whose_parameters_name_a_newer_run_is_carried_out_as_it_was_approved(start):
    own = asked(STARTS[start], {"Window": "10:00"})
    found = treated(replace(STARTS[start], parameters={"Window": "11:00"}), own=own)
    assert isinstance(found, RemedySelected)
    assert found.plan == own.plan


@pytest.mark.parametrize("start", STARTS)
def test_a_plan_that_starts_something_else_now_is_not_what_was_approved(start):
    rule = STARTS[start]
    own = asked(rule, {"Window": "10:00"})
    found = treated(replace(rule, using=f"{rule.using}-2", parameters={"Window": "10:00"}), own=own)
    assert isinstance(found, RemedySelected)
    assert found.plan.digest != own.digest


def test_a_retraining_is_not_a_call_of_the_team_s_own_automation():
    own = asked(replace(RETRAIN, using=FUNCTION), {"Window": "10:00"})
    found = treated(replace(INVOKE, parameters={"Window": "10:00"}), own=own)
    assert isinstance(found, RemedySelected)
    assert (type(own.plan.doing), type(found.plan.doing)) == (Retrain, Invoke)
    assert found.plan.digest != own.digest
    assert found.plan.doing.starter is Starter.FUNCTION


def test_the_plan_that_is_looked_at_again_does_not_stand_in_its_own_way():
    own = asked(RETRAIN, {})
    register = ActionRegister(
        taken=(taken(own.digest, Stage.ACTING, remedy=RemedyName.RETRAIN, using=PIPELINE),), endpoints=ENDPOINTS
    )
    assert why(RETRAIN, register=register) is HoldReason.ALREADY_RUNNING
    assert isinstance(treated(RETRAIN, own=own, register=register), RemedySelected)


@pytest.mark.parametrize(
    ("minutes", "rolls_back", "retrains"),
    [(-30, True, True), (0, True, True), (1, False, True), (59, False, True), (60, False, True), (61, False, False)],
    ids="{} minutes into the window".format,
)
def test_what_is_rolled_back_served_throughout_the_bad_window_and_a_new_model_answers_what_came_within_it(
    minutes, rolls_back, retrains
):
    window = incident().problem.window
    before, now = deployments().history
    came = window.start + timedelta(minutes=minutes)
    known = deployments(history=(replace(before, until=came), replace(now, since=came)))
    for rule, may in ((ROLL_BACK, rolls_back), (RETRAIN, retrains)):
        found = treated(rule, deployments=known)
        assert isinstance(found, RemedySelected) is may, found
        assert may or found.why is HoldReason.ENDPOINT_CHANGED


@pytest.mark.parametrize("remedy", RULES)
@pytest.mark.parametrize(("whose", "witness"), list(product(["its own", "a companion's"], ["SageMaker", "nobody"])))
def test_what_is_part_of_a_problem_upstream_is_left_alone_also_where_another_monitor_of_the_target_shows_it(
    remedy, whose, witness
):
    about = incident(CAUSES.get(remedy, Cause.DEPLOYMENT_REGRESSION), provenance=BY_SAGEMAKER, tags=facts().tags)
    part = replace(about, part_of="upstream", provenance=WITNESSES[witness])
    if whose == "its own":
        about, companions = part, ()
    else:
        companions = (replace(part, id="companion", monitor=Monitor.DATA_QUALITY),)
    found = select_remedy(limited(RULES[remedy]), CaseState(incident=about), about, context(companions=companions), NOW)
    weighs = whose == "its own" or witness == "SageMaker"
    assert (isinstance(found, RemedyHeld) and found.why is HoldReason.UPSTREAM) is weighs


@pytest.mark.parametrize("remedy", RULES)
def test_nothing_is_done_about_what_comes_and_goes(remedy):
    about = incident(
        CAUSES.get(remedy, Cause.DEPLOYMENT_REGRESSION), provenance=BY_SAGEMAKER, tags=facts().tags, flapping=True
    )
    found = select_remedy(limited(RULES[remedy]), CaseState(incident=about), about, context(), NOW)
    assert isinstance(found, RemedyHeld)
    assert (found.why, "flapping" in found.says) == (HoldReason.HOLD, True)


def violated(at="10:00", **more):
    return run(at, Verdict.VIOLATED, drift("auc"), monitor=Monitor.MODEL_QUALITY, **more)


def decided(policy, state, signal, **more):
    lies = Context(endpoint_context=context(deployments=deployments(history=())), **more)
    return decide(policy, state, signal, NOW, lies)


@pytest.mark.parametrize("mode", FAR)
@pytest.mark.parametrize("is_silenced", [True, False])
def test_nothing_is_started_and_nobody_is_asked_about_an_incident_of_which_nobody_was_told(mode, is_silenced):
    quiet = Silence(
        id="s",
        matchers=("endpoint=churn-prod",),
        starts_at=NOW - timedelta(hours=1),
        ends_at=NOW + timedelta(hours=1),
        author="oncall",
        comment="",
    )
    silences = (quiet,) if is_silenced else ()
    decision = decided(limited(replace(RETRAIN, mode=mode)), CaseState(), violated(), silences=silences)
    assert bool(decision.workflow_requests) is (mode is not Mode.DRY_RUN and not is_silenced)
    (treated,) = decision.remedies
    if is_silenced and mode is not Mode.DRY_RUN:
        assert (treated.why, decision.incident.remedy.stage) == (HoldReason.HOLD, Stage.REFUSED)


@pytest.mark.parametrize("verdict", [Verdict.CLEAN, Verdict.VIOLATED])
def test_good_news_of_another_source_are_no_occasion_for_a_remedy(verdict):
    policy = limited(RETRAIN)
    unread = Context(endpoint_context=context(deployments=deployments(history=()), facts=None, unread="throttled"))
    state = decide(policy, CaseState(), violated(source="one"), NOW, unread).state
    state = decide(policy, state, violated(source="other"), NOW, unread).state
    assert (state.incident.remedy.stage, state.incident.remedy.why) == (Stage.REFUSED, HoldReason.UNREADABLE)
    held = replace(state.incident.remedy, until=None)
    state = replace(state, incident=replace(state.incident, remedy=held))
    findings = drift("auc") if verdict is Verdict.VIOLATED else ()
    signal = run("11:00", verdict, findings, monitor=Monitor.MODEL_QUALITY, source="other")
    decision = decided(policy, state, signal)
    assert decision.incident.is_open
    assert bool(decision.workflow_requests) is (verdict is Verdict.VIOLATED)


TWICE = {"runs": 2, "of": 3}


@pytest.mark.parametrize(
    ("history", "verdict", "may"),
    [
        ("gff", Verdict.FAILED, True),
        ("gvf", Verdict.FAILED, False),
        ("vvf", Verdict.NO_DATA, False),
        ("gvv", Verdict.VIOLATED, True),
        ("ffv", Verdict.VIOLATED, False),
        ("gfv", Verdict.VIOLATED, False),
        ("vgv", Verdict.VIOLATED, True),
        ("vggv", Verdict.VIOLATED, False),
    ],
)
def test_a_remedy_waits_until_the_same_was_bad_as_often_as_its_rule_asks(history, verdict, may):
    policy = policy_of(remedies=[{"remedy": "invoke", "using": FUNCTION, "persistence": {**TWICE, "matchers": []}}])
    about = incident(provenance=BY_SAGEMAKER)
    about = replace(about, problem=replace(about.problem, source="churn-mq", verdict=verdict))
    last = SourceState(id="r", at=NOW, finished=NOW, history=history)
    assert (propose(policy, CaseState(incident=about, sources={"churn-mq": last})) is not None) is may


@pytest.mark.parametrize(("shown", "may"), [(None, True), (Severity.WARNING, False), (Severity.CRITICAL, True)])
def test_what_is_only_said_to_matter_more_chooses_no_remedy(shown, may):
    policy = policy_of(remedies=[{"remedy": "invoke", "using": FUNCTION, "matchers": ['severity="critical"']}])
    about = incident(provenance=BY_SAGEMAKER, severity=Severity.CRITICAL, confirmed_severity=shown)
    assert (propose(policy, CaseState(incident=about)) is not None) is may


@pytest.mark.parametrize("remedy", [RemedyName.RETRAIN, RemedyName.ROLL_BACK])
@pytest.mark.parametrize(("own", "other"), list(product(WITNESSES, repeat=2)))
def test_broken_data_hold_a_remedy_unless_they_are_only_said_and_its_own_evidence_is_confirmed(own, other, remedy):
    cause = CAUSES.get(remedy, Cause.DEPLOYMENT_REGRESSION)
    about = incident(cause, provenance=WITNESSES[own], tags=facts().tags)
    broken = replace(
        about, id="dq", monitor=Monitor.DATA_QUALITY, cause=Cause.SCHEMA_BREAK, provenance=WITNESSES[other]
    )
    found = select_remedy(limited(RULES[remedy]), CaseState(incident=about), about, context(companions=(broken,)), NOW)
    is_confirmed = own in ("SageMaker", "an event")
    # A plan of retraining looks at the data by itself, whoever tells of them.
    holds = remedy is RemedyName.RETRAIN or other != "nobody" or not is_confirmed
    assert (isinstance(found, RemedyHeld) and found.why is HoldReason.HOLD) is holds
    assert holds or found.mode is Mode.APPROVAL
