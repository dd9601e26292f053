"""Processing jobs: which are a monitor's, and what they came to."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from kedge.domain.errors import KedgeError, MalformedSignal, NotYet, Permanent, Transient
from kedge.domain.run import Monitor, Reading, Verdict, Window
from kedge.domain.signal import Ignored
from kedge.ports.readers import ProcessingJob
from tests.support import samples
from tests.unit.sources.world import (
    ANALYZER,
    CLEAN,
    ENVIRONMENT,
    HOUR,
    JOB,
    REPORT,
    SAGEMAKER,
    SCHEDULE,
    TARGET,
    VIOLATED,
    World,
    job,
    processing_event,
)

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def run(described: ProcessingJob, report: bytes | None = VIOLATED, *, schedule: bool = True) -> Any:
    """What becomes of a job so described, with a report or without one where it writes."""
    world = World(described, *([SCHEDULE] if schedule else []), objects={} if report is None else {REPORT: report})
    return world.one(processing_event(described))


@pytest.mark.parametrize(
    "said",
    [
        "CompletedWithViolations: Job completed successfully with 60 violations.",
        "CompletedWithViolations",
        "  CompletedWithViolations: first line\nsecond line",
    ],
)
def test_a_job_that_completed_with_violations_is_violated(said: str):
    found = run(job(exit_message=said))
    assert (found.verdict, found.said, len(found.evidence.findings)) == (Verdict.VIOLATED, said, 2)


@pytest.mark.parametrize("report", [None, CLEAN, b"{", b""])
def test_a_violation_stays_one_whatever_becomes_of_its_report(report: bytes | None):
    assert run(JOB, report).verdict is Verdict.VIOLATED


def test_a_violated_run_without_a_file_says_so():
    assert run(JOB, None).evidence.reading is Reading.ABSENT


def test_a_violated_run_whose_file_is_broken_says_where():
    evidence = run(JOB, b'{"violations": [').evidence
    assert evidence.reading is Reading.UNREADABLE
    assert evidence.why


def test_a_job_that_completed_without_violations_is_clean_even_without_a_file():
    found = run(job(exit_message="Completed: Job completed successfully with no violations."), None)
    assert (found.verdict, found.evidence.reading) == (Verdict.CLEAN, Reading.ABSENT)


@pytest.mark.parametrize("said", [None, "", "all good", "violations found"])
@pytest.mark.parametrize(
    ("report", "verdict"),
    [(VIOLATED, Verdict.VIOLATED), (CLEAN, Verdict.CLEAN), (None, Verdict.CLEAN), (b"nonsense", Verdict.VIOLATED)],
)
def test_a_container_with_words_of_its_own_is_judged_by_its_report(
    said: str | None, report: bytes | None, verdict: Verdict
):
    assert run(job(exit_message=said), report).verdict is verdict


def test_a_job_that_failed_is_a_broken_monitor_and_its_report_is_not_read():
    world = World(
        job(status="Failed", exit_message=None, failure_reason="InternalServerError"), objects={REPORT: VIOLATED}
    )
    found = world.one(processing_event(job(status="Failed")))
    assert (found.verdict, found.evidence.reading, found.said) == (
        Verdict.FAILED,
        Reading.ABSENT,
        "InternalServerError",
    )
    assert world.objects.reads == []


def test_a_job_that_was_stopped_is_neither_clean_nor_failed():
    assert run(job(status="Stopped")).verdict is Verdict.STOPPED


@pytest.mark.parametrize(
    "words",
    [
        {"failure_reason": "Job inputs had no data"},
        {"failure_reason": "ClientError: job inputs had no data."},
        {"exit_message": 'No S3 objects found under S3 URL "s3://b/capture//x" given in input data source'},
    ],
)
def test_a_job_that_found_nothing_to_read_saw_no_data(words: dict[str, str]):
    assert run(job(**{"status": "Failed", "exit_message": None, **words})).verdict is Verdict.NO_DATA


def test_what_the_event_says_of_violations_is_not_believed():
    event = processing_event(job(exit_message="Completed: no violations"), ExitMessage="CompletedWithViolations: 3")
    assert World(job(exit_message="Completed: no violations"), SCHEDULE).one(event).verdict is Verdict.CLEAN


@pytest.mark.parametrize("status", ["InProgress", "Stopping", "IN_PROGRESS"])
def test_a_job_that_still_runs_is_ignored_without_a_call(status: str):
    world = World(JOB)
    assert world.one(processing_event(status=status)) is Ignored.NOT_TERMINAL
    assert world.monitors.calls == []


@pytest.mark.parametrize("said", ["Completed: Job completed successfully with no violations.", "Completed"])
def test_a_job_that_calls_itself_clean_and_lists_violations_is_no_good_news_and_no_ground_for_a_remedy(said: str):
    found = run(job(exit_message=said))
    assert (found.verdict, len(found.evidence.findings)) == (Verdict.VIOLATED, 2)
    assert "clean" in found.disputed
    assert not found.provenance.is_vouched


def test_a_job_that_calls_itself_violated_and_lists_nothing_is_believed():
    found = run(job(), CLEAN)
    assert (found.verdict, found.disputed, found.provenance.is_vouched) == (Verdict.VIOLATED, "", True)


def test_a_job_of_another_account_is_not_described_by_the_one_of_that_name_here():
    theirs = job(arn=JOB.arn.replace("111122223333", "444455556666"), schedule_arn=None, environment={})
    event = processing_event(theirs)
    found = World(JOB, SCHEDULE, objects={REPORT: VIOLATED}).one(event)
    assert found is Ignored.BASELINE_JOB or found.target.account == "444455556666"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "baseline-suggestion-job-2026-11-20-08-15-00-412"}, Ignored.BASELINE_JOB),
        ({"name": "our-own-baseline", "image": ANALYZER}, Ignored.BASELINE_JOB),
        ({"name": "pipelines-p4jn9xou8a8s-check-tmgxry49ug", "image": ANALYZER}, Ignored.NOT_A_MONITORING_JOB),
        ({"name": "feature-engineering", "image": "sagemaker-scikit-learn"}, Ignored.NOT_A_MONITORING_JOB),
        ({"name": "clarify-once", "image": "sagemaker-clarify-processing:1.0"}, Ignored.NOT_A_MONITORING_JOB),
    ],
)
def test_a_job_of_no_schedule_is_ignored_after_one_call(changes: dict[str, Any], why: Ignored):
    other = job(**{"schedule_arn": None, "environment": {}, "image": "", **changes})
    world = World(other)
    assert world.one(processing_event(other)) is why
    assert world.monitors.calls == [("DescribeProcessingJob", other.name)]
    assert world.objects.reads == []


def test_a_run_that_its_environment_explains_costs_one_call():
    world = World(JOB, SCHEDULE, objects={REPORT: VIOLATED})
    world.one(processing_event())
    assert world.monitors.calls == [("DescribeProcessingJob", JOB.name)]


def test_a_schedules_name_keeps_its_case_although_the_arn_lost_it():
    schedule = structs.replace(SCHEDULE, name="Churn-Data-Quality", endpoint="Churn-Prod")
    world = World(job(environment={}), schedule)
    found = world.one(processing_event())
    assert (found.source, found.target.name) == ("Churn-Data-Quality", "Churn-Prod")
    assert world.monitors.calls[1:] == [("DescribeMonitoringSchedule", "churn-data-quality")]


def test_a_batch_monitor_is_its_own_target():
    batch = structs.replace(SCHEDULE, endpoint=None)
    found = World(job(environment={}), batch).one(processing_event())
    assert str(found.target) == "111122223333/us-east-1/schedule/churn-data-quality"


def test_a_run_of_a_schedule_that_was_deleted_keeps_what_its_arn_says():
    found = run(job(environment={}), schedule=False)
    assert str(found.target) == "111122223333/us-east-1/schedule/churn-data-quality"


def test_a_schedule_named_only_in_the_environment_makes_a_monitoring_job():
    assert run(job(schedule_arn=None)).source == "churn-data-quality"


def test_account_and_region_are_the_jobs_not_the_envelopes():
    event = processing_event()
    event |= {"account": "999999999999", "region": "eu-west-1"}
    assert str(World(JOB).one(event).target) == TARGET


@pytest.mark.parametrize(
    ("environment", "monitoring_type", "name", "monitor"),
    [
        ({"analysis_type": "MODEL_QUALITY"}, "DataQuality", "model-monitoring-1", Monitor.MODEL_QUALITY),
        ({"analysis_type": "model_bias"}, None, "x", Monitor.MODEL_BIAS),
        ({}, "ModelExplainability", "model-monitoring-1", Monitor.MODEL_EXPLAINABILITY),
        ({}, None, "model-quality-monitoring-1", Monitor.MODEL_QUALITY),
        ({}, None, "model-bias-monitoring-1", Monitor.MODEL_BIAS),
        ({}, None, "model-explainability-monitoring-1", Monitor.MODEL_EXPLAINABILITY),
        ({}, None, "model-monitoring-1", Monitor.DATA_QUALITY),
        ({}, None, "unlike-any", Monitor.DATA_QUALITY),
    ],
)
def test_the_monitor_is_taken_from_what_knows_it_best(
    environment: dict[str, str], monitoring_type: str | None, name: str, monitor: Monitor
):
    described = job(name=name, environment=environment)
    schedule = structs.replace(SCHEDULE, monitoring_type=monitoring_type)
    assert World(described, schedule).one(processing_event(described)).monitor is monitor


@pytest.mark.parametrize(
    ("report", "image", "monitor"),
    [
        (samples.report("violations.model_bias.old_wording"), "own", Monitor.MODEL_BIAS),
        (samples.report("violations.model_explainability"), "own", Monitor.MODEL_EXPLAINABILITY),
        (samples.report("violations.model_quality"), "own", Monitor.MODEL_QUALITY),
        (None, f"{ANALYZER}:latest", Monitor.DATA_QUALITY),
        (None, "own", Monitor.CUSTOM),
    ],
)
def test_a_monitor_that_nobody_names_is_known_by_its_report_or_else_its_image(
    report: bytes | None, image: str, monitor: Monitor
):
    assert run(job(name="own", environment={}, image=image), report, schedule=False).monitor is monitor


@pytest.mark.parametrize(
    ("changes", "window"),
    [
        ({}, Window(NINE, TEN)),
        ({"environment": {**ENVIRONMENT, "start_time": "2026-11-19T10: 00: 00Z"}}, Window(TEN.replace(day=19), TEN)),
        ({"environment": {}}, Window(NINE, TEN)),
        ({"environment": {}, "outputs": ("s3://b/out/2026/11/19/2026/11/20/10/",)}, Window(NINE, TEN)),
        ({"environment": {}, "outputs": ("s3://b/out",)}, Window(NINE, TEN)),
        ({"environment": {}, "outputs": ("s3://b/2026/13/45/99",), "name": "own-999999999999-x"}, None),
        ({"environment": {}, "outputs": (), "name": "own"}, None),
    ],
)
def test_the_window_is_taken_from_environment_prefix_or_name(changes: dict[str, Any], window: Window | None):
    assert run(job(**changes)).window == window


def test_runs_are_ordered_by_the_end_of_their_window():
    found = run(JOB)
    assert (found.at, found.finished) == (TEN, JOB.ended)


def test_a_run_without_window_is_ordered_by_when_it_ended():
    described = job(environment={}, outputs=(), name="own", ended=None, modified=datetime(2026, 11, 20, 11, tzinfo=UTC))
    found = run(described)
    assert found.at == found.finished == described.modified


def test_the_id_names_the_job_and_its_end_so_that_repetitions_are_one():
    event, again = processing_event(), processing_event()
    again |= {"id": "another", "time": "2026-11-20T10:12:33Z"}
    world = World(JOB, SCHEDULE)
    assert world.one(event).id == world.one(again).id == f"processing-job/{JOB.arn}/Completed"


def test_an_event_ahead_of_the_api_is_left_for_later():
    with pytest.raises(NotYet, match="InProgress"):
        run_of(job(status="InProgress"))


def run_of(described: ProcessingJob) -> Any:
    """An event that says Completed, while the API says what it is told."""
    return World(described).one(processing_event(status="Completed"))


def test_a_job_that_the_api_has_forgotten_is_judged_by_its_event():
    event = processing_event(
        JOB,
        MonitoringScheduleArn=SCHEDULE.arn,
        ExitMessage=JOB.exit_message,
        Environment=ENVIRONMENT,
    )
    found = World(SCHEDULE, objects={f"{HOUR}/constraints_violations.json": VIOLATED}).one(event)
    assert (found.verdict, str(found.target), len(found.evidence.findings)) == (Verdict.VIOLATED, TARGET, 2)


@pytest.mark.parametrize("missing", [["ProcessingJobName"], ["ProcessingJobName", "ProcessingJobArn"]])
def test_the_name_is_found_in_the_arns_where_its_field_is_missing(missing: list[str]):
    event = processing_event()
    for key in missing:
        del event["detail"][key]
    assert World(JOB, SCHEDULE).one(event).job == JOB.arn


@pytest.mark.parametrize(
    ("spoil", "path"),
    [
        ({"detail": None}, "$.detail"),
        ({"detail": ["x"]}, "$.detail"),
        ({"detail": {}, "resources": []}, "$.detail.ProcessingJobName"),
        ({"detail": {"ProcessingJobName": 7}, "resources": None}, "$.detail.ProcessingJobName"),
        ({"detail": {"ProcessingJobName": "unheard-of"}}, "$.detail.ProcessingJobStatus"),
    ],
)
def test_an_event_that_names_no_job_is_malformed_and_says_where(spoil: dict[str, Any], path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().one(processing_event() | spoil)
    assert caught.value.path == path


@pytest.mark.parametrize("failure", [Transient("throttled"), Permanent("denied")])
def test_what_the_api_refuses_is_not_taken_for_absence(failure: KedgeError):
    world = World(JOB)
    world.monitors.failing = failure
    with pytest.raises(type(failure)):
        world.one(processing_event())


def _refused(monkeypatch: pytest.MonkeyPatch, world: World) -> World:
    def refuse(name: str) -> None:
        raise Permanent(f"not allowed to describe {name}")

    monkeypatch.setattr(world.monitors, "schedule", refuse)
    return world


@pytest.mark.parametrize(
    ("endpoint", "target"),
    [({"sagemaker_endpoint_name": "churn-prod"}, "endpoint/churn-prod"), ({}, "schedule/churn-data-quality")],
)
def test_a_run_whose_schedule_may_not_be_read_is_told_of_as_far_as_its_environment_goes(
    monkeypatch: pytest.MonkeyPatch, endpoint: dict[str, str], target: str
):
    known = job(environment={"sagemaker_monitoring_schedule_name": "churn-data-quality"} | endpoint)
    told = _refused(monkeypatch, World(known, objects={REPORT: VIOLATED})).one(processing_event(known))
    assert (str(told.target), told.verdict) == (f"111122223333/us-east-1/{target}", Verdict.VIOLATED)


def test_a_run_that_only_its_schedule_could_place_is_not_guessed_at(monkeypatch: pytest.MonkeyPatch):
    known = job(environment={})
    with pytest.raises(Permanent):
        _refused(monkeypatch, World(known)).one(processing_event(known))


def test_arns_are_only_used_where_they_are_real():
    event = processing_event(job(arn="arn:aws:sagemaker:REGION:ACCOUNT:processing-job/x"))
    found = World(job(arn="arn:aws:sagemaker:REGION:ACCOUNT:processing-job/x")).one(event)
    assert str(found.target) == f"{SAGEMAKER.split(':')[4]}/us-east-1/endpoint/churn-prod"
