import pytest

from kedge_monitor.capture.transform import (
    ManifestUnreadable,
    TransformReader,
    TransformSettings,
    has_inference_ids,
    pair_objects,
    read_manifest,
)
from tests.support.capture import source
from tests.unit.monitor.capture.reading import numbers, values


def test_a_manifest_names_objects_below_its_prefix():
    data = b'[{"prefix": "s3://bucket/data/"}, "a.csv", "b/c.csv"]'
    assert read_manifest(data, "m") == ("s3://bucket/data/a.csv", "s3://bucket/data/b/c.csv")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'["a.csv"]', b'[{"prefix": 1}]', b'[{"prefix": "x"}, 1]', b"1,2\n"]
)
def test_what_is_no_manifest_is_named(data: bytes):
    with pytest.raises(ManifestUnreadable, match="m/00: no manifest"):
        read_manifest(data, "m/00")


def test_inputs_belong_to_the_output_of_their_name():
    inputs = [source(key="in/b.csv"), source(key="in/a.csv"), source(key="in/only.csv")]
    outputs = [source(key="out/a.csv.out"), source(key="out/b.csv.out"), source(key="out/lost.csv.out")]
    pairs = pair_objects(inputs, outputs)
    assert [(pair.inputs and pair.inputs.key, pair.outputs and pair.outputs.key) for pair in pairs] == [
        ("in/a.csv", "out/a.csv.out"),
        ("in/b.csv", "out/b.csv.out"),
        (None, "out/lost.csv.out"),
        ("in/only.csv", None),
    ]


def test_inputs_of_one_name_belong_to_the_outputs_of_their_folders_and_none_is_lost():
    inputs = [source(key=f"in/{day}/part.csv") for day in ("b", "a", "c")]
    outputs = [source(key=f"out/{day}/part.csv.out") for day in ("a", "b")]
    pairs = [
        (pair.inputs and pair.inputs.key, pair.outputs and pair.outputs.key) for pair in pair_objects(inputs, outputs)
    ]
    assert pairs == [
        ("in/a/part.csv", "out/a/part.csv.out"),
        ("in/b/part.csv", "out/b/part.csv.out"),
        ("in/c/part.csv", None),
    ]


@pytest.mark.parametrize(
    ("outputs", "has"),
    [
        (b"0.5,1f1d57b1-c6e6-46db-8b3e-b3ea0c8cd6b3,2022-08-30T00:49:15Z\n", True),
        (b'{"score": 0.5, "SageMakerInferenceId": "1f"}\n', True),
        (b"0.5\n", False),
        (b"0.5,0.2,0.1\n", False),
        (b'{"score": 0.5}\n', False),
        (b"", False),
    ],
)
def test_outputs_show_whether_they_end_with_inference_ids(outputs: bytes, has: bool):
    assert has_inference_ids(pair_objects([], [source(outputs, key="a.csv.out")])) is has


def read(inputs: bytes, outputs: bytes, settings: TransformSettings | None = None):
    """Return the values by column, and the report."""
    pairs = pair_objects([source(inputs, key="a.csv")], [source(outputs, key="a.csv.out")])
    reader = TransformReader(pairs, numbers("score", "age"), settings or TransformSettings())
    return values(list(reader.read()), reader.layout.schema.names), reader.report


def test_outputs_come_first():
    found, report = read(b"1\n2\n", b"0.5\n0.6\n")
    assert found == {"score": [0.5, 0.6], "age": [1, 2]}
    assert (report.lines, report.read, report.records) == (2, 2, 2)


def test_a_header_of_the_inputs_is_no_record():
    assert read(b"age\n1\n", b"0.5\n", TransformSettings(has_header=True))[0] == {"score": [0.5], "age": [1]}


@pytest.mark.parametrize(
    "outputs",
    [
        b"0.5,1f1d57b1,2022-08-30T00:49:15Z\n",
        b'{"score": 0.5, "SageMakerInferenceId": "1f", "SageMakerInferenceTime": "2022-08-30T00:49:15Z"}\n',
    ],
)
def test_the_id_and_the_time_of_an_inference_are_no_columns(outputs: bytes):
    assert read(b"1\n", outputs, TransformSettings(has_ids=True))[0] == {"score": [0.5], "age": [1]}


def test_json_lines_are_read_by_name():
    assert read(b'{"age": 1}\n', b'{"score": 0.5}\n')[0] == {"score": [0.5], "age": [1]}


def test_objects_of_different_lengths_lose_no_record_silently():
    found, report = read(b"1\n2\n3\n", b"0.5\n")
    assert found == {"score": [0.5], "age": [1]}
    assert (report.lines, report.read, report.unreadable) == (3, 1, 2)
    assert str(report.places[0]) == "a.csv, line 2: the objects of inputs and outputs have different numbers of lines"


def test_a_record_that_cannot_be_read_has_its_place():
    _, report = read(b'1\n"2\n', b"0.5\n0.6\n")
    assert [place.line for place in report.places] == [2]


def test_one_side_alone_is_read():
    reader = TransformReader(
        pair_objects([source(b"0.5,1\n", key="a.csv")], []), numbers("score", "age"), TransformSettings()
    )
    assert values(list(reader.read()), reader.layout.schema.names) == {"score": [0.5], "age": [1]}
