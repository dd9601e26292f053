"""The sentences of the file, as the readers of AWS parse them."""

import re

import pytest

from kedge_monitor.compare.sentences import say_columns, say_drift, say_type, say_value, write_double
from kedge_monitor.compare.verdict import CheckType


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (0.0, "0.0"),
        (100.0, "100.0"),
        (99.64592817400101, "99.64592817400101"),
        (0.001, "0.001"),
        (0.00033640191298478506, "3.3640191298478506E-4"),
        (1e-4, "1.0E-4"),
        (9999999.5, "9999999.5"),
        (3.8e7, "3.8E7"),
        (-2.5e-9, "-2.5E-9"),
        (float("inf"), "inf"),
    ],
)
def test_a_number_is_written_as_java_does(value: float, text: str):
    assert write_double(value) == text


def test_the_sentences_are_those_of_model_monitor_to_the_letter():
    assert say_drift(0.4137862, 0.1, violated=True) == "Baseline drift distance: 0.4137862 exceeds threshold: 0.1"
    assert say_value(0.009009009009009009, 1.0, violated=True) == (
        "Value: 0.009009009009009009 does not meet the constraint requirement! "
    )
    assert say_type("Integral", 0.9964592817400101, 1.0, violated=True) == (
        "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
        "Observed: Only 99.64592817400101% of data is Integral."
    )
    assert say_columns(CheckType.MISSING_COLUMN, 8, 9) == (
        "There are missing columns in current dataset. Number of columns in current dataset: 8, "
        "Number of columns in baseline constraints: 9"
    )
    assert say_columns(CheckType.EXTRA_COLUMN, 12, 11).startswith("There are extra columns in current dataset. ")


READERS = [r"distance: (.+) exceeds threshold: (.+)", r"distance: (.+) exceeds"]


@pytest.mark.parametrize("pattern", READERS)
def test_the_readers_of_aws_find_the_distance(pattern: str):
    found = re.search(pattern, say_drift(0.25, 0.1, violated=True))
    assert found is not None
    assert float(found[1]) == 0.25
    assert re.search(pattern, say_drift(0.05, 0.1, violated=False)) is None


def test_the_reader_of_aws_finds_the_share():
    pattern = r"Value: (.+) does not meet the constraint requirement!"
    found = re.search(pattern, say_value(0.75, 1.0, violated=True))
    assert found is not None
    assert float(found[1]) == 0.75
    assert re.search(pattern, say_value(1.0, 1.0, violated=False)) is None
