"""Model quality and attribution of a window: what is measured, and what is missing for it."""

import json
from typing import Any

import msgspec
import pytest

from kedge.domain.run import Verdict
from kedge.monitors.definitions import GroundTruth
from kedge.monitors.spec import AttributionSpec, ModelQualitySpec, MonitoringType
from kedge.services.measurement.inputs import input_objects
from kedge.services.measurement.results import REPORT
from tests.support.measured_hours import (
    ACCURATE,
    ATTRIBUTED,
    attribution_baseline,
    labels,
    records,
    records_in_csv,
)
from tests.support.measured_hours import QUALITY as QUALITY_SETTINGS
from tests.unit.services.measurement.world import CAPTURED, HOUR, START, World, task

QUALITY = msgspec.convert(QUALITY_SETTINGS, ModelQualitySpec)
TRUTH = GroundTruth(prefix="s3://b/labels", delay=HOUR, maximum_age=HOUR * 48)
OF_QUALITY: dict[str, Any] = {
    "kind": MonitoringType.MODEL_QUALITY,
    "baseline": "s3://b/baselines/churn/model_quality",
    "model_quality": QUALITY,
    "ground_truth": TRUTH,
}


@pytest.mark.parametrize(("flipped", "verdict"), [(False, Verdict.CLEAN), (True, Verdict.VIOLATED)])
def test_the_quality_of_a_model_is_measured_with_labels_from_s3(
    flipped: bool, verdict: Verdict, baseline: dict[str, bytes]
):
    world = World(baseline)
    world.capture(0, 1_000)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000, flipped=flipped))
    world.store.put("baselines/churn/model_quality/constraints.json", ACCURATE)
    result = world.measure(**OF_QUALITY)
    assert result.verdict is verdict
    assert result.records == 1_000


def test_limits_of_a_baseline_of_few_records_have_an_error_of_their_own(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_000)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000, flipped=True))
    world.store.put("baselines/churn/model_quality/constraints.json", ACCURATE)
    exact = world.measure(**OF_QUALITY)
    known = json.loads(exact.files["statistics.json"])
    known["dataset"]["item_count"] = 2
    world.store.put("baselines/churn/model_quality/statistics.json", json.dumps(known).encode())
    [violation] = exact.violations
    assert violation["p_value"] < 1e-9
    # Two records say little about an accuracy of 0.8, so chance explains the difference.
    assert world.measure(**OF_QUALITY).verdict is Verdict.CLEAN


def test_labels_that_never_come_are_a_failed_run_that_says_what_to_check(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_000)
    world.store.put("baselines/churn/model_quality/constraints.json", ACCURATE)
    assert world.measure(**OF_QUALITY, is_last=False).verdict is Verdict.INCONCLUSIVE
    result = world.measure(**OF_QUALITY, is_last=True)
    assert result.verdict is Verdict.FAILED
    assert result.message.startswith("Labels never came: 0 of 1000 records have a label")
    assert "Check the upload of labels" in result.message


def test_a_window_with_too_few_records_for_labels_is_inconclusive_for_good(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 50)
    world.store.put("baselines/churn/model_quality/constraints.json", ACCURATE)
    assert world.measure(**OF_QUALITY, is_last=True).verdict is Verdict.INCONCLUSIVE


def test_values_of_csv_have_the_names_of_the_baseline_of_data_quality(baseline: dict[str, bytes]):
    world = World(baseline)
    world.store.put(CAPTURED, records_in_csv(100, 1_000, START))
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000))
    world.store.put("baselines/churn/model_quality/constraints.json", ACCURATE)
    result = world.measure(**OF_QUALITY)
    assert (result.verdict, result.records) == (Verdict.CLEAN, 1_000)


TRAINED = attribution_baseline({"x": 0.7, "plan": 0.25, "age": 0.05})
TURNED = {"shap_x": 0.05, "shap_plan": -0.25, "shap_age": 0.7}
OF_ATTRIBUTION: dict[str, Any] = {
    "kind": MonitoringType.ATTRIBUTION,
    "baseline": "s3://b/baselines/churn/attribution",
    "attribution": AttributionSpec(columns=ATTRIBUTED),
}
FROM_CLARIFY = {**OF_ATTRIBUTION, "attribution": AttributionSpec(analysis="s3://b/clarify")}
ANALYSIS = "clarify/2026/11/20/10/analysis.json"


def explained_world(baseline: dict[str, bytes], captured: bytes) -> World:
    world = World(baseline)
    world.store.put(CAPTURED, captured)
    world.store.put("baselines/churn/attribution/analysis.json", TRAINED)
    return world


def test_attributions_in_the_outputs_are_compared_with_the_baseline(baseline: dict[str, bytes]):
    result = explained_world(baseline, records(100, 600, START, attributions=TURNED)).measure(**OF_ATTRIBUTION)
    assert (result.verdict, result.records) == (Verdict.VIOLATED, 600)
    assert [each.name for each in result.measures] == ["ndcg_label0"]


def test_attributions_in_csv_have_the_names_of_the_baseline_of_data_quality(baseline: dict[str, bytes]):
    world = explained_world(baseline, records_in_csv(100, 600, START))
    world.store.put("baselines/churn/attribution/analysis.json", attribution_baseline({"x": 0.1, "age": 0.9}))
    result = world.measure(**{**OF_ATTRIBUTION, "attribution": AttributionSpec(columns={"x": "x", "age": "age"})})
    assert (result.verdict, result.records) == (Verdict.CLEAN, 600)


def test_outputs_without_attributions_are_a_failed_run_that_says_that_it_needs_the_model(baseline: dict[str, bytes]):
    result = explained_world(baseline, records(100, 600, START)).measure(**OF_ATTRIBUTION)
    assert result.verdict is Verdict.FAILED
    assert "Kedge would need the model" in result.message


def test_outputs_with_some_of_the_attributions_are_a_failed_run_that_names_a_missing_column(
    baseline: dict[str, bytes],
):
    result = explained_world(baseline, records(100, 600, START, attributions={"shap_x": 1.0})).measure(**OF_ATTRIBUTION)
    assert result.verdict is Verdict.FAILED
    assert "shap_plan" in result.message


def test_a_window_waits_for_the_file_of_clarify_until_its_last_measurement(baseline: dict[str, bytes]):
    world = explained_world(baseline, records(100, 600, START))
    assert world.measure(**FROM_CLARIFY, is_last=False).verdict is Verdict.INCONCLUSIVE
    given_up = world.measure(**FROM_CLARIFY, is_last=True)
    assert given_up.verdict is Verdict.FAILED
    assert "Kedge would need the model" in given_up.message
    world.store.put(ANALYSIS, attribution_baseline({"x": 0.05, "plan": 0.25, "age": 0.7}))
    measured = world.measure(**FROM_CLARIFY, is_last=True)
    assert (measured.verdict, measured.records) == (Verdict.VIOLATED, None)


def test_a_new_file_of_clarify_is_measured(baseline: dict[str, bytes]):
    world, given = explained_world(baseline, records(100, 600, START)), task(**FROM_CLARIFY)
    before = input_objects(given, world.store).digest(given)
    world.store.put(ANALYSIS, TRAINED)
    assert input_objects(given, world.store).digest(given) != before


def test_a_measured_window_has_a_page_and_one_that_waits_has_none(baseline: dict[str, bytes]):
    world = World(baseline)
    world.capture(0, 1_000)
    world.store.put("baselines/churn/model_quality/constraints.json", ACCURATE)
    assert REPORT not in world.measure(**OF_QUALITY, is_last=False).files
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000, flipped=True))
    page = world.measure(**OF_QUALITY).files[REPORT].decode()
    assert "<title>churn-prod: 1 violation in 1 metric</title>" in page
    assert "Model quality, monitor " in page
    assert "accuracy" in page
