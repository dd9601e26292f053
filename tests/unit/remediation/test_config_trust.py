"""What takes from a config that was good that it still is."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.deployment_ledger import EVER
from kedge.domain.decision import RemedyHeld
from kedge.domain.deployment import ConfigMark, Deployment, DeploymentOrigin, Deployments, RunTally
from kedge.domain.facts import Model
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.policy.spec.remediation import RemedyRuleSpec
from kedge.remediation.known_good import candidates, known_good, made_anew, outlived, rejected_of, unread_approval
from tests.support.remedies import BAD, CAME, GOOD, NOW, config, deployments, facts, limited, variant

POLICY = limited(RemedyRuleSpec(remedy=RemedyName.ROLL_BACK, mode=Mode.AUTO))
PACKAGE = "arn:aws:sagemaker:eu-central-1:111122223333:model-package/churn/40"
OLDER = "churn-39"
WELL = {"churn-mq": RunTally(clean=9, last="g")}
FIRST = Deployment(
    config=OLDER,
    since=CAME - timedelta(days=20),
    until=CAME - timedelta(days=10),
    arrival=DeploymentOrigin.DEPLOYED,
    runs=WELL,
)
SECOND = Deployment(config=GOOD, since=FIRST.until, until=CAME, arrival=DeploymentOrigin.DEPLOYED, runs=WELL)
THREE = Deployments(history=(FIRST, SECOND, Deployment(config=BAD, since=CAME, arrival=DeploymentOrigin.DEPLOYED)))


def of_registry(status: str | None, **changes):
    """Facts of three configs, of which the newest good one has a model of the registry."""
    configs = {
        name: config(name, variant(model=f"{name}-model"), created=CAME - timedelta(days=30))
        for name in (BAD, GOOD, OLDER)
    }
    models = {f"{name}-model": Model(name=f"{name}-model") for name in configs}
    models[f"{GOOD}-model"] = Model(name=f"{GOOD}-model", packages=(PACKAGE,))
    return replace(facts(configs=configs, models=models), approvals={PACKAGE: status}, **changes)


def chosen(found):
    return found.config if isinstance(found, Deployment) else found.why


@pytest.mark.parametrize(
    ("status", "config_chosen"),
    [("Approved", GOOD), ("PendingManualApproval", GOOD), (None, GOOD), ("Rejected", OLDER)],
)
def test_only_a_rejection_in_the_registry_takes_a_config_out(status, config_chosen):
    assert chosen(known_good(POLICY, THREE, {}, NOW, of_registry(status))) == config_chosen


def test_without_facts_the_ledger_alone_chooses():
    assert chosen(known_good(POLICY, THREE, {}, NOW)) == GOOD


@pytest.mark.parametrize("how", ["tag", "pin"])
def test_nobodys_word_makes_a_rejected_model_good(how):
    tags = {"kedge:known-good": GOOD} if how == "tag" else {}
    mark = ConfigMark(config=GOOD, good=True, by="ana", proven=True, at=NOW)
    known = THREE if how == "tag" else replace(THREE, marks=(mark,))
    assert chosen(known_good(POLICY, known, tags, NOW, of_registry("Rejected"))) == OLDER


def test_where_all_are_rejected_the_refusal_names_the_package():
    only = replace(THREE, history=THREE.history[1:])
    found = known_good(POLICY, only, {}, NOW, of_registry("Rejected"))
    assert isinstance(found, RemedyHeld)
    assert found.why is HoldReason.NO_KNOWN_GOOD
    assert PACKAGE in found.says


def test_of_a_package_that_may_not_be_read_an_approver_hears():
    unread = replace(of_registry("Approved"), approvals={})
    assert rejected_of(unread, SECOND) is None
    assert PACKAGE in (unread_approval(unread, GOOD) or "")
    assert unread_approval(of_registry(None), GOOD) is None
    assert unread_approval(unread, OLDER) is None


@pytest.mark.parametrize(
    ("made", "anew"),
    [(SECOND.since - timedelta(minutes=1), False), (SECOND.since + timedelta(minutes=1), True), (NOW, True)],
)
@pytest.mark.parametrize("what", ["config", "model"])
def test_what_was_made_after_a_config_had_begun_to_serve_is_not_what_served(made, anew, what):
    known = of_registry("Approved")
    if what == "config":
        known = replace(known, configs={**known.configs, GOOD: replace(known.configs[GOOD], created=made)})
    else:
        name = f"{GOOD}-model"
        known = replace(known, models={**known.models, name: replace(known.models[name], created=made)})
    found = made_anew(known, THREE, SECOND)
    assert (found is not None) is anew
    assert chosen(known_good(POLICY, THREE, {}, NOW, known)) == (OLDER if anew else GOOD)


def test_of_a_config_that_was_found_serving_only_its_end_is_known():
    found = replace(SECOND, since=EVER, arrival=DeploymentOrigin.FOUND)
    known = replace(THREE, history=(found, THREE.history[-1]))
    for made, anew in ((CAME - timedelta(days=1), False), (CAME, True), (NOW, True)):
        made_then = of_registry("Approved")
        configs = {**made_then.configs, GOOD: replace(made_then.configs[GOOD], created=made)}
        assert (made_anew(replace(made_then, configs=configs), known, found) is not None) is anew


def test_what_a_person_named_stays_the_choice_though_it_was_made_anew():
    """A newer choice of Kedge's own would override the person; the plan says why it is held back."""
    mark = ConfigMark(config=GOOD, good=True, by="ana", proven=True, at=NOW)
    known = of_registry("Approved")
    known = replace(known, configs={**known.configs, GOOD: replace(known.configs[GOOD], created=NOW)})
    assert chosen(known_good(POLICY, replace(THREE, marks=(mark,)), {}, NOW, known)) == GOOD


@pytest.mark.parametrize(("days", "asks"), [(29, False), (30, False), (31, True), (105, True)])
def test_a_config_is_good_for_thirty_days_after_it_served_last(days, asks):
    assert (outlived(POLICY, THREE, GOOD, CAME + timedelta(days=days)) is not None) is asks


def test_each_time_that_a_config_served_counts():
    again = replace(FIRST, since=CAME - timedelta(days=2), until=CAME)
    known = replace(THREE, history=(FIRST, SECOND, again, THREE.history[-1]))
    assert outlived(POLICY, known, OLDER, CAME + timedelta(days=25)) is None


def test_a_pin_makes_a_config_as_young_as_the_pin_and_no_younger():
    now = CAME + timedelta(days=105)
    for age, asks in ((1, False), (40, True)):
        mark = ConfigMark(config=GOOD, good=True, by="ana", proven=True, at=now - timedelta(days=age))
        assert (outlived(POLICY, replace(THREE, marks=(mark,)), GOOD, now) is not None) is asks


def test_the_policy_says_for_how_long():
    short = limited(RemedyRuleSpec(remedy=RemedyName.ROLL_BACK))
    short = replace(short, blame=replace(short.blame, good_for=timedelta(days=1)))
    assert "policy asks" in (outlived(short, THREE, GOOD, CAME + timedelta(days=2)) or "")


def test_at_most_three_configs_are_read_and_each_once():
    history = tuple(
        replace(SECOND, config=f"c-{number % 5}", since=CAME - timedelta(days=9 - number), until=CAME)
        for number in range(9)
    )
    found = candidates(POLICY, replace(THREE, history=(*history, THREE.history[-1])), {}, NOW)
    assert not isinstance(found, RemedyHeld)
    assert [each.config for each in found] == ["c-3", "c-2", "c-1"]


def test_what_serves_now_is_no_candidate():
    known = deployments()
    found = candidates(POLICY, known, {"kedge:known-good": BAD}, NOW)
    assert not isinstance(found, RemedyHeld)
    assert BAD not in [each.config for each in found]
