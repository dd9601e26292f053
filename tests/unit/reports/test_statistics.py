"""The number of records is told where the file tells it, and never guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.reports.statistics import Statistics, records_in_first, statistics_in
from tests.unit.reports.shelf import report


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("statistics.data_quality.json", Statistics(18600, 4)),
        ("statistics.data_quality.float_count.json", Statistics(18600, 1)),
        ("statistics.data_quality.sketches.json", Statistics(18600, 2)),
        ("statistics.data_quality.small_window.json", Statistics(60, 2)),
        ("statistics.count_is_nan.json", Statistics(None, 1)),
        ("statistics.truncated.json", Statistics(None, None)),
    ],
)
def test_statistics_tell_records_and_features(name: str, expected: Statistics):
    assert statistics_in(report(name)) == expected


@pytest.mark.parametrize(
    ("count", "records"),
    [
        ("0", 0),
        ("1e3", 1000),
        ("99.0", 99),
        ("-1", None),
        ("1e300", None),
        ("1e999", None),
        ("NaN", None),
        ("Infinity", None),
        ('"100"', None),
        ("true", None),
        ("null", None),
        ("[]", None),
        ("9" * 5000, None),
    ],
)
def test_a_count_that_counts_nothing_is_unknown(count: str, records: int | None):
    file = f'{{"version": 0.0, "dataset": {{"item_count": {count}}}, "features": []}}'.encode()
    assert statistics_in(file).records == records
    assert records_in_first(file).records == records


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"{", b"{}", b'{"dataset": 3}', b"\xff", b"[" * 3_000_000, b'{"dataset": null}']
)
def test_broken_statistics_tell_nothing_and_stop_nothing(data: bytes):
    assert statistics_in(data) == Statistics(None, None)


def test_bare_nan_elsewhere_in_the_file_does_not_hide_the_count():
    assert statistics_in(b'\xef\xbb\xbf{"dataset": {"item_count": 7}, "features": [{"mean": NaN}]}') == Statistics(7, 1)


def test_the_beginning_of_a_large_file_tells_the_records():
    assert records_in_first(report("statistics.data_quality.sketches.json")[:200]) == Statistics(18600, None)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b'{"version": 0.0, "dataset": {"item_count": 18', id="cut inside the number"),
        pytest.param(b'{"features": [{"name": "\\"dataset\\": {\\"item_count\\": 3}"}]', id="only inside a text"),
        pytest.param(b'{"features": [{"item_count": 3}]', id="of something else"),
        pytest.param(b'"dataset": {' * 100_000, id="without end"),
    ],
)
def test_a_beginning_that_does_not_tell_the_records_tells_nothing(start: bytes):
    assert records_in_first(start) == Statistics(None, None)


@given(st.binary())
def test_no_bytes_make_counting_fail(data: bytes):
    statistics_in(data)
    records_in_first(data)


def test_the_metrics_of_model_quality_are_told_with_their_numbers():
    found = statistics_in(report("statistics.model_quality.json"))
    assert (found.records, found.features, found.kind) == (140, None, "regression_metrics")
    assert [each.name for each in found.measures] == ["mae", "mse", "rmse", "r2"]
    assert found.measures[0].value == 0.5140653554420981


@pytest.mark.parametrize("kind", ["binary_classification_metrics", "multiclass_classification_metrics"])
def test_what_is_no_number_is_no_metric(kind: str):
    metrics = (
        '{"confusion_matrix": {"0": {"0": 8}}, "auc": {"value": 0.81, "standard_deviation": "NaN"}, "f1": {"value": "NaN"}, "x": 7,'
        ' "precision_recall_curve": {"precisions": [1.0]}, "recall": {"value": 1}}'
    )
    found = statistics_in(f'{{"dataset": {{"item_count": 7}}, "{kind}": {metrics}}}'.encode())
    assert found.records == 7
    assert [(each.name, each.value) for each in found.measures] == [("auc", 0.81), ("recall", 1.0)]


@pytest.mark.parametrize("metrics", ["null", "[]", "7", '"x"', "{}"])
def test_metrics_that_cannot_be_read_hide_no_count(metrics: str):
    found = statistics_in(f'{{"dataset": {{"item_count": 7}}, "regression_metrics": {metrics}}}'.encode())
    assert (found.records, found.measures) == (7, ())
