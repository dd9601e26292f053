"""Files that lie in the folder of a schedule: SageMaker is asked whether its run of that hour wrote them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import structs

from kedge.domain.errors import MalformedSignal, NotYet, Permanent, Transient
from kedge.domain.provenance import EntryPoint, Voucher
from kedge.domain.run import Reading, Verdict
from kedge.domain.signal import Ignored
from kedge.ports.readers import PipelineExecution, ProcessingJob, Schedule
from tests.support import samples
from tests.unit.sources.world import (
    CLEAN,
    HOUR,
    JOB,
    REPORT,
    SCHEDULE,
    VIOLATED,
    World,
    job,
    processing_event,
)

BUCKET = "sagemaker-us-east-1-111122223333"
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
RAN = PipelineExecution(status="CompletedWithViolations", scheduled=TEN, job=JOB.arn)
CLEAN_JOB = job(exit_message="Completed: Job completed successfully with no violations.")
KEY = "churn/reports/churn-prod/churn-data-quality/2026/11/20/10/constraint_violations.json"


def created(key: str = KEY, bucket: str = BUCKET) -> dict[str, Any]:
    """The event of a file that was created."""
    raw: dict[str, Any] = samples.event("s3.object_created")
    raw["detail"]["object"]["key"] = key
    raw["detail"]["bucket"]["name"] = bucket
    return raw


def world(
    *jobs: ProcessingJob,
    newest: PipelineExecution | None = RAN,
    report: bytes | None = VIOLATED,
    listed: tuple[PipelineExecution, ...] = (),
    schedule: Schedule = SCHEDULE,
    **more: Any,
) -> World:
    """A world in which the schedule ran, and a report lies where its job has written it."""
    objects = {} if report is None else {REPORT: report}
    found = World(structs.replace(schedule, newest=newest), *jobs, objects=objects, **more).by(EntryPoint.EVENTS)
    found.monitors.executed[schedule.name] = listed
    return found


def test_a_file_and_the_event_of_its_job_are_one_run_for_which_sagemaker_vouches():
    told = world(JOB)
    by_file, by_job = told.one(created()), told.one(processing_event())
    assert by_file == by_job
    assert by_file.provenance.voucher is Voucher.SAGEMAKER
    assert by_file.provenance.says == f"processing job {JOB.name}"
    assert (by_file.job, by_file.disputed) == (JOB.arn, "")


def test_a_file_of_an_earlier_hour_is_the_run_that_sagemaker_lists_for_it():
    later = PipelineExecution(status="Completed", scheduled=TEN + timedelta(hours=1), job="arn:aws:sagemaker:::other/x")
    told = world(JOB, newest=later, listed=(later, RAN))
    assert told.one(created()).provenance.voucher is Voucher.SAGEMAKER
    assert ("ListMonitoringExecutions", SCHEDULE.name) in told.monitors.calls


def test_a_file_for_an_hour_in_which_nothing_ran_is_disputed_and_nobody_vouches_for_it():
    found = world(JOB, newest=None).one(created())
    assert found.disputed == (
        f"s3://{BUCKET}/{KEY} lists 2 violations for 2026-11-20 10:00 UTC, but SageMaker knows no run of churn-data-quality then. "
        "Did another program write this file?"
    )
    assert (found.provenance.voucher, found.provenance.says) == (Voucher.NOBODY, f"a file in s3://{BUCKET}")
    assert (found.verdict, found.job) == (Verdict.VIOLATED, None)


def test_a_clean_file_for_a_year_that_has_not_come_is_malformed():
    key = KEY.replace("2026/11/20/10", "2099/01/01/00")
    told = world(JOB)
    told.objects.objects[f"s3://{BUCKET}/{key}"] = CLEAN
    with pytest.raises(MalformedSignal, match="2099-01-01 00:00 UTC"):
        told.one(created(key))


def test_a_clean_file_for_an_hour_in_which_the_schedule_did_not_run_is_disputed():
    key = KEY.replace("2026/11/20/10", "2026/11/19/03")
    told = world(JOB)
    told.objects.objects[f"s3://{BUCKET}/{key}"] = CLEAN
    found = told.one(created(key))
    assert (found.verdict, found.provenance.is_vouched) == (Verdict.CLEAN, False)
    assert "lists no violations for 2026-11-19 03:00 UTC, but SageMaker knows no run" in found.disputed


@pytest.mark.parametrize(
    ("key", "bucket"),
    [
        pytest.param(KEY, "uploads-of-strangers", id="another bucket"),
        pytest.param(f"x/{KEY}", BUCKET, id="another folder"),
        pytest.param(KEY.replace("reports/", "reports2/"), BUCKET, id="a folder with nearly the same name"),
    ],
)
def test_a_file_that_lies_where_the_schedules_run_wrote_nothing_is_disputed(key: str, bucket: str):
    found = world(JOB).one(created(key, bucket))
    assert found.provenance.voucher is Voucher.NOBODY
    assert (
        f"but the run of churn-data-quality then wrote to {HOUR}. Did another program write this file?"
        in found.disputed
    )


@pytest.mark.parametrize(
    ("ended", "report", "calls"),
    [(CLEAN_JOB, VIOLATED, "lists 2 violations"), (JOB, CLEAN, "lists no violations")],
)
def test_a_file_that_says_the_opposite_of_its_run_is_disputed(ended: ProcessingJob, report: bytes, calls: str):
    found = world(ended, report=report).one(created())
    word = "clean" if ended is CLEAN_JOB else "violated"
    assert found.provenance.voucher is Voucher.NOBODY
    assert (
        f"{calls} for 2026-11-20 10:00 UTC, but SageMaker calls the run of churn-data-quality then {word}."
        in found.disputed
    )
    assert found.id.startswith("report/")


def test_a_run_whose_report_cannot_be_read_is_known_by_what_its_job_said():
    found = world(CLEAN_JOB, report=b"not JSON").one(created())
    assert (found.verdict, found.evidence.reading) == (Verdict.CLEAN, Reading.UNREADABLE)
    assert (found.provenance.voucher, found.disputed) == (Voucher.SAGEMAKER, "")


@pytest.mark.parametrize("report", [b"not JSON", None])
@pytest.mark.parametrize(
    ("status", "verdict"), [("Completed", Verdict.CLEAN), ("CompletedWithViolations", Verdict.VIOLATED)]
)
def test_a_file_that_cannot_be_read_counts_as_violated_unless_sagemaker_calls_the_run_clean(
    report: bytes | None, status: str, verdict: Verdict
):
    found = world(newest=structs.replace(RAN, status=status), report=report).one(created())
    assert (found.verdict, found.provenance.voucher) == (verdict, Voucher.NOBODY)


def test_a_run_that_broke_speaks_for_itself_whatever_file_it_has_left():
    broken = job(status="Failed", exit_message=None, failure_reason="InternalServerError")
    found = world(broken, newest=structs.replace(RAN, status="Failed")).one(created())
    assert (found.verdict, found.disputed, found.job) == (Verdict.FAILED, "", JOB.arn)


def test_a_run_whose_job_sagemaker_has_forgotten_is_vouched_for_by_nobody_and_disputed_by_nobody():
    found = world().one(created())
    assert (found.provenance.voucher, found.disputed) == (Voucher.NOBODY, "")
    assert "SageMaker has no processing job of churn-data-quality for 2026-11-20 10:00 UTC" in found.provenance.says


@pytest.mark.parametrize("status", ["Pending", "InProgress", "Stopping"])
@pytest.mark.parametrize("scheduled", [None, TEN, TEN + timedelta(minutes=12)])
def test_a_file_of_the_hour_of_a_run_that_goes_on_is_left_for_later(status: str, scheduled: datetime | None):
    """Its statistics may not be there yet, and the number of records behind the verdict would be unknown."""
    with pytest.raises(NotYet):
        world(JOB, newest=PipelineExecution(status=status, scheduled=scheduled)).one(created())


def test_a_file_of_a_job_that_has_not_ended_is_left_for_later():
    with pytest.raises(NotYet):
        world(job(status="InProgress")).one(created())


@pytest.mark.parametrize("since", [TEN - timedelta(hours=3), TEN + timedelta(hours=1, minutes=12)])
def test_a_file_of_another_hour_does_not_wait_for_a_run_that_cannot_write_it(since: datetime):
    """Runs that fill their hour follow each other without a rest, and a file that waits for one ends in the dead letters."""
    going_on = PipelineExecution(status="InProgress", scheduled=since)
    assert world(JOB, newest=going_on, listed=(RAN,)).one(created()).verdict is Verdict.VIOLATED


def test_a_file_is_told_without_a_voucher_if_sagemaker_may_not_be_asked():
    told = world(JOB)
    told.monitors.failing = Permanent("denied")
    found = told.one(created())
    assert (found.verdict, found.provenance.voucher, found.disputed) == (Verdict.VIOLATED, Voucher.NOBODY, "")
    assert found.provenance.says == f"a file in s3://{BUCKET} (SageMaker could not be asked about it)"


def test_a_file_is_left_for_later_if_sagemaker_asks_for_patience():
    told = world(JOB)
    told.monitors.failing = Transient("throttled")
    with pytest.raises(Transient):
        told.one(created())


def test_a_file_in_a_bucket_that_the_operator_did_not_name_is_not_taken_and_costs_no_call():
    told = world(JOB, buckets=frozenset({BUCKET}))
    assert told.one(created(bucket="uploads-of-strangers")) is Ignored.UNKNOWN_SOURCE
    assert told.monitors.calls == told.objects.reads == []
    assert told.one(created()).provenance.is_vouched


def test_a_detectors_file_says_in_which_bucket_it_lies_and_nobody_vouches_for_it():
    found = World(objects={REPORT: VIOLATED}).by(EntryPoint.EVENTS).one(created())
    assert found.provenance.entry_point is EntryPoint.EVENTS
    assert (found.provenance.voucher, found.provenance.says) == (Voucher.NOBODY, f"a file in s3://{BUCKET}")
