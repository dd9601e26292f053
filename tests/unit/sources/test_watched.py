"""Executions that the function watch found: one run has one id, whoever reports it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from kedge.domain.errors import MalformedSignal, Permanent
from kedge.domain.ids import overdue_id
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.run import MissedRuns, Monitor, Verdict, Window
from kedge.domain.signal import Ignored
from kedge.ports.watched import ListedSchedule, ListedStep, MonitoringExecution, ScheduleTimes
from kedge.services.watch.found import of_execution, of_missed_runs, of_schedule, of_step
from kedge.sources.event_header import Home
from tests.support import samples
from tests.unit.sources.world import (
    EXECUTION,
    HOUR,
    JOB,
    MERGER,
    REPORT,
    SAGEMAKER,
    SCHEDULE,
    TARGET,
    VIOLATED,
    World,
    check_step,
    job,
    processing_event,
)

HERE = Home("111122223333", "us-east-1")
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
ENDED = datetime(2026, 11, 20, 10, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 20, 13, 30, tzinfo=UTC)
NO_DATA = "kedge.execution.no_data"


def found(**changes: Any) -> dict[str, Any]:
    """Return the event of an execution as the function watch sends it."""
    usual = {
        "schedule": SCHEDULE.name,
        "scheduled": TEN,
        "status": "CompletedWithViolations",
        "created": TEN,
        "modified": ENDED,
        "job": JOB.arn,
        "endpoint": "churn-prod",
        "monitoring_type": "DataQuality",
    }
    return of_execution(MonitoringExecution(**(usual | changes)), HERE, ENDED).body


def without_data(**changes: Any) -> MonitoringExecution:
    return MonitoringExecution(
        **{
            "schedule": SCHEDULE.name,
            "scheduled": TEN,
            "status": "Failed",
            "created": TEN,
            "modified": ENDED,
            "endpoint": "churn-prod",
            "monitoring_type": "DataQuality",
            "failure_reason": "Job inputs had no data",
            **changes,
        }
    )


@pytest.mark.parametrize(
    ("known", "status"),
    [(JOB, "CompletedWithViolations"), (job(status="Failed", exit_message=None), "Failed")],
)
def test_an_execution_with_a_job_is_the_same_signal_as_the_event_of_its_job(known, status):
    world = World(SCHEDULE, known, objects={REPORT: VIOLATED}, home=HERE).by(EntryPoint.EVENTS)
    assert world.one(found(status=status)) == world.one(processing_event(known))


def test_an_execution_without_data_is_a_run_that_sagemakers_list_confirms():
    daily = structs.replace(SCHEDULE, expression="cron(0 10 ? * * *)")
    world = World(daily, home=HERE).by(EntryPoint.EVENTS)
    world.monitors.listed.append(without_data())
    run = world.one(NO_DATA)
    assert (str(run.target), run.monitor, run.source) == (TARGET, Monitor.DATA_QUALITY, SCHEDULE.name)
    assert (run.verdict, run.at, run.finished, run.said) == (Verdict.NO_DATA, TEN, ENDED, "Job inputs had no data")
    assert run.provenance.voucher is Voucher.SAGEMAKER
    assert run.window == Window(TEN - timedelta(hours=24), TEN)
    assert run.id == "monitoring-execution/111122223333/us-east-1/churn-data-quality/2026-11-20T10:00:00.000Z"


def test_the_sample_is_what_the_function_sends():
    (sent,) = World(home=HERE).by(EntryPoint.EVENTS).reads(of_execution(without_data(), HERE, ENDED).body)
    (sample,) = World(home=HERE).by(EntryPoint.EVENTS).reads(samples.event(NO_DATA))
    assert sent == sample


@pytest.mark.parametrize("refused", [None, Permanent("denied")])
def test_an_execution_that_sagemaker_lists_no_more_is_what_the_message_says(refused):
    world = World(SCHEDULE, home=HERE).by(EntryPoint.EVENTS)
    world.monitors.failing = refused
    run = world.one(NO_DATA)
    assert (run.verdict, run.provenance.voucher) == (Verdict.NO_DATA, Voucher.EVENTBRIDGE)


def test_a_direct_caller_who_names_another_account_is_not_confirmed():
    world = World(SCHEDULE)
    world.monitors.listed.append(without_data())
    assert world.one(NO_DATA).provenance.voucher is Voucher.NOBODY


@pytest.mark.parametrize(
    ("status", "reason", "verdict"),
    [
        ("Failed", 'No S3 objects found under S3 URL "s3://b/k" given in input data source', Verdict.NO_DATA),
        ("Failed", "Could not assume role", Verdict.FAILED),
        ("Failed", None, Verdict.FAILED),
        ("Stopped", None, Verdict.STOPPED),
    ],
)
def test_the_end_of_an_execution_without_a_job_is_told_apart(status, reason, verdict):
    world = World(SCHEDULE, home=HERE).by(EntryPoint.EVENTS)
    world.monitors.listed.append(without_data(status=status, failure_reason=reason))
    assert world.one(NO_DATA).verdict is verdict


def test_an_execution_of_a_batch_schedule_has_the_schedule_as_its_target():
    batch = without_data(endpoint=None)
    batch_schedule = structs.replace(SCHEDULE, endpoint=None)
    world = World(batch_schedule, home=HERE).by(EntryPoint.EVENTS)
    world.monitors.listed.append(batch)
    assert str(world.one(NO_DATA).target) == "111122223333/us-east-1/schedule/churn-data-quality"


def test_an_execution_that_began_anew_since_is_not_over():
    world = World(SCHEDULE, home=HERE).by(EntryPoint.EVENTS)
    world.monitors.listed.append(without_data(status="InProgress", failure_reason=None))
    assert world.one(NO_DATA) is Ignored.NOT_TERMINAL


def test_an_execution_that_failed_after_its_merge_is_a_failed_run():
    merge = job(
        name="groundtruth-merge-202611201000-x", arn=f"{SAGEMAKER}:processing-job/groundtruth-merge-202611201000-x",
        image=MERGER, environment={}, outputs=(HOUR,), exit_message=None, schedule_arn=None,
    )  # fmt: skip
    world = World(SCHEDULE, merge, home=HERE).by(EntryPoint.EVENTS)
    world.monitors.listed.append(without_data(job=merge.arn, failure_reason="The analysis could not start"))
    run = world.one(found(job=merge.arn, status="Failed"))
    assert (run.verdict, run.said) == (Verdict.FAILED, "The analysis could not start")
    assert run.id.startswith("monitoring-execution/")


def test_a_merge_alone_is_no_run():
    merge = job(name="groundtruth-merge-1", arn=f"{SAGEMAKER}:processing-job/groundtruth-merge-1", image=MERGER)
    world = World(SCHEDULE, merge, home=HERE).by(EntryPoint.EVENTS)
    assert world.one(found(job=merge.arn, status="Completed")) is Ignored.GROUND_TRUTH_MERGE


@pytest.mark.parametrize("missing", ["MonitoringScheduleName", "ScheduledTime"])
def test_an_event_without_a_needed_field_is_malformed(missing):
    event = samples.event(NO_DATA)
    del event["detail"][missing]
    with pytest.raises(MalformedSignal, match=missing):
        World(home=HERE).one(event)


OVERDUE = "kedge.schedule.overdue"


def test_missed_runs_are_a_run_without_data_that_kedge_itself_confirms():
    run = World(home=HERE).by(EntryPoint.EVENTS).one(OVERDUE)
    assert (str(run.target), run.monitor, run.source) == (TARGET, Monitor.DATA_QUALITY, SCHEDULE.name)
    assert (run.verdict, run.at, run.missed) == (Verdict.NO_DATA, TEN, MissedRuns(count=3))
    assert run.said == "The schedule never ran since 2026-11-20 10:00 UTC, and 3 runs were due by cron(0 * ? * * *)."
    assert run.provenance.voucher is Voucher.KEDGE


def test_missed_runs_that_anyone_sends_directly_are_confirmed_by_no_authority():
    assert World(home=HERE).one(OVERDUE).provenance.voucher is Voucher.NOBODY


def test_missed_runs_have_the_id_that_the_timer_of_their_case_gives_them():
    run = World(home=HERE).by(EntryPoint.EVENTS).one(OVERDUE)
    assert run.id == overdue_id(SCHEDULE.name, TEN)


@pytest.mark.parametrize(
    ("field", "value"), [("Since", None), ("MissedRuns", 0), ("MissedRuns", 1e9), ("MissedRuns", "x")]
)
def test_missed_runs_without_a_time_or_a_number_are_malformed(field, value):
    event = samples.event(OVERDUE)
    event["detail"][field] = value
    with pytest.raises(MalformedSignal, match=field):
        World(home=HERE).one(event)


def test_the_sample_of_missed_runs_is_what_the_function_sends():
    schedule = ListedSchedule(
        name=SCHEDULE.name, arn=SCHEDULE.arn, status="Scheduled", created=TEN, modified=TEN, endpoint="churn-prod",
        monitoring_type="DataQuality",
    )  # fmt: skip
    times = ScheduleTimes(expression="cron(0 * ? * * *)", began=TEN)
    sent = of_missed_runs(schedule, times, MissedRuns(count=3), HERE, LATE)
    assert json.loads(sent.body) == samples.event(OVERDUE)
    assert World(home=HERE).by(EntryPoint.EVENTS).one(sent.body).id == sent.ids[0]


@pytest.mark.parametrize("status", ["Stopped", "Failed"])
def test_a_schedule_that_was_found_is_the_same_signal_as_its_event(status):
    known = structs.replace(SCHEDULE, status=status, modified=ENDED)
    world = World(known, home=HERE).by(EntryPoint.EVENTS)
    listed = ListedSchedule(
        name=SCHEDULE.name, arn=SCHEDULE.arn, status=status, created=TEN, modified=ENDED, endpoint="churn-prod",
        monitoring_type="DataQuality",
    )  # fmt: skip
    found = of_schedule(listed, HERE, LATE)
    event = samples.event("eventbridge.schedule")
    event["detail"] |= {"MonitoringScheduleStatus": status}
    event["detail"].pop("LastModifiedTime", None)
    assert world.one(found.body) == world.one(event)
    assert world.one(found.body).id == found.ids[0]


def test_a_check_step_that_was_found_is_the_same_signal_as_its_event():
    event = samples.event("eventbridge.pipeline_step.quality_check")
    known = check_step(name=event["detail"]["stepName"], ended=ENDED)
    world = World(steps=[known], home=HERE, objects={str(known.report): VIOLATED}).by(EntryPoint.EVENTS)
    listed = ListedStep(name=known.name, kind="QualityCheck", status=known.status, check_type=known.check_type)
    found = of_step(listed, EXECUTION, HERE, LATE)
    assert world.one(found.body) == world.one(event)
    assert world.one(found.body).id == found.ids[0]
    assert found.case == (world.one(event).target, world.one(event).monitor)
