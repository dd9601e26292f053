"""Names of a length that nobody's have, and times that cannot be, are malformed before anything is kept."""

import json
import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from msgspec.structs import fields

from kedge.domain.errors import MalformedSignal
from kedge.domain.provenance import EntryPoint
from kedge.domain.run import Window
from kedge.domain.signal import ActionMoved, AnySignal, EndpointRead, FeaturesDrifted, PolicyRead, Signal, TimerFired
from kedge.sources.size_limits import _OF, _OF_ALL, _SENTENCES, LONGEST_TEXT
from tests.support import samples
from tests.unit.sources.world import World, processing_event
from tests.unit.sources.world import job as job_known_to_sagemaker

LONG = "x" * 90_000


def alarm(**detail: Any) -> dict[str, Any]:
    event = samples.event("eventbridge.alarm.alarm")
    return event | {"detail": event["detail"] | detail}


def job(**detail: Any) -> dict[str, Any]:
    environment = {"sagemaker_endpoint_name": "churn-prod", "sagemaker_monitoring_schedule_name": "churn-dq"}
    known = {"ProcessingJobName": "nobody-knows-it", "ProcessingJobStatus": "Failed", "Environment": environment}
    return samples.event("eventbridge.processing_job.failed") | {"resources": [], "detail": known | detail}


def decided(**detail: Any) -> dict[str, Any]:
    event = samples.event("people.decision")
    return event | {"detail": event["detail"] | detail}


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (alarm(alarmName=LONG), "the name of an alarm"),
        (job(ProcessingJobArn=f"arn:aws:sagemaker:us-east-1:111122223333:processing-job/{LONG}"), "the ARN of a job"),
        (job(Environment={"sagemaker_endpoint_name": LONG, "sagemaker_monitoring_schedule_name": "s"}), "an endpoint"),
        (
            job(Environment={"sagemaker_endpoint_name": "e" * 257, "sagemaker_monitoring_schedule_name": "s"}),
            "an endpoint",
        ),
        (job(Environment={"sagemaker_endpoint_name": "e", "sagemaker_monitoring_schedule_name": LONG}), "a schedule"),
        ({"monitoringScheduleName": LONG, "violationReport": []}, "a schedule"),
        ({"endpointName": LONG, "monitoringScheduleName": "s", "violationReport": []}, "an endpoint"),
    ],
)
def test_a_name_that_is_nobodys_is_malformed_before_it_is_kept(event: dict[str, Any], what: str):
    with pytest.raises(MalformedSignal, match=what):
        World().one(event)
    with pytest.raises(MalformedSignal, match=what):
        World().one({"body": json.dumps(event)})


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (decided(target=f"{LONG}/us-east-1/endpoint/churn-prod"), "an account"),
        (decided(target=f"111122223333/{LONG}/endpoint/churn-prod"), "a Region"),
        (decided(by=LONG), "the name of a person"),
    ],
)
def test_a_name_that_is_nobodys_is_malformed_at_the_door_of_people_as_well(event: dict[str, Any], what: str):
    with pytest.raises(MalformedSignal, match=what):
        World().by(EntryPoint.PEOPLE).one(event)


def test_a_key_as_long_as_s3_has_them_is_nothing_odd():
    folder = "f" * (1_024 - len("/out//constraint_violations.json"))
    key = f"out/{folder}/constraint_violations.json"
    event = samples.event("s3.object_created")
    event["detail"]["object"] = {"key": key, "version-id": "v" * 1_024}
    assert World().one(event).source == folder


def report_in(folder: str) -> dict[str, Any]:
    event = samples.event("s3.object_created")
    event["detail"]["object"] = {"key": f"monitoring/churn-prod/churn-dq/{folder}/constraint_violations.json"}
    return event


@pytest.mark.parametrize(
    ("folder", "why"),
    [
        (
            "2099/01/01/00",
            "ends at 2099-01-01 00:00 UTC, 72 years after the event: check the clock or the folder's date",
        ),
        ("2026/11/21/02", "ends at 2026-11-21 02:00 UTC, 2 hours after the event"),
        ("2101/01/01/00", "ends at 2101-01-01 00:00 UTC, outside the years 2000 to 2100"),
        ("1999/12/31/23", "ends at 1999-12-31 23:00 UTC, outside the years 2000 to 2100"),
        ("0001/01/01/00", "ends at 0001-01-01 00:00 UTC, outside the years 2000 to 2100"),
        ("9999/12/31/23", "ends at 9999-12-31 23:00 UTC, outside the years 2000 to 2100"),
    ],
)
def test_a_report_in_a_folder_of_a_time_that_cannot_be_is_malformed(folder: str, why: str):
    with pytest.raises(MalformedSignal, match=re.escape(why)):
        World().one(report_in(folder))


@pytest.mark.parametrize("folder", ["2026/11/20/10", "2026/11/21/00", "2000/01/01/01"])
def test_a_report_in_a_folder_of_an_hour_that_is_over_or_ends_just_now_is_read(folder: str):
    assert World().one(report_in(folder)).window is not None


@pytest.mark.parametrize("told", ["2099-01-01T00:00:00Z", "2026-11-21T00:05:00Z", 4070908800000])
def test_a_call_of_a_detector_that_is_dated_in_the_future_is_malformed(told: object):
    call = {"monitoringScheduleName": "drift", "violationReport": [], "timestamp": told}
    with pytest.raises(MalformedSignal, match=r"holds a run that ended at 20.* after the event"):
        World().one(call)
    with pytest.raises(MalformedSignal, match="holds a run that ended at"):
        World().one({"body": json.dumps(call), "attributes": {"SentTimestamp": "4070908800000"}})


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00Z", "2101-01-01T00:00:00Z", "9" * 1_023, " " * 100_000 + ":"])
def test_a_call_of_a_detector_with_an_impossible_time_is_malformed_at_that_time(told: str):
    with pytest.raises(MalformedSignal, match=r"^\$\.timestamp: must be ISO 8601"):
        World().one({"monitoringScheduleName": "drift", "violationReport": [], "timestamp": told})


def test_a_wrapping_that_claims_a_later_time_of_arrival_does_not_make_the_future_the_past():
    call = {"monitoringScheduleName": "drift", "violationReport": [], "timestamp": "2099-01-01T00:00:00Z"}
    wrapped = {"Sns": {"Message": json.dumps(call), "Timestamp": "2099-01-02T00:00:00Z"}}
    with pytest.raises(MalformedSignal, match="72 years after the event"):
        World().one(wrapped)


def windows(**environment: str) -> dict[str, str]:
    return {"sagemaker_endpoint_name": "e", "sagemaker_monitoring_schedule_name": "s", **environment}


FUTURE = windows(start_time="2098-12-31T23:00:00Z", end_time="2099-01-01T00:00:00Z")


def test_a_job_whose_only_window_ends_in_the_future_is_malformed():
    with pytest.raises(MalformedSignal, match="holds a window that ends at 2099-01-01 00:00 UTC, 72 years"):
        World().one(job(Environment=FUTURE))


def test_an_impossible_window_of_a_job_is_passed_over_if_the_name_of_the_job_tells_a_possible_one():
    read = World().one(job(Environment=FUTURE, ProcessingJobName="data-quality-monitoring-202611201000-abc"))
    assert read.window == Window(datetime(2026, 11, 20, 9, tzinfo=UTC), datetime(2026, 11, 20, 10, tzinfo=UTC))


def test_a_job_without_any_window_is_read():
    assert World().one(job(Environment=windows())).window is None


def test_sentences_are_cut_and_the_alarm_is_read_all_the_same():
    state = {"value": "ALARM", "reason": "x" * 200_000, "timestamp": "2026-11-20T10:00:00.000+0000"}
    read = World().one(alarm(state=state, configuration={"description": "\0" * 200_000, "metrics": []}))
    assert read.reason == "x" * (LONGEST_TEXT - 1) + "…"
    assert len(read.description) == LONGEST_TEXT


@pytest.mark.parametrize(
    "metric",
    [
        {"namespace": LONG, "name": "n", "dimensions": {}},
        {"namespace": "n", "name": LONG, "dimensions": {}},
        {"namespace": "n", "name": "n", "dimensions": {LONG: "v"}},
        {"namespace": "n", "name": "n", "dimensions": {"d": LONG}},
        {"namespace": "n", "name": "n", "dimensions": {f"d{number}": "v" for number in range(31)}},
    ],
)
def test_a_metric_that_cloudwatch_could_not_have_is_malformed(metric: dict[str, Any]):
    with pytest.raises(MalformedSignal, match="the limit is"):
        World().one(alarm(configuration={"metrics": [{"metricStat": {"metric": metric}}]}))


@pytest.mark.parametrize(
    ("sample", "field"),
    [
        ("eventbridge.endpoint.in_service", "EndpointStatus"),
        ("eventbridge.deployment.baking", "EndpointStatus"),
        ("eventbridge.pipeline", "pipelineExecutionArn"),
        ("eventbridge.model_package", "ModelPackageArn"),
        ("eventbridge.model_package", "ModelApprovalStatus"),
    ],
)
def test_no_name_of_any_event_may_be_longer_than_the_limits_of_its_service(sample: str, field: str):
    event = samples.event(sample)
    event["detail"][field] = f"{event['detail'][field]}{LONG}"
    with pytest.raises(MalformedSignal, match="the limit is"):
        World().one(event)


HALF = "half \ud800 of a pair"


def test_half_of_a_surrogate_pair_in_what_the_api_answers_costs_a_sentence_one_letter():
    known = job_known_to_sagemaker(exit_message=f"CompletedWithViolations: {HALF}")
    assert World(known).one(processing_event(known)).said == "CompletedWithViolations: half ? of a pair"


def test_half_of_a_surrogate_pair_in_a_name_that_the_api_answers_is_malformed():
    names = {
        "sagemaker_endpoint_name": HALF,
        "sagemaker_monitoring_schedule_name": "s",
        "analysis_type": "DATA_QUALITY",
    }
    known = job_known_to_sagemaker(environment=names)
    with pytest.raises(MalformedSignal, match="the name of an endpoint with half of a surrogate pair"):
        World(known).one(processing_event(known))


# Texts that no event writes: an enum, a sentence that a reader makes itself, or what its reader bounds by itself.
BOUNDED_ELSEWHERE = {
    "monitor",
    "verdict",
    "previous",
    "act",
    "tags",
    "evidence",
    "dimensions",
    "provenance",
    "disputed",
    "unchecked",
    "attributes",
    "moved_to",
}
MADE_BY_KEDGE = {EndpointRead, ActionMoved, FeaturesDrifted, TimerFired, PolicyRead}


@pytest.mark.parametrize(
    "kind", sorted(set(get_args(AnySignal.__value__)) - MADE_BY_KEDGE, key=lambda kind: kind.__name__)
)
def test_every_text_of_every_signal_that_an_event_can_make_has_a_limit(kind: type[Signal]):
    texts = {field.name for field in fields(kind) if "str" in str(field.type) or field.type is str}
    limited = {path.partition(".")[0] for _, path, _ in (*_OF_ALL, *_OF.get(kind, ()))} | {*_SENTENCES.get(kind, ())}
    assert texts - limited - BOUNDED_ELSEWHERE == set()
