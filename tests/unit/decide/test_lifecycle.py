"""The life of an incident, as its people live it."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from kedge.decide.fleet import sighting_of
from kedge.domain.cause import Cause
from kedge.domain.decision import Reason
from kedge.domain.finding import Check, Finding
from kedge.domain.incident import IncidentState, Severity
from kedge.domain.run import Monitor, Verdict
from kedge.domain.signal import DecisionMade, OperatorAction, ScheduleChanged
from tests.support.stories import BY_EVENT, CHURN, DAY, Story, drift, hour, missing, policy_of, run

CLEAN, VIOLATED, FAILED = Verdict.CLEAN, Verdict.VIOLATED, Verdict.FAILED


def test_a_first_violation_opens_an_incident_and_tells_the_receiver_once():
    story = Story().tell(run("10:00", VIOLATED, drift("age")))
    assert story.told == [Reason.FIRST_SEEN]
    assert story.incident.state is IncidentState.FIRING
    assert story.incident.cause is Cause.INPUT_DRIFT
    assert story.incident.since == hour("10:00")


def test_the_next_violated_run_belongs_to_the_same_incident_and_wakes_nobody():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), run("11:00", VIOLATED, drift("age")))
    assert story.told == [Reason.FIRST_SEEN]
    assert story.reasons[-1] is Reason.STILL_FIRING
    assert story.incident.runs == 2
    assert story.decisions[0].incident.id == story.decisions[1].incident.id  # type: ignore[union-attr]


def test_a_clean_run_resolves_and_says_so_to_those_who_were_told():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), run("12:00", CLEAN))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]
    assert story.incident.resolved == hour("12:00")


def test_a_clean_run_with_nothing_open_tells_nobody():
    assert Story().tell(run("10:00", CLEAN)).told == []


def test_a_violation_soon_after_a_resolution_opens_the_same_incident_again():
    story = Story().tell(
        run("10:00", VIOLATED, drift("age")), run("11:00", CLEAN), run("12:00", VIOLATED, drift("age"))
    )
    first, _, third = (decision.incident for decision in story.decisions)
    assert first is not None
    assert third is not None
    assert first.id == third.id
    assert third.reopened == 1
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.REOPENED]


def test_a_violation_long_after_a_resolution_is_a_new_incident():
    story = Story().tell(
        run("01:00", VIOLATED, drift("age")), run("02:00", CLEAN), run("08:01", VIOLATED, drift("age"))
    )
    ids = {decision.incident.id for decision in story.decisions if decision.incident is not None}
    assert len(ids) == 2
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.FIRST_SEEN]


def test_a_source_that_is_late_never_opens_an_incident_under_the_name_of_a_resolved_one():
    story = Story(policy_of(evidence={"reopen_within": "0s", "flapping": None})).tell(
        run("10:00", VIOLATED, drift("age")),
        run("11:00", CLEAN),
        run("12:00", VIOLATED, drift("age")),
        run("13:00", CLEAN),
    )
    opened = [it.incident.id for it in story.decisions if it.reason is Reason.FIRST_SEEN and it.incident]
    assert len(opened) == len(set(opened)) == 2
    story.tell(run("10:00", VIOLATED, drift("tenure"), source="churn-dq-daily"))
    assert story.incident.id == opened[-1]
    assert story.reasons[-1] is Reason.REOPENED


def test_the_same_event_three_times_is_told_once():
    violated = run("10:00", VIOLATED, drift("age"))
    story = Story().tell(violated, violated, violated)
    assert story.told == [Reason.FIRST_SEEN]
    assert story.reasons == [Reason.FIRST_SEEN, Reason.DUPLICATE, Reason.DUPLICATE]


def test_a_clean_run_that_arrives_before_the_violated_one_it_follows_keeps_people_asleep():
    story = Story().tell(run("11:00", CLEAN), run("10:00", VIOLATED, drift("age")))
    assert story.told == []
    assert story.reasons == [Reason.CLEAN, Reason.SUPERSEDED]


def test_a_late_signal_that_comes_twice_is_late_once_and_then_a_repetition():
    late = run("10:00", VIOLATED, drift("age"))
    assert Story().tell(run("11:00", CLEAN), late, late).reasons[1:] == [Reason.SUPERSEDED, Reason.DUPLICATE]


def test_a_report_in_s3_and_the_job_that_wrote_it_are_one_run():
    story = Story().tell(run("10:00", VIOLATED, drift("age"), job=None), run("10:00", VIOLATED, drift("age")))
    assert story.reasons == [Reason.FIRST_SEEN, Reason.DUPLICATE]


def test_a_monitor_that_failed_is_not_called_drift():
    story = Story().tell(run("10:00", FAILED))
    assert story.incident.cause is Cause.MONITOR_FAULT
    assert story.told == [Reason.FIRST_SEEN]


@pytest.mark.parametrize("verdict", [Verdict.NO_DATA, Verdict.STOPPED])
def test_no_data_and_a_stopped_run_are_faults_of_the_monitor(verdict: Verdict):
    assert Story().tell(run("10:00", verdict)).incident.cause is Cause.MONITOR_FAULT


def test_a_monitor_that_breaks_while_its_model_drifts_is_told_once_and_stays_a_drift():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), run("11:00", FAILED), run("12:00", FAILED))
    assert story.told == [Reason.FIRST_SEEN, Reason.MONITOR_FAULT]
    assert story.incident.cause is Cause.INPUT_DRIFT
    assert story.incident.problem.verdict is VIOLATED


def test_a_violation_found_by_a_monitor_that_was_broken_before_is_told():
    story = Story().tell(run("10:00", FAILED), run("11:00", VIOLATED, missing("age")))
    assert story.told == [Reason.FIRST_SEEN, Reason.CAUSE_CHANGED]
    assert story.incident.severity is Severity.CRITICAL


def test_drift_that_turns_out_to_be_a_broken_schema_is_told_and_does_not_turn_back():
    story = Story().tell(
        run("10:00", VIOLATED, drift("age")),
        run("11:00", VIOLATED, missing("age")),
        run("12:00", VIOLATED, drift("age")),
        run("13:00", VIOLATED, missing("age")),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.CAUSE_CHANGED]


def test_more_and_more_drifting_features_raise_the_severity_once():
    five = drift("a", "b", "c", "d", "e")
    story = Story().tell(
        run("10:00", VIOLATED, drift("a")),
        run("11:00", VIOLATED, five),
        run("12:00", VIOLATED, drift("a")),
        run("13:00", VIOLATED, five),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.SEVERITY_RAISED]


def test_a_third_of_a_small_models_features_is_critical():
    story = Story().tell(run("10:00", VIOLATED, drift("a", "b"), features=6))
    assert story.incident.severity is Severity.CRITICAL


def test_a_violation_on_too_few_records_is_recorded_and_wakes_nobody():
    story = Story().tell(run("10:00", VIOLATED, drift("age"), records=60))
    assert story.told == []
    assert story.decisions[0].verdict is Verdict.INCONCLUSIVE
    assert story.decisions[0].incident is None


def test_two_tellings_of_a_run_on_too_few_records_are_one_and_neither_is_called_a_violation():
    small = {"records": 60}
    story = Story().tell(
        run("10:00", VIOLATED, drift("age"), job=None, **small), run("10:00", VIOLATED, drift("age"), **small)
    )
    assert story.reasons == [Reason.TOO_FEW_RECORDS, Reason.DUPLICATE]
    assert [decision.verdict for decision in story.decisions] == [Verdict.INCONCLUSIVE] * 2


def test_a_clean_run_on_too_few_records_resolves_nothing():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), run("11:00", CLEAN, records=3))
    assert story.reasons[-1] is Reason.TOO_FEW_RECORDS
    assert story.incident.is_open


def test_a_run_that_nobody_counted_is_believed():
    assert Story().tell(run("10:00", VIOLATED, drift("age"), records=None)).told == [Reason.FIRST_SEEN]


def test_a_report_that_cannot_be_read_still_makes_an_incident():
    story = Story().tell(run("10:00", VIOLATED, None))
    assert story.told == [Reason.FIRST_SEEN]
    assert story.incident.problem.findings is None
    assert story.incident.problem.why_unread == "$.violations: truncated"


def test_the_monitor_names_the_cause_where_the_report_cannot():
    assert Story().tell(run("10:00", VIOLATED, None, monitor=Monitor.MODEL_BIAS)).incident.cause is Cause.BIAS_DRIFT


def test_two_schedules_of_one_kind_share_an_incident_that_ends_with_the_last():
    story = Story().tell(
        run("10:00", VIOLATED, drift("age"), source="hourly"),
        run("10:00", VIOLATED, drift("age"), source="daily"),
        run("11:00", CLEAN, source="hourly"),
        run("12:00", CLEAN, source="daily"),
    )
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED]
    assert story.reasons[2] is Reason.OTHERS_FIRING


def test_a_clock_that_runs_days_ahead_does_not_silence_what_comes_after_it():
    ahead = run("10:00", CLEAN)
    future = replace(ahead, at=DAY + timedelta(days=30), finished=DAY + timedelta(days=30))
    story = Story().tell(future, clock=lambda: hour("10:20"))
    story.tell(run("11:00", VIOLATED, drift("age")), clock=lambda: hour("11:20"))
    assert story.told == [Reason.FIRST_SEEN]


def test_the_team_may_say_otherwise():
    policy = policy_of(
        evidence={"minimum_records": 10},
        receivers=[{"name": "a"}, {"name": "b"}],
        severities=[{"matchers": ['cause="input_drift"'], "severity": "info"}],
        route={"receiver": "a", "routes": [{"receiver": "a", "continue": True}, {"receiver": "b"}]},
    )
    story = Story(policy).tell(run("10:00", VIOLATED, drift("age"), records=60))
    assert story.incident.severity is Severity.INFO
    assert [effect.receiver for effect in story.decisions[0].effects] == ["a", "b"]


def test_a_decision_is_the_same_every_time():
    signal = run("10:00", VIOLATED, drift("age"))
    assert Story().tell(signal).decisions == Story().tell(signal).decisions


def test_a_schedule_that_was_replaced_while_it_was_bad_does_not_hold_its_incident_open_for_ever():
    story = Story().tell(run("10:00", VIOLATED, drift("age"), source="churn-dq-old"), run("12:00", CLEAN))
    assert story.reasons[-1] is Reason.OTHERS_FIRING
    story.tell(run(f"{15 * 24}:00", CLEAN), clock=lambda: DAY + timedelta(days=16))
    assert story.reasons[-1] is Reason.RESOLVED
    assert (
        story.decisions[-1].because == "churn-dq has recovered, and no signal of churn-dq-old was received for 14 days"
    )
    story.tell(run(f"{15 * 24 + 1}:00", VIOLATED, drift("age")), clock=lambda: DAY + timedelta(days=16))
    assert story.told == [Reason.FIRST_SEEN, Reason.RESOLVED, Reason.REOPENED]


def stopped(at: str) -> ScheduleChanged:
    return ScheduleChanged(
        id=f"schedule/{at}",
        at=hour(at),
        target=CHURN,
        monitor=Monitor.DATA_QUALITY,
        source="churn-dq",
        status="Stopped",
        provenance=BY_EVENT,
    )


def test_what_a_run_found_is_told_though_its_schedule_was_stopped_while_it_ran():
    # The run ends at 10:12, and its window ended at 10:00.
    story = Story().tell(stopped("10:05"), run("10:00", VIOLATED, drift("age")))
    assert story.told == [Reason.FIRST_SEEN, Reason.CAUSE_CHANGED]
    assert story.incident.problem.findings == 1


def test_a_clean_run_that_was_going_on_when_its_schedule_was_stopped_does_not_start_it_again():
    story = Story().tell(stopped("10:05"), run("10:00", CLEAN))
    assert story.reasons[-1] is Reason.SUPERSEDED
    assert story.incident.is_open


def test_a_schedule_that_was_stopped_after_a_run_found_something_is_told_as_well():
    story = Story().tell(run("10:00", VIOLATED, drift("age")), stopped("10:05"))
    assert story.told == [Reason.FIRST_SEEN, Reason.MONITOR_FAULT]


def test_a_run_that_said_nothing_does_not_outdate_an_older_one_that_found_something():
    story = Story().tell(run("11:00", CLEAN, records=3), run("10:00", VIOLATED, drift("age")))
    assert story.reasons == [Reason.TOO_FEW_RECORDS, Reason.FIRST_SEEN]


def test_who_acknowledged_a_warning_did_not_acknowledge_the_broken_schema_that_it_turned_out_to_be():
    story = Story().tell(run("10:00", VIOLATED, drift("age")))
    story.person("10:30", OperatorAction.ACKNOWLEDGE)
    story.tell(run("11:00", VIOLATED, missing("age")))
    assert (story.reasons[-1], story.incident.severity) == (Reason.CAUSE_CHANGED, Severity.CRITICAL)
    assert story.incident.state is IncidentState.FIRING


@pytest.mark.parametrize(
    ("check", "cause"),
    [(Check.BELOW, Cause.CONCEPT_DRIFT), (Check.BIAS_DRIFT, Cause.BIAS_DRIFT), (None, Cause.INPUT_DRIFT)],
)
def test_drift_beside_lost_quality_or_bias_is_not_what_it_is_about(check, cause):
    found = (*drift("age"), *(() if check is None else (Finding(check=check, said="", metric="auc"),)))
    assert Story().tell(run("10:00", VIOLATED, found)).incident.cause is cause


@pytest.mark.parametrize("act", [OperatorAction.ACKNOWLEDGE, OperatorAction.MITIGATE, OperatorAction.RESOLVE])
def test_what_somebody_said_before_it_fired_again_does_not_count_for_that_when_it_is_delivered_again_much_later(act):
    story = Story().tell(run("01:00", VIOLATED, drift("age")))
    said = DecisionMade(
        id="once",
        at=hour("01:30"),
        target=CHURN,
        monitor=Monitor.DATA_QUALITY,
        incident=story.incident.id,
        act=act,
        by="oncall",
        comment="",
    )
    story.tell(said, run("02:00", CLEAN), run("03:00", VIOLATED, drift("age")))
    story.tell(*(run(f"{3 + minute // 60:02}:{minute % 60:02}", VIOLATED, drift("age")) for minute in range(1, 200)))
    story.tell(said)
    assert story.reasons[-1] is Reason.SUPERSEDED
    assert story.incident.state is IncidentState.FIRING


def test_a_run_that_is_heard_again_tells_the_fleet_nothing():
    violated = run("10:00", VIOLATED, drift("age"))
    story = Story()
    assert sighting_of(story.policy, story.state, violated, DAY) is not None
    story.tell(violated)
    assert sighting_of(story.policy, story.state, violated, DAY) is None
    assert sighting_of(story.policy, story.state, run("11:00", VIOLATED, drift("age")), DAY) is not None
