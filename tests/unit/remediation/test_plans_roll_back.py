"""Back to the config that was good: what the plan says, and everything that may be in its way."""

from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.deployment_ledger import EVER
from kedge.domain.decision import RemedyHeld
from kedge.domain.deployment import ConfigMark, Deployment, DeploymentOrigin, Deployments, RunTally
from kedge.domain.facts import Model, Variant
from kedge.domain.plan import Plan, RollBack, Routing, Strategy
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.target import TargetKind
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.support.remedies import (
    BAD,
    CAME,
    DAY,
    GOOD,
    NOW,
    config,
    deployments,
    endpoint,
    endpoint_context,
    facts,
    incident,
    limited,
    needs_of,
    plan_of,
    variant,
)
from tests.support.stories import CHURN

RULE = RemedyRuleSpec(remedy=RemedyName.ROLL_BACK)
POLICY = limited(RULE)
ARTIFACT = "s3://models/churn.tar.gz"


def planned(of=None, *, known=None, context=None, rule=RULE, occasion="0198-churn/0"):
    context = context or endpoint_context(facts=of or facts(), deployments=known or deployments())
    return plan_of(POLICY, rule, incident(), context, NOW, occasion)


def why(of=None, **more):
    found = planned(of, **more)
    assert isinstance(found, RemedyHeld), found
    assert found.remedy is RemedyName.ROLL_BACK
    return found.why


def plan(of=None, **more) -> Plan:
    found = planned(of, **more)
    assert isinstance(found, Plan), found
    return found


def test_the_sentence_says_from_what_to_what_and_what_speaks_for_it():
    found = plan()
    assert found.sentence == (
        "Roll churn-prod back from config churn-41 to churn-40, which served from 3 to 20 November 2026 and whose last 14 runs"
        " were clean."
    )
    assert found.doing == RollBack(from_config=BAD, to_config=GOOD, since=CAME)
    assert (found.target, found.incident, found.remedy) == (CHURN, "0198-churn", RemedyName.ROLL_BACK)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"since": EVER, "runs": {}}, "which served until 20 November 2026."),
        ({"since": datetime(2025, 12, 24, tzinfo=DAY.tzinfo)}, "from 24 December 2025 to 20 November 2026"),
        ({"since": datetime(2026, 10, 28, tzinfo=DAY.tzinfo)}, "from 28 October to 20 November 2026"),
        ({"since": CAME - timedelta(hours=3)}, "on 20 November 2026 from 05:00 to 08:00 UTC"),
        ({"runs": {"a": RunTally(clean=8, bad=2, last="g")}}, "of whose 10 runs 8 were clean"),
        ({"runs": {"a": RunTally(clean=1, last="g")}}, "whose one run was clean"),
        (
            {"runs": {"a": RunTally(clean=9, last="g"), "b": RunTally(clean=5, last="g")}},
            "whose last 14 runs were clean",
        ),
    ],
)
def test_what_speaks_for_a_config_is_said_as_it_is(changes, says):
    known = deployments()
    good = replace(known.history[0], **changes)
    pin = {"kedge:known-good": GOOD, "kedge:remediate": "true"}
    found = plan(facts(tags=pin), known=replace(known, history=(good, known.history[1])))
    assert says.rstrip(".") in found.sentence
    assert "which the tag kedge:known-good names as good" in found.sentence


def marked(config, by, *, good):
    return ConfigMark(config=config, good=good, by=by, at=DAY)


@pytest.mark.parametrize(
    ("marks", "to", "requesters"),
    [
        ([], GOOD, ()),
        ([marked(GOOD, "ana", good=True)], GOOD, ()),  # the runs alone would choose it
        ([marked("churn-7", "ana", good=True)], "churn-7", ("ana",)),
        ([marked("churn-7", "ana", good=True), marked(GOOD, "ben", good=False)], "churn-7", ("ana",)),
        ([marked(GOOD, "ben", good=False)], "churn-39", ("ben",)),
        ([marked(BAD, "ana", good=False), marked("churn-39", "cleo", good=True)], "churn-39", ("cleo",)),
        ([marked(BAD, "ana", good=False)], GOOD, ()),
        ([marked("churn-2", "ana", good=False), marked(GOOD, "ben", good=False)], "churn-39", ("ben",)),
    ],
)
def test_the_people_whose_marks_chose_the_config_asked_for_the_plan(marks, to, requesters):
    known = deployments()
    before = replace(known.history[0], config="churn-39", since=DAY - timedelta(days=40), until=known.history[0].since)
    known = replace(known, history=(before, *known.history), marks=tuple(marks))
    configs = {name: config(name) for name in (BAD, GOOD, "churn-39", "churn-7")}
    found = plan(facts(configs=configs), known=known)
    assert (found.doing.to_config, found.requesters) == (to, requesters)
    assert found.digest == replace(found, requesters=()).digest


def test_a_config_that_a_person_named_is_said_to_be_theirs():
    marks = (
        ConfigMark(config="churn-39", good=False, by="deputy", at=DAY),
        ConfigMark(config="churn-38", good=True, by="deputy", at=DAY - timedelta(days=3)),
        ConfigMark(config="churn-7", good=True, by="oncall", proven=True, at=DAY),
    )
    known = replace(deployments(), marks=marks)
    of = facts(configs={BAD: config(BAD), "churn-7": config("churn-7")})
    found = plan(of, known=known)
    assert found.doing.to_config == "churn-7"
    assert "which was not seen to serve here and which oncall named as good on 20 November 2026" in found.sentence


def test_a_config_that_was_named_without_proof_is_said_to_be_named_so():
    known = replace(deployments(), marks=(ConfigMark(config="churn-7", good=True, by="oncall", at=DAY),))
    found = plan(facts(configs={BAD: config(BAD), "churn-7": config("churn-7")}), known=known)
    assert "which oncall (not proven) named as good" in found.sentence


def test_one_deployment_is_rolled_back_once_whoever_asks_and_however_large_the_fleet_is():
    more = facts(endpoint=endpoint(Variant(name="AllTraffic", count=20)))
    assert plan().digest == plan(more).digest


def test_a_roll_back_after_one_in_vain_is_another_plan():
    assert plan(occasion="").digest != plan(occasion="after 1 that did not help").digest
    later = deployments()
    again = replace(later, history=(later.history[0], replace(later.history[1], since=CAME + timedelta(hours=1))))
    assert plan(known=again).digest != plan().digest


def test_the_needs_are_the_endpoint_and_the_config_to_go_back_to():
    needs = needs_of(POLICY, RULE, incident(), endpoint_context(facts=None))
    assert (needs.endpoint, needs.configs, needs.using) == (CHURN.name, (GOOD,), None)
    nothing = needs_of(POLICY, RULE, incident(), endpoint_context(facts=None, deployments=Deployments()))
    assert nothing.configs == ()


def test_a_second_look_follows_the_tags_that_the_first_one_read():
    pinned = endpoint_context(facts=facts(tags={"kedge:known-good": "churn-7"}))
    assert needs_of(POLICY, RULE, incident(), pinned).configs == ("churn-7", GOOD)


def test_what_was_not_read_is_not_guessed():
    assert why(context=endpoint_context(facts=None)) is HoldReason.UNREADABLE
    assert why(facts(configs={BAD: config(BAD)})) is HoldReason.UNREADABLE
    assert why(facts(models={})) is HoldReason.UNREADABLE
    assert why(facts(tags=None)) is HoldReason.UNREADABLE


@pytest.mark.parametrize("tags", [{}, {"kedge:remediate": "True"}, {"kedge:remediate": "yes"}, {"other": "true"}])
def test_a_team_that_does_not_allow_it_is_left_alone(tags):
    found = planned(facts(tags=tags))
    assert found.why is HoldReason.NOT_TAGGED
    assert "kedge:remediate" in found.says


def test_only_an_endpoint_is_rolled_back():
    batch = incident(target=replace(CHURN, kind=TargetKind.SCHEDULE))
    found = plan_of(POLICY, RULE, batch, endpoint_context(), NOW, "")
    assert found.why is HoldReason.NOT_AN_ENDPOINT


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("Updating", HoldReason.ENDPOINT_BUSY),
        ("SystemUpdating", HoldReason.ENDPOINT_BUSY),
        ("RollingBack", HoldReason.ENDPOINT_BUSY),
        ("Creating", HoldReason.ENDPOINT_BUSY),
        ("Failed", HoldReason.ENDPOINT_BROKEN),
        ("UpdateRollbackFailed", HoldReason.ENDPOINT_BROKEN),
        ("OutOfService", HoldReason.ENDPOINT_BROKEN),
        ("SomethingNew", HoldReason.ENDPOINT_BROKEN),
        ("Deleting", HoldReason.ENDPOINT_GONE),
    ],
)
def test_only_an_endpoint_that_is_in_service_is_touched(status, refusal):
    assert why(facts(endpoint=endpoint(status=status))) is refusal


def test_an_endpoint_to_which_something_is_coming_is_busy_and_one_that_is_gone_is_gone():
    found = planned(facts(endpoint=endpoint(coming="churn-42")))
    assert found.why is HoldReason.ENDPOINT_BUSY
    assert "churn-42" in found.says
    assert why(facts(endpoint=None, tags=None)) is HoldReason.ENDPOINT_GONE
    assert why(facts(endpoint=endpoint(config=None))) is HoldReason.UNREADABLE


def test_what_was_deployed_meanwhile_is_not_rolled_back_for_what_ran_before():
    found = planned(facts(endpoint=endpoint(config="churn-42")))
    assert found.why is HoldReason.ENDPOINT_CHANGED
    assert "churn-42" in found.says
    assert BAD in found.says


def test_without_a_config_that_is_known_as_good_people_are_asked():
    alone = Deployments(history=(Deployment(config=BAD, since=CAME, arrival=DeploymentOrigin.FOUND),))
    assert why(known=alone) is HoldReason.NO_KNOWN_GOOD
    assert why(known=Deployments()) is HoldReason.NO_KNOWN_GOOD


def test_a_config_that_was_deleted_is_missed_before_the_act():
    gone = planned(facts(configs={BAD: config(BAD), GOOD: None}))
    assert gone.why is HoldReason.CONFIG_GONE
    assert "make it again" in gone.says
    current = planned(facts(configs={BAD: None, GOOD: config(GOOD)}))
    assert current.why is HoldReason.CONFIG_GONE
    assert "takes no update" in current.says


def test_models_and_artifacts_have_to_be_there():
    assert why(facts(models={"churn-model": None})) is HoldReason.MODEL_GONE
    gone = planned(facts(artifacts={ARTIFACT: False}))
    assert gone.why is HoldReason.ARTIFACT_GONE
    assert ARTIFACT in gone.says


def test_an_artifact_that_may_not_be_looked_at_is_left_to_the_approver():
    found = plan(facts(artifacts={}))
    assert any(ARTIFACT in note and "could not be read" in note for note in found.notes)
    assert not any("artifacts are there" in told for told in found.preconditions)


def test_variants_of_other_names_could_not_keep_their_capacity():
    other = facts(configs={BAD: config(BAD), GOOD: config(GOOD, variant("blue"))})
    found = planned(other)
    assert found.why is HoldReason.VARIANTS_DIFFER
    assert "AllTraffic" in found.says
    assert "blue" in found.says
    running = endpoint(Variant(name="AllTraffic", count=3), Variant(name="added", count=1))
    assert why(facts(endpoint=running)) is HoldReason.VARIANTS_DIFFER


def test_serverless_and_instances_do_not_become_each_other():
    serverless = variant(serverless=True, count=None, instance_type=None)
    assert why(facts(configs={BAD: config(BAD), GOOD: config(GOOD, serverless)})) is HoldReason.VARIANTS_DIFFER


def test_another_instance_type_is_noted_and_under_automatic_scaling_refused():
    larger = {BAD: config(BAD), GOOD: config(GOOD, variant(instance_type="ml.c5.large"))}
    assert any("ml.m5.large to ml.c5.large" in note for note in plan(facts(configs=larger)).notes)
    scaled = planned(facts(configs=larger, scaled=("AllTraffic",)))
    assert scaled.why is HoldReason.VARIANTS_DIFFER
    assert "deregistered" in scaled.says
    assert why(facts(configs=larger, scaled=None)) is HoldReason.UNREADABLE


def test_automatic_scaling_is_noticed():
    assert any("automatic scaling of AllTraffic" in note for note in plan(facts(scaled=("AllTraffic",))).notes)
    assert any("could not be read" in note for note in plan(facts(scaled=None)).notes)


def test_monitors_are_not_blinded():
    blind = {BAD: config(BAD), GOOD: config(GOOD, capture=False)}
    assert why(facts(configs=blind)) is HoldReason.CAPTURE_OFF
    off = facts(configs=blind, endpoint=endpoint(capture=False))
    assert not any("captures data" in told for told in plan(off).preconditions)


@pytest.mark.parametrize("which", [BAD, GOOD])
def test_inference_components_are_not_rolled_back_by_a_config(which):
    configs = {BAD: config(BAD), GOOD: config(GOOD)} | {which: config(which, variant(model=None))}
    assert why(facts(configs=configs)) is HoldReason.INFERENCE_COMPONENTS


def test_a_fleet_of_two_or_more_gets_a_canary_and_no_alarm():
    two = plan(facts(endpoint=endpoint(Variant(name="AllTraffic", count=2))))
    assert two.strategy == Strategy(routing=Routing.CANARY, canary_instances=1, wait_seconds=300)
    found = plan()
    assert found.strategy == two.strategy
    assert any("no alarm guards the update" in note for note in found.notes)


@pytest.mark.parametrize(
    ("running", "configured"),
    [
        (Variant(name="AllTraffic", count=1), variant()),
        (Variant(name="AllTraffic", count=None), variant()),
        (Variant(name="AllTraffic", count=3), variant(instance_type="ml.inf1.xlarge")),
        (Variant(name="AllTraffic", count=3), variant(instance_type=None)),
        (Variant(name="AllTraffic", count=None), variant(serverless=True, count=None, instance_type=None)),
    ],
)
def test_where_there_can_be_no_canary_sagemaker_does_as_it_does_by_default_and_it_is_said_why(running, configured):
    configs = {BAD: config(BAD, configured), GOOD: config(GOOD, configured)}
    found = plan(facts(endpoint=endpoint(running), configs=configs))
    assert found.strategy is None
    assert any("all traffic moves at once" in note for note in found.notes)


def test_one_variant_too_small_for_a_canary_is_enough_against_it():
    two = (variant("a"), variant("b"))
    running = (Variant(name="a", count=4), Variant(name="b", count=1))
    found = plan(facts(endpoint=endpoint(*running), configs={BAD: config(BAD, *two), GOOD: config(GOOD, *two)}))
    assert found.strategy is None


def test_shadow_variants_that_would_end_are_noted():
    shadowed = {BAD: config(BAD, shadows=("next",)), GOOD: config(GOOD)}
    assert any("shadow variants differ" in note and "next" in note for note in plan(facts(configs=shadowed)).notes)


def test_what_is_looked_at_again_before_the_act_is_said_in_words():
    told = plan().preconditions
    assert told == (
        "churn-prod is InService with config churn-41, and no update is under way",
        "churn-prod has the tag kedge:remediate=true",
        "configs churn-41 and churn-40 exist, and the models of churn-40: churn-model",
        f"the models' artifacts are there: {ARTIFACT}",
        "both configs have the same variants: AllTraffic",
        "config churn-40 captures data, as churn-prod does now",
    )


def test_several_models_are_each_looked_at():
    two = (variant("a", model="m-a"), variant("b", model="m-b"))
    models = {"m-a": Model(name="m-a"), "m-b": None}
    running = (Variant(name="a", count=2), Variant(name="b", count=2))
    of = facts(endpoint=endpoint(*running), configs={BAD: config(BAD, *two), GOOD: config(GOOD, *two)}, models=models)
    assert why(of) is HoldReason.MODEL_GONE


def test_a_rule_without_a_remedy_has_no_plan():
    none = RemedyRuleSpec(remedy=RemedyName.NONE)
    assert needs_of(POLICY, none, incident(), endpoint_context()).endpoint is None
    with pytest.raises(ValueError, match="no plan for none"):
        planned(rule=none)


KEY = "arn:aws:kms:us-east-1:111122223333:key/2f2e2d2c-2b2a-4928-a726-252423222120"


def with_key(key, keys):
    return facts(configs={BAD: config(BAD), GOOD: config(GOOD, key=key)}, keys=keys)


@pytest.mark.parametrize("key", [KEY, KEY.rpartition("/")[2]])
def test_a_config_whose_key_was_named_may_be_gone_back_to_and_the_plan_says_so(key):
    found = planned(with_key(key, (KEY,)))
    assert isinstance(found, Plan), found
    assert f"EndpointKeyArns names the KMS key of config {GOOD}: {key}" in found.preconditions


@pytest.mark.parametrize(
    ("key", "keys"), [(KEY, ()), (KEY, (f"{KEY}9",)), ("x", (KEY,)), ("alias/endpoints", ()), (f"{KEY}9", (KEY,))]
)
def test_a_config_whose_key_was_not_named_is_refused_before_anybody_is_asked(key, keys):
    found = planned(with_key(key, keys))
    assert isinstance(found, RemedyHeld)
    assert found.why is HoldReason.NOT_PERMITTED
    assert found.says.startswith(f"config {GOOD} encrypts its volumes with the KMS key {key}")
    assert "EndpointKeyArns" in found.says


def test_what_an_alias_stands_for_is_said_to_be_unknown():
    found = planned(with_key("alias/endpoints", (KEY,)))
    assert isinstance(found, Plan), found
    assert any("behind alias/endpoints is unknown" in note for note in found.notes)


def test_a_config_without_a_key_needs_none_and_where_nobody_said_which_keys_none_is_asked_for():
    assert isinstance(planned(with_key(None, ())), Plan)
    assert isinstance(planned(with_key(KEY, None)), Plan)
