"""A new model: what is started for it, with which parameters, and what is in the way."""

import pytest
from msgspec.structs import replace

from kedge.domain.cause import Cause
from kedge.domain.decision import RemedyHeld
from kedge.domain.incident import IncidentState
from kedge.domain.plan import Plan, Retrain, Starter
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.target import TargetKind
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.support.remedies import (
    BUS,
    CODE_PIPELINE,
    FUNCTION,
    MACHINE,
    NOW,
    PIPELINE,
    deployments,
    endpoint_context,
    facts,
    incident,
    limited,
    needs_of,
    plan_of,
)
from tests.support.stories import CHURN

BARE = RemedyRuleSpec(remedy=RemedyName.RETRAIN)
NAMED = RemedyRuleSpec(remedy=RemedyName.RETRAIN, using=PIPELINE)
TAGS = {"kedge:pipeline": PIPELINE}
EXECUTION = f"{PIPELINE}/execution/abc"


def planned(rule=NAMED, of=None, *, about=None, companions=(), occasion="o"):
    context = endpoint_context(facts=of or facts(running=()), companions=companions)
    return plan_of(limited(rule), rule, about or incident(Cause.CONCEPT_DRIFT), context, NOW, occasion)


def refused(*args, **more) -> RemedyHeld:
    found = planned(*args, **more)
    assert isinstance(found, RemedyHeld), found
    return found


def plan(*args, **more) -> Plan:
    found = planned(*args, **more)
    assert isinstance(found, Plan), found
    return found


def with_parameters(using=PIPELINE, **parameters: str) -> RemedyRuleSpec:
    return replace(NAMED, using=using, parameters=parameters)


def test_the_sentence_says_what_starts_and_that_promotion_is_not_decided_by_it():
    found = plan(with_parameters(WindowEnd="{window_end}"))
    assert found.sentence == (
        "Start pipeline churn-retrain for a new model of churn-prod, with WindowEnd=2026-11-20T10:00:00Z; whether that model serves"
        " is decided later, by its approval in the model registry."
    )
    assert found.doing == Retrain(
        using=PIPELINE,
        starter=Starter.PIPELINE,
        parameters={"WindowEnd": "2026-11-20T10:00:00Z"},
        packages=("package/7",),
    )


def test_an_endpoint_that_may_not_be_changed_may_get_a_new_model():
    assert isinstance(plan(of=facts(tags={}, running=())), Plan)


@pytest.mark.parametrize(
    ("using", "starter"),
    [
        (PIPELINE, Starter.PIPELINE),
        (MACHINE, Starter.STATE_MACHINE),
        (f"{MACHINE}:live", Starter.STATE_MACHINE),
        (CODE_PIPELINE, Starter.CODE_PIPELINE),
        (BUS, Starter.EVENT_BUS),
        (FUNCTION, Starter.FUNCTION),
        (f"{FUNCTION}:live", Starter.FUNCTION),
    ],
)
def test_what_starts_is_known_by_its_arn(using, starter):
    assert plan(replace(NAMED, using=using)).doing.starter is starter


def test_a_pipeline_is_named_in_lower_case_as_iam_compares_it_and_other_things_as_they_are_called():
    typed = PIPELINE.replace("churn-retrain", "Churn-Retrain")
    named = replace(NAMED, using=typed)
    assert needs_of(limited(named), named, incident(Cause.CONCEPT_DRIFT), endpoint_context()).using == PIPELINE
    assert plan(named).doing.using == PIPELINE
    tagged = facts(tags={"kedge:pipeline": typed}, using=PIPELINE, running=())
    assert plan(BARE, tagged).doing.using == PIPELINE
    machine = MACHINE.replace("stateMachine:", "stateMachine:Churn")
    assert plan(replace(NAMED, using=machine)).doing.using == machine


def test_an_express_state_machine_is_not_started_since_it_knows_no_repetitions_and_tells_nothing():
    found = refused(replace(NAMED, using=MACHINE), facts(using=MACHINE, running=None, express=True))
    assert found.why is HoldReason.WRONG_PARAMETER
    assert "is of type EXPRESS" in found.says


def test_a_remedy_stays_in_the_account_and_region_of_its_target():
    found = refused(replace(NAMED, using="arn:aws:sagemaker:us-west-2:444455556666:pipeline/churn"))
    assert "of account 444455556666 in us-west-2; churn-prod is of 111122223333 in us-east-1" in found.says


@pytest.mark.parametrize(
    "using",
    [
        "arn:aws:codebuild:us-east-1:111122223333:project/churn",
        "arn:aws:sagemaker:us-east-1:111122223333:endpoint/churn-prod",
        "arn:aws:sagemaker:us-east-1:111122223333:pipeline/",
        "arn:aws:states:us-east-1:111122223333:execution:mend:1",
        "arn:aws:events:us-east-1:111122223333:rule/x",
        "arn:aws:lambda",
        "arn:aws:sagemaker:us-west-2:111122223333:pipeline/churn",
        "arn:aws:sagemaker:us-east-1:444455556666:pipeline/churn",
        "arn:aws:lambda:us-east-1:111122223333:function:a/b",
    ],
)
def test_what_cannot_be_started_or_is_elsewhere_is_refused_with_its_place(using):
    by_rule = refused(replace(NAMED, using=using))
    assert by_rule.why is HoldReason.WRONG_PARAMETER
    assert by_rule.says.startswith("remedies[0].using says")
    by_tag = refused(BARE, facts(tags={"kedge:pipeline": using}, running=()))
    assert by_tag.why is HoldReason.WRONG_PARAMETER
    assert by_tag.says.startswith("the tag kedge:pipeline of churn-prod says")


def test_the_endpoint_s_own_tag_says_what_makes_its_model():
    found = plan(BARE, facts(tags=TAGS, running=()))
    assert found.doing.using == PIPELINE
    assert any("the tag kedge:pipeline of churn-prod says what is started" in note for note in found.notes)
    assert needs_of(limited(BARE), BARE, incident(tags=TAGS), endpoint_context(facts=None)).using == PIPELINE


def test_the_rule_goes_before_the_tag():
    other = {"kedge:pipeline": MACHINE}
    assert plan(of=facts(tags=other, running=())).doing.using == PIPELINE
    assert needs_of(limited(NAMED), NAMED, incident(tags=other), endpoint_context()).using == PIPELINE


def test_a_tag_that_changed_a_moment_ago_is_looked_at_again_first():
    found = refused(BARE, facts(tags=TAGS, using=MACHINE, running=()))
    assert found.why is HoldReason.UNREADABLE
    assert isinstance(planned(BARE, facts(tags=TAGS, using=PIPELINE, running=())), Plan)
    taken_away = refused(BARE, facts(tags={}, using=PIPELINE, running=()), about=incident(tags=TAGS))
    assert taken_away.why is HoldReason.NOTHING_TO_START


def test_where_nothing_says_what_to_start_nothing_is_started():
    found = refused(BARE)
    assert found.why is HoldReason.NOTHING_TO_START
    assert "kedge:pipeline" in found.says
    assert "remedies[0].using" in found.says


def test_a_pipeline_that_runs_already_is_named_and_waited_for():
    found = refused(of=facts(running=(EXECUTION,)))
    assert found.why is HoldReason.ALREADY_RUNNING
    assert EXECUTION in found.says


def test_a_pipeline_of_which_nobody_can_say_whether_it_runs_is_noted():
    assert any("runs already could not be read" in note for note in plan(of=facts(running=None)).notes)


def test_what_is_looked_at_again_before_the_start_is_said_in_words():
    known = facts(running=(), parameters=("From", "Until"))
    assert plan(with_parameters(Until="x", From="y"), known).preconditions == (
        "no execution of pipeline churn-retrain is under way",
        "pipeline churn-retrain has the parameters From, Until",
        "the data of churn-prod is not broken",
    )
    for without in (plan(of=known), plan(with_parameters(Until="x"))):
        assert not any("has the parameters" in told for told in without.preconditions)
    assert not any("takes could not be read" in note for note in plan().notes)


@pytest.mark.parametrize("using", [FUNCTION, BUS])
def test_what_tells_nothing_is_said_to_tell_nothing(using):
    found = plan(replace(NAMED, using=using), facts(running=None))
    assert any("does not report its result" in note for note in found.notes)
    assert not any("no execution" in told for told in found.preconditions)


def test_a_model_is_never_made_of_broken_data():
    assert refused(about=incident(Cause.SCHEMA_BREAK)).why is HoldReason.HOLD
    broken = incident(Cause.SCHEMA_BREAK, id="dq")
    found = refused(companions=(broken,))
    assert found.why is HoldReason.HOLD
    assert "since 2026-11-20 10:00 UTC" in found.says
    assert isinstance(planned(companions=(replace(broken, state=IncidentState.RESOLVED),)), Plan)


def test_nothing_is_started_on_a_guess():
    context = endpoint_context(facts=None)
    assert plan_of(limited(NAMED), NAMED, incident(), context, NOW, "").why is HoldReason.UNREADABLE


def test_every_template_is_filled_in():
    told = {
        "incident": "0198-churn",
        "endpoint": "churn-prod",
        "monitor": "ModelQuality",
        "window_start": "2026-11-20T09:00:00Z",
        "window_end": "2026-11-20T10:00:00Z",
        "report": "s3://reports/churn/constraint_violations.json",
        "baseline": "s3://baselines/churn",
    }
    rule = with_parameters(**{name: f"<{{{name}}}>" for name in told})
    found = plan(rule, facts(tags={"kedge:baseline": "s3://baselines/churn"}, running=()))
    assert found.doing.parameters == {name: f"<{value}>" for name, value in told.items()}


def test_braces_that_stand_for_themselves_are_kept():
    assert plan(with_parameters(a="{{x}} {endpoint}")).doing.parameters == {"a": "{x} churn-prod"}


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{who}", "nothing fills in {who}: there are {incident}"),
        ("{endpoint.name}", "nothing fills in {endpoint.name}: write {endpoint}"),
        ("{endpoint!r}", "nothing fills in {endpoint!r}: write {endpoint}"),
        ("{endpoint:>900}", "nothing fills in {endpoint:>900}: write {endpoint}"),
        ("{", "cannot be read"),
        ("{}", "nothing fills in {}: there are {incident}"),
        ("{baseline}", "asks for {baseline}, and this incident has none"),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused_with_its_place(template, says):
    found = refused(with_parameters(Until=template))
    assert found.why is HoldReason.WRONG_PARAMETER
    assert found.says.startswith("remedies[0].parameters.Until ")
    assert says in found.says


def test_what_an_incident_has_not_is_not_made_up():
    about = incident(Cause.CONCEPT_DRIFT)
    no_window = replace(about, problem=replace(about.problem, window=None, report=None))
    for name in ("window_start", "window_end", "report"):
        assert refused(with_parameters(a=f"{{{name}}}"), about=no_window).why is HoldReason.WRONG_PARAMETER
    batch = replace(about, target=replace(CHURN, kind=TargetKind.SCHEDULE))
    assert refused(with_parameters(a="{endpoint}"), about=batch).why is HoldReason.WRONG_PARAMETER
    assert needs_of(limited(NAMED), NAMED, batch, endpoint_context()).endpoint is None


@pytest.mark.parametrize(
    ("using", "name", "value", "takes"),
    [
        (PIPELINE, "input_data", "x" * 1_024, True),
        (PIPELINE, "input_data", "x" * 1_025, False),
        (PIPELINE, "input_data", "", True),
        (PIPELINE, "input.data", "x", False),
        (PIPELINE, "n" * 256, "x", True),
        (PIPELINE, "n" * 257, "x", False),
        (CODE_PIPELINE, "input@data", "x" * 1_000, True),
        (CODE_PIPELINE, "input_data", "x" * 1_001, False),
        (CODE_PIPELINE, "input_data", "", False),
        (CODE_PIPELINE, "n" * 129, "x", False),
        (MACHINE, "any name", "x" * 5_000, True),
        (MACHINE, "input", "x" * 250_000, False),
        (FUNCTION, "input", "x" * 250_000, False),
    ],
)
def test_parameters_keep_within_what_the_service_takes(using, name, value, takes):
    found = planned(with_parameters(using, **{name: value}))
    assert isinstance(found, Plan) is takes
    if not takes:
        assert found.why is HoldReason.WRONG_PARAMETER


def test_there_are_no_more_parameters_than_the_service_takes():
    def many(count: int) -> dict[str, str]:
        return {f"p{number}": "x" for number in range(count)}

    assert isinstance(planned(with_parameters(CODE_PIPELINE, **many(50))), Plan)
    assert refused(with_parameters(CODE_PIPELINE, **many(51))).why is HoldReason.WRONG_PARAMETER
    assert isinstance(planned(with_parameters(**many(200))), Plan)
    assert refused(with_parameters(**many(201))).why is HoldReason.WRONG_PARAMETER


def test_a_parameter_that_the_pipeline_has_not_is_refused_where_that_is_known():
    of = facts(running=(), parameters=("Until", "From"))
    assert isinstance(planned(with_parameters(Until="x"), of), Plan)
    found = refused(with_parameters(Untill="x"), of)
    assert (
        found.says == "remedies[0].parameters.Untill is no parameter of pipeline churn-retrain, which has From, Until"
    )
    unknown = plan(with_parameters(Untill="x"), facts(running=(), parameters=None))
    assert any("takes could not be read" in note for note in unknown.notes)


def test_the_model_in_service_is_the_one_to_beat():
    of_ledger = replace(deployments().history[1], packages=("package/8",))
    known = replace(deployments(), history=(of_ledger,))
    context = endpoint_context(facts=facts(endpoint=None, running=()), deployments=known)
    found = plan_of(limited(NAMED), NAMED, incident(Cause.CONCEPT_DRIFT), context, NOW, "")
    assert found.doing.packages == ("package/8",)
    assert plan().doing.packages == ("package/7",)


def test_each_occasion_is_a_plan_of_its_own():
    assert plan(occasion="a").digest != plan(occasion="b").digest
