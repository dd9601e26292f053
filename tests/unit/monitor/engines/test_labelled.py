"""Windows with labels: captured lines and ground truth to the files of model quality, bias and attribution."""

import io
import json
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from kedge_monitor.bias.analysis import ClarifyAnalysis, Explanations, LabelExplanation
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.capture.labels import Labels
from kedge_monitor.capture.reader import CaptureSettings
from kedge_monitor.capture.source import Source
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.engines.labelled import (
    LabelledWindow,
    baseline_statistics,
    fit_model_quality,
    measure_attribution_window,
    measure_bias_window,
    measure_model_quality,
)
from kedge_monitor.quality.columns import QualityColumns
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.late_labels import LabelWaiting
from kedge_monitor.quality.verdict import VerdictRule

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
COLUMNS = QualityColumns(
    problem_type=ProblemType.BINARY,
    ground_truth_attribute="label",
    probability_attribute="0",
)


def lines(outputs: list[str], inputs: list[str]) -> bytes:
    found = [
        {
            "captureData": {
                "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": fed, "encoding": "CSV"},
                "endpointOutput": {
                    "observedContentType": "text/csv",
                    "mode": "OUTPUT",
                    "data": said,
                    "encoding": "CSV",
                },
            },
            "eventMetadata": {"eventId": f"id-{number}", "inferenceTime": "2026-11-20T09:30:00Z"},
            "eventVersion": "0",
        }
        for number, (said, fed) in enumerate(zip(outputs, inputs, strict=True))
    ]
    return "".join(f"{json.dumps(line)}\n" for line in found).encode()


def label_lines(labels: list[str]) -> bytes:
    found = [
        {
            "groundTruthData": {"data": label, "encoding": "CSV"},
            "eventMetadata": {"eventId": f"id-{number}"},
            "eventVersion": "0",
        }
        for number, label in enumerate(labels)
    ]
    return "".join(f"{json.dumps(line)}\n" for line in found).encode()


def source(key: str, data: bytes) -> Source:
    return Source(key=key, open=lambda: io.BytesIO(data), etag=str(len(data)), time=AT)


def window(outputs, labels, inputs=None, age=timedelta(hours=1)) -> LabelledWindow:
    given = Labels()
    given.read([source("labels/2026/11/20/10/a.jsonl", label_lines(labels))])
    return LabelledWindow(
        sources=[source("c/2026/11/20/09/a.jsonl", lines(outputs, inputs or ["1,2"] * len(outputs)))],
        labels=given,
        settings=CaptureSettings(),
        age=age,
        waiting=LabelWaiting(fewest=200, share=0.5, until=timedelta(days=2)),
        rule=VerdictRule(level=1e-4),
    )


def scores(seed: int, records: int, flipped: float):
    """Return calibrated scores, and labels with a share of flipped ones."""
    draws = np.random.default_rng(seed)
    probability = draws.beta(0.7, 0.7, records)
    label = draws.random(records) < probability
    label = label ^ (draws.random(records) < flipped)
    return [f"{value:.6f}" for value in probability], ["1" if one else "0" for one in label]


def baseline():
    outputs, labels = scores(1, 5_000, 0.0)
    _, constraints, _ = fit_model_quality(window(outputs, labels), COLUMNS)
    return constraints


def test_a_model_that_is_as_good_as_its_baseline_is_clean_and_one_whose_labels_flip_is_violated():
    limits = baseline()
    for flipped, outcome in ((0.0, Outcome.CLEAN), (0.3, Outcome.VIOLATED)):
        run = measure_model_quality(window(*scores(2, 4_000, flipped)), COLUMNS, limits)
        assert run.outcome is outcome
        assert run.records == 4_000
        assert len(json.loads(run.files["constraint_violations.json"])["violations"]) == len(run.entries)
        assert "binary_classification_metrics" in json.loads(run.files["statistics.json"])


def test_a_window_with_too_few_labels_waits_and_then_is_inconclusive_for_good():
    outputs, labels = scores(3, 4_000, 0.0)
    early = measure_model_quality(window(outputs, labels[:100]), COLUMNS, baseline())
    late = measure_model_quality(window(outputs, labels[:100], age=timedelta(days=3)), COLUMNS, baseline())
    assert early.outcome is late.outcome is Outcome.INCONCLUSIVE
    assert "measured again" in early.message
    assert "Too few labels came" in late.message
    assert "statistics.json" not in early.files


def test_labelled_unlabelled_and_orphan_labels_are_counted():
    outputs, labels = scores(4, 600, 0.0)
    given = window(outputs[:500], labels)
    run = measure_model_quality(given, COLUMNS, baseline())
    assert run.join is not None
    assert (run.join.labelled, run.join.unlabelled, run.join.orphan_labels) == (500, 0, 100)


def test_bias_is_measured_by_facet_and_judged_against_the_baseline():
    draws = np.random.default_rng(5)
    group = ["a" if one else "b" for one in draws.random(4_000) < 0.5]
    label = ["1" if one else "0" for one in draws.random(4_000) < 0.5]
    fair = [f"{value:.4f}" for value in draws.random(4_000)]
    unfair = [f"{value * (0.6 if of == 'a' else 1):.4f}" for value, of in zip(draws.random(4_000), group, strict=True)]
    columns = BiasColumns(
        facets=(Facet(name="_c1", values=("a",)),), ground_truth_attribute="label", probability_attribute="_c0"
    )
    first = measure_bias_window(window(fair, label, group), columns, ClarifyAnalysis())
    known = json.loads(first.files["analysis.json"])
    assert known["post_training_bias_metrics"]["facets"]["_c1"][0]["metrics"]
    run = measure_bias_window(
        window(unfair, label, group), columns, msgspec.convert(known, ClarifyAnalysis, strict=False)
    )
    assert run.outcome is Outcome.VIOLATED
    assert {"DPPL", "DI"} & {entry["metric_name"] for entry in run.entries}


def test_attributions_in_the_output_are_compared_and_without_any_the_run_says_what_is_missing():
    outputs = ["0.9,0.1,0.7"] * 300
    captured = [source("c/2026/11/20/09/a.jsonl", lines(outputs, ["1"] * 300))]
    trained = ClarifyAnalysis(
        explanations=Explanations(kernel_shap={"label0": LabelExplanation(global_shap_values={"x": 0.7, "y": 0.1})})
    )
    run = measure_attribution_window(captured, CaptureSettings(), {"_c1": "x", "_c2": "y"}, None, trained)
    assert run.outcome is Outcome.VIOLATED
    assert run.values[0][0] == "ndcg_label0"
    without = measure_attribution_window(captured, CaptureSettings(), {}, None, trained)
    assert without.outcome is Outcome.INCONCLUSIVE
    assert "would need the model" in without.message


@pytest.mark.parametrize("attribute", ["7", "nothing"])
def test_a_column_that_does_not_exist_is_named(attribute: str):
    wrong = QualityColumns(
        problem_type=ProblemType.BINARY, ground_truth_attribute="label", probability_attribute=attribute
    )
    with pytest.raises(ValueError, match="probability_attribute"):
        measure_model_quality(window(*scores(6, 300, 0.0)), wrong, baseline())


@pytest.mark.parametrize(
    "data", [None, b"{}", b"not JSON", b'{"dataset": {"item_count": 3}, "regression_metrics": {}}']
)
def test_statistics_that_another_program_wrote_in_another_form_are_not_needed(data: bytes | None):
    assert baseline_statistics(data) is None


def test_the_statistics_of_a_baseline_name_its_records_and_labels():
    run = measure_model_quality(window(*scores(6, 300, 0.0)), COLUMNS, baseline())
    found = baseline_statistics(run.files["statistics.json"])
    assert found is not None
    assert (found.dataset.item_count, found.labels) == (300, ("0", "1"))
