import math

import msgspec
import numpy as np
import pytest

from kedge.domain.report_sentence import numbers_in
from kedge_monitor.bias.analysis import BiasMetric, BiasStage, ClarifyAnalysis, ClarifyViolations, FacetMetrics
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.bias.state import BiasMeasurement, measure_bias
from kedge_monitor.bias.verdict import compare_bias
from kedge_monitor.compare.settings import CompareMode
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.quality.verdict import VerdictRule

COLUMNS = BiasColumns(
    facets=(Facet(name="Sex", values=("0",)),),
    ground_truth_attribute="label",
    inference_attribute="said",
    group_attribute="group",
)
COMPATIBLE = VerdictRule(mode=CompareMode.COMPATIBLE)


def window(n, seed, gap=0.4):
    generator = np.random.default_rng(seed)
    sex, x = generator.integers(0, 2, n), generator.normal(size=n)
    score = x + gap * sex
    return measure_bias(
        COLUMNS,
        {
            "Sex": sex.astype(float),
            "label": (score + generator.normal(size=n) > 0).astype(float),
            "said": (score > 0).astype(float),
            "group": generator.choice(["a", "b"], n),
        },
    )


def analysis(**values):
    metrics = [BiasMetric(name=name, value=value) for name, value in values.items()]
    facets = {"Sex": [FacetMetrics(value_or_threshold="0", metrics=metrics)]}
    return ClarifyAnalysis(post_training_bias_metrics=BiasStage(facets=facets))


def measured(**values):
    return BiasMeasurement(analysis=analysis(**values), uncertainties={}, records=100, incomplete=0)


@pytest.mark.parametrize(
    ("value", "limit", "violated"),
    [
        (-0.0765, 0.0279, True),  # two entries of real reports
        ("Infinity", 2.916666666666667, True),
        (0.02, -0.03, False),
        (0.3, 0.3, False),
        ("-Infinity", "Infinity", False),
        (1.0, 0.6, True),  # DI is perfect at 1, but the rule is the distance from 0
    ],
)
def test_by_the_letter_farther_from_0_than_the_baseline_is_a_violation(value, limit, violated):
    found = compare_bias(measured(DI=value), analysis(DI=limit), COMPATIBLE)
    assert bool(found.violations.violations) == violated


def test_the_entry_and_its_sentence_are_those_of_clarify():
    found = compare_bias(measured(TE="Infinity"), analysis(TE=2.916666666666667), COMPATIBLE)
    built = msgspec.to_builtins(found.violations)
    assert built["version"] == "1.0"
    entry = built["violations"][0]
    assert {name: entry[name] for name in ("facet", "facet_value", "metric_name", "constraint_check_type")} == {
        "facet": "Sex",
        "facet_value": "0",
        "metric_name": "TE",
        "constraint_check_type": "bias_drift_check",
    }
    assert entry["description"] == (
        "Metric value Infinity doesn't meet the baseline constraint requirement 2.916666666666667"
    )
    assert numbers_in(entry["description"], "bias_drift_check")[:2] == (math.inf, 2.916666666666667)
    assert msgspec.json.decode(msgspec.json.encode(found.violations), type=ClarifyViolations) == found.violations


def test_the_spelling_of_later_versions_is_the_same_metric():
    assert compare_bias(measured(DCA=0.5), analysis(DCAcc=0.1), COMPATIBLE).outcome is Outcome.VIOLATED


def test_by_the_letter_an_unchanged_window_is_violated_and_by_the_promise_it_is_clean():
    baseline = window(20_000, 1).analysis
    unchanged = [window(500, seed) for seed in range(10, 30)]
    assert all(compare_bias(one, baseline, COMPATIBLE).outcome is Outcome.VIOLATED for one in unchanged)
    assert all(compare_bias(one, baseline).outcome is Outcome.CLEAN for one in unchanged)


@pytest.mark.parametrize("gap", [0.0, 0.4])
def test_false_alarms_of_each_metric_keep_to_the_level(gap):
    runs, level = 200, 0.05
    baseline = window(20_000, 1, gap).analysis
    rule = VerdictRule(level=level, baseline_records=20_000)
    alarms: dict[str, int] = {}
    for seed in range(runs):
        for check in compare_bias(window(400, 100 + seed, gap), baseline, rule).checks:
            alarms[check.metric] = alarms.get(check.metric, 0) + check.violated
    most = runs * level + 4 * math.sqrt(runs * level * (1 - level))
    assert {name: count for name, count in alarms.items() if count > most} == {}


def test_a_model_that_became_unfair_is_violated():
    baseline = window(20_000, 1).analysis
    found = compare_bias(window(2000, 2, gap=1.2), baseline, VerdictRule(baseline_records=20_000))
    assert found.outcome is Outcome.VIOLATED
    assert {"DPL", "DPPL"} <= {entry.metric_name for entry in found.violations.violations}


def test_an_entry_has_its_error_and_what_the_window_could_have_shown():
    baseline = window(20_000, 1).analysis
    found = compare_bias(window(2000, 2, gap=1.2), baseline, VerdictRule(level=0.001))
    entry = next(one for one in found.violations.violations if one.metric_name == "DPPL")
    assert entry.p_value < 0.001
    # The difference of 2 shares of about 1,000 records each.
    assert entry.standard_error == pytest.approx(math.sqrt(0.5 * 0.5 / 1000 * 2), rel=0.3)
    assert entry.smallest == pytest.approx((3.2905 + 1.2816) * entry.standard_error, rel=1e-3)
    # A file of Clarify's own monitor has no such keys.
    bare = compare_bias(measured(DI=0.4), analysis(DI=0.2), COMPATIBLE).violations
    assert "standard_error" not in msgspec.to_builtins(bare)["violations"][0]


def test_a_metric_that_the_window_does_not_have_is_not_judged_and_named():
    found = compare_bias(measured(DI=0.1), analysis(DI=0.2, RD=0.3), COMPATIBLE)
    assert found.outcome is Outcome.CLEAN
    assert "RD of Sex 0" in found.notes[0]


def test_a_window_without_records_is_no_data_and_one_without_any_metric_is_inconclusive():
    nothing = BiasMeasurement(analysis=analysis(), uncertainties={}, records=0, incomplete=0)
    assert compare_bias(nothing, analysis(DI=0.2)).outcome is Outcome.NO_DATA
    assert compare_bias(measured(), analysis(DI=0.2)).outcome is Outcome.INCONCLUSIVE


def test_a_file_of_clarify_is_read_with_errors_and_unknown_keys():
    text = b"""{"version": "1.0", "post_training_bias_metrics": {"label": "y", "label_value_or_threshold": "1", "facets": {
        "Sex": [{"value_or_threshold": "0", "metrics": [
            {"name": "DI", "description": "Disparate Impact (DI)", "value": 0.27},
            {"name": "TE", "description": "Treatment Equality (TE)", "value": "Infinity"},
            {"name": "CDDPL", "description": "", "value": null, "error": "Group variable is empty or not provided"}]}]}},
        "report": {"title": "x"}}"""
    found = msgspec.json.decode(text, type=ClarifyAnalysis).metrics
    assert found["Sex", "0", "TE"].number == math.inf
    assert found["Sex", "0", "CDDPL"].number is None
