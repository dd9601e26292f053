import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge_monitor.capture.payload import PayloadUnreadable, Side, csv_rows, flat, json_rows, read_side, text_of


def test_values_are_written_as_a_field_of_csv_has_them():
    values = [None, True, False, 3, 3.0, 1e300, "x", float("nan"), float("inf"), float("-inf"), 2**70]
    texts = [None, "true", "false", "3", "3.0", "1e+300", "x", "NaN", "Infinity", "-Infinity", str(2**70)]
    assert list(map(text_of, values)) == texts


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("[1, 2]", [["1", "2"]]),
        ("[[1, 2], [3, 4]]", [["1", "2"], ["3", "4"]]),
        ('[{"a": 1}, {"a": 2}]', [{"a": "1"}, {"a": "2"}]),
        ('{"instances": [{"features": [1, 2]}]}', [{"features_0": "1", "features_1": "2"}]),
        ('{"instances": [[1, [2, 3]]]}', [["1", "2", "3"]]),
        ('{"predictions": [0.5, 0.6]}', [["0.5"], ["0.6"]]),
        ('{"predictions": [{"score": 1}], "model": "m"}', [{"model": "m", "score": "1"}]),
        ('{"a": [1, 2], "b": ["x", null]}', [{"a": "1", "b": "x"}, {"a": "2", "b": None}]),
        ('{"a": [1, 2], "b": [3]}', [{"a_0": "1", "a_1": "2", "b_0": "3"}]),
        ('{"a": [1, 2]}', [{"a_0": "1", "a_1": "2"}]),
        ('{"a": {"b": {"c": 1}}}', [{"a.b.c": "1"}]),
        ("3", [["3"]]),
        ('{"a": NaN}', [{"a": "NaN"}]),
        ('{"a": 1}\n{"a": 2}\n', [{"a": "1"}, {"a": "2"}]),
    ],
)
def test_json_has_the_rows_that_its_form_says(text: str, rows: list[object]):
    assert json_rows(text) == rows


def test_known_names_decide_whether_lists_are_records():
    assert json_rows('{"a": [1, 2]}', frozenset({"a"})) == [{"a": "1"}, {"a": "2"}]
    both = '{"a": [1, 2], "b": [3, 4]}'
    assert json_rows(both, frozenset({"a_0", "a_1"})) == [{"a_0": "1", "a_1": "2", "b_0": "3", "b_1": "4"}]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ('{"a.b": 1, "a": {"b": 2}}', "two values are named 'a.b'"),
        ("[" * 100 + "]" * 100, "nested more than 64 times"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "no JSON|nested"),
        ("9" * 5000, "no JSON"),
    ],
)
def test_json_that_cannot_be_read_says_why(text: str, reason: str):
    with pytest.raises(PayloadUnreadable, match=reason):
        json_rows(text)


@pytest.mark.parametrize("text", ['"a', '"a"b,c', '"' + "x" * 200_000 + '"'])
def test_csv_that_cannot_be_read_says_why(text: str):
    with pytest.raises(PayloadUnreadable, match="no CSV: "):
        csv_rows(text)


@pytest.mark.parametrize(
    ("data", "reason"), [("%%%", "no BASE64"), ("é", "no BASE64"), ("/w==", "leave this side out of the analysis")]
)
def test_base64_that_cannot_be_read_says_why(data: str, reason: str):
    with pytest.raises(PayloadUnreadable, match=reason):
        read_side(Side(data=data, encoding="BASE64"))


def test_an_unknown_encoding_is_not_guessed():
    with pytest.raises(PayloadUnreadable, match="'XML' is none of CSV, JSON and BASE64"):
        read_side(Side(data="<a/>", encoding="XML"))


@pytest.mark.parametrize(("data", "rows"), [('{"a": 1}', [{"a": "1"}]), ("1,x", ["1,x"])])
def test_a_side_without_an_encoding_is_json_or_csv(data: str, rows: list[object]):
    assert read_side(Side(data=data)) == rows


@given(
    st.dictionaries(
        st.text(), st.recursive(st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
    )
)
def test_each_plain_value_of_an_object_is_a_field_or_the_object_is_refused(value: dict[str, object]):
    def leaves(part: object) -> int:
        if isinstance(part, dict):
            return sum(map(leaves, part.values()))
        return sum(map(leaves, part)) if isinstance(part, list) else 1

    refused = False
    try:
        found = flat(value)
    except PayloadUnreadable:
        refused, found = True, {}
    assert refused or len(found) == leaves(value)
