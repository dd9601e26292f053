"""What measured nothing convicts no model, and is no good news."""

import msgspec
import pytest

from kedge.decide.incident_parts import is_only_blind
from kedge.domain.cause import Cause
from kedge.domain.context import EndpointContext
from kedge.domain.decision import Reason
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.remedy import HoldReason, RemedyName
from kedge.domain.run import Monitor, Verdict
from kedge.remediation.guards import against_any
from kedge.remediation.rules import propose
from tests.support.stories import Story, alarm, drift, hour, policy_of, run

MISSING = (
    "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]."
)
NAMESPACES = [
    "aws/sagemaker/Endpoints/data-metrics",
    "aws/sagemaker/Endpoints/model-metrics",
    "aws/sagemaker/Endpoints/bias-metrics",
    "aws/sagemaker/Endpoints/explainability-metrics",
    "AWS/SageMaker",
    "Mine",
    None,
]
ACTS = policy_of(
    remedies=[
        {"remedy": "roll_back", "matchers": ['cause="deployment_regression"'], "mode": "auto"},
        {"remedy": "retrain", "matchers": ['cause=~".*_drift"'], "mode": "auto"},
    ],
    limits={"dry_run": False},
)


def blind(at: str, name: str = "churn-f1", **more):
    return msgspec.structs.replace(alarm(at, Verdict.ALARM, name), reason=MISSING, blind=True, **more)


def unchecked(at: str):
    return msgspec.structs.replace(run(at, Verdict.INCONCLUSIVE, ()), unchecked="the step skipped its check")


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_an_alarm_without_datapoints_shows_a_broken_monitor_and_asks_for_no_remedy(namespace):
    story = Story(ACTS).tell(blind("10:00", namespace=namespace, metric="feature_null_age"))
    incident = story.decisions[-1].incident
    assert (incident.cause, incident.severity, incident.state) == (
        Cause.MONITOR_FAULT,
        Severity.WARNING,
        IncidentState.FIRING,
    )
    assert propose(ACTS, story.state) is None
    assert story.told


def test_an_alarm_that_gets_its_datapoints_back_and_is_still_bad_shows_what_it_measures():
    measured = msgspec.structs.replace(
        alarm("11:00", Verdict.ALARM, "churn-auc"), namespace="aws/sagemaker/Endpoints/model-metrics"
    )
    story = Story().tell(blind("10:00"), measured)
    assert (story.reasons[-1], story.decisions[-1].incident.cause) == (Reason.CAUSE_CHANGED, Cause.CONCEPT_DRIFT)


def test_an_alarm_that_goes_blind_leaves_what_another_one_measured_as_it_is():
    measured = msgspec.structs.replace(
        alarm("10:00", Verdict.ALARM, "churn-auc"), namespace="aws/sagemaker/Endpoints/model-metrics", observed=0.6
    )
    story = Story().tell(measured, blind("11:00"))
    incident = story.decisions[-1].incident
    assert (story.reasons[-1], incident.cause) == (Reason.MONITOR_FAULT, Cause.CONCEPT_DRIFT)
    assert (incident.problem.source, incident.problem.blind) == ("churn-auc", False)


def test_an_alarm_that_is_ok_again_ends_what_its_missing_datapoints_began():
    story = Story().tell(blind("10:00"), alarm("11:00", Verdict.OK, "churn-f1"))
    assert story.reasons == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_only_bad_datapoints_count_where_a_remedy_waits_for_some():
    persistent = policy_of(
        remedies=[
            {
                "remedy": "invoke",
                "using": "arn:aws:lambda:us-east-1:111122223333:function:x",
                "persistence": {"runs": 1, "of": 1},
            }
        ]
    )
    story = Story(persistent).tell(blind("10:00"))
    assert propose(persistent, story.state).remedy is RemedyName.INVOKE


@pytest.mark.parametrize("monitor", [Monitor.DATA_QUALITY, Monitor.MODEL_QUALITY, Monitor.MODEL_BIAS])
def test_a_run_that_checked_nothing_ends_no_incident(monitor):
    bad = run("10:00", Verdict.VIOLATED, drift("age"), monitor=monitor)
    nothing = msgspec.structs.replace(unchecked("11:00"), monitor=monitor)
    story = Story().tell(bad, nothing, run("12:00", Verdict.CLEAN, (), monitor=monitor))
    assert story.reasons == [Reason.FIRST_SEEN, Reason.NOT_CHECKED, Reason.RESOLVED]
    assert story.decisions[1].effects == ()


def test_a_run_that_checked_nothing_is_no_clean_run_in_the_history():
    story = Story().tell(run("10:00", Verdict.CLEAN, ()), unchecked("11:00"))
    assert story.state.sources["churn-dq"].history == "g"


MEASURED = msgspec.structs.replace(
    alarm("10:00", Verdict.ALARM, "churn-auc"), namespace="aws/sagemaker/Endpoints/model-metrics", observed=0.6
)
BROKEN = run("11:00", Verdict.FAILED, None, source="churn-geo")


@pytest.mark.parametrize(
    ("story", "remedy"),
    [
        ((MEASURED, blind("11:00"), alarm("12:00", Verdict.OK, "churn-auc")), RemedyName.RETRAIN),
        ((blind("09:00"), MEASURED, alarm("12:00", Verdict.OK, "churn-auc")), RemedyName.RETRAIN),
        ((run("10:00", Verdict.VIOLATED, drift("age")), BROKEN, run("12:00", Verdict.CLEAN)), RemedyName.RETRAIN),
    ],
)
def test_what_measures_nothing_asks_for_no_remedy_once_what_was_bad_beside_it_is_well(story, remedy):
    told = Story(ACTS).tell(*story[:-1])
    assert not is_only_blind(told.incident)
    told.tell(story[-1])
    proposal = propose(ACTS, told.state)
    assert (told.incident.is_open, proposal.remedy) == (True, remedy)
    refused = against_any(ACTS, proposal, told.incident, EndpointContext(), hour("13:00"))
    assert refused.why is HoldReason.HOLD
    assert "measured" in refused.says


def test_what_is_bad_beside_something_that_measures_nothing_asks_for_its_remedy():
    story = Story(ACTS).tell(MEASURED, blind("11:00"))
    assert against_any(ACTS, propose(ACTS, story.state), story.incident, EndpointContext(), hour("13:00")) is None
