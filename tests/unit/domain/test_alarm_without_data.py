"""An alarm that compared nothing but missing datapoints measured nothing, in whichever words CloudWatch says so."""

import pytest

from kedge.domain.alarm import compared_nothing, measured_nothing

NONE = ["no datapoints were received", "no datapoint was received", "no query results were received"]
MISSING = [
    "{} missing datapoints were treated as [Breaching]",
    "{} missing datapoint was treated as [Breaching]",
    "{} missing query results were treated as [Breaching]",
    "{} missing query result was treated as [Breaching]",
    "{} missing datapoint was treated as breaching",
    "{} missing query result was treated as breaching",
    "of {}, all were treated as [Breaching]",
]
COMPARED = [
    "1 datapoint [0.5 (01/12/26 10:00:00)] was less than the threshold (0.8)",
    "2 datapoints [0.5, 0.6] were less than the threshold (0.8)",
    "1 out of the last 1 values was less than the threshold (0.8)",
    "it was less than the lower thresholds [0.8]",
    "it was greater than the upper thresholds [0.8]",
]


@pytest.mark.parametrize("words", NONE)
def test_that_nothing_was_received_is_said_in_these_words(words):
    assert measured_nothing(
        f"Threshold Crossed: {words} for 3 periods and 3 missing datapoints were treated as [Breaching]."
    )
    assert measured_nothing(f"Threshold Crossed: {words} for 3 periods.")


@pytest.mark.parametrize("words", MISSING)
@pytest.mark.parametrize("number", [1, 3])
def test_that_all_of_it_was_missing_is_said_in_these_words(words, number):
    assert measured_nothing(f"Threshold Crossed: {words.format(number)}.")


@pytest.mark.parametrize("compared", COMPARED)
@pytest.mark.parametrize("words", MISSING)
def test_what_was_partly_compared_was_measured(compared, words):
    said = f"Threshold Crossed: {compared} and {words.format(2)}."
    assert not compared_nothing(said)
    assert not measured_nothing(said)


@pytest.mark.parametrize("words", NONE)
def test_a_limit_that_is_named_beside_nothing_received_is_no_datapoint(words):
    assert measured_nothing(f"Threshold Crossed: {words}, so none was less than the threshold (0.8).")


@pytest.mark.parametrize("said", ["", "Threshold Crossed", *COMPARED])
def test_of_what_says_nothing_of_missing_data_something_was_measured(said):
    assert not measured_nothing(said)


@pytest.mark.parametrize("words", [*NONE, *(each.format(2) for each in MISSING)])
def test_only_the_beginning_of_a_long_reason_counts(words):
    assert measured_nothing(f"{'x' * (1_999 - len(words))} {words}")
    assert not measured_nothing(f"{'x' * 2_000} {words}")
