"""A training reads only from places that the operator named, and an approver sees by whose word a place is given to it."""

import pytest
from msgspec.structs import replace

from kedge.domain.cause import Cause
from kedge.domain.decision import RemedyHeld
from kedge.domain.plan import Plan
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.policy.spec.remediation import RemedyRuleSpec
from tests.support.remedies import FUNCTION, NOW, PIPELINE, endpoint_context, facts, incident, limited, plan_of

REPORT, BASELINE = "s3://reports/churn/constraint_violations.json", "s3://baselines/churn/v1"
JOB = "arn:aws:sagemaker:us-east-1:111122223333:processing-job/churn-mq-1"
BOTH = {"Report": "{report}", "Baseline": "{baseline}"}
NAMED = ("reports", "baselines")
REMEDIES = [(RemedyName.RETRAIN, PIPELINE), (RemedyName.INVOKE, FUNCTION)]


def planned(
    buckets=NAMED, report=REPORT, baseline=BASELINE, *, job=None, mode=Mode.AUTO, templates=BOTH, of=REMEDIES[0]
):
    rule = RemedyRuleSpec(remedy=of[0], using=of[1], mode=mode, parameters=templates)
    about = incident(Cause.CONCEPT_DRIFT)
    about = replace(about, problem=replace(about.problem, report=report, job=job))
    known = facts(running=(), tags={"kedge:baseline": baseline} if baseline else {}, buckets=buckets)
    policy = limited(rule)
    policy = replace(policy, limits=replace(policy.limits, dry_run=mode is Mode.DRY_RUN))
    return plan_of(policy, rule, about, endpoint_context(facts=known), NOW, "o")


@pytest.mark.parametrize("of", REMEDIES)
@pytest.mark.parametrize("mode", Mode)
def test_a_place_in_a_named_bucket_is_given_in_any_mode(of, mode):
    found = planned(mode=mode, of=of)
    assert isinstance(found, Plan)
    assert found.doing.parameters == {"Report": REPORT, "Baseline": BASELINE}


@pytest.mark.parametrize("of", REMEDIES)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    ("buckets", "named"),
    [(("baselines",), "report"), (("reports",), "baseline"), ((), "report"), (("report",), "report")],
)
def test_a_place_in_another_bucket_is_refused_in_any_mode(of, mode, buckets, named):
    found = planned(buckets, mode=mode, of=of)
    assert isinstance(found, RemedyHeld)
    assert found.why is HoldReason.WRONG_PARAMETER
    assert f"asks for {{{named}}}" in found.says


def test_a_refusal_names_the_value_its_origin_and_the_fix():
    assert planned(("reports",)).says == (
        "remedies[0].parameters.Baseline asks for {baseline}, which is 's3://baselines/churn/v1' (by the tag kedge:baseline of"
        " churn-prod): the operator named only reports; name baselines among the report buckets of the stack, or take {baseline} out"
        " of the rule"
    )


@pytest.mark.parametrize(
    "value",
    [
        "https://baselines.s3.amazonaws.com/churn", "s3a://baselines/churn", "S3://baselines/churn", "baselines/churn", "s3://",
        "s3:///churn", "s3://baselines@strangers/churn", " s3://baselines/churn", "s3://baselines/churn\n--role x",
        "s3://baselines/\u202echurn", "s3://baselines/..\0", "file:///etc/passwd", "s3://baselines?x", "s3://BASELINES/x",
        "s3://strangers/s3://baselines/x", "s3://arn:aws:s3:us-east-1:1:accesspoint/x", "s3://baselines.strangers/churn",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", Mode)
def test_what_is_no_s3_uri_in_a_named_bucket_is_refused_whoever_says_it(value, mode):
    for found in (planned(baseline=value, mode=mode), planned(report=value, mode=mode)):
        assert isinstance(found, RemedyHeld)
        assert found.why is HoldReason.WRONG_PARAMETER


def test_a_rule_that_asks_for_no_place_is_planned_whatever_strangers_say():
    found = planned((), "s3://strangers/x", "javascript:", templates={"Until": "{window_end}"})
    assert isinstance(found, Plan)
    assert not any("s3://strangers" in note for note in found.notes)


@pytest.mark.parametrize("of", REMEDIES)
def test_where_nobody_said_which_buckets_are_the_operators_people_decide(of):
    found = planned(None, of=of)
    assert isinstance(found, RemedyHeld)
    assert "nothing says which buckets the operator named; set the rule's mode to approval" in found.says
    for mode in (Mode.APPROVAL, Mode.DRY_RUN):
        asked = planned(None, mode=mode, of=of)
        assert isinstance(asked, Plan)
        assert (
            "nothing says which buckets the operator named: check that these are yours before you approve"
            in asked.notes
        )


@pytest.mark.parametrize("of", REMEDIES)
@pytest.mark.parametrize(
    ("job", "origin"),
    [(JOB, f"written by SageMaker's job {JOB}"), (None, "named by the signal of churn-mq")],
)
def test_the_plan_says_by_whose_word_each_place_is_given(of, job, origin):
    notes = planned(job=job, of=of).notes
    assert f"report {REPORT}: {origin}" in notes
    assert f"baseline {BASELINE}: by the tag kedge:baseline of churn-prod" in notes
    assert not any("nothing says which buckets" in note for note in notes)


def test_a_place_within_a_longer_text_is_checked_like_one_that_stands_alone():
    assert isinstance(planned(("reports",), templates={"args": "--from {baseline}/x --report {report}"}), RemedyHeld)
    found = planned(templates={"args": "--from {baseline}/x"})
    assert [note for note in found.notes if note.startswith(("report ", "baseline "))] == [
        f"baseline {BASELINE}: by the tag kedge:baseline of churn-prod"
    ]
