"""Faults of monitoring: one incident for a target, without a remedy, without a minimum of records; and failed runs by their check."""

from datetime import timedelta

import msgspec
import pytest

from kedge.domain.cause import Cause
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.provenance import EntryPoint, Provenance, Voucher
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import RunFinished
from kedge.domain.target import Target, TargetKind
from kedge.policy.labels import labels_of
from kedge.policy.matchers import matcher
from tests.support.stories import CHURN, DAY, Story, hour, policy_of, run

BY_KEDGE = Provenance(entry_point=EntryPoint.EVENTS, voucher=Voucher.KEDGE)
ACCOUNT = Target(account=CHURN.account, region=CHURN.region, kind=TargetKind.ACCOUNT, name="unwatched-endpoints")
LOST = Finding(check=Check.CAPTURE_LOST, said="It had capture.\nSwitch it on.", metric="churn-prod")
ALARM = Finding(check=Check.ALARM_NO_DATA, said="No data.\nCheck the monitor.", metric="churn drift")
SAMPLED = Finding(check=Check.CAPTURE_SAMPLING, said="Few.\nSample all.", metric="churn-prod", measured=499.0)


def passed(at: str, *faults: Finding, target: Target = CHURN, days: int = 0) -> RunFinished:
    """A pass of the watchdog."""
    moment = hour(at) + timedelta(days=days)
    return RunFinished(
        id=f"watch/{target}/{moment}",
        at=moment,
        target=target,
        monitor=Monitor.WATCH,
        source="watchdog",
        verdict=Verdict.VIOLATED if faults else Verdict.CLEAN,
        finished=moment,
        evidence=Evidence(reading=Reading.READ, findings=faults),
        provenance=BY_KEDGE,
    )


def unwatched(*names: str) -> tuple[Finding, ...]:
    return tuple(Finding(check=Check.UNWATCHED_ENDPOINT, said="Alone.\nOnboard it.", metric=name) for name in names)


def test_a_fault_is_an_incident_of_its_own_cause_and_a_warning():
    story = Story().tell(passed("10:00", LOST, ALARM))
    incident = story.incident
    assert (incident.cause, incident.severity, incident.monitor) == (
        Cause.MONITOR_FAULT,
        Severity.WARNING,
        Monitor.WATCH,
    )
    assert incident.problem.checks == {Check.CAPTURE_LOST: 1, Check.ALARM_NO_DATA: 1}
    assert story.told == [Reason.FIRST_SEEN]


def test_the_labels_of_a_fault_route_it():
    labels = labels_of(Story().tell(passed("10:00", LOST)).incident, "")
    for text in ('monitor="Watch"', 'cause="monitor_fault"', 'check="capture_lost_check"', 'endpoint="churn-prod"'):
        assert matcher(text).holds(labels)


def test_a_policy_may_raise_the_severity_of_one_check():
    rule = {"severity": "critical", "matchers": ['check="capture_lost_check"']}
    policy = policy_of(severities=[rule])
    assert Story(policy).tell(passed("10:00", LOST)).incident.severity is Severity.CRITICAL
    assert Story(policy).tell(passed("10:00", ALARM)).incident.severity is Severity.WARNING


def test_a_deployment_is_not_blamed_and_no_remedy_is_proposed():
    remedy = {"remedy": "retrain", "mode": "auto", "using": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p"}
    story = Story(policy_of(remedies=[remedy])).tell(
        passed("10:00", LOST), context=Context(endpoint_context=EndpointContext())
    )
    assert story.incident.remedy is None
    assert story.incident.cause is Cause.MONITOR_FAULT
    assert story.incident.suspect is None


def test_the_next_pass_without_the_fault_ends_it():
    story = Story().tell(passed("10:00", LOST), passed("11:00", LOST), passed("12:00"))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]
    assert story.incident.state is IncidentState.RESOLVED


def test_a_further_fault_is_news_and_a_known_one_is_not():
    story = Story().tell(
        passed("10:00", LOST), passed("11:00", LOST, ALARM), passed("12:00", ALARM), passed("13:00", LOST)
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.ANOTHER_FAULT]
    assert "alarm without data (churn drift)" in story.decisions[1].because
    assert story.incident.problem.checks == {Check.CAPTURE_LOST: 1}


def test_the_same_check_of_another_resource_is_news():
    other = msgspec.structs.replace(ALARM, metric="churn latency")
    assert Story().tell(passed("10:00", ALARM), passed("11:00", ALARM, other)).told[-1] is Reason.ANOTHER_FAULT


def test_a_disabled_check_counts_for_nothing():
    policy = policy_of(evidence={"disabled_checks": ["capture_lost_check"]})
    assert Story(policy).tell(passed("10:00", LOST)).reasons == [Reason.CLEAN]
    assert Story(policy).tell(passed("10:00", LOST, ALARM)).incident.problem.checks == {Check.ALARM_NO_DATA: 1}


def test_a_check_that_is_disabled_later_ends_its_incident():
    story = Story().tell(passed("10:00", LOST))
    story.policy = policy_of(evidence={"disabled_checks": ["capture_lost_check"]})
    assert story.tell(passed("11:00", LOST)).told[-1] is Reason.RESOLVED


@pytest.mark.parametrize(("minimum", "reason"), [(499, Reason.CLEAN), (500, Reason.FIRST_SEEN)])
def test_the_policy_says_how_many_records_are_too_few(minimum: int, reason: Reason):
    policy = policy_of(evidence={"minimum_records": minimum})
    assert Story(policy).tell(passed("10:00", SAMPLED)).reasons == [reason]


def test_the_digest_of_unwatched_endpoints_is_repeated_by_the_watchdog_only():
    names = [f"endpoint-{number}" for number in range(25)]
    story = Story().tell(passed("08:00", *unwatched(*names), target=ACCOUNT))
    assert story.incident.reminders == {}
    assert (story.incident.problem.findings, len(story.incident.problem.worst)) == (25, 20)
    week = DAY + timedelta(days=8)
    story.tell(passed("08:00", *unwatched(*names), target=ACCOUNT, days=7), clock=lambda: week)
    assert story.told == [Reason.FIRST_SEEN, Reason.ANOTHER_FAULT]
    assert story.decisions[-1].because == "25 endpoints are not watched this week"


def test_no_pass_changes_what_the_endpoint_s_runs_say():
    story = Story().tell(run("10:00", Verdict.FAILED))
    assert story.incident.failed_check is None
    assert Story().tell(passed("10:00", LOST)).incident.failed_check is None


def failing(said: str, verdict: Verdict = Verdict.FAILED) -> RunFinished:
    return msgspec.structs.replace(run("10:00", verdict, None), evidence=Evidence(reading=Reading.ABSENT), said=said)


def test_a_failed_run_has_the_label_of_the_check_that_its_text_shows():
    labels = labels_of(Story().tell(failing("exit code: 137")).incident, "")
    assert labels["check"] == ("run_memory_check",)
    assert labels_of(Story().tell(failing("who knows")).incident, "")["check"] == ()


@pytest.mark.parametrize(
    ("said", "reason"), [("exit code: 137", Reason.CHECK_DISABLED), ("exit code: 1", Reason.FIRST_SEEN)]
)
def test_a_failed_run_whose_check_is_disabled_is_recorded_only(said: str, reason: Reason):
    policy = policy_of(evidence={"disabled_checks": ["run_memory_check"]})
    assert Story(policy).tell(failing(said)).reasons == [reason]


def test_a_silence_of_one_check_does_not_cover_a_run_that_failed_for_another_reason():
    story = Story().tell(failing("exit code: 137"))
    silence = {
        "matchers": ['check="run_memory_check"'],
        "starts_at": "2026-11-01T00:00:00Z",
        "ends_at": "2026-12-30T00:00:00Z",
        "author": "me",
        "comment": "known",
    }
    policy = policy_of(silences=[silence])
    assert Story(policy).tell(failing("exit code: 137")).told == []
    assert Story(policy).tell(failing("Access Denied")).told == [Reason.FIRST_SEEN]
    assert story.told == [Reason.FIRST_SEEN]
