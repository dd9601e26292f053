"""Columns that Arrow converts while it reads, against the reference that looks at each value."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kedge_monitor.batch import Batch, Classes, NumberValues
from kedge_monitor.capture.classes import find_doubtful
from kedge_monitor.capture.columns import RowParser
from kedge_monitor.capture.typed import Conversion
from tests.unit.monitor.capture.reading import schema
from tests.unit.monitor.capture.test_classes import HOSTILE, reference, seen

_DRAW = np.random.default_rng(3)
_USUAL = [
    (f"{number}", f"{value!r}", "abc"[number % 3]) for number, value in enumerate(_DRAW.normal(0, 1, 2_000).tolist())
]
# Rows with the other characters are quoted, and take the way of texts.
_SIMPLE = [value for value in HOSTILE if not set(value) & set('",\n\r\ufeff')]
_rows = st.lists(
    st.tuples(
        st.sampled_from([*_SIMPLE, "7", "-3", "", "9223372036854775808"]),
        st.sampled_from([*_SIMPLE, "7", "0.5", "", "-1e-07", "1e5", "100.0"]),
        st.sampled_from(["a", "0x", " b", "St. Louis", "x", ""]),
    ),
    min_size=1,
    max_size=12,
)


def parsed(parser: RowParser, rows: Sequence[Sequence[str]]) -> Batch:
    """Return the batch of some rows."""
    data = "".join(",".join(row) + "\n" for row in rows).encode()
    return parser.parse(data, quoted=b'"' in data, is_doubtful=find_doubtful(data)).batch


def experienced() -> RowParser:
    """Return a parser that has seen usual rows."""
    parser = RowParser(("whole", "real", "text"), schema(whole="number", real="number", text="text"))
    parsed(parser, _USUAL)
    assert parser._conversions == {"whole": Conversion.WHOLE, "real": Conversion.FRACTION}
    return parser


def test_usual_rows_give_the_same_values_on_both_ways():
    parser = RowParser(("whole", "real", "text"), schema(whole="number", real="number", text="text"))
    first, second = parsed(parser, _USUAL), parsed(parser, _USUAL)
    for one, two in zip(first.columns, second.columns, strict=True):
        if isinstance(one, NumberValues) and isinstance(two, NumberValues):
            assert seen(one) == seen(two)


@given(_rows)
@example([("1", "100.0", "a"), ("", "", "b"), ("2", "3", "c")])
@example([("0x1A", "0.5", "a")])
@example([(" 5", "0.5", "a")])
@example([("5", ".5", "a")])
@example([("5", "0.5 ", "a")])
@example([("5", "inf", "a")])
def test_hostile_rows_after_usual_ones_have_the_classes_of_each_value(rows: list[tuple[str, str, str]]):
    parser = experienced()
    for _ in range(2):  # the second time a column may be read in another way
        batch = parsed(parser, rows)
        for column, texts in zip(batch.columns[:2], zip(*rows, strict=True), strict=False):
            assert isinstance(column, NumberValues)
            assert seen(column) == reference([text or None for text in texts])


def test_quotes_around_all_values_change_no_value_and_no_class():
    plain, quoted = experienced(), experienced()
    rows = [("7", "0.5", "a,b"), ("", "100.0", 'c"d'), ("-3", "7", ""), ("2", "-1e-07", "e\nf")]
    for some in (rows[:3], rows):
        expected = parsed(plain, [(whole, real, "t") for whole, real, _ in some])
        found = parsed(quoted, [tuple('"' + text.replace('"', '""') + '"' for text in row) for row in some])
        for one, two in zip(expected.columns[:2], found.columns[:2], strict=True):
            assert isinstance(one, NumberValues)
            assert isinstance(two, NumberValues)
            assert seen(one) == seen(two)


@given(_rows)
@example([('" 5"', "0.5", "a")])
@example([("5", '"0.5 "', "a")])
@example([("5", '".5"', "a")])
@example([("5", '"5."', "a")])
def test_hostile_rows_in_quotes_have_the_classes_of_each_value(rows: list[tuple[str, str, str]]):
    parser = experienced()
    bare = [tuple(text.strip('"') for text in row) for row in rows]
    for _ in range(2):
        batch = parsed(parser, [tuple(f'"{text}"' for text in row) for row in bare])
        for column, texts in zip(batch.columns[:2], zip(*bare, strict=True), strict=False):
            assert isinstance(column, NumberValues)
            assert seen(column) == reference([text or None for text in texts])


def test_a_column_whose_values_change_their_form_is_read_as_texts_from_then_on():
    parser = experienced()
    parsed(parser, [(f"{number}.5", "0.5", "a") for number in range(50)])
    assert parser._conversions["whole"] is Conversion.TEXT


@pytest.mark.parametrize("written", ["7", "7.0", "7e0"])
def test_many_whole_numbers_in_a_column_of_fractions_are_classified(written: str):
    batch = parsed(experienced(), [("1", written, "a")] * 40 + [("1", "0.5", "a")])
    assert batch.columns[1].classes == (
        Classes(integral=40, fractional=1) if written == "7" else Classes(fractional=41)
    )


def test_rows_of_another_width_do_not_shift_what_is_looked_up():
    parser = experienced()
    data = b"1,2\n" + b"1,7,a\n" + b"1,0.5,a\n"
    found = parser.parse(data, quoted=False, is_doubtful=find_doubtful(data))
    assert found.other_width == (0,)
    assert found.batch.columns[1].classes == Classes(integral=1, fractional=1)
