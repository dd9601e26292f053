import math

import msgspec
import numpy as np
import pytest

from kedge_monitor.batch import Batch, Classes, Column, Kind, NumberValues, Schema
from kedge_monitor.quality.calibration import Calibration, fit_calibration
from kedge_monitor.quality.columns import QualityColumns, WrongColumn
from kedge_monitor.quality.estimated import ASSUMPTIONS, EstimateRefused, collect_scores, estimate_quality
from kedge_monitor.quality.forms import ProblemType
from kedge_monitor.quality.ranking import area_under_roc
from kedge_monitor.quality.scores import ScoreCounts
from kedge_monitor.quality.state import QualityState

METRICS = ("accuracy", "precision", "recall", "f1", "auc")
COLUMNS = QualityColumns(problem_type=ProblemType.BINARY, ground_truth_attribute="label", probability_attribute="score")


def logistic(x):
    return 1 / (1 + np.exp(-x))


def records(generator, n, shift=0.0, concept=0.0, slope=1.0):
    """Scores and labels. `shift` moves the inputs, `concept` the relation of inputs and label, `slope` breaks calibration."""
    logit = 1.5 * generator.normal(shift, 1.2, size=n) - 1
    return logistic(slope * logit), generator.random(n) < logistic(logit - concept)


def truth(scores, labels):
    state = QualityState(COLUMNS)
    state.add(labels.astype(float), None, scores)
    _, above, below = state.scores.cells()
    said = scores > 0.5
    right = (said & labels).sum()
    precision, recall = right / said.sum(), right / labels.sum()
    return {
        "accuracy": (said == labels).mean(),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall),
        "auc": area_under_roc(above, below),
    }


def coverage(runs, n, seed, fitted=None, **change):
    generator = np.random.default_rng(seed)
    hits = dict.fromkeys(METRICS, 0)
    for _ in range(runs):
        calibration = fitted(generator) if fitted else None
        scores, labels = records(generator, n, **change)
        found, true = estimate_quality(scores, 0.5, calibration), truth(scores, labels)
        for name in METRICS:
            estimate = getattr(found, name)
            hits[name] += estimate.low <= true[name] <= estimate.high
    return {name: count / runs for name, count in hits.items()}


@pytest.mark.parametrize("shift", [0.0, -1.0, 1.0])
@pytest.mark.parametrize("n", [300, 2000])
def test_under_covariate_shift_the_interval_covers_the_truth_at_its_rate(shift, n):
    runs = 800
    within = 4 * math.sqrt(0.95 * 0.05 / runs)
    for name, rate in coverage(runs, n, seed=1, shift=shift).items():
        assert rate == pytest.approx(0.95, abs=within), name


def test_with_a_fitted_calibration_the_interval_still_covers_the_truth():
    runs = 300

    def fitted(generator):
        # The check refuses a few calibrations by chance: the interval has to hold for all of them.
        return msgspec.structs.replace(fit_calibration(*records(generator, 6000, slope=1.4)), calibration_error=0.0)

    within = 4 * math.sqrt(0.95 * 0.05 / runs)
    for name, rate in coverage(runs, 1500, seed=2, fitted=fitted, shift=0.8, slope=1.4).items():
        assert rate > 0.95 - within, name


def test_under_concept_drift_the_estimate_is_wrong_and_says_that_it_cannot_see_it():
    rates = coverage(100, 2000, seed=3, concept=1.0)
    assert rates["precision"] < 0.05
    assert rates["f1"] < 0.05
    generator = np.random.default_rng(4)
    found = estimate_quality(records(generator, 2000, concept=1.0)[0])
    assert found.notes[: len(ASSUMPTIONS)] == ASSUMPTIONS
    assert any("cannot see concept drift" in note for note in found.notes)


def test_a_falling_quality_is_seen_when_the_inputs_move_to_where_the_model_is_unsure():
    generator = np.random.default_rng(5)
    sure = logistic(np.where(generator.random(3000) < 0.5, -3, 3) + generator.normal(size=3000))
    unsure = logistic(generator.normal(0, 0.5, 3000))
    before, after = estimate_quality(sure), estimate_quality(unsure)
    assert after.accuracy.high < before.accuracy.low
    assert after.auc.high < before.auc.low


def test_each_estimate_is_the_mean_over_all_labelings_of_a_small_example():
    # Ten distinct scores, ten records each: sums over many simulated labelings are the oracle.
    generator = np.random.default_rng(6)
    scores = np.repeat(np.linspace(0.05, 0.95, 10), 20)
    found = estimate_quality(scores, 0.5)
    simulated = [truth(scores, generator.random(200) < scores) for _ in range(400)]
    for name in METRICS:
        values = [one[name] for one in simulated]
        estimate = getattr(found, name)
        assert estimate.value == pytest.approx(np.mean(values), abs=4 * np.std(values) / 20)
        assert (estimate.high - estimate.low) / 2 / 1.96 == pytest.approx(np.std(values), rel=0.2)


def test_counts_of_scores_give_what_scores_give():
    scores = np.random.default_rng(7).random(5000).round(3)
    kept, binned = ScoreCounts(), ScoreCounts(100)
    kept.add(scores)
    binned.add(scores)
    assert estimate_quality(kept) == estimate_quality(scores)
    assert estimate_quality(binned).auc.value == pytest.approx(estimate_quality(scores).auc.value, abs=1e-4)


def test_probabilities_are_collected_from_a_column_of_batches():
    scores = np.random.default_rng(0).random(300)
    schema = Schema(columns=(Column(name="score", kind=Kind.NUMBER),))
    batches = [
        Batch(
            records=len(part) + 1,
            columns=(NumberValues(values=part, classes=Classes(fractional=len(part)), missing=1),),
        )
        for part in np.array_split(scores, 3)
    ]
    assert estimate_quality(collect_scores(schema, batches, "$.score")) == estimate_quality(scores)
    with pytest.raises(WrongColumn, match="'p', but the data has no such column"):
        collect_scores(schema, batches, "p")


def test_a_small_window_has_no_estimate():
    found = estimate_quality(np.full(99, 0.5))
    assert found == EstimateRefused(reason="The window has 99 records; an estimate needs 100. Use a longer window.")


def test_probabilities_that_are_not_calibrated_have_no_estimate():
    bad = Calibration(
        knots=[0.5], corrections=[0.0], variances=[0.0], calibration_error=0.08, noise=0.01, raw_error=0.2, records=5000
    )
    found = estimate_quality(np.random.default_rng(0).random(500), calibration=bad)
    assert isinstance(found, EstimateRefused)
    assert "their error is 0.080, the limit 0.02" in found.reason


def test_a_small_labelled_baseline_has_no_estimate():
    few = fit_calibration(*records(np.random.default_rng(0), 500))
    found = estimate_quality(np.random.default_rng(0).random(500), calibration=few)
    assert isinstance(found, EstimateRefused)
    assert "500 labelled records; a calibration needs 1000" in found.reason


def test_a_metric_that_too_few_records_decide_is_absent():
    found = estimate_quality(np.full(1000, 0.001))
    assert found.precision is None
    assert found.recall is None
    assert found.auc is None
    assert found.accuracy.value == pytest.approx(0.999)


def test_an_estimate_says_whether_its_calibration_was_checked():
    scores = np.random.default_rng(0).random(500)
    assert "calibration was not checked" in estimate_quality(scores).notes[-1]
    fitted = fit_calibration(*records(np.random.default_rng(0), 5000))
    assert "Calibrated on 5000 labelled records" in estimate_quality(scores, calibration=fitted).notes[-1]
