"""Reports that speak for themselves: files in S3, and a detector's own call."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from kedge.domain.errors import MalformedSignal, Permanent, Transient
from kedge.domain.run import Monitor, Reading, Verdict, Window
from kedge.domain.signal import Ignored
from kedge.ports.readers import Schedule
from tests.support import samples
from tests.unit.sources.world import CLEAN, HOME, RECEIVED, REPORT, SCHEDULE, TARGET, VIOLATED, World

BUCKET = "sagemaker-us-east-1-111122223333"
BATCH = structs.replace(SCHEDULE, endpoint=None)
TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)
HOUR = "2026/11/20/10"
HERE = f"{HOME.account}/{HOME.region}"


def created(key: Any, **thing: Any) -> dict[str, Any]:
    """The event of an object that was created."""
    raw: dict[str, Any] = samples.event("s3.object_created")
    raw["detail"]["object"] |= {"key": key, **thing}
    return raw


def filed(key: str, *known: Schedule, report: bytes | None = VIOLATED) -> Any:
    """What becomes of a file with this key."""
    world = World(*known, objects={} if report is None else {f"s3://{BUCKET}/{key}": report})
    return world.one(created(key))


def call(report: Any = None, **more: Any) -> dict[str, Any]:
    """A detector's own call; a value of None leaves the key out."""
    told = {
        "monitoringScheduleName": "churn-data-quality",
        "endpointName": "churn-prod",
        "violationReport": report,
        "timestamp": "2026-11-20T10:12:30Z",
    } | more
    return {key: value for key, value in told.items() if value is not None}


@pytest.mark.parametrize(
    "name", ["constraint_violations.json", "constraints_violations.json", "community_constraint_violations.json"]
)
def test_a_violations_file_of_any_name_is_a_run(name: str):
    found = filed(f"out/churn-prod/churn-data-quality/{HOUR}/{name}", SCHEDULE)
    assert (found.verdict, str(found.target), len(found.evidence.findings)) == (Verdict.VIOLATED, TARGET, 2)


@pytest.mark.parametrize("name", ["copy-of-churn", "churn-prod/churn-data-quality"])
def test_a_copied_file_is_known_as_a_copy_and_a_written_one_is_not(name: str):
    key = f"archive/{name}/{HOUR}/constraint_violations.json"
    for reason, copied in (("CopyObject", True), ("PutObject", False), ("CompleteMultipartUpload", False)):
        raw = created(key)
        raw["detail"]["reason"] = reason
        found = World(objects={f"s3://{BUCKET}/{key}": VIOLATED}).one(raw)
        assert found.copied is copied


@pytest.mark.parametrize(
    "key", ["constraints.json", f"out/{HOUR}/statistics.json", "violations.csv", "x/constraint_violations.json/", "a b"]
)
def test_other_objects_are_ignored_without_a_call(key: str):
    world = World(SCHEDULE)
    assert world.one(created(key)) is Ignored.UNKNOWN_SOURCE
    assert world.monitors.calls == world.objects.reads == []


def test_a_key_is_taken_as_eventbridge_writes_it():
    assert filed(f"my out+put %20/churn-data-quality/{HOUR}/constraint_violations.json", BATCH).evidence.findings


@pytest.mark.parametrize(
    ("report", "verdict", "reading"),
    [
        (VIOLATED, Verdict.VIOLATED, Reading.READ),
        (CLEAN, Verdict.CLEAN, Reading.READ),
        (b"", Verdict.VIOLATED, Reading.UNREADABLE),
        (None, Verdict.VIOLATED, Reading.ABSENT),
    ],
)
def test_a_file_is_judged_by_what_it_holds(report: bytes | None, verdict: Verdict, reading: Reading):
    found = filed(f"out/s/{HOUR}/constraint_violations.json", report=report)
    assert (found.verdict, found.evidence.reading) == (verdict, reading)


@pytest.mark.parametrize(
    ("folders", "known", "target"),
    [
        pytest.param(
            "out/churn-prod/churn-data-quality", SCHEDULE, "endpoint/churn-prod", id="SageMaker knows the endpoint"
        ),
        pytest.param("out/churn-data-quality", SCHEDULE, "endpoint/churn-prod", id="even if the key leaves it out"),
        pytest.param("out/churn-data-quality", BATCH, "schedule/churn-data-quality", id="SageMaker knows of none"),
        pytest.param("out/churn-prod/own-detector", None, "endpoint/churn-prod", id="two folders of strangers"),
        pytest.param("own-detector", None, "schedule/own-detector", id="one folder of a stranger"),
        pytest.param("", None, f"schedule/{BUCKET}", id="no folder at all"),
    ],
)
def test_a_dated_key_tells_endpoint_and_schedule(folders: str, known: Schedule | None, target: str):
    key = f"{folders}/{HOUR}/constraint_violations.json".removeprefix("/")
    found = filed(key, *([known] if known else []))
    assert str(found.target) == f"111122223333/us-east-1/{target}"
    assert found.window == Window(datetime(2026, 11, 20, 9, tzinfo=UTC), TEN)


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ("out/own/constraint_violations.json", "schedule/own"),
        ("constraint_violations.json", f"schedule/{BUCKET}"),
        ("out/2026/11/20/constraint_violations.json", "schedule/20"),
    ],
)
def test_a_key_without_an_hour_belongs_to_its_last_folder(key: str, target: str):
    found = filed(key)
    assert (str(found.target), found.window) == (f"111122223333/us-east-1/{target}", None)
    assert found.at == found.finished


def test_a_file_of_a_name_that_is_no_schedules_costs_one_question():
    world = World(objects={REPORT: VIOLATED})
    assert world.one("s3.object_created").monitor is Monitor.DATA_QUALITY
    assert world.monitors.calls == [("DescribeMonitoringSchedule", "churn-data-quality")]


def test_a_file_still_speaks_where_schedules_may_not_be_read():
    world = World(objects={REPORT: VIOLATED})
    world.monitors.failing = Permanent("denied")
    assert str(world.one("s3.object_created").target) == TARGET


def test_a_file_that_cannot_be_read_just_now_is_left_for_later():
    world = World(SCHEDULE)
    world.objects.failing = Transient("slow down")
    with pytest.raises(Transient):
        world.one("s3.object_created")


@pytest.mark.parametrize(
    ("thing", "edition"),
    [
        ({"version-id": "v1"}, "v1"),
        ({"version-id": None, "etag": "e1"}, "e1"),
        ({"version-id": None, "etag": None, "sequencer": "s1"}, "s1"),
    ],
)
def test_a_file_written_again_is_another_fact(thing: dict[str, Any], edition: str):
    key = "out/constraint_violations.json"
    assert World().one(created(key, **thing)).id == f"report/{BUCKET}/{key}/{edition}"


@pytest.mark.parametrize(
    ("detail", "path"),
    [
        ({"bucket": {"name": "b"}, "object": {}}, "$.detail.object.key"),
        ({"bucket": {"name": "b"}, "object": {"key": 3}}, "$.detail.object.key"),
        ({"bucket": "b", "object": {"key": "k"}}, "$.detail.bucket.name"),
    ],
)
def test_an_event_without_bucket_or_key_is_malformed(detail: dict[str, Any], path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().one(samples.event("s3.object_created") | {"detail": detail})
    assert caught.value.path == path


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(REPORT, id="the file's URI"),
        pytest.param(REPORT.rpartition("/")[0], id="its folder's URI"),
        pytest.param(f" {REPORT}\n", id="with spaces around"),
        pytest.param(json.loads(VIOLATED), id="an object"),
        pytest.param(json.loads(VIOLATED)["violations"], id="its list"),
        pytest.param(VIOLATED.decode(), id="its text"),
    ],
)
def test_a_detectors_report_may_be_a_place_or_the_thing_itself(report: Any):
    found = World(objects={REPORT: VIOLATED}).one(call(report))
    assert (found.verdict, len(found.evidence.findings)) == (Verdict.VIOLATED, 2)


@pytest.mark.parametrize("report", [{"violations": []}, [], '{"violations": []}'])
def test_a_report_without_violations_is_clean(report: Any):
    assert World().one(call(report)).verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    ("report", "reading"),
    [
        (None, Reading.ABSENT),
        ("", Reading.ABSENT),
        (REPORT, Reading.ABSENT),
        ("3 features drifted", Reading.UNREADABLE),
        ('{"violations": ', Reading.UNREADABLE),
        ({"violations": 3}, Reading.UNREADABLE),
    ],
)
def test_whoever_calls_without_a_readable_report_still_has_something_to_tell(report: Any, reading: Reading):
    found = World().one(call(report))
    assert (found.verdict, found.evidence.reading) == (Verdict.VIOLATED, reading)


@pytest.mark.parametrize(
    ("names", "target"),
    [
        ({}, f"{HERE}/endpoint/churn-prod"),
        ({"endpointName": None}, f"{HERE}/schedule/churn-data-quality"),
        ({"monitoringScheduleName": None}, f"{HERE}/endpoint/churn-prod"),
    ],
)
def test_a_call_is_about_the_endpoint_or_else_the_schedule(names: dict[str, Any], target: str):
    assert str(World().one(call([], **names)).target) == target


def test_a_schedule_that_sagemaker_knows_lends_its_type_so_that_clean_and_violated_are_one_monitor():
    world = World(structs.replace(SCHEDULE, monitoring_type="ModelQuality"))
    assert world.one(call([])).monitor is Monitor.MODEL_QUALITY
    assert str(world.one(call([], endpointName=None)).target) == TARGET


@pytest.mark.parametrize(
    ("timestamp", "at"), [("2026-11-20T10:00:00Z", TEN), (1795168800000, TEN), (1795168800, TEN), (None, RECEIVED)]
)
def test_a_call_is_dated_by_its_timestamp_or_else_now(timestamp: Any, at: datetime):
    found = World().one(call([], timestamp=timestamp))
    assert (found.at, found.finished) == (at, at)
    assert found.id.startswith("run/churn-data-quality/2026-11-20T")


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (call([], timestamp="yesterday"), "$.timestamp"),
        (call([], timestamp=[1]), "$.timestamp"),
        (call([], monitoringScheduleName=None, endpointName=None), "$.monitoringScheduleName"),
        (call([], monitoringScheduleName=5, endpointName={}), "$.monitoringScheduleName"),
        (call(5), "$.violationReport"),
    ],
)
def test_a_call_that_makes_no_sense_is_malformed_and_says_where(raw: object, path: str):
    with pytest.raises(MalformedSignal) as caught:
        World().one(raw)
    assert caught.value.path == path
