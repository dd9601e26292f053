import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.batch import Batch, Classes, Column, Kind, NumberValues, Schema, TextValues
from kedge_monitor.bias import flip_test
from kedge_monitor.bias.settings import BiasColumns, Facet
from kedge_monitor.bias.state import BiasState, measure_bias, measure_bias_batches
from kedge_monitor.bias.verdict import compare_bias
from kedge_monitor.compare.verdict import Outcome
from kedge_monitor.quality.columns import WrongColumn

SEX = Facet(name="Sex", values=("0",))
COLUMNS = BiasColumns(
    facets=(SEX, Facet(name="Age", threshold=40)),
    ground_truth_attribute="label",
    inference_attribute="said",
    group_attribute="group",
    feature_attributes=("x", "Age"),
)
LABELS_ONLY = BiasColumns(facets=(SEX,), ground_truth_attribute="label")


def window(n=400, seed=0):
    generator = np.random.default_rng(seed)
    sex, x = generator.integers(0, 2, n), generator.normal(size=n)
    return {
        "Sex": sex.astype(float),
        "Age": generator.integers(18, 90, n).astype(float),
        "x": x,
        "label": (x + 0.3 * sex + generator.normal(size=n) > 0).astype(float),
        "said": (x > 0).astype(float),
        "group": generator.choice(["a", "b", "c"], n),
    }


def part(columns, rows):
    return {name: values[rows] for name, values in columns.items()}


def test_the_analysis_has_the_form_of_clarify():
    built = msgspec.to_builtins(measure_bias(COLUMNS, window()).analysis)
    assert list(built) == ["version", "pre_training_bias_metrics", "post_training_bias_metrics", "records"]
    stage = built["post_training_bias_metrics"]
    assert list(stage) == ["label", "facets", "label_value_or_threshold"]
    assert (stage["label"], stage["label_value_or_threshold"]) == ("label", "1")
    sex, age = stage["facets"]["Sex"][0], stage["facets"]["Age"][0]
    assert sex["value_or_threshold"] == "0"
    assert age["value_or_threshold"] == "(40, 89]"
    names = [metric["name"] for metric in sex["metrics"]]
    assert names == ["AD", "CDDPL", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "FT", "GE", "RD", "SD", "TE"]
    assert list(sex["metrics"][0]) == ["name", "description", "value"]
    before = built["pre_training_bias_metrics"]["facets"]["Sex"][0]["metrics"]
    assert [metric["name"] for metric in before] == ["CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD"]


@given(st.permutations(range(5)), st.integers(1, 4))
def test_neither_order_nor_split_changes_the_result(order, first):
    columns = window()
    blocks = np.array_split(np.arange(400), 5)
    left, right = BiasState(COLUMNS), BiasState(COLUMNS)
    for count, place in enumerate(order):
        (left if count < first else right).add_columns(part(columns, blocks[place]))
    left.merge(right)
    assert left.measure() == measure_bias(COLUMNS, columns)


def test_values_are_those_of_plain_counting():
    columns = window(1000)
    found = measure_bias(COLUMNS, columns).analysis.metrics
    disadvantaged = columns["Sex"] == 0
    label, said = columns["label"] == 1, columns["said"] == 1
    assert found["Sex", "0", "DPL"].value == pytest.approx(label[~disadvantaged].mean() - label[disadvantaged].mean())
    recalls = [said[label & group].mean() for group in (~disadvantaged, disadvantaged)]
    assert found["Sex", "0", "RD"].value == pytest.approx(recalls[0] - recalls[1])
    assert found["Age", "40", "CI"].value == pytest.approx(1 - 2 * (columns["Age"] > 40).mean())


def test_the_interval_of_a_threshold_is_the_same_facet_whatever_the_maximum():
    one, other = window(), window(seed=1)
    other["Age"] = np.minimum(other["Age"], 70)
    assert measure_bias(COLUMNS, one).analysis.metrics.keys() == measure_bias(COLUMNS, other).analysis.metrics.keys()


def test_an_infinite_value_is_a_text_and_a_value_that_does_not_exist_an_error():
    columns = {"Sex": np.array([0.0, 0, 1, 1]), "label": np.array([1.0, 0, 1, 0]), "said": np.array([1.0, 1, 0, 0])}
    settings = BiasColumns(facets=(SEX,), ground_truth_attribute="label", inference_attribute="said")
    built = msgspec.to_builtins(measure_bias(settings, columns).analysis)
    metrics = {metric["name"]: metric for metric in built["post_training_bias_metrics"]["facets"]["Sex"][0]["metrics"]}
    assert metrics["DI"]["value"] == "Infinity"
    assert metrics["TE"]["value"] == "-Infinity"
    assert metrics["CDDPL"] == {
        "name": "CDDPL",
        "description": "Conditional Demographic Disparity in Predicted Labels (CDDPL)",
        "error": "Group variable is empty or not provided",
    }
    assert "feature_attributes" in metrics["FT"]["error"]


def test_labels_alone_give_the_metrics_before_training():
    columns = window()
    built = msgspec.to_builtins(measure_bias(LABELS_ONLY, columns).analysis)
    assert list(built) == ["version", "pre_training_bias_metrics", "records"]


def test_without_values_each_value_is_compared_with_all_others():
    settings = msgspec.structs.replace(LABELS_ONLY, facets=(Facet(name="group"),))
    entries = measure_bias(settings, window()).analysis.pre_training_bias_metrics.facets["group"]
    assert [entry.value_or_threshold for entry in entries] == ["a", "b", "c"]


def test_a_facet_with_too_many_values_is_an_error():
    settings = msgspec.structs.replace(LABELS_ONLY, facets=(Facet(name="Age"),))
    with pytest.raises(WrongColumn, match=r"Facet Age has .* values; without a group at most 50"):
        measure_bias(settings, window(3000))


def test_a_positive_label_that_never_occurs_is_an_error():
    settings = msgspec.structs.replace(LABELS_ONLY, positive_labels=("yes",))
    with pytest.raises(WrongColumn, match=r"is positive \(yes\)"):
        measure_bias(settings, window())


def test_a_number_above_the_threshold_is_a_positive_label():
    settings = msgspec.structs.replace(LABELS_ONLY, ground_truth_attribute="x", positive_threshold=0.5)
    columns = window()
    found = measure_bias(settings, columns).analysis
    assert found.pre_training_bias_metrics.label_value_or_threshold == "0.5"
    shares = [(columns["x"][columns["Sex"] == sex] > 0.5).mean() for sex in (1, 0)]
    assert found.metrics["Sex", "0", "DPL"].value == pytest.approx(shares[0] - shares[1])


def test_probabilities_stand_in_for_predictions():
    columns = window()
    columns["score"] = 1 / (1 + np.exp(-columns["x"]))
    by_score = msgspec.structs.replace(COLUMNS, inference_attribute=None, probability_attribute="score")
    assert measure_bias(by_score, columns).analysis == measure_bias(COLUMNS, columns).analysis


def test_records_without_a_value_are_counted_and_left_out():
    columns = window(50)
    columns["Age"][3] = np.nan
    columns["label"][7] = np.nan
    found = measure_bias(COLUMNS, columns)
    assert (found.records, found.incomplete) == (48, 2)
    assert found.notes == ("Left out: 2 records without one of the values.",)


def test_a_column_that_never_has_a_value_is_named_and_the_window_is_inconclusive():
    columns = window(50) | {"Age": np.full(50, np.nan)}
    found = measure_bias(COLUMNS, columns)
    assert any(
        "No record has a value in each of these columns: label, said, group, Sex, Age." in note for note in found.notes
    )
    assert compare_bias(found, measure_bias(COLUMNS, window(50)).analysis).outcome is Outcome.INCONCLUSIVE


def test_a_column_that_does_not_exist_is_named():
    columns = window()
    del columns["Age"]
    with pytest.raises(WrongColumn, match="`facets` is 'Age'"):
        measure_bias(COLUMNS, columns)
    with pytest.raises(WrongColumn, match="values and a threshold"):
        Facet(name="Age", values=("1",), threshold=2.0)


def test_batches_give_what_columns_give():
    columns = window()
    names = ("Sex", "Age", "x", "label", "said")
    schema = Schema(
        columns=(*(Column(name=name, kind=Kind.NUMBER) for name in names), Column(name="group", kind=Kind.TEXT))
    )
    numbers = (NumberValues(values=columns[name], classes=Classes(fractional=400), missing=0) for name in names)
    text = TextValues(values=pa.array(columns["group"]).dictionary_encode(), classes=Classes(string=400), missing=0)
    batch = Batch(records=400, columns=(*numbers, text))
    assert measure_bias_batches(COLUMNS, schema, [batch]) == measure_bias(COLUMNS, columns)


def test_a_window_too_large_for_the_flip_test_says_so_and_keeps_no_records(monkeypatch):
    monkeypatch.setattr(flip_test, "MOST_RECORDS", 300)
    state = BiasState(COLUMNS)
    for rows in np.array_split(np.arange(400), 4):
        state.add_columns(part(window(), rows))
    assert state.rows is None
    error = state.measure().analysis.metrics["Sex", "0", "FT"].error
    assert error.startswith("The flip test (FT) was not computed: it compares at most 300 records, and there are 400.")
    # analysis.json alone would be easy to overlook.
    assert any("FT" in note and "Use a shorter window" in note for note in state.measure().notes)


def test_a_record_without_a_feature_is_left_out_of_the_flip_test_alone():
    columns = window()
    holes = columns | {
        COLUMNS.feature_attributes[0]: np.where(np.arange(400) < 40, np.nan, columns[COLUMNS.feature_attributes[0]])
    }
    found, whole = measure_bias(COLUMNS, holes), measure_bias(COLUMNS, part(columns, np.arange(400) >= 40))
    assert found.records == 400
    assert found.analysis.metrics["Sex", "0", "FT"] == whole.analysis.metrics["Sex", "0", "FT"]
    assert "The flip test (FT) is without 40 records that have no value of a feature." in found.notes
