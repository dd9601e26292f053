"""Captured data in S3 to the verdict and the files of a window, with the package kedge_monitor as it is deployed."""

import json
from typing import Any

import msgspec
import pytest

from kedge.domain.run import Verdict
from kedge.monitors.spec import ModelQualitySpec
from kedge.reports.violations import violations_in
from kedge.services.measurement import engine as module
from kedge.services.measurement.engine import HISTORY
from kedge.services.measurement.results import REPORT
from tests.support.measured_hours import QUALITY
from tests.unit.services.measurement.world import CAPTURED, World

SCORED = msgspec.convert(QUALITY, ModelQualitySpec)


def test_a_window_like_its_baseline_is_clean_and_a_shifted_one_is_violated(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500)
    world.capture(1, 1_500, shift=0.8)
    clean, drifted = world.measure(0), world.measure(1)
    assert (clean.verdict, clean.violations) == (Verdict.CLEAN, [])
    assert drifted.verdict is Verdict.VIOLATED
    assert {entry["feature_name"] for entry in drifted.violations} == {"x", "score"}
    assert drifted.records == 1_500
    assert drifted.message.startswith("CompletedWithViolations: Job completed successfully with 2 violations.")


def test_the_written_files_are_read_by_the_reports_reader(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500, shift=0.8)
    result = world.measure()
    findings = violations_in(result.files["constraint_violations.json"])
    assert {finding.feature for finding in findings} == {"x", "score"}
    assert {"statistics.json", "constraints.json", "constraint_violations.json", REPORT, HISTORY} <= set(result.files)
    assert result.metrics["feature_baseline_drift_x"] > 0.2


def test_the_estimated_quality_says_whether_a_drift_matters(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500, shift=0.0)
    world.capture(1, 1_500, shift=-0.5)
    quiet, loud = world.measure(0, model_quality=SCORED), world.measure(1, model_quality=SCORED)
    assert loud.estimate.startswith("accuracy 0.")
    assert loud.estimate.endswith("without labels")
    measured = {each.name: each for each in quiet.measures}
    assert measured["estimated_accuracy"].value == pytest.approx(measured["estimated_accuracy"].limit, abs=0.02)


def test_an_hour_without_records_is_no_data_and_says_that_capture_is_off_if_it_is(baseline: dict[str, bytes]):
    world = World(baseline)
    quiet = world.measure()
    assert quiet.verdict is Verdict.NO_DATA
    assert "no records of this window below s3://b/captures/churn-prod. If the endpoint had requests" in quiet.message
    off = world.measure(capture_off="data capture of the endpoint churn-prod is switched off: switch it on")
    assert off.verdict is Verdict.NO_DATA
    assert "switched off" in off.message


def test_a_small_window_is_joined_with_the_windows_before_it(baseline: dict[str, bytes]):
    world = World(baseline)
    for number in range(8):
        world.capture(number, 60, shift=0.55)
    results = [world.measure(number) for number in range(8)]
    joined = [
        check
        for result in results
        for check in json.loads(result.files["kedge_comparison.json"])["comparison"]["checks"]
    ]
    assert {check.get("hours") for check in joined} >= {6.0}


def test_the_history_of_a_window_goes_on_from_the_newest_one_before_it(baseline: dict[str, bytes]):
    world = World(baseline)
    for number in (0, 3):
        world.capture(number, 1_500)
        world.measure(number)
    history = json.loads(world.measure(3).files[HISTORY])
    assert len(history["windows"]) == 2


@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (
            lambda store: [store.objects.pop(key) for key in list(store.objects) if "baselines/" in key[1]],
            "There is no baseline",
        ),
        (lambda store: store.put("baselines/churn/constraints.json", b"{"), "constraints.json"),
        (lambda store: store.put(CAPTURED, b"no json\n" * 50), "line 1"),
    ],
    ids=["no baseline", "broken baseline", "unreadable capture"],
)
def test_bad_input_is_a_failed_run_that_names_the_place(baseline: dict[str, bytes], breaks: Any, says: str):
    world = World(baseline)
    world.capture(0, 100)
    breaks(world.store)
    result = world.measure()
    assert result.verdict is Verdict.FAILED
    assert says in result.message


def test_a_window_that_is_too_large_says_so(baseline: dict[str, bytes], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LARGEST", 10)
    world = World(baseline)
    world.capture(0, 100)
    result = world.measure()
    assert result.verdict is Verdict.FAILED
    assert "Spark" in result.message


def test_a_baseline_is_read_without_the_files_of_other_types_below_it(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_500)
    world.store.put("baselines/churn/model_quality/constraints.json", b'{"regression_constraints": {}}')
    world.store.put("baselines/churn/model_quality/statistics.json", b"{}")
    assert world.measure().verdict is Verdict.CLEAN


def test_an_endpoint_without_capture_is_no_data_also_if_the_document_names_no_prefix(baseline: dict[str, bytes]):
    result = World(baseline).measure(capture="", capture_off="data capture of the endpoint churn-prod is switched off")
    assert result.verdict is Verdict.NO_DATA
    assert "switched off" in result.message
