"""Bias of a window: the predictions, groups and columns that the monitor names."""

from typing import Any

import msgspec
import pytest

from kedge.domain.run import Verdict
from kedge.monitors.spec import BiasSpec, FacetSpec, ModelQualitySpec, MonitoringType
from kedge.services.measurement.labelled import bias_columns
from kedge_monitor.bias.settings import BiasColumns
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.engines.labelled import read_bias
from kedge_monitor.files.struct_files import write_struct
from tests.support.capture import source
from tests.support.measured_hours import bias_baseline, labels, records
from tests.unit.services.measurement.test_engine_labelled import QUALITY, TRUTH
from tests.unit.services.measurement.world import CAPTURED, START, World


def biased(world: World, spec: BiasSpec, **changes: Any):
    """Measure the bias of 1,000 records; the baseline has limits that no record of them breaks."""
    world.capture(0, 1_000)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, 1_000))
    world.store.put("baselines/churn/bias/analysis.json", bias_baseline(0.9))
    given = {"kind": MonitoringType.BIAS, "bias": spec, "ground_truth": TRUTH}
    return world.measure(baseline="s3://b/baselines/churn/bias", **given, **changes)


PLAN = (FacetSpec(name="plan", values=("pro",)),)


@pytest.mark.parametrize(
    ("spec", "quality", "measured"),
    [
        (BiasSpec(label="label", facets=PLAN), None, {"DPL of plan pro"}),
        (BiasSpec(label="label", facets=PLAN), QUALITY, {"DPL of plan pro", "DPPL of plan pro"}),
        (
            BiasSpec(label="label", facets=PLAN, probability_attribute="score"),
            None,
            {"DPL of plan pro", "DPPL of plan pro"},
        ),
        (
            BiasSpec(label="label", facets=PLAN, probability_attribute="0"),
            None,
            {"DPL of plan pro", "DPPL of plan pro"},
        ),
    ],
    ids=["labels alone", "those of model quality", "its own", "by number"],
)
def test_bias_is_measured_of_labels_and_of_the_predictions_that_the_monitor_names(
    baseline: dict[str, bytes], spec: BiasSpec, quality: ModelQualitySpec | None, measured: set[str]
):
    result = biased(World(baseline), spec, model_quality=quality)
    assert result.verdict is Verdict.CLEAN
    assert {each.name for each in result.measures} == measured


def test_bias_uses_the_threshold_of_the_probability(baseline: dict[str, bytes]):
    spec = BiasSpec(label="label", facets=PLAN, probability_attribute="score")
    low = biased(World(baseline), msgspec.structs.replace(spec, probability_threshold=0.1))
    high = biased(World(baseline), msgspec.structs.replace(spec, probability_threshold=0.9))
    assert [each.value for each in low.measures] != [each.value for each in high.measures]


def conditional(**changes: Any) -> BiasSpec:
    return BiasSpec(
        label="label",
        facets=(FacetSpec(name="age", threshold=40.0),),
        probability_attribute="score",
        group_attribute="plan",
        feature_attributes=("x",),
        **changes,
    )


def with_bias_baseline(world: World, columns: BiasColumns, many: int = 1_000) -> dict[str, float]:
    """Put the bias of the hour itself as its baseline, and return its metrics."""
    world.capture(0, many)
    world.store.put("labels/2026/11/20/10/a.jsonl", labels(100, many))
    known = Labels()
    known.read([source(labels(100, many), key="labels/2026/11/20/10/a.jsonl")])
    captured = [source(records(100, many, START), key=CAPTURED)]
    layout = survey_capture(captured, None, CaptureSettings())
    analysis = read_bias(captured, layout, known, CaptureSettings(), columns).state.measure().analysis
    world.store.put("baselines/churn/bias/analysis.json", write_struct(analysis))
    return {name: found.number for (_, _, name), found in analysis.metrics.items() if found.number is not None}


def test_the_conditional_metrics_and_the_flip_test_are_measured_as_the_document_says(baseline: dict[str, bytes]):
    world, spec = World(baseline), conditional()
    expected = with_bias_baseline(world, bias_columns(spec, None))
    given = {"kind": MonitoringType.BIAS, "bias": spec, "ground_truth": TRUTH}
    result = world.measure(baseline="s3://b/baselines/churn/bias", **given)
    assert result.verdict is Verdict.CLEAN
    measured = {each.name: each.value for each in result.measures}
    for name in ("CDDL", "CDDPL", "FT"):
        assert measured[f"{name} of age 40"] == expected[name]
    assert len(measured) == len(expected) == 21
    # Without them in the document, only these three are missing.
    bare = world.measure(
        baseline="s3://b/baselines/churn/bias",
        **given | {"bias": msgspec.structs.replace(spec, group_attribute=None, feature_attributes=())},
    )
    assert set(measured) - {each.name for each in bare.measures} == {f"{n} of age 40" for n in ("CDDL", "CDDPL", "FT")}


def test_columns_of_bias_can_be_named_by_their_numbers(baseline: dict[str, bytes]):
    world = World(baseline)
    expected = with_bias_baseline(world, bias_columns(conditional(), None))
    # The columns are score, x, plan, age.
    numbers = BiasSpec(
        label="label", facets=(FacetSpec(name="3", threshold=40.0),), probability_attribute="0", group_attribute="2",
        feature_attributes=("1",),
    )  # fmt: skip
    result = world.measure(
        baseline="s3://b/baselines/churn/bias", kind=MonitoringType.BIAS, bias=numbers, ground_truth=TRUTH
    )
    assert {each.name: each.value for each in result.measures} == {
        f"{name} of age 40": value for name, value in expected.items()
    }


def test_a_column_that_data_quality_leaves_out_can_be_a_facet(baseline: dict[str, bytes]):
    result = biased(World(baseline), BiasSpec(label="label", facets=PLAN), exclude=("plan",))
    assert {each.name for each in result.measures} == {"DPL of plan pro"}


def test_a_feature_of_the_flip_test_that_does_not_exist_is_named(baseline: dict[str, bytes]):
    spec = msgspec.structs.replace(conditional(), feature_attributes=("income",))
    result = biased(World(baseline), spec)
    assert result.verdict is Verdict.FAILED
    assert (
        "`feature_attributes` is 'income', but the data has no such column. Name one of: score, x, plan"
        in result.message
    )
