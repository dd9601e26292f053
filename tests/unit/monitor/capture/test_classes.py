"""The fast conversion of columns against a reference that looks at each value by itself."""

import math
import re
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kedge_monitor.batch import Classes, DataType, NumberValues, TextValues
from kedge_monitor.capture.classes import class_of_text, classify_numbers, find_doubtful
from kedge_monitor.capture.columns import text_values
from tests.support.capture import request, side
from tests.unit.monitor.capture.reading import read, schema

# deequ's expressions, for whole values.
_FRACTIONAL = re.compile(r"(-|\+)? ?[0-9]+((\.[0-9]+)|((?:\.[0-9]+)?[Ee][-+]?[0-9]+))")
_INTEGRAL = re.compile(r"(-|\+)? ?[0-9]+")

HOSTILE = [
    ".5", "5.", "-.5", "+.5", "NaN", "nan", "inf", "-Infinity", "Infinity", "True", "TRUE", "true", "false", "1,000", "5 ", " 5",
    "  5", "- 5", "+ 5.5", "+5", "--5", "-", "+", ".", "1e5", "1E+5", "1e", "e5", "1.e5", "1.5e-3", "1e999", "-1e999", "1e-400",
    "0x1A", "0x", "1_0", "1.0.0", "1e5.5", "\u0663", "\uff15", "\t5", "5f", "5d", "1" * 400, "0" * 400 + "1", "1.7976931348623157e308",
    "1.8e308", "-0", "-0.0", "00", "007", "nan(1)", "infinity", "St. Louis", "v1.2", "\ufeff5", "5\u00a0", "a", "Unknown", "1;2",
]  # fmt: skip

_values = st.one_of(
    st.sampled_from(HOSTILE),
    st.integers(-(10**6), 10**6).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text("0123456789.eE+- ,nxf", min_size=1, max_size=6),
    st.none(),
)


def reference(values: list[str | None]) -> dict[str, Any]:
    """Return what a number column has, value by value."""
    classes: Counter[str] = Counter()
    numbers, texts = [], []
    for value in values:
        if value is None:
            continue
        name = "string"
        if value in ("true", "false"):
            name = "boolean"
        elif _FRACTIONAL.fullmatch(value):
            name = "fractional"
        elif _INTEGRAL.fullmatch(value):
            name = "integral"
        if name in ("fractional", "integral"):
            number = float(value.replace(" ", ""))
            if math.isinf(number):
                name = "string"
            else:
                numbers.append(number)
        if name in ("string", "boolean"):
            texts.append(value)
        classes[name] += 1
    return {"numbers": numbers, "texts": texts, "classes": Classes(**classes), "missing": values.count(None)}


def seen(column: NumberValues) -> dict[str, Any]:
    """Return a column in the form of the reference."""
    return {
        "numbers": column.values.tolist(),
        "texts": column.texts.to_pylist(),
        "classes": column.classes,
        "missing": column.missing,
    }


@given(st.lists(_values, max_size=12))
@example([".5", "1"])
@example(["5.", "1"])
@example(["5", ".5"])
@example(["1e5", "1.5e5", "1.5"])
@example([])
def test_a_number_column_has_the_classes_that_each_value_has(values: list[str | None]):
    text = pa.array(values, pa.string())
    joined = "\n".join("" if value is None else value for value in values).encode()
    assert seen(classify_numbers(text, has_bare_dot=find_doubtful(joined))) == reference(values)
    assert seen(classify_numbers(text, has_bare_dot=True)) == reference(values)


@given(st.lists(_values, max_size=12))
def test_a_slice_of_a_column_has_the_classes_of_its_own_values(values: list[str | None]):
    text = pa.array(["9.", *values, ".9"], pa.string()).slice(1, len(values))
    assert seen(classify_numbers(text, has_bare_dot=True)) == reference(values)


@given(st.lists(_values, max_size=12))
def test_a_text_column_counts_the_same_classes(values: list[str | None]):
    column = text_values(pa.array(values, pa.string()))
    assert isinstance(column, TextValues)
    assert column.values.to_pylist() == [value for value in values if value is not None]
    assert (column.classes, column.missing) == (reference(values)["classes"], values.count(None))


@pytest.mark.parametrize("value", HOSTILE)
def test_one_hostile_value_among_others_is_classified_by_itself(value: str):
    values = ["1.5", "2", value, "-3e-5"]
    assert seen(classify_numbers(pa.array(values), has_bare_dot=True)) == reference(values)
    assert Counter(class_of_text(one) for one in values) == Counter(
        {
            name: count
            for name in ("integral", "fractional", "boolean", "string")
            if (count := getattr(reference(values)["classes"], name))
        }
    )


@given(
    st.lists(
        st.tuples(
            *[st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=4, alphabet="ab.1e \"\r\n,'"))] * 3
        ),
        min_size=1,
        max_size=8,
    )
)
def test_values_that_are_read_from_capture_are_the_values_that_were_sent(rows: list[tuple[str, str, str]]):
    def quoted(value: str) -> str:
        return '"' + value.replace('"', '""') + '"' if set(value) & set('",\r\n') else value

    lines = [request(side(quoted(first)), side(f"{quoted(second)},{quoted(third)}")) for first, second, third in rows]
    found, report = read(*lines, baseline=schema(a="number", b="text", c="number"))
    assert report.unreadable == 0
    # A byte order mark or line ends at the edge of a payload are no values.
    first, second, third = (list(column) for column in zip(*rows, strict=True))
    plain = [value.removeprefix("\ufeff") for value in first]
    expected = reference(plain)
    assert Counter(found["a"]) == Counter(expected["numbers"] + expected["texts"])
    expected = reference(third)
    assert Counter(found["c"]) == Counter(expected["numbers"] + expected["texts"])
    assert Counter(found["b"]) == Counter(value.removeprefix("\ufeff") for value in second)


def test_a_column_with_one_word_is_a_string():
    assert classify_numbers(pa.array(["1", "2", "Unknown"]), has_bare_dot=False).classes.data_type is DataType.STRING


def test_a_large_column_is_converted_as_a_small_one():
    draw = np.random.default_rng(1)
    texts = [repr(value) for value in draw.normal(0, 1, 50_000).tolist()] + ["5e-05", "1e22", "3", "3.0"] * 100
    column = classify_numbers(pa.array(texts), has_bare_dot=find_doubtful("\n".join(texts).encode()))
    assert column.classes == reference(texts)["classes"]
    assert column.values.tolist() == [float(text) for text in texts]
