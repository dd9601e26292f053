"""Complaints about records that a monitor cannot read. README.md of this folder has their numbers."""

from tests.support.capture import as_json, request, side
from tests.unit.monitor.capture.reading import numbers, read


def test_different_encodings_of_both_sides_give_all_columns():
    # Model Monitor refuses sides of different encodings (aws/sagemaker-python-sdk#2785).
    output = as_json({"predictions": [{"score": 0.0126, "predicted_label": 0}]})
    line = request(output, side("0.5629,0.3018,0.5824"))
    found, report = read(line)
    assert found == {"score": [0.0126], "predicted_label": [0.0], "_c2": [0.5629], "_c3": [0.3018], "_c4": [0.5824]}
    assert report.read == 1
    named, _ = read(line, baseline=numbers("score", "predicted_label", "a", "b", "c"))
    assert named == {"score": [0.0126], "predicted_label": [0.0], "a": [0.5629], "b": [0.3018], "c": [0.5824]}


def test_lists_by_column_with_a_base64_answer_give_one_record_for_each_position():
    # Model Monitor says that there is no data, and gives no reason (aws/sagemaker-python-sdk#2629 and #2634).
    inputs = as_json({"longitude": [-122.4, -116.9], "latitude": [37.8, 32.8], "age": [52.0, 34.0]})
    output = side({"house_value": [478046.66, 206551.01]}, "BASE64", "text/html; charset=utf-8")
    found, report = read(request(output, inputs))
    assert found == {
        "house_value": [478046.66, 206551.01],
        "longitude": [-122.4, -116.9],
        "latitude": [37.8, 32.8],
        "age": [52.0, 34.0],
    }
    assert (report.read, report.records, report.dropped_outputs) == (1, 2, 0)


def test_target_and_features_are_not_mixed_up():
    # The target was compared with feature 1, feature 1 with feature 2, and so on (aws/sagemaker-python-sdk#3277).
    baseline = numbers("target", "f1", "f2", "f3")
    lines = [request(side(f"{number}"), side(f"{number + 10},{number + 20},{number + 30}")) for number in range(3)]
    found, _ = read(*lines, baseline=baseline)
    assert found == {"target": [0, 1, 2], "f1": [10, 11, 12], "f2": [20, 21, 22], "f3": [30, 31, 32]}
