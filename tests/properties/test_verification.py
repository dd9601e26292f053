"""Whatever is observed, and whenever: nothing is verified that is not so."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.facts import Endpoint, Health, ModelPackage, Observed, RemedyExecution, Variant
from kedge.domain.plan import Retrain, Starter
from kedge.domain.remedy import RemedyName
from kedge.domain.stage import Stage
from kedge.remediation.verification.verify import VerificationOutcome, verify
from tests.support.remedies import BAD, GOOD, PIPELINE, action, at, plan

DEADLINE = at("15:00")
times = st.integers(-60, 600).map(lambda minutes: at("10:00") + timedelta(minutes=minutes))
configs = st.sampled_from([BAD, GOOD, GOOD, GOOD, "churn-42", None])
statuses = st.sampled_from(["InService", "InService", "InService", "Updating", "RollingBack", "Failed", "Deleting"])
numbers = st.one_of(st.none(), st.floats(0, 1))
healths = st.one_of(st.none(), st.builds(Health, invocations=st.floats(0, 1_000), errors=numbers, latency=numbers))
endpoints = st.one_of(
    st.none(),
    st.builds(
        Endpoint,
        name=st.just("churn-prod"),
        status=statuses,
        config=configs,
        variants=st.lists(
            st.builds(Variant, name=st.just("AllTraffic"), count=st.one_of(st.none(), st.integers(0, 5))), max_size=1
        ).map(tuple),
        capture=st.booleans(),
        coming=st.sampled_from([None, None, GOOD, BAD]),
        modified=st.one_of(st.none(), times),
    ),
)
runs = st.dictionaries(st.sampled_from(["mq", "dq", "alarm"]), st.text("ggvf", max_size=3), max_size=3)
packages = st.one_of(
    st.none(),
    st.builds(
        ModelPackage,
        arn=st.just("package/8"),
        made_by=st.sampled_from([None, "e-1", "e-2"]),
        metrics=st.dictionaries(st.sampled_from(["auc", "rmse", "size"]), st.floats(), max_size=3),
    ),
)
executions = st.one_of(
    st.none(),
    st.builds(
        RemedyExecution, arn=st.just("e-1"), status=st.sampled_from(["Executing", "Succeeded", "Failed", "Stopped"])
    ),
)
observations = st.builds(
    Observed,
    read=times,
    endpoint=endpoints,
    execution=executions,
    package=packages,
    in_service=packages,
    before=healths,
    since=healths,
    after=runs,
)
moments = st.one_of(st.none(), times)


@given(observations, moments, moments, st.booleans(), times)
def test_a_roll_back_is_never_verified_while_the_endpoint_runs_something_else(seen, called, acted, capture, now):
    of = action(
        stage=Stage.ACTED, called=called, acted=acted, deadline=DEADLINE, capture=capture, counts={"AllTraffic": 3}
    )
    found = verify(of, seen, now)
    if found.outcome is VerificationOutcome.VERIFIED:
        assert seen.endpoint is not None
        assert (seen.endpoint.status, seen.endpoint.config) == ("InService", GOOD)
        assert seen.endpoint.coming is None
        assert seen.endpoint.capture or not capture
        letters = "".join(seen.after.values())
        assert "g" in letters
        assert "v" not in letters
    assert found.says


@given(observations, times)
def test_a_retraining_is_never_verified_without_a_model_of_its_own(seen, now):
    of = action(
        plan(Retrain(using=PIPELINE, starter=Starter.PIPELINE), RemedyName.RETRAIN),
        stage=Stage.ACTED,
        acted=at("10:00"),
        started="e-1",
        deadline=DEADLINE,
    )
    found = verify(of, seen, now)
    if found.outcome is VerificationOutcome.VERIFIED:
        assert seen.execution is not None
        assert seen.execution.status == "Succeeded"
        assert seen.package is not None
        assert seen.package.made_by == "e-1"
    assert found.says


@given(observations, st.integers(0, 10_000))
def test_when_the_time_is_over_nothing_stays_pending(seen, minutes):
    of = action(stage=Stage.ACTED, called=at("11:00"), acted=at("11:00"), deadline=DEADLINE)
    assert verify(of, seen, DEADLINE + timedelta(minutes=minutes)).outcome is not VerificationOutcome.PENDING
