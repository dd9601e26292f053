"""The layout that is written, and what the tolerant reader accepts."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.files.json_reader import FileUnreadable, read_json
from kedge_monitor.files.json_writer import write_json

LAYOUT = """{
  "version" : 0.0,
  "features" : [ {
    "name" : "a\\"b",
    "data" : [ [ 1.0, 2.5 ], [ ] ]
  }, {
    "name" : "ü",
    "empty" : { },
    "none" : [ ]
  } ],
  "yes" : true
}"""

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_the_layout_is_that_of_model_monitors_files():
    value = {
        "version": 0.0,
        "features": [
            {"name": 'a"b', "data": [np.array([1.0, 2.5]), np.array([])]},
            {"name": "ü", "empty": {}, "none": []},
        ],
        "yes": True,
    }
    assert write_json(value).decode() == LAYOUT


@given(VALUES)
def test_any_json_reader_reads_what_is_written(value: object):
    assert json.loads(write_json(value)) == value


def test_numbers_that_json_lacks_are_written_as_java_writes_them():
    assert write_json([math.nan, math.inf, -math.inf]) == b'[ "NaN", "Infinity", "-Infinity" ]'


@pytest.mark.parametrize(
    ("text", "number"),
    [("3.8E7", 3.8e7), ("12", 12.0), ('"-Infinity"', -math.inf), ("Infinity", math.inf), ('"1.5"', 1.5)],
)
def test_numbers_of_java_of_python_and_in_texts_are_read(text: str, number: float):
    assert read_json(f'{{"x": {text}}}'.encode(), "f.json").need("x").number() == number


def test_nan_is_no_finite_number():
    assert read_json(b'\xef\xbb\xbf{"x": NaN}', "f.json").need("x").finite() is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "byte 0: the file is empty"),
        (b"\x1f\x8b\x08", "byte 0: the file is compressed"),
        (b'{"a": 1,\n "b": }', "line 2 column 7: not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": "\xff"}', "not JSON in UTF-8"),
    ],
)
def test_a_file_that_is_not_json_names_file_place_and_action(data: bytes, said: str):
    with pytest.raises(FileUnreadable, match=r"^statistics\.json, .*\. .*\.$") as caught:
        read_json(data, "statistics.json")
    assert said in str(caught.value)


def test_a_wrong_value_is_named_by_its_json_pointer():
    root = read_json(b'{"a/b": [{"c": {}}]}', "f.json")
    with pytest.raises(FileUnreadable, match=r"^f\.json, /a~1b/0/c: a number is expected here"):
        next(root.need("a/b").items()).need("c").number()


def test_a_missing_key_is_named_with_the_place_that_lacks_it():
    with pytest.raises(FileUnreadable, match=r"^f\.json, /: `features` is missing"):
        read_json(b'{"features": null}', "f.json").need("features")


@pytest.mark.parametrize("text", ["-1", '"NaN"', "true", "[]", '"x"', "1" + "0" * 400])
def test_a_count_is_a_whole_number_of_at_least_0(text: str):
    with pytest.raises(FileUnreadable, match=r"^f\.json, /x: "):
        read_json(f'{{"x": {text}}}'.encode(), "f.json").need("x").count()
