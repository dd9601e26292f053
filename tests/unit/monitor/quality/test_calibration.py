import msgspec
import numpy as np
import pytest

from kedge_monitor.errors import MonitorError
from kedge_monitor.quality.calibration import ERROR_LIMIT, fit_calibration


def logistic(x):
    return 1 / (1 + np.exp(-x))


def baseline(n=10_000, slope=1.0, seed=0):
    """Scores whose logit is `slope` times the true one: 1 is calibrated, above it is overconfident."""
    generator = np.random.default_rng(seed)
    logit = 1.5 * generator.normal(size=n) - 1
    return logistic(slope * logit), generator.random(n) < logistic(logit)


def test_calibrated_probabilities_are_left_about_as_they_are():
    fitted = fit_calibration(*baseline())
    scores = np.linspace(0.05, 0.9, 50)
    assert np.abs(fitted.correct(scores) - scores).max() < 0.12
    assert np.abs(fitted.correct(scores) - scores).mean() < 0.03
    assert fitted.usable


def test_overconfident_probabilities_are_corrected():
    scores, labels = baseline(40_000, slope=2.5)
    fitted = fit_calibration(scores, labels)
    true = logistic(np.log(scores / (1 - scores)) / 2.5)
    assert np.abs(scores - true).mean() > 0.08
    assert np.abs(fitted.correct(scores) - true).mean() < 0.02
    assert fitted.usable


def test_the_error_of_a_calibrated_model_is_chance_alone():
    errors = [fit_calibration(*baseline(4000, seed=seed)).calibration_error for seed in range(40)]
    assert np.mean(np.array(errors) <= ERROR_LIMIT) > 0.9


def test_probabilities_that_the_correction_cannot_repair_are_not_usable():
    generator = np.random.default_rng(0)
    scores = generator.random(1500)
    labels = generator.random(1500) < 0.5 + 0.45 * np.sin(40 * scores)
    fitted = fit_calibration(scores, labels)
    assert fitted.calibration_error > 5 * ERROR_LIMIT
    assert not fitted.usable


def test_the_error_before_the_correction_is_kept():
    calibrated, overconfident = fit_calibration(*baseline()), fit_calibration(*baseline(slope=2.5))
    assert calibrated.raw_error < ERROR_LIMIT < 0.05 < overconfident.raw_error


def test_few_labelled_records_are_not_usable():
    assert not fit_calibration(*baseline(800)).usable


def test_a_baseline_with_one_label_is_an_error():
    with pytest.raises(MonitorError, match="0 positive of 10 labels"):
        fit_calibration(np.full(10, 0.2), np.zeros(10, np.bool_))


def test_the_pull_of_a_record_is_shared_by_the_knots_beside_it():
    fitted = msgspec.structs.replace(fit_calibration(*baseline()), corrections=[0.001] * 66)
    scores = np.array([0.001, 0.3, 0.5, 0.98])
    corrected = fitted.correct(scores)
    assert ((corrected > 0) & (corrected < 1)).all()
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    step = 1e-6
    expected = []
    for knot in range(len(fitted.knots)):
        moved = np.array(fitted.corrections)
        moved[knot] += step
        change = np.interp(scores, fitted.knots, moved) - np.interp(scores, fitted.knots, fitted.corrections)
        expected.append((weights * change).sum() / step)
    assert fitted.pull(scores, weights) == pytest.approx(expected, abs=1e-6)


def test_equal_scores_make_one_knot():
    labels = np.arange(2000) % 4 == 0
    fitted = fit_calibration(np.full(2000, 0.5), labels)
    assert len(fitted.knots) == 1
    assert fitted.correct(np.array([0.5]))[0] == pytest.approx(0.25)
    assert fitted.pull(np.array([0.5, 0.5]), np.array([1.0, 2.0])) == pytest.approx([3.0])
