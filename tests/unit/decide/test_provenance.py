"""What no authority confirms is told, and neither hides, ends nor delays what an authority confirms."""

from datetime import timedelta

import msgspec
import pytest

from kedge.decide.evaluation import UNCONFIRMED
from kedge.decide.incident_update import SOURCES
from kedge.decide.pipeline import decide
from kedge.domain.cause import Cause
from kedge.domain.context import Context, EndpointContext
from kedge.domain.decision import CaseState, Reason, RemedySelected
from kedge.domain.incident import IncidentState
from kedge.domain.provenance import Provenance, Voucher
from kedge.domain.remedy import HoldReason, Mode, RemedyName
from kedge.domain.run import Evidence, Monitor, Reading, Verdict
from kedge.domain.signal import OperatorAction
from tests.support.stories import (
    BY_EVENT,
    BY_NOBODY,
    BY_SAGEMAKER,
    DAY,
    Story,
    alarm,
    drift,
    hour,
    missing,
    policy_of,
    run,
)

CLEAN, VIOLATED = Verdict.CLEAN, Verdict.VIOLATED
A_FILE = Provenance(says="a file in s3://reports")


def said(at: str, verdict: Verdict, findings=(), **more):
    return run(at, verdict, findings, job=None, provenance=A_FILE, **more)


def test_an_unconfirmed_clean_run_does_not_end_an_incident_that_sagemaker_confirms():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), said("11:00", CLEAN))
    assert story.reasons[-1] is Reason.UNCONFIRMED
    assert story.incident.state is IncidentState.FIRING


def test_an_unconfirmed_run_of_a_later_hour_does_not_make_a_confirmed_one_old():
    story = Story().tell(run("10:00", CLEAN), said("13:00", CLEAN), run("12:00", VIOLATED, drift("age")))
    assert story.reasons == [Reason.CLEAN, Reason.CLEAN, Reason.FIRST_SEEN]


def test_a_confirmed_clean_run_ends_what_was_only_said_of_its_monitor():
    story = Story().tell(said("10:00", VIOLATED, drift("age")), run("11:00", CLEAN))
    assert story.reasons[-1] is Reason.RESOLVED


def test_what_was_only_said_is_ended_by_the_one_who_said_it():
    story = Story().tell(said("10:00", VIOLATED, drift("age")), said("11:00", CLEAN))
    assert story.reasons == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_unconfirmed_news_is_told():
    story = Story().tell(said("10:00", VIOLATED, drift("age")))
    assert story.told == [Reason.FIRST_SEEN]
    assert not story.incident.is_confirmed


def test_what_is_only_said_beside_a_confirmed_incident_changes_neither_cause_nor_problem():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), said("11:00", VIOLATED, missing("plan")))
    assert story.incident.cause is Cause.INPUT_DRIFT
    assert story.incident.problem.worst[0].feature == "age"
    assert story.incident.provenance == BY_SAGEMAKER


def test_what_is_only_said_beside_a_confirmed_incident_is_told_if_it_matters_more():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), said("11:00", VIOLATED, missing("plan")))
    assert story.told == [Reason.FIRST_SEEN, Reason.SEVERITY_RAISED]


def test_confirmed_drift_takes_the_place_of_a_graver_cause_that_was_only_said():
    story = Story().tell(said("10:00", VIOLATED, missing("plan")), run("11:00", VIOLATED, drift("age")))
    assert story.incident.cause is Cause.INPUT_DRIFT
    assert story.incident.is_confirmed
    assert story.told == [Reason.FIRST_SEEN, Reason.CAUSE_CHANGED]


def test_a_confirmed_problem_is_told_though_a_person_acknowledged_what_was_only_said():
    story = Story().tell(said("10:00", VIOLATED, drift("age")))
    story.person("10:30", OperatorAction.ACKNOWLEDGE)
    story.tell(run("11:00", VIOLATED, drift("age")))
    assert story.reasons[-1] is Reason.CONFIRMED
    assert story.told == [Reason.FIRST_SEEN, Reason.CONFIRMED]
    assert story.incident.state is IncidentState.FIRING


def test_the_confirmation_of_the_very_fact_that_was_said_is_not_told_again():
    first = alarm("10:00", Verdict.ALARM, provenance=BY_NOBODY)
    story = Story().tell(first, msgspec.structs.replace(first, provenance=BY_EVENT))
    assert story.reasons == [Reason.FIRST_SEEN, Reason.DUPLICATE]
    assert story.incident.is_confirmed
    assert story.told == [Reason.FIRST_SEEN]


def test_a_report_and_then_the_job_that_wrote_it_are_one_run_told_once():
    story = Story().tell(said("10:00", VIOLATED, drift("age")), run("10:00", VIOLATED, drift("age")))
    assert story.told == [Reason.FIRST_SEEN]
    assert story.incident.runs == 1
    assert story.incident.is_confirmed


def test_the_same_fact_by_a_road_that_proves_less_is_a_duplicate():
    first = alarm("10:00", Verdict.ALARM, provenance=BY_EVENT)
    story = Story().tell(first, msgspec.structs.replace(first, provenance=BY_NOBODY))
    assert story.reasons[-1] is Reason.DUPLICATE


def test_an_alarm_that_both_roads_told_of_is_ended_by_the_road_that_proves_more():
    off, ok = alarm("10:00", Verdict.ALARM), alarm("10:30", Verdict.OK)
    by_topic = [msgspec.structs.replace(each, provenance=BY_NOBODY) for each in (off, ok)]
    by_event = [msgspec.structs.replace(each, provenance=BY_EVENT) for each in (off, ok)]
    story = Story().tell(by_topic[0], by_event[0], by_topic[1], by_event[1])
    assert story.incident.state is IncidentState.RESOLVED
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]


def test_unconfirmed_runs_do_not_add_up_with_confirmed_ones_for_persistence():
    twice = policy_of(evidence={"persistence": [{"matchers": [], "runs": 2, "of": 3}]})
    story = Story(twice).tell(said("10:00", VIOLATED, drift("age")), run("11:00", VIOLATED, drift("age")))
    assert story.reasons == [Reason.NOT_PERSISTENT, Reason.NOT_PERSISTENT]


def test_strangers_can_name_only_so_many_sources():
    story = Story()
    for number in range(200):
        one = said("10:00", CLEAN, source=f"stranger-{number}")
        story.tell(msgspec.structs.replace(one, id=str(number)))
    assert len(story.state.unconfirmed) == UNCONFIRMED


def test_a_detector_from_before_provenance_was_recorded_still_ends_what_it_opened():
    before = Story().tell(run("10:00", VIOLATED, drift("age"), job=None, source="own"))
    last = msgspec.structs.replace(before.state.sources["own"], voucher=None)
    old = msgspec.structs.replace(before.incident, provenance=None)
    story = Story()
    story.state = CaseState(incident=old, sources={"own": last}, recent=before.state.recent)
    story.tell(said("11:00", CLEAN, source="own"))
    assert story.reasons == [Reason.RESOLVED]
    assert story.state.sources == {}


def test_an_incident_from_before_provenance_was_recorded_is_not_told_again_when_it_is_confirmed():
    before = Story().tell(run("10:00", VIOLATED, drift("age")))
    story = Story()
    story.state = msgspec.structs.replace(
        before.state, incident=msgspec.structs.replace(before.incident, provenance=None)
    )
    story.tell(run("11:00", VIOLATED, drift("age")))
    assert story.told == []
    assert story.incident.provenance == BY_SAGEMAKER


@pytest.mark.parametrize("reading", [Reading.ABSENT, Reading.UNREADABLE])
def test_an_unconfirmed_report_that_cannot_be_read_is_told_and_shows_no_cause(reading: Reading):
    unread = msgspec.structs.replace(
        said("10:00", VIOLATED, monitor=Monitor.MODEL_QUALITY), evidence=Evidence(reading=reading, why="AccessDenied")
    )
    story = Story().tell(unread)
    assert story.told == [Reason.FIRST_SEEN]
    assert story.incident.cause is Cause.INCONCLUSIVE
    assert "AccessDenied" in story.incident.evidence[0]


def test_a_report_that_could_not_be_read_counts_neither_as_bad_nor_as_clean_run():
    story = Story().tell(run("10:00", VIOLATED, None), run("11:00", VIOLATED, drift("age")))
    assert story.state.sources["churn-dq"].history == "uv"


AUTO = policy_of(
    remedies=[
        {
            "remedy": "retrain",
            "matchers": [],
            "mode": "auto",
            "using": "arn:aws:sagemaker:us-east-1:111122223333:pipeline/p",
        }
    ],
    limits={"dry_run": False},
)


def treated(signal):
    context = Context(endpoint_context=EndpointContext())
    return decide(AUTO, CaseState(), signal, DAY + timedelta(days=1), context).remedies


@pytest.mark.parametrize(
    ("provenance", "mode"),
    [
        (BY_SAGEMAKER, Mode.AUTO),
        (Provenance(voucher=Voucher.DETECTOR), Mode.AUTO),
        (BY_EVENT, Mode.APPROVAL),
        (A_FILE, Mode.APPROVAL),
    ],
)
def test_a_remedy_is_automatic_only_on_evidence_that_an_authority_confirms(provenance: Provenance, mode: Mode):
    signal = run("10:00", VIOLATED, drift("age"), monitor=Monitor.MODEL_QUALITY, provenance=provenance)
    (remedied,) = treated(signal)
    assert isinstance(remedied, RemedySelected)
    assert remedied.mode is mode


def test_what_sagemaker_contradicts_is_a_question_and_no_remedy():
    disputed = msgspec.structs.replace(
        said("10:00", VIOLATED, drift("age")),
        disputed="SageMaker knows no such run. Did another program write this file?",
    )
    (refused,) = treated(disputed)
    assert (refused.remedy, refused.why) == (RemedyName.RETRAIN, HoldReason.HOLD)
    assert refused.says.endswith("Did another program write this file?")


def test_a_confirmed_violation_whose_report_cannot_be_read_holds_every_retraining():
    (refused,) = treated(run("10:00", VIOLATED, None, monitor=Monitor.MODEL_QUALITY))
    assert refused.why is HoldReason.HOLD
    assert "could not be read" in refused.says


def test_a_clock_that_ran_ahead_makes_nothing_old_that_comes_after_it():
    ahead = alarm("23:00", Verdict.OK)
    story = Story()
    story.tell(ahead, clock=lambda: hour("10:00"))
    story.tell(alarm("09:59", Verdict.ALARM), clock=lambda: hour("10:01"))
    assert story.reasons == [Reason.CLEAN, Reason.FIRST_SEEN]


def test_what_is_only_said_holds_no_confirmed_incident_open():
    story = Story().tell(
        run("10:00", VIOLATED, drift("age")), said("11:00", VIOLATED, drift("age"), source="other"), run("12:00", CLEAN)
    )
    assert story.reasons[-1] is Reason.RESOLVED


def test_a_confirmed_incident_that_becomes_graver_is_told_though_a_stranger_had_said_so_before():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), said("11:00", VIOLATED, missing("plan")))
    story.person("11:30", OperatorAction.ACKNOWLEDGE)
    story.tell(run("12:00", VIOLATED, drift("age", "tenure", "plan", "region", "income", "sex")))
    assert story.reasons[-1] is Reason.SEVERITY_RAISED
    assert story.told[-1] is Reason.SEVERITY_RAISED


def test_what_comes_and_goes_in_messages_alone_does_not_quiet_what_is_confirmed():
    story = Story()
    for number in range(10):
        verdict, findings = (VIOLATED, drift("age")) if number % 2 == 0 else (CLEAN, ())
        story.tell(said(f"{number:02}:00", verdict, findings))
    assert story.incident.flapping
    story.tell(run("11:00", VIOLATED, drift("age")))
    assert story.told[-1] is Reason.FIRST_SEEN
    assert not story.incident.flapping


def test_an_alarm_of_which_a_stranger_told_is_news_when_it_really_goes_off_beside_another():
    story = Story().tell(
        alarm("10:00", Verdict.ALARM, "churn-errors"),
        alarm("10:10", Verdict.ALARM, "churn-latency", provenance=BY_NOBODY),
        alarm("11:00", Verdict.ALARM, "churn-latency"),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.ANOTHER_ALARM, Reason.ANOTHER_ALARM]


def test_an_alarm_that_joins_by_both_roads_is_told_once():
    both = alarm("10:10", Verdict.ALARM, "churn-latency", provenance=BY_NOBODY)
    story = Story().tell(
        alarm("10:00", Verdict.ALARM, "churn-errors"), both, msgspec.structs.replace(both, provenance=BY_EVENT)
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.ANOTHER_ALARM]


def test_a_thousand_alarms_that_are_only_said_push_out_none_that_is_confirmed():
    story = Story().tell(alarm("10:00", Verdict.ALARM, "churn-errors"), alarm("10:01", Verdict.ALARM, "churn-latency"))
    confirmed = story.incident.sources
    story.tell(*(alarm("10:10", Verdict.ALARM, f"said-{number}", provenance=BY_NOBODY) for number in range(1_000)))
    assert story.incident.sources[: len(confirmed)] == confirmed
    assert len(story.incident.sources) == SOURCES // 2
    story.tell(alarm("10:30", Verdict.ALARM, "churn-throttles"), alarm("11:00", Verdict.ALARM, "churn-throttles"))
    assert story.told[-1] is Reason.ANOTHER_ALARM
    assert story.reasons[-1] is Reason.STILL_FIRING
