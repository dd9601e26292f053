"""Numbers are read out of every wording that SageMaker is known to use, and cost nothing where they cannot be."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.finding import Check, side_of
from kedge.domain.report_sentence import _WORDINGS, SEARCHED, Breach, Numbers, numbers_in


@pytest.mark.parametrize(
    ("check", "said", "expected"),
    [
        pytest.param(
            Check.CATEGORIES,
            "Value: 0.009009009009009009 does not meet the constraint requirement! ",
            Numbers(0.009009009009009009, None, Breach.BELOW),
            id="data quality, old: unknown categories",
        ),
        pytest.param(
            Check.COMPLETENESS,
            "Value: 0.0 does not meet the constraint requirement! ",
            Numbers(0.0, None, Breach.BELOW),
            id="data quality, old: completeness",
        ),
        pytest.param(
            Check.DRIFT,
            "Value: 0.7 does not meet the constraint requirement! ",
            Numbers(0.7, None, Breach.ABOVE),
            id="data quality, old: a distance breaks by rising",
        ),
        pytest.param(
            Check.DATA_TYPE,
            "Data type match requirement is not met. Expected data type: Integral, Expected match: 100.0%. "
            "Observed: Only 99.5% of data is Integral.",
            Numbers(0.995, 1.0, Breach.BELOW),
            id="data quality, new: percents become fractions",
        ),
        pytest.param(
            Check.DRIFT,
            "Baseline drift distance: 0.3 exceeds threshold: 0.1",
            Numbers(0.3, 0.1, Breach.ABOVE),
            id="data quality, new: drift",
        ),
        pytest.param(
            Check.DRIFT,
            "Numerical distance: 0.41 exceeds numerical threshold: 0.1",
            Numbers(0.41, 0.1, Breach.ABOVE),
            id="data quality, old: drift of numbers",
        ),
        pytest.param(
            Check.DRIFT,
            "Categorical distance: 1.0E-1 exceeds categorical threshold: 5.0E-2",
            Numbers(0.1, 0.05, Breach.ABOVE),
            id="data quality, old: drift of categories",
        ),
        pytest.param(
            Check.COMPLETENESS,
            "Value: 1.0 meets the constraint requirement!",
            Numbers(1.0, None, Breach.BELOW),
            id="data quality, old: what meets its requirement is listed, too",
        ),
        pytest.param(
            Check.EXTRA_COLUMN,
            "There are extra columns in current dataset. Number of columns in current dataset: 25, "
            "Number of columns in baseline constraints: 24",
            Numbers(25.0, 24.0, Breach.ABOVE),
            id="data quality, new: extra columns",
        ),
        pytest.param(
            Check.MISSING_COLUMN,
            "There are missing columns in current dataset. Number of columns in current dataset: 1, "
            "Number of columns in baseline constraints: 24",
            Numbers(1.0, 24.0, Breach.BELOW),
            id="data quality, new: missing columns",
        ),
        pytest.param(
            Check.BELOW,
            "Metric gini with 0.6111 was LessThanThreshold 0.6611",
            Numbers(0.6111, 0.6611, Breach.BELOW),
            id="model quality: plain",
        ),
        pytest.param(
            Check.BELOW,
            "Metric f2 with 0.5 +/- 0.1 was LessThanThreshold '0.6'",
            Numbers(0.5, 0.6, Breach.BELOW),
            id="model quality: with deviation and quotes",
        ),
        pytest.param(
            Check.ABOVE,
            "Metric rmse with 5.77E2 +/- NaN was GreaterThanThreshold '1e-3'",
            Numbers(577.0, 0.001, Breach.ABOVE),
            id="model quality: exponents, and a deviation that is not a number",
        ),
        pytest.param(
            Check.BIAS_DRIFT,
            "Value -0.0791244970125596 does not meet the constraint requirement",
            Numbers(-0.0791244970125596, None, Breach.UNKNOWN),
            id="bias, old: no limit, so no side",
        ),
        pytest.param(
            Check.BIAS_DRIFT,
            "Metric value 0.3748947825295131 doesn't meet the baseline constraint requirement 0.28176563733194276",
            Numbers(0.3748947825295131, 0.28176563733194276, Breach.ABOVE),
            id="bias, new",
        ),
        pytest.param(
            Check.BIAS_DRIFT,
            "Metric value -0.5 doesn't meet the baseline constraint requirement -0.1",
            Numbers(-0.5, -0.1, Breach.BELOW),
            id="bias, new: farther from zero on the negative side is below",
        ),
        pytest.param(
            Check.BIAS_DRIFT,
            "Metric value Infinity doesn't meet the baseline constraint requirement 2.916666666666667",
            Numbers(math.inf, 2.916666666666667, Breach.ABOVE),
            id="bias, new: Infinity",
        ),
        pytest.param(
            Check.BIAS_DRIFT,
            "Metric value -Infinity doesn't meet the baseline constraint requirement 2.9",
            Numbers(-math.inf, 2.9, Breach.BELOW),
            id="bias, new: -Infinity",
        ),
        pytest.param(
            Check.ATTRIBUTION_DRIFT,
            "Feature attribution drift 0.7639720923277322 exceeds threshold 0.9",
            Numbers(0.7639720923277322, 0.9, Breach.BELOW),
            id="attribution: the sentence says exceeds and means below",
        ),
    ],
)
def test_a_known_wording_tells_its_numbers(check: str, said: str, expected: Numbers):
    assert numbers_in(said, side_of(check)) == expected


def test_a_value_that_is_no_number_lies_on_no_side():
    said = "Metric value NaN doesn't meet the baseline constraint requirement 2.9"
    observed, limit, breach = numbers_in(said, Check.BIAS_DRIFT.side)
    assert observed is not None
    assert math.isnan(observed)
    assert (limit, breach) == (2.9, Breach.UNKNOWN)


@pytest.mark.parametrize("said", ["", "Le taux observé ne respecte pas la contrainte", "Value: high does not meet the"])
def test_a_wording_that_nobody_knows_tells_no_numbers(said: str):
    assert numbers_in(said, Check.DRIFT.side) == Numbers()


@pytest.mark.parametrize(
    "number",
    [
        pytest.param("\u0663.\u0665", id="digits of another script"),
        pytest.param("\u0131nfinity", id="a dotless i"),
        pytest.param("1.2.3", id="a version"),
        pytest.param("0x1F", id="hexadecimal"),
        pytest.param("1_000", id="underscores"),
    ],
)
def test_what_only_looks_like_a_number_is_left_alone(number: str):
    assert numbers_in(f"Value: {number} does not meet the constraint requirement", Check.DRIFT.side).observed is None


def test_a_number_too_large_for_a_float_is_infinite_and_not_an_error():
    assert numbers_in(f"distance: {'9' * 400} exceeds threshold: 0.1", Check.DRIFT.side).observed == math.inf


def test_numbers_behind_the_searched_part_of_a_sentence_are_not_looked_for():
    drifted = "distance: 0.3 exceeds threshold: 0.1"
    assert numbers_in(" " * (SEARCHED - len(drifted)) + drifted, Check.DRIFT.side).observed == 0.3
    assert numbers_in(" " * SEARCHED + drifted, Check.DRIFT.side) == Numbers()


def test_no_repetition_without_bound_gives_back_what_it_took():
    # Giving back, piece by piece, is what makes a pattern slow on text that was written to slow it down.
    for wording in _WORDINGS:
        outside = re.sub(r"\\.|\[[^]]*\]", "x", wording.pattern.pattern)
        assert set(re.findall(r"[*+?]\+|[*+]", outside)) <= {"*+", "++", "?+"}


WORDS = st.sampled_from(
    ["Value: ", "Metric value ", "with ", "distance: ", "Expected match: ", "Observed: Only ", "%", " exceeds threshold: ",
     " doesn't meet the baseline constraint requirement ", " was LessThanThreshold '", "Infinity", "-", "+", ".", "e", "1",
     "9" * 500, "NaN", " +/- ", "columns in current dataset: ", "\u0663", "\u0131", "\ud800", "\n"]
)  # fmt: skip


@given(
    said=st.one_of(st.text(), st.lists(WORDS, max_size=40).map("".join)),
    check=st.one_of(st.text(), st.sampled_from(Check)),
)
def test_no_text_makes_reading_numbers_fail(said: str, check: str):
    numbers = numbers_in(said, side_of(check))
    assert numbers.breach in Breach
    assert numbers.limit is None or numbers.observed is not None


@given(said=st.text(max_size=50), tail=st.text(max_size=50))
def test_what_follows_the_searched_part_changes_nothing(said: str, tail: str):
    start = said.ljust(SEARCHED)
    assert str(numbers_in(start + tail, Check.DRIFT.side)) == str(numbers_in(start, Check.DRIFT.side))
