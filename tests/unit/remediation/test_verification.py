"""Whether a remedy worked: what is there now tells, and what nobody knows in time is not called good."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.domain.facts import Health, ModelPackage, Observed, RemedyExecution, Variant
from kedge.domain.plan import Invoke, Retrain, ShiftTraffic, Starter
from kedge.domain.remedy import RemedyName
from kedge.domain.stage import Stage
from kedge.remediation.verification.verify import VerificationOutcome, verify
from tests.support.remedies import (
    BAD,
    BUS,
    CODE_PIPELINE,
    FUNCTION,
    GOOD,
    MACHINE,
    PIPELINE,
    action,
    at,
    endpoint,
    plan,
)

ACTED = {"stage": Stage.ACTED, "called": at("11:00"), "acted": at("11:01"), "deadline": at("15:00")}
BACK = action(**ACTED, counts={"AllTraffic": 3}, capture=True)
RUNS = {"churn-mq": "g"}
SICK = Health(invocations=4_000, errors=0.08, latency=200.0)
WELL = Health(invocations=900, errors=0.001, latency=90.0)


def after(*variants, **changes):
    """The endpoint as a good roll-back leaves it."""
    return endpoint(*variants, **{"config": GOOD, "modified": at("11:20"), **changes})


def seen(when="11:30", **changes) -> Observed:
    found = Observed(read=at(when), endpoint=after(), before=SICK, since=WELL, after=RUNS)
    return replace(found, **changes)


def judged(of=BACK, when="11:30", **changes):
    return verify(of, seen(when, **changes), at(when))


def check(found, name):
    return next(each for each in found.checks if each.name == name)


def test_a_roll_back_is_verified_when_all_of_it_is_well():
    found = judged()
    assert found.outcome is VerificationOutcome.VERIFIED
    assert [(each.name, each.ok) for each in found.checks] == [
        ("endpoint", True),
        ("config", True),
        ("capture", True),
        ("instances", True),
        ("monitors", True),
        ("health", True),
    ]
    assert "churn-prod runs config churn-40" in found.says
    assert "errors 0.1%, 8.0% before; latency 90.0 ms, 200.0 ms before: no worse" in found.says


@pytest.mark.parametrize("status", ["Updating", "SystemUpdating", "RollingBack", "Creating"])
def test_while_the_endpoint_is_worked_on_nothing_is_said_of_it(status):
    found = judged(endpoint=after(status=status, config=BAD, coming=GOOD))
    assert found.outcome is VerificationOutcome.PENDING
    assert status in found.says


@pytest.mark.parametrize("status", ["Failed", "UpdateRollbackFailed", "OutOfService", "Deleting"])
def test_an_endpoint_that_broke_has_failed(status):
    found = judged(endpoint=after(status=status, failure="no capacity"))
    assert found.outcome is VerificationOutcome.FAILED
    assert f"{status}: no capacity" in found.says


def test_an_update_that_sagemaker_undid_silently_has_failed_although_it_ends_in_service():
    found = judged(endpoint=after(config=BAD, failure="the canary did not pass its health checks"))
    assert found.outcome is VerificationOutcome.FAILED
    assert found.says == "SageMaker went back to churn-41: the canary did not pass its health checks"


def test_what_was_read_before_the_call_was_seen_blames_nobody():
    found = judged(endpoint=after(config=BAD, modified=at("9:00")))
    assert found.outcome is VerificationOutcome.PENDING
    assert "may not have arrived" in found.says
    assert judged(endpoint=after(config=BAD, modified=at("11:00"))).outcome is VerificationOutcome.FAILED


def test_runs_of_what_served_before_are_not_put_down_to_what_is_still_coming():
    assert (
        judged(endpoint=after(config=BAD, modified=at("9:00")), after={"mq": "v"}).outcome
        is VerificationOutcome.PENDING
    )
    assert judged(endpoint=after(config=BAD, coming=GOOD), after={"mq": "v"}).outcome is VerificationOutcome.PENDING
    assert (
        judged(SHIFTED, endpoint=weights(0.7, 0.1, modified=at("9:00")), after={"x": "v"}).outcome
        is VerificationOutcome.PENDING
    )


def test_a_call_of_which_nobody_knows_whether_it_arrived_is_unverified_in_the_end():
    lost = replace(BACK, acted=None, deadline=None, verify_within=3_600)
    changes = {"endpoint": after(config=BAD, modified=at("9:00")), "after": {}}
    assert judged(lost, "11:59", **changes).outcome is VerificationOutcome.PENDING
    found = judged(lost, "12:00", **changes)
    assert found.outcome is VerificationOutcome.UNVERIFIED
    assert "over at 12:00 UTC" in found.says


def test_a_call_of_which_nobody_knows_whether_it_arrived_is_verified_where_it_did():
    assert judged(replace(BACK, acted=None)).outcome is VerificationOutcome.VERIFIED


@pytest.mark.parametrize("status", ["InService", "Updating", "Failed"])
def test_what_somebody_deployed_meanwhile_is_not_put_down_to_the_remedy(status):
    found = judged(endpoint=after(config="churn-42", status=status))
    assert found.outcome is VerificationOutcome.UNVERIFIED
    assert "churn-42" in found.says


def test_an_endpoint_that_is_not_found_is_never_verified():
    assert judged(endpoint=None).outcome is VerificationOutcome.PENDING
    assert judged(when="15:00", endpoint=None).outcome is VerificationOutcome.UNVERIFIED


def test_capture_that_was_lost_has_failed_and_none_that_never_was():
    blind = after(capture=False)
    assert judged(endpoint=blind).outcome is VerificationOutcome.FAILED
    found = judged(replace(BACK, capture=False), endpoint=blind)
    assert found.outcome is VerificationOutcome.VERIFIED
    assert check(found, "capture").ok is None


def test_a_fleet_that_the_update_made_smaller_has_failed():
    found = judged(endpoint=after(Variant(name="AllTraffic", count=1)), after={})
    assert found.outcome is VerificationOutcome.FAILED
    assert "AllTraffic has 1, and had 3" in found.says


@pytest.mark.parametrize(("when", "runs"), [("11:30", RUNS), ("13:00", {})])
def test_a_fleet_that_became_smaller_later_may_have_been_scaled(when, runs):
    found = judged(when=when, endpoint=after(Variant(name="AllTraffic", count=1)), after=runs)
    assert found.outcome is not VerificationOutcome.FAILED
    assert check(found, "instances").ok is None
    assert "automatic scaling may have" in check(found, "instances").says


def test_a_larger_fleet_and_one_that_nobody_counts_are_well():
    assert judged(endpoint=after(Variant(name="AllTraffic", count=9))).outcome is VerificationOutcome.VERIFIED
    assert judged(endpoint=after(Variant(name="AllTraffic", count=None))).outcome is VerificationOutcome.VERIFIED
    assert judged(replace(BACK, counts={})).outcome is VerificationOutcome.VERIFIED
    assert judged(endpoint=after(Variant(name="other", count=3)), after={}).outcome is VerificationOutcome.FAILED


@pytest.mark.parametrize("runs", [{"churn-mq": "v"}, {"churn-mq": "vg"}, {"churn-mq": "g", "churn-latency": "v"}])
def test_a_run_that_is_still_bad_has_failed(runs):
    found = judged(after=runs)
    assert found.outcome is VerificationOutcome.FAILED
    assert "still bad after it" in found.says


@pytest.mark.parametrize("runs", [{}, {"churn-mq": ""}, {"churn-mq": "f"}, {"churn-mq": "gf"}])
def test_until_a_run_measured_it_nobody_knows(runs):
    assert judged(after=runs).outcome is VerificationOutcome.PENDING
    found = judged(when="15:00", after=runs)
    assert found.outcome is VerificationOutcome.UNVERIFIED
    assert "not known whether it helped" in found.says


def test_one_clean_run_is_enough_beside_a_monitor_that_broke():
    assert judged(after={"churn-mq": "fg", "churn-dq": "f"}).outcome is VerificationOutcome.VERIFIED


@pytest.mark.parametrize(
    ("since", "ok"),
    [
        (Health(invocations=900, errors=0.105, latency=244.0), True),
        (Health(invocations=900, errors=0.107, latency=90.0), False),
        (Health(invocations=900, errors=0.001, latency=246.0), False),
        (Health(invocations=900, errors=None, latency=246.0), False),
        (Health(invocations=900), None),
        (Health(invocations=19, errors=1.0, latency=900.0), None),
        (Health(invocations=20, errors=1.0, latency=900.0), False),
        (None, None),
    ],
)
def test_errors_and_latency_may_not_be_plainly_worse_and_what_was_not_measured_does_not_wait(since, ok):
    found = judged(since=since)
    assert check(found, "health").ok is ok
    assert found.outcome is (VerificationOutcome.FAILED if ok is False else VerificationOutcome.VERIFIED)


def test_a_tiny_rise_from_nothing_is_no_worse():
    quiet = Health(invocations=100, errors=0.0, latency=1.0)
    assert judged(before=quiet, since=replace(quiet, errors=0.009, latency=5.0)).outcome is VerificationOutcome.VERIFIED
    assert judged(before=quiet, since=replace(quiet, errors=0.02)).outcome is VerificationOutcome.FAILED


def test_the_first_minutes_after_an_update_are_not_held_against_it():
    slow = Health(invocations=900, errors=0.0, latency=900.0)
    found = judged(since=slow, after={})
    assert found.outcome is VerificationOutcome.PENDING
    assert "worse so far" in found.says
    assert judged(since=slow).outcome is VerificationOutcome.FAILED


SHIFT = ShiftTraffic(config=BAD, away_from="green", before={"a": 0.7, "green": 0.1}, after={"a": 0.7, "green": 0.0})
SHIFTED = action(plan(SHIFT, RemedyName.SHIFT_TRAFFIC), **ACTED)


def weights(a, green, **changes):
    return after(Variant(name="a", weight=a), Variant(name="green", weight=green), **{"config": BAD, **changes})


def test_traffic_was_shifted_when_the_weights_are_as_planned_and_the_runs_clean():
    # SageMaker answers with floats of 32 bits.
    found = judged(SHIFTED, endpoint=weights(0.699999988079071, 0.0))
    assert found.outcome is VerificationOutcome.VERIFIED
    assert judged(SHIFTED, endpoint=weights(0.7, 0.0), after={}).outcome is VerificationOutcome.PENDING
    assert judged(SHIFTED, endpoint=weights(0.7, 0.0), after={"x": "v"}).outcome is VerificationOutcome.FAILED


def test_weights_that_went_back_have_failed_and_those_not_yet_changed_are_awaited():
    assert judged(SHIFTED, endpoint=weights(0.7, 0.1)).outcome is VerificationOutcome.FAILED
    assert judged(SHIFTED, endpoint=weights(0.7, 0.1, modified=at("9:00"))).outcome is VerificationOutcome.PENDING
    assert judged(SHIFTED, endpoint=weights(0.7, 0.1, status="Updating")).outcome is VerificationOutcome.PENDING
    assert judged(SHIFTED, endpoint=weights(0.7, 0.0, config="churn-42")).outcome is VerificationOutcome.UNVERIFIED


EXECUTION = f"{PIPELINE}/execution/abc"


def retraining(using=PIPELINE, starter=Starter.PIPELINE, started=EXECUTION):
    return action(plan(Retrain(using=using, starter=starter), RemedyName.RETRAIN), **ACTED, started=started)


def package(made_by=EXECUTION, name="churn/8", **metrics):
    return ModelPackage(arn=f"arn:aws:sagemaker:us-east-1:1:model-package/{name}", made_by=made_by, metrics=metrics)


def trained(of=None, when="12:00", status="Succeeded", made=None, served=None, failure=None, runs=None):
    found = Observed(
        read=at(when),
        execution=RemedyExecution(arn=EXECUTION, status=status, failure=failure) if status else None,
        package=made,
        in_service=served,
        after=runs or {},
    )
    return verify(of or retraining(), found, at(when))


def test_a_retraining_is_verified_when_its_own_package_beats_the_one_in_service():
    found = trained(made=package(auc=0.93), served=package("x", "churn/7", auc=0.88))
    assert found.outcome is VerificationOutcome.VERIFIED
    assert found.says == (
        f"the execution of {PIPELINE} succeeded; model package churn/8 was made by it; the new model is better: auc 0.93 (0.88 in"
        " service)"
    )


@pytest.mark.parametrize("status", [None, "Executing", "Stopping", "InProgress", "RUNNING"])
def test_while_it_runs_nothing_is_known_and_in_the_end_it_is_unverified(status):
    assert trained(status=status).outcome is VerificationOutcome.PENDING
    assert trained(status=status, when="15:00").outcome is VerificationOutcome.UNVERIFIED


@pytest.mark.parametrize("status", ["Failed", "Stopped", "FAILED", "ABORTED", "TIMED_OUT", "Superseded", "Cancelled"])
def test_an_execution_that_ended_badly_has_failed(status):
    found = trained(status=status, failure="no data", made=package(auc=1.0))
    assert found.outcome is VerificationOutcome.FAILED
    assert f"{status}: no data" in found.says


def test_a_package_of_somebody_else_is_not_its_own():
    assert trained(made=package("another/execution", auc=0.99)).outcome is VerificationOutcome.PENDING
    assert trained(made=package(None, auc=0.99), when="15:00").outcome is VerificationOutcome.UNVERIFIED
    assert trained(made=package(EXECUTION.upper(), auc=0.99)).outcome is VerificationOutcome.VERIFIED


def test_a_model_that_is_worse_has_failed():
    found = trained(made=package(rmse=3.1), served=package("x", rmse=2.9))
    assert found.outcome is VerificationOutcome.FAILED
    assert "the new model is worse: rmse 3.1 (2.9 in service)" in found.says


@pytest.mark.parametrize(
    ("new", "old", "ok"),
    [
        ({"accuracy": 0.9}, {"accuracy": 0.8}, True),
        ({"validation:auc": 0.9}, {"validation:auc": 0.8}, True),
        ({"classification.f1.value": 0.8}, {"classification.f1.value": 0.9}, False),
        ({"validation_log_loss": 0.2}, {"validation_log_loss": 0.4}, True),
        ({"mean squared error": 5.0}, {"mean squared error": 4.0}, False),
        ({"r2": 0.5, "mae": 3.0}, {"r2": 0.4, "mae": 2.0}, None),
        ({"r2": 0.5, "mae": 2.0}, {"r2": 0.4, "mae": 2.0}, True),
        ({"r2": 0.5}, {"r2": 0.5}, None),
        ({"r2": 0.5}, {"auc": 0.5}, None),
        ({"size": 9.0}, {"size": 1.0}, None),
        ({"train:auc": 0.99}, {"train:auc": 0.9}, None),
        ({"accuracy.standard_deviation": 0.1}, {"accuracy.standard_deviation": 0.2}, None),
        ({"auc": float("nan")}, {"auc": 0.5}, None),
        ({"auc": 0.5}, {"auc": float("inf")}, None),
        ({"false_positive_rate": 0.1}, {"false_positive_rate": 0.2}, True),
        ({"false_discovery_rate": 0.1}, {"false_discovery_rate": 0.2}, None),
        ({}, {}, None),
    ],
)
def test_two_models_are_compared_only_by_what_both_have_and_everybody_reads_the_same_way(new, old, ok):
    found = trained(made=package(**new), served=package("x", **old))
    assert check(found, "metrics").ok is ok
    assert found.outcome is (VerificationOutcome.FAILED if ok is False else VerificationOutcome.VERIFIED)
    if ok is None:
        assert "approval in the model registry" in found.says


def test_without_a_model_in_service_the_registry_has_to_say():
    found = trained(made=package(auc=0.9))
    assert found.outcome is VerificationOutcome.VERIFIED
    assert check(found, "metrics").ok is None
    assert "approval in the model registry" in found.says


def test_other_starters_have_their_own_words_for_success():
    of_machine = retraining(MACHINE, Starter.STATE_MACHINE)
    assert trained(of_machine, status="SUCCEEDED", made=package()).outcome is VerificationOutcome.VERIFIED
    of_code = retraining(CODE_PIPELINE, Starter.CODE_PIPELINE, f"{CODE_PIPELINE}/1")
    assert (
        trained(of_code, status="Succeeded", made=package(f"{CODE_PIPELINE}/1")).outcome is VerificationOutcome.VERIFIED
    )


@pytest.mark.parametrize(("using", "starter"), [(FUNCTION, Starter.FUNCTION), (BUS, Starter.EVENT_BUS)])
def test_of_what_tells_nothing_only_the_monitors_tell_and_they_may_take_their_time(using, starter):
    of = retraining(using, starter, None)
    assert trained(of, status=None, runs={"mq": "v"}).outcome is VerificationOutcome.PENDING
    assert trained(of, status=None, runs={"mq": "vv", "dq": "g"}).outcome is VerificationOutcome.PENDING
    assert trained(of, status=None, runs={"mq": "vvg"}).outcome is VerificationOutcome.VERIFIED
    assert trained(of, status=None, runs={"mq": "g", "dq": "v"}).outcome is VerificationOutcome.PENDING
    assert trained(of, status=None, runs={"mq": "v"}, when="15:00").outcome is VerificationOutcome.UNVERIFIED


def test_an_execution_that_began_in_an_express_state_machine_is_judged_by_the_monitors():
    started = "arn:aws:states:us-east-1:111122223333:express:mend:d1:0f0e0d0c"
    of = retraining(MACHINE, Starter.STATE_MACHINE, started)
    assert trained(of, status=None, runs={"mq": "v"}).outcome is VerificationOutcome.PENDING
    assert trained(of, status=None, runs={"mq": "vg"}).outcome is VerificationOutcome.VERIFIED
    called = action(
        plan(Invoke(using=MACHINE, starter=Starter.STATE_MACHINE), RemedyName.INVOKE), **ACTED, started=started
    )
    assert trained(called, status=None, runs={"mq": "g"}).outcome is VerificationOutcome.VERIFIED


def test_a_state_machine_of_the_team_has_to_succeed_and_the_monitors_to_be_clean():
    of = action(plan(Invoke(using=MACHINE, starter=Starter.STATE_MACHINE), RemedyName.INVOKE), **ACTED)
    assert trained(of, status="SUCCEEDED", runs={"mq": "g"}).outcome is VerificationOutcome.VERIFIED
    assert trained(of, status="SUCCEEDED").outcome is VerificationOutcome.PENDING
    assert trained(of, status="FAILED", runs={"mq": "g"}).outcome is VerificationOutcome.FAILED
    assert trained(of, status="RUNNING", runs={"mq": "g"}).outcome is VerificationOutcome.PENDING


def test_a_function_of_the_team_is_judged_by_the_monitors():
    of = action(plan(Invoke(using=FUNCTION, starter=Starter.FUNCTION), RemedyName.INVOKE), **ACTED)
    assert trained(of, status=None, runs={"mq": "g"}).outcome is VerificationOutcome.VERIFIED
    assert trained(of, status=None).outcome is VerificationOutcome.PENDING


def test_what_is_wrong_is_told_before_what_is_missing_even_when_the_time_is_over():
    found = verify(BACK, seen(endpoint=after(capture=False), after={}), at("15:00") + timedelta(days=1))
    assert found.outcome is VerificationOutcome.FAILED
