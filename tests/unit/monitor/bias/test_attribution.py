import json

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.report_sentence import Breach, numbers_in
from kedge_monitor.bias.analysis import ClarifyAnalysis
from kedge_monitor.bias.attribution import (
    MODEL_NEEDED,
    AttributionState,
    compare_attributions,
    score_order,
)
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.errors import MonitorError

TRAINED = {"f1": 0.70, "f2": 0.50, "f3": 0.05}
LIVE = {"f1": 0.10, "f2": 0.20, "f3": 0.70}
attributions = st.lists(st.floats(0, 10), min_size=3, max_size=3)


def explained(values, label="label0"):
    text = json.dumps(
        {"explanations": {"kernel_shap": {label: {"global_shap_values": values, "expected_value": 0.21}}}}
    )
    return msgspec.json.decode(text, type=ClarifyAnalysis)


def test_the_example_of_the_developer_guide_scores_0_6876():
    assert score_order(TRAINED, LIVE) == pytest.approx(0.687640, abs=1e-6)


def test_the_order_alone_counts():
    assert score_order(TRAINED, {"f1": 9.0, "f2": 0.2, "f3": 0.1}) == 1.0


@given(attributions, attributions)
def test_a_score_is_between_0_and_1(trained, live):
    names = ("a", "b", "c")
    if not any(trained):
        return
    assert 0 < score_order(dict(zip(names, trained, strict=True)), dict(zip(names, live, strict=True))) <= 1 + 1e-12


def test_features_without_any_attribution_in_the_window_are_no_drift_by_their_names():
    assert score_order(TRAINED, dict.fromkeys(TRAINED, 0.0)) == 1.0


def test_a_score_below_the_limit_is_a_violation_with_the_sentence_of_aws():
    found = compare_attributions(explained(LIVE), explained(TRAINED))
    assert found.outcome is Outcome.VIOLATED
    entry = msgspec.to_builtins(found.violations)["violations"][0]
    score = found.checks[0].score
    assert {name: entry[name] for name in ("label", "metric_name", "constraint_check_type", "description")} == {
        "label": "label0",
        "metric_name": "shap",
        "constraint_check_type": "feature_attribution_drift_check",
        "description": f"Feature attribution drift {score} exceeds threshold 0.9",
    }
    assert numbers_in(entry["description"], "feature_attribution_drift_check") == (score, 0.9, Breach.BELOW)
    assert compare_attributions(explained(TRAINED), explained(TRAINED)).outcome is Outcome.CLEAN


def test_without_attributions_the_report_says_that_the_model_is_needed():
    for window in (None, ClarifyAnalysis()):
        found = compare_attributions(window, explained(TRAINED))
        assert (found.outcome, found.notes) == (Outcome.INCONCLUSIVE, (MODEL_NEEDED,))
    assert "need the model" in MODEL_NEEDED


def test_outputs_that_carry_attributions_give_their_mean_absolute_values():
    state = AttributionState({"shap_age": "age", "shap_a": "city", "shap_b": "city"})
    state.add_columns(
        {"shap_age": np.array([1.0, -3.0]), "shap_a": np.array([0.5, 0.0]), "shap_b": np.array([-0.5, 2.0])}
    )
    built = msgspec.to_builtins(state.measure())
    assert built["explanations"] == {"kernel_shap": {"label0": {"global_shap_values": {"age": 2.0, "city": 1.0}}}}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(1, 5))
def test_the_split_of_the_records_does_not_change_a_bit(values, pieces):
    whole, merged = AttributionState({"s": "f"}), AttributionState({"s": "f"})
    whole.add_columns({"s": np.array(values)})
    for piece in np.array_split(np.array(values), pieces):
        other = AttributionState({"s": "f"})
        if piece.size:
            other.add_columns({"s": piece})
        merged.merge(other)
    assert merged.measure() == whole.measure()


@pytest.mark.parametrize(
    ("columns", "said"),
    [({}, "names the column s"), ({"s": np.array([1.0, np.nan])}, "no value in record 1")],
)
def test_an_attribution_that_is_missing_is_an_error(columns, said):
    with pytest.raises(MonitorError, match=said):
        AttributionState({"s": "f"}).add_columns(columns)


def test_settings_and_files_that_do_not_fit_are_errors():
    with pytest.raises(MonitorError, match="names no column"):
        AttributionState({})
    with pytest.raises(MonitorError, match="no attribution of f3"):
        score_order(TRAINED, {"f1": 1.0, "f2": 1.0})
    with pytest.raises(MonitorError, match="no attribution above 0"):
        score_order({"f1": 0.0}, {"f1": 1.0})
    with pytest.raises(MonitorError, match="attributions of label1, the baseline of label0"):
        compare_attributions(explained(LIVE, "label1"), explained(TRAINED))
    with pytest.raises(MonitorError, match="window has no attributions"):
        AttributionState({"s": "f"}).measure()
