"""Every reader of SageMaker's lists answers the same: in memory, and on the local SageMaker."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from kedge.adapters.sagemaker.watched import SageMakerListings
from kedge.ports.watched import (
    ListedPipeline,
    ListedPipelineExecution,
    ListedSchedule,
    ListedStep,
    MonitoringExecution,
    ScheduleTimes,
)
from tests.contracts.conftest import BOTH
from tests.fakes.listings import FakeListings
from workbench.local_sagemaker.onboarding import monitored_endpoint, send

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE, LONG_AGO = NOON - timedelta(hours=1), datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NAME, HOURLY = "watched-data-quality", "cron(0 * ? * * *)"
CHECK = {"QualityCheck": {"CheckType": "DATA_QUALITY"}}


@pytest.fixture(scope="module")
def made(stack):
    """Make an endpoint with 2 runs, and a pipeline with 2 executions, once for all tests."""
    sagemaker, control = stack.client("sagemaker"), stack.server.control
    stack.client("s3").create_bucket(Bucket="watched-reports")
    stack.service.sink = lambda _: None
    send(sagemaker, monitored_endpoint("watched", bucket="watched-reports", kinds=["DataQuality"]))
    control.finish_run(NAME, BEFORE, "violated", report={"violations": []})
    control.finish_run(NAME, NOON, "no_data")
    role = "arn:aws:iam::111122223333:role/x"
    sagemaker.create_pipeline(
        PipelineName="watched", PipelineDefinition="{}", ClientRequestToken="w" * 32, RoleArn=role
    )
    ended, runs = (sagemaker.start_pipeline_execution(PipelineName="watched")["PipelineExecutionArn"] for _ in range(2))
    control.finish_step(ended, "Check", "Failed", CHECK)
    control.finish_step(
        ended, "Train", "Succeeded", {"Model": {"Arn": "arn:aws:sagemaker:us-east-1:111122223333:model/x"}}
    )
    control.finish_pipeline(ended, "Failed")
    return SimpleNamespace(listings=SageMakerListings(sagemaker), ended=ended, runs=runs, world=stack.service.world)


@pytest.fixture
def real(made):
    return made


@pytest.fixture
def fake():
    job = "arn:aws:sagemaker:us-east-1:111122223333:processing-job/x"
    shared = {"schedule": NAME, "endpoint": "watched", "monitoring_type": "DataQuality"}
    runs = [
        MonitoringExecution(
            **shared, scheduled=at, status=status, created=at + 6 * MINUTE, modified=at + 12 * MINUTE, job=its, failure_reason=why
        )
        for at, status, its, why in (
            (BEFORE, "CompletedWithViolations", job, None),
            (NOON, "Failed", None, "Job inputs had no data"),
        )
    ]  # fmt: skip
    listings = FakeListings(*runs, size=100)
    arn = f"arn:aws:sagemaker:us-east-1:111122223333:monitoring-schedule/{NAME}"
    made = ListedSchedule(
        name=NAME, arn=arn, status="Scheduled", created=NOON, modified=NOON, endpoint="watched", monitoring_type="DataQuality"
    )  # fmt: skip
    listings.all_schedules = [made]
    listings.described[NAME] = ScheduleTimes(expression=HOURLY, began=NOON, newest=NOON)
    listings.all_pipelines = [ListedPipeline(name="watched", created=NOON, last_run=NOON)]
    listings.runs["watched"] = [
        (NOON, ListedPipelineExecution(arn="ended", status="Failed")),
        (NOON, ListedPipelineExecution(arn="runs", status="Executing")),
    ]
    listings.steps["ended"] = (
        ListedStep(name="Check", kind="QualityCheck", status="Failed", check_type="DATA_QUALITY"),
    )
    return SimpleNamespace(listings=listings, ended="ended", runs="runs")


@pytest.fixture(params=BOTH)
def known(request):
    """Return lists with 2 runs of a schedule and 2 executions of a pipeline."""
    return request.getfixturevalue("fake" if request.param == "memory" else "real")


def runs_of(pages):
    return [each for page in pages for each in page if each.schedule == NAME]


def test_executions_are_listed_by_their_change_the_oldest_first(known):
    found = runs_of(known.listings.executions(LONG_AGO, NOON + 24 * 60 * MINUTE, None))
    assert [each.scheduled for each in found] == [BEFORE, NOON]
    assert [each.status for each in found] == ["CompletedWithViolations", "Failed"]
    assert [each.job is None for each in found] == [False, True]
    assert [each.failure_reason for each in found] == [None, "Job inputs had no data"]
    assert {(each.endpoint, each.monitoring_type) for each in found} == {("watched", "DataQuality")}
    assert all(each.created <= each.modified for each in found)


def test_both_bounds_of_a_change_and_the_place_to_continue_are_inclusive(known):
    first, second = runs_of(known.listings.executions(LONG_AGO, NOON + 24 * 60 * MINUTE, None))
    assert runs_of(known.listings.executions(first.modified, first.modified, None)) == [first]
    assert runs_of(known.listings.executions(LONG_AGO, second.modified, second.created)) == [second]
    assert runs_of(known.listings.executions(second.modified + MINUTE, second.modified + 2 * MINUTE, None)) == []


def test_a_schedule_is_listed_with_its_status_and_described_with_its_times(known):
    (schedule,) = [each for page in known.listings.schedules(None) for each in page if each.name == NAME]
    assert (schedule.status, schedule.endpoint, schedule.monitoring_type) == ("Scheduled", "watched", "DataQuality")
    assert schedule.arn.endswith(f"monitoring-schedule/{NAME}")
    times = known.listings.times(schedule)
    assert times is not None
    assert (times.expression, times.newest) == (HOURLY, NOON)
    assert times.began == max(schedule.created, schedule.modified)
    assert [each for page in known.listings.schedules(schedule.created) for each in page if each.name == NAME] == [
        schedule
    ]
    later = schedule.created + timedelta(days=1)
    assert [each for page in known.listings.schedules(later) for each in page] == []


def test_a_schedule_that_was_deleted_has_no_times(known):
    gone = ListedSchedule(name="gone", arn="arn:gone", status="Scheduled", created=NOON, modified=NOON)
    assert known.listings.times(gone) is None


def test_a_pipeline_is_listed_with_the_beginning_of_its_newest_execution(known):
    (pipeline,) = [each for page in known.listings.pipelines(None) for each in page if each.name == "watched"]
    assert pipeline.last_run is not None
    assert pipeline.last_run >= pipeline.created
    found = {each.arn: each.status for each in known.listings.pipeline_executions("watched", pipeline.created)}
    assert found == {known.ended: "Failed", known.runs: "Executing"}
    later = pipeline.last_run + timedelta(days=1)
    assert list(known.listings.pipeline_executions("watched", later)) == []
    assert [each for page in known.listings.pipelines(later) for each in page] == []


def test_only_the_check_steps_of_an_execution_are_returned(known):
    assert known.listings.check_steps(known.ended) == (
        ListedStep(name="Check", kind="QualityCheck", status="Failed", check_type="DATA_QUALITY"),
    )
    assert known.listings.check_steps(known.runs) == ()


def test_an_execution_that_does_not_exist_has_no_status(known):
    assert known.listings.pipeline_status(known.runs) == "Executing"
    assert known.listings.pipeline_status(known.ended) == "Failed"
    assert known.listings.pipeline_status(f"{known.ended}-gone") is None
