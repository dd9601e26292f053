"""Series as promtool writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.scenarios.notation import MOST, Misread, Word, samples


def test_a_value_is_repeated_so_many_more_times():
    assert samples("0.05x1 0.41x2 _") == (0.05, 0.05, 0.41, 0.41, 0.41, Word.MISSING)


def test_a_series_may_rise_and_fall_in_steps_that_are_exact():
    assert samples("0.1+0.1x2 3-1x3") == (0.1, 0.2, 0.3, 3.0, 2.0, 1.0, 0.0)


def test_words_stand_for_runs_without_a_number():
    assert samples("clean no_datax1 few") == (Word.CLEAN, Word.NO_DATA, Word.NO_DATA, Word.FEW)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("clean vilated", 6, "did you mean violated?"),
        ("0.1y3", 0, "is no run"),
        ("0.1 0.2+0.1", 4, "is no run"),
        ("1e3", 0, "is no run"),
        ("  ", 0, "empty"),
        ("0.1 x3", 4, "'x3' is no run"),
        (f"1 2x{MOST}", 2, "10,000"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(text, place, said):
    with pytest.raises(Misread, match=r".") as caught:
        samples(text)
    assert caught.value.at == place
    assert said in str(caught.value)


@given(st.lists(st.tuples(st.sampled_from([*Word, "0.5", "-2", ".25"]), st.integers(0, 20)), min_size=1))
def test_as_many_runs_come_as_are_written(pieces):
    text = " ".join(f"{value}x{times}" if times else value for value, times in pieces)
    assert len(samples(text)) == sum(times + 1 for _, times in pieces)


@given(st.text(alphabet="0123456789.x+-_ acdefilnost", max_size=40))
def test_any_text_is_read_or_refused(text):
    try:
        found = len(samples(text))
    except Misread as error:
        found = error.at
    assert 0 <= found <= max(MOST, len(text))
