"""Every report that SageMaker is known to write is read; one that cannot be says where it is wrong."""

import json
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.finding import Finding
from kedge.domain.report_sentence import Breach
from kedge.reports.fault import ReportFault
from kedge.reports.lenient_json import MENDED_BYTES
from kedge.reports.violations import MOST_FINDINGS, violations_in
from tests.unit.reports.shelf import report


def findings(name: str) -> tuple[Finding, ...]:
    """The findings of a file of events/reports that can be read."""
    read = violations_in(report(name))
    assert not isinstance(read, ReportFault), str(read)
    return read


def fault(data: bytes) -> ReportFault:
    """What is wrong with a file."""
    read = violations_in(data)
    assert isinstance(read, ReportFault)
    return read


def entry(**keys: object) -> bytes:
    """A report of one violation."""
    return json.dumps({"violations": [{"constraint_check_type": "baseline_drift_check", **keys}]}).encode()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "violations.data_quality.old_wording.json",
            [
                ("tenure_months", 0.9731182795698925, None, Breach.BELOW),
                ("monthly_charge", 0.0, None, Breach.BELOW),
                ("plan", 0.012903225806451613, None, Breach.BELOW),
                ("support_calls", 0.38064516129032255, None, Breach.ABOVE),
            ],
        ),
        (
            "violations.data_quality.new_wording.json",
            [
                ("tenure_months", pytest.approx(0.9731182795698925), 1.0, Breach.BELOW),
                ("monthly_charge", 0.410752688172043, 0.1, Breach.ABOVE),
                ("support_calls", 0.2258064516129032, 0.1, Breach.ABOVE),
                ("plan", 0.9870967741935484, None, Breach.BELOW),
                ("contract", 0.5032258064516129, None, Breach.BELOW),
            ],
        ),
        ("violations.data_quality.missing_columns.json", [("Missing columns", 1.0, 24.0, Breach.BELOW)]),
        ("violations.data_quality.extra_columns.json", [("Extra columns", 25.0, 24.0, Breach.ABOVE)]),
        (
            "violations.model_quality.json",
            [
                ("f2", 0.5417, 0.6152, Breach.BELOW),
                ("auc", 0.7103, 0.7811, Breach.BELOW),
                ("false_positive_rate", 0.1924, 0.1208, Breach.ABOVE),
            ],
        ),
        ("community_constraint_violations.model_quality.json", [("gini", 0.5876, 0.6435, Breach.BELOW)]),
        (
            "violations.model_bias.old_wording.json",
            [
                ("Age=40 CI", 0.0731544567666083, None, Breach.UNKNOWN),
                ("Age=40 DPPL", -0.0811244970125596, None, Breach.UNKNOWN),
            ],
        ),
        (
            "violations.model_bias.new_wording.json",
            [
                ("Sex=0 DPPL", 0.3612947825295131, 0.27176563733194276, Breach.ABOVE),
                ("Sex=0 DI", float("inf"), 2.816666666666667, Breach.ABOVE),
            ],
        ),
        (
            "violations.model_explainability.json",
            [
                ("label0 shap", 0.7539720923277322, 0.9, Breach.BELOW),
                ("label1 shap", 0.7423763972092327, 0.9, Breach.BELOW),
            ],
        ),
        (
            "violations.model_explainability.label_is_a_number.json",
            [("0.7856783771514893 shap", 0.7539720923277322, 0.9, Breach.BELOW)],
        ),
        ("violations.unknown_check.json", [("monthly_charge", None, None, Breach.UNKNOWN)]),
        ("violations.with_numbers.json", [("monthly_charge", 0.41, 0.2, Breach.UNKNOWN)]),
        ("violations.zero.json", []),
    ],
)
def test_a_report_tells_its_findings_in_order(name: str, told: list[tuple[str, object, object, Breach]]):
    assert [(f.subject, f.observed, f.limit, f.breach) for f in findings(name)] == told


def test_a_check_that_nobody_knows_is_kept_as_it_is_written():
    (finding,) = findings("violations.unknown_check.json")
    assert finding.check == "freshness_check"
    assert finding.said == "The newest record is 31 hours old; at most 24 are allowed."


def test_the_sentence_is_kept_whole_with_its_trailing_space():
    assert findings("violations.data_quality.old_wording.json")[1].said == (
        "Value: 0.0 does not meet the constraint requirement! "
    )


def test_keys_that_somebody_added_are_passed_over_even_where_kedge_has_another_use_for_the_name():
    (finding,) = findings("violations.extra_keys.json")
    assert (finding.feature, finding.observed, finding.limit) == ("monthly_charge", 0.410752688172043, 0.1)


@pytest.mark.parametrize(
    ("name", "subjects"),
    [
        ("violations.byte_order_mark.json", ["monthly_charge", "support_calls"]),
        ("violations.utf16.json", ["monthly_charge"]),
        ("violations.latin1.json", ["pr\ufffdmie"]),
        ("violations.half_surrogate.json", ["mood_\ufffd"]),
        ("violations.bare_nan.json", ["Age=NaN CI"]),
    ],
)
def test_what_is_almost_json_is_read(name: str, subjects: list[str]):
    assert [finding.subject for finding in findings(name)] == subjects


@pytest.mark.parametrize(
    ("name", "place", "why"),
    [
        ("violations.empty.json", "byte 0", "the file is empty"),
        ("violations.truncated.json", "line 11 column 86 (byte 480)", "ends too early, after 480 bytes"),
        ("violations.not_json.json", "line 1 column 1 (byte 0)", "not JSON: invalid character"),
        ("violations.wrong_shape.json", "$.violations[1].feature_name", "expected `str | null`, got `array`"),
        ("violations.no_violations_key.json", "$", "missing required field `violations`"),
        ("violations.list.json", "$", "under the key `violations`"),
    ],
)
def test_a_report_that_cannot_be_read_names_the_place_and_the_mend(name: str, place: str, why: str):
    found = fault(report(name))
    assert found.place == place
    assert why in found.why
    assert ";" in found.why, "a reason is followed by what to do"


@pytest.mark.parametrize(
    ("data", "place", "why"),
    [
        pytest.param(b" \n\t", "byte 0", "empty", id="only white space"),
        pytest.param(b"\xef\xbb\xbf", "byte 0", "empty", id="only a byte-order mark"),
        pytest.param(b"\x1f\x8b\x08\x00", "byte 0", "gzip", id="compressed"),
        pytest.param(b"null", "$", "expected `object`, got `null`", id="null"),
        pytest.param(b'{"violations": null}', "$.violations", "expected `array`", id="null violations"),
        pytest.param(b'{"violations": {}}', "$.violations", "expected `array`", id="violations as an object"),
        pytest.param(
            b'{"violations": [3]}', "$.violations[0]", "expected `object`", id="a number among the violations"
        ),
        pytest.param(b'{"violations": [{}]}', "$.violations[0]", "constraint_check_type", id="a violation of nothing"),
        pytest.param(entry(description=None), "$.violations[0].description", "got `null`", id="no sentence"),
        pytest.param(b'{"violations": []} x', "line 1 column 20 (byte 19)", "trailing", id="something behind it"),
        pytest.param(
            b'{\n"violations": [,]}', "line 2 column 16 (byte 17)", "invalid character", id="a comma too many"
        ),
        pytest.param(b"[" * 3_000_000, "$", "the report is a list", id="a tower of lists"),
        pytest.param(entry()[:-3] + b',"x":' + b"[" * 3_000_000, "$", "nested too deeply", id="a tower to pass over"),
        pytest.param(
            b'{"violations":[' + b'{"constraint_check_type":""},' * MOST_FINDINGS + b"{}]}",
            "$.violations",
            "more than 500,000 entries",
            id="more entries of nothing than memory has room for",
        ),
        pytest.param(b"\x00" * 100, "line 1 column 1 (byte 0)", "not JSON", id="zeroes"),
        pytest.param(
            b'{"violations":[{"constraint_check_type":"x","label":' + b"9" * 5000 + b"}]}",
            "$.violations[0].label",
            "out of range",
            id="a number of five thousand digits",
        ),
        pytest.param(
            b'{"violations":[{"constraint_check_type":"\xff"}]}'.ljust(MENDED_BYTES + 1),
            f"{MENDED_BYTES + 1} bytes",
            "not UTF-8",
            id="not UTF-8, and too large for a second chance",
        ),
        pytest.param(
            b'{"violations":[{"constraint_check_type":"x","label":NaN}]}'.ljust(MENDED_BYTES + 1),
            "line 1 column 53 (byte 52)",
            "not JSON",
            id="bare NaN, and too large for a second chance",
        ),
    ],
)
def test_bad_bytes_get_a_place_and_a_reason(data: bytes, place: str, why: str):
    found = fault(data)
    assert found.place == place
    assert why in found.why


def test_a_fault_behind_a_mended_one_is_the_one_that_is_told():
    found = fault(b'{"violations":[{"constraint_check_type":"x","label":NaN},{"constraint_check_type":7}]}')
    assert found.place == "$.violations[1].constraint_check_type"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_bare_words_become_text_and_words_inside_sentences_stay_as_they_are(word: str):
    said = f'"{word}\\" : {word}, \\\\'
    data = json.dumps({"violations": [{"constraint_check_type": "x", "label": "@", "description": said}]})
    read = violations_in(data.replace('"@"', word).encode())
    assert read == (Finding(check="x", label=word, said=said),)


@pytest.mark.parametrize("start", [b'"', b'"\\"', b"\\", b'"\\ud800', b'{"violations":[{"', b"NaN ", b"-", b"[NaN,"])
def test_bytes_that_repeat_without_end_are_read_once_and_refused(start: bytes):
    assert isinstance(violations_in(start * (2_000_000 // len(start))), ReportFault)


@pytest.mark.parametrize(
    "filler", [b'"",', b"[],", b'{"":0},', b"NaN,", b'"\\ud800",', b"0,"], ids=lambda filler: filler.decode()
)
def test_a_second_chance_takes_bounded_memory_whatever_the_file_holds(filler: bytes):
    start, end = b'{"violations":[{"constraint_check_type":"x","label":NaN}],"x":[', b"0]}"
    data = start + filler * (500_000 // len(filler)) + end
    tracemalloc.start()
    read = violations_in(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == (Finding(check="x", label="NaN"),) or isinstance(read, ReportFault)
    assert peak * MENDED_BYTES / len(data) < 200 * 2**20


@given(st.binary())
def test_no_bytes_make_reading_fail(data: bytes):
    violations_in(data)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20)
KEYS = st.sampled_from(
    ["violations", "constraint_check_type", "description", "feature_name", "metric_name", "facet", "facet_value", "label",
     "observed", "limit", "x"]
)  # fmt: skip
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6))


@given(
    VALUES | st.lists(st.dictionaries(KEYS, VALUES, max_size=8), max_size=3).map(lambda these: {"violations": these})
)
def test_whatever_is_read_can_be_kept_and_read_again(report: object):
    read = violations_in(json.dumps(report).encode())
    if not isinstance(read, ReportFault):
        kept = msgspec.json.encode(read)
        assert len(msgspec.json.decode(kept, type=tuple[Finding, ...])) == len(read)
    else:
        assert str(read).isprintable()
