"""Windows of a batch schedule: the data of its transform jobs, which the manifests of their capture name."""

import json
from datetime import datetime
from typing import Any

import msgspec
import pytest

from kedge.domain.errors import InputError
from kedge.domain.run import Verdict
from kedge.domain.target import TargetKind
from kedge.monitors.definitions import MonitorTarget
from kedge.monitors.spec import ModelQualitySpec, MonitoringType
from kedge.services.measurement.engine import HISTORY
from kedge.services.measurement.inputs import input_objects
from tests.support.measured_hours import QUALITY, transform_baseline, transform_job, transformed
from tests.unit.services.measurement.world import HOUR, START, World, task

NIGHTLY = MonitorTarget(kind=TargetKind.SCHEDULE, name="invoices-nightly")


def nightly_world() -> World:
    return World(transform_baseline())


def put_job(world: World, hour: datetime, *sides: bytes) -> None:
    for bucket, key, data in transform_job("s3://data", "s3://b/captures/invoices", hour, sides):
        world.store.put(key, data, bucket)


def measure_nightly(world: World, number: int, **changes: Any):
    return world.measure(number, target=NIGHTLY, capture="s3://b/captures/invoices", **changes)


def test_a_batch_schedule_pairs_the_inputs_and_outputs_that_its_manifests_name():
    world = nightly_world()
    put_job(world, START, *transformed(2, 1_000, 0.0))
    put_job(world, START + HOUR, *transformed(3, 1_000, 0.9))
    clean, drifted = measure_nightly(world, 0), measure_nightly(world, 1)
    assert (clean.verdict, clean.records, clean.features) == (Verdict.CLEAN, 1_000, 3)
    assert (drifted.verdict, drifted.records) == (Verdict.VIOLATED, 1_000)
    assert {entry["feature_name"] for entry in drifted.violations} == {"_c0", "_c1"}
    assert len(json.loads(drifted.files[HISTORY])["windows"]) == 2


def test_data_of_a_job_without_manifests_is_paired_by_name():
    world = nightly_world()
    for folder_name, name, data in zip(
        ("input", "output"), ("a.csv", "a.csv.out"), transformed(2, 1_000, 0.0), strict=True
    ):
        world.store.put(f"captures/invoices/{folder_name}/{START:%Y/%m/%d/%H}/{name}", data)
    assert measure_nightly(world, 0).records == 1_000


def test_a_job_counts_in_the_window_of_its_hour_only():
    world = nightly_world()
    put_job(world, START, *transformed(2, 1_000, 0.0))
    later = measure_nightly(world, 1)
    assert later.verdict is Verdict.NO_DATA
    assert "Check that the transform job ran with data capture" in later.message
    assert measure_nightly(world, -1).verdict is Verdict.NO_DATA


def test_a_job_that_is_written_again_is_measured_again():
    world, given = nightly_world(), task(target=NIGHTLY, capture="s3://b/captures/invoices")
    put_job(world, START, *transformed(2, 100, 0.0))
    before = input_objects(given, world.store).digest(given)
    put_job(world, START, *transformed(3, 100, 0.0))
    assert input_objects(given, world.store).digest(given) != before


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (lambda store: store.objects.pop(("data", f"output/{START:%Y/%m/%d/%H}/a.csv.out")), "does not exist"),
        (
            lambda store: store.put(f"captures/invoices/input/{START:%Y/%m/%d/%H}/manifest-1.json", b'[{"prefix": 1}]'),
            "no manifest",
        ),
    ],
    ids=["an object is gone", "a broken manifest"],
)
def test_a_manifest_that_cannot_be_followed_is_an_error_that_names_it(breaks: Any, says: str):
    world = nightly_world()
    put_job(world, START, *transformed(2, 100, 0.0))
    breaks(world.store)
    with pytest.raises(InputError, match=rf"s3://b/captures/invoices/(in|out)put/.*manifest-1\.json: .*{says}"):
        measure_nightly(world, 0)


def test_the_quality_of_a_batch_model_needs_merged_records():
    world = nightly_world()
    put_job(world, START, *transformed(2, 100, 0.0))
    result = measure_nightly(
        world, 0, kind=MonitoringType.MODEL_QUALITY, model_quality=msgspec.convert(QUALITY, ModelQualitySpec)
    )
    assert result.verdict is Verdict.FAILED
    assert "merged records" in result.message
