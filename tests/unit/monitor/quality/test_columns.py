import numpy as np
import pyarrow as pa
import pytest

from kedge_monitor.batch import Batch, Classes, Column, Kind, NumberValues, Schema, TextValues
from kedge_monitor.quality.columns import (
    LabelCodes,
    QualityColumns,
    WrongColumn,
    as_numbers,
    as_probabilities,
    find_column,
    label_text,
    select_column,
)
from kedge_monitor.quality.forms import ProblemType

SCHEMA = Schema(columns=(Column(name="p", kind=Kind.NUMBER), Column(name="kind", kind=Kind.TEXT)))


def batch(missing=0, texts=()):
    numbers = NumberValues(
        values=np.array([0.5, 0.25]),
        classes=Classes(fractional=2, string=len(texts)),
        missing=missing,
        texts=pa.array(list(texts), pa.string()),
    )
    words = TextValues(values=pa.array(["a", "b"]).dictionary_encode(), classes=Classes(string=2), missing=0)
    return Batch(records=2 + missing + len(texts), columns=(numbers, words))


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1"), ("1.0", "1"), ("1", "1"), ("01", "01"), (0.5, "0.5"), (True, "true"), (" a ", "a")]
)
def test_one_label_has_one_text_however_it_was_written(value, text):
    assert label_text(value) == text


def test_a_label_written_in_two_ways_is_one_label():
    codes = LabelCodes(pa.array(["1", "1.0", None, "0"]), "`ground_truth_attribute`")
    assert codes.texts == ("1", "0")
    assert codes.equals("1").tolist() == [True, True, False, False]
    assert codes.missing.tolist() == [False, False, True, False]


@pytest.mark.parametrize("attribute", ["p", "$.p", "0"])
def test_a_column_is_found_by_name_by_path_and_by_number(attribute):
    assert find_column(("p", "kind"), attribute, "inference_attribute") == "p"


def test_a_column_that_does_not_exist_is_named_with_its_setting_and_the_choices():
    with pytest.raises(WrongColumn, match=r"`inference_attribute` is 'q'.*Name one of: p, kind"):
        find_column(("p", "kind"), "q", "inference_attribute")


def test_columns_of_a_batch_are_selected_by_name():
    assert select_column(SCHEMA, batch(), "p", "probability_attribute").to_pylist() == [0.5, 0.25]
    assert select_column(SCHEMA, batch(), "kind", "ground_truth_attribute").to_pylist() == ["a", "b"]


def test_values_that_cannot_be_paired_with_their_records_are_an_error():
    with pytest.raises(WrongColumn, match="3 of 5 records have no value in column p"):
        select_column(SCHEMA, batch(missing=3), "p", "probability_attribute")
    with pytest.raises(WrongColumn, match="1 values that are not numbers") as caught:
        select_column(SCHEMA, batch(texts=("oops",)), "p", "probability_attribute")
    assert "oops" not in str(caught.value)


def test_a_column_of_numbers_in_place_of_labels_is_an_error():
    with pytest.raises(WrongColumn, match="5000 different values; labels have at most 1000"):
        LabelCodes(np.arange(5000.0), "`ground_truth_attribute`")


def test_a_value_that_is_no_number_and_one_that_is_no_probability_are_errors_without_the_value():
    with pytest.raises(WrongColumn, match="not a number") as no_number:
        as_numbers(pa.array(["1.5", "secret"]), "`inference_attribute`")
    with pytest.raises(WrongColumn, match="not between 0 and 1 in record 1") as no_probability:
        as_probabilities(np.array([0.5, 1.75]), "`probability_attribute`")
    assert "secret" not in str(no_number.value)
    assert "1.75" not in str(no_probability.value)
    with pytest.raises(WrongColumn, match="infinite value in record 1"):
        as_numbers(np.array([0.5, np.inf]), "`inference_attribute`")


def test_numbers_in_text_are_read_and_missing_ones_are_nan():
    assert as_numbers(pa.array(["1.5", None]), "x").tolist() == pytest.approx([1.5, np.nan], nan_ok=True)


def test_settings_that_cannot_work_are_errors_at_the_start():
    with pytest.raises(WrongColumn, match="Set `inference_attribute`"):
        QualityColumns(problem_type=ProblemType.REGRESSION, ground_truth_attribute="y", probability_attribute="p")
    with pytest.raises(WrongColumn, match="between 0 and 1"):
        QualityColumns(
            problem_type=ProblemType.BINARY,
            ground_truth_attribute="y",
            probability_attribute="p",
            probability_threshold_attribute=1.5,
        )
