"""Of the files of a run a recording keeps what Kedge reads of them, and no value of anybody's data."""

import json
from io import BytesIO
from pathlib import Path

import pytest

from kedge.ports.readers import Piece
from kedge.reports.evidence import MOST_BYTES, STATISTICS_BYTES, counts_in
from kedge.reports.violations import violations_in
from workbench.record.reports import kept

SAMPLES = sorted((Path(__file__).parents[4] / "events" / "reports").iterdir())
SKETCH = {
    "numerical_statistics": {"distribution": {"kll": {"sketch": {"data": [[4711.0]]}, "buckets": [{"count": 1}]}}}
}
CATEGORIES = {"string_statistics": {"distribution": {"categorical": {"buckets": [{"value": "Liechtenstein"}]}}}}
STATISTICS = {
    "version": 0.0,
    "dataset": {"item_count": 4711, "owner": "ana"},
    "features": [{"name": "income", **SKETCH}, {"name": "country", **CATEGORIES}],
}


def of(key, data):
    return b"".join(kept(key, BytesIO(data).read))


def piece(data):
    return Piece(data[:STATISTICS_BYTES], len(data))


def test_of_statistics_two_counts_are_kept():
    assert of("a/statistics.json", json.dumps(STATISTICS).encode()) == (
        b'{"dataset":{"item_count":4711},"features":[{},{}]}'
    )


LARGE = json.dumps({"dataset": {"item_count": 5}, "features": ["x" * STATISTICS_BYTES]}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{}", b"[]", b"no JSON", b'{"features": []}', b'{"dataset": {"item_count": "NaN"}, "features": null}',
        b'{"dataset": {"item_count": NaN}, "features": [{}]}', b'\xff\xfe{\x00}\x00', b'{"dataset": {"item_count": 7}', LARGE,
        LARGE.replace(b"5", b"x"), *(each.read_bytes() for each in SAMPLES if each.name.startswith("statistics")),
    ],
)  # fmt: skip
def test_the_counts_of_any_statistics_are_read_as_they_were(data):
    assert counts_in(piece(of("a/b/statistics.json", data))) == counts_in(piece(data))


@pytest.mark.parametrize("sample", [each for each in SAMPLES if "violations" in each.name], ids=lambda each: each.name)
@pytest.mark.parametrize("key", ["a/constraint_violations.json", "own-report.json"])
def test_the_findings_of_any_report_are_read_as_they_were(sample, key):
    data = sample.read_bytes()
    assert violations_in(of(key, data)) == violations_in(data)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"7", b"{}", b'{"violations": 7}', b'{"violations": ["x"]}', b'{"violations": null}', b"\x1f\x8b\x08",
        b'{"violations": [{"constraint_check_type": "x", "observed": NaN}]}', b'{"violations": [{}]}', b"[" * 100_000,
        b'\xef\xbb\xbf{"violations": []}', b'{"violations": [{"constraint_check_type": "x", "limit": true}]} x',
        b'{"violations": [{"constraint_check_type": "x", "facet_value": 1' + b"0" * 400 + b"}]}",
        b'{"violations": [{"constraint_check_type": "x", "description": "\\ud800"}]}', b"{" * 600_000,
    ],
)  # fmt: skip
def test_a_broken_report_is_as_broken_as_it_was(data):
    assert violations_in(of("a/constraint_violations.json", data)) == violations_in(data)


def test_what_a_report_holds_beside_findings_is_not_kept():
    finding = {"constraint_check_type": "baseline_drift_check", "feature_name": "age", "description": "Baseline drift"}
    report = {"rows": [["ana", 41]], "violations": [{**finding, "examples": ["ana"], "observed": 0.4}], "version": 0.0}
    assert json.loads(of("a/constraint_violations.json", json.dumps(report).encode())) == {
        "violations": [{**finding, "observed": 0.4}]
    }


def test_of_a_report_that_is_too_large_only_its_size_is_kept():
    data = b'{"violations": "ana' + b" " * MOST_BYTES
    left = of("a/constraint_violations.json", data)
    assert len(left) == len(data)
    assert not left.strip(b"\0")
