import json
from datetime import timedelta

import pytest

from kedge_monitor.capture.labels import LabelledReader, LabelNameTaken, Labels
from kedge_monitor.capture.reader import CaptureSettings, survey_capture
from kedge_monitor.capture.source import Source
from tests.support.capture import HOUR, START, as_json, request, side, source
from tests.unit.monitor.capture.reading import numbers


def label(key: str, data: object, encoding: str = "CSV") -> bytes:
    """Return one line of ground truth."""
    text = data if isinstance(data, str) else json.dumps(data)
    return (
        json.dumps(
            {
                "groundTruthData": {"data": text, "encoding": encoding},
                "eventMetadata": {"eventId": key},
                "eventVersion": "0",
            }
        ).encode()
        + b"\n"
    )


def joined(captures: list[bytes], labels: list[Source], **options: str):
    """Return the labelled rows, and the reader."""
    settings = CaptureSettings(window=HOUR)
    found = Labels()
    found.read(labels)
    sources = [source(*captures)]
    reader = LabelledReader(survey_capture(sources, numbers("score", "age"), settings), found, settings, **options)
    return [row for table in reader.read(sources) for row in table.to_pylist()], reader


def test_labels_join_by_the_inference_id_and_else_by_the_event_id():
    captures = [
        request(side("0.5"), side("1"), eventId="e1", inferenceId="i1"),
        request(side("0.6"), side("2"), eventId="e2"),
        request(side("0.7"), side("3"), eventId="e3"),
    ]
    rows, reader = joined(captures, [source(label("i1", "1"), label("e2", "0"), label("e1", "9"), label("e9", "9"))])
    assert rows == [
        {"score": "0.5", "age": "1", "ground_truth": "1"},
        {"score": "0.6", "age": "2", "ground_truth": "0"},
    ]
    join = reader.join
    assert (join.labelled, join.unlabelled, join.labels, join.orphan_labels) == (2, 1, 4, 2)


def test_the_newest_label_counts_whatever_the_order_of_the_objects():
    old = source(label("e-1", "old"), key="a", time=START)
    new = source(label("e-1", "new"), key="b", time=START + timedelta(hours=1))
    for objects in ([old, new], [new, old]):
        rows, reader = joined([request(side("0.5"), side("1"))], objects)
        assert rows[0]["ground_truth"] == "new"
        assert reader.join.replaced_labels == 1


def test_lists_inside_one_record_pair_by_position():
    capture = request(as_json({"predictions": [0.1, 0.2]}), as_json({"instances": [[1], [2]]}))
    forms = [
        label("e-1", {"instances": [{"label": 0}, {"label": 1}]}, "JSON"),
        label("e-1", "0\n1\n"),
        label("e-1", "0,1"),
        label("e-1", [0, 1], "JSON"),
    ]
    for form in forms:
        rows, _ = joined([capture], [source(form)])
        assert [(row["age"], row["ground_truth"]) for row in rows] == [("1", "0"), ("2", "1")]


def test_a_label_of_another_number_of_values_is_counted_and_not_paired():
    capture = request(as_json({"predictions": [0.1, 0.2]}), as_json({"instances": [[1], [2]]}))
    rows, reader = joined([capture], [source(label("e-1", "1\n2\n3"))])
    assert rows == []
    assert (reader.join.mismatched, reader.join.unlabelled, reader.join.orphan_labels) == (2, 2, 0)


def test_one_value_of_a_label_with_several_names_counts():
    form = label("e-1", {"churned": 1, "reason": "price"}, "JSON")
    rows, _ = joined([request(side("0.5"), side("1"))], [source(form)], attribute="churned")
    assert rows[0]["ground_truth"] == "1"


def test_a_label_of_a_record_outside_the_window_is_no_orphan():
    late = request(side("0.5"), side("1"), "2026-11-21T00:00:01Z")
    _, reader = joined([request(side("0.5"), side("1"), eventId="x"), late], [source(label("e-1", "1"))])
    assert (reader.join.orphan_labels, reader.report.outside) == (0, 1)


def test_records_of_the_merge_job_have_their_own_label():
    merged = json.loads(request(side("0.5"), side("1")))
    merged["groundTruthData"] = {"data": "1", "encoding": "CSV"}
    rows, reader = joined([json.dumps(merged).encode() + b"\n"], [])
    assert rows == [{"score": "0.5", "age": "1", "ground_truth": "1"}]
    assert reader.join.labelled == 1


def test_output_of_merged_batch_transform_is_an_output():
    line = {
        "captureData": {"batchTransformOutput": {"data": "0.5", "encoding": "CSV"}},
        "eventMetadata": {"eventId": "e-1"},
    }
    rows, _ = joined([json.dumps(line).encode() + b"\n"], [source(label("e-1", "1"))])
    assert rows == [{"score": "0.5", "age": None, "ground_truth": "1"}]


def test_a_label_that_cannot_be_read_is_counted_with_its_place():
    bad = [b"{\n", b'{"groundTruthData": {"data": "1"}}\n', b'{"eventMetadata": {"eventId": "e"}}\n']
    _, reader = joined([request(side("0.5"), side("1"))], [source(*bad, b"\n", label("e-1", "1"), key="labels")])
    report = reader._labels.report
    assert (report.lines, report.read, report.unreadable, report.blank) == (5, 1, 3, 1)
    assert [place.line for place in report.places] == [1, 2, 3]


def test_a_label_with_quotes_and_line_ends_is_a_label():
    rows, _ = joined([request(side("0.5"), side("1"))], [source(label("e-1", ['a "b",\nc'], "JSON"))])
    assert rows[0]["ground_truth"] == 'a "b",\nc'


def test_the_name_of_the_labels_must_be_free():
    with pytest.raises(LabelNameTaken, match="'age'"):
        joined([request(side("0.5"), side("1"))], [], name="age")
