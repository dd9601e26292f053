from datetime import UTC, datetime, timedelta

import pytest

from kedge_monitor.capture.layout import ColumnsInvalid
from kedge_monitor.capture.read_report import CaptureUnreadable, check_readable, join_reports
from kedge_monitor.capture.reader import CaptureReader, CaptureSettings, survey_capture
from kedge_monitor.capture.window import CaptureWindow
from tests.support.capture import HOUR, KEY, as_json, request, side, source
from tests.unit.monitor.capture.reading import numbers, read, read_objects, schema, values


def test_outputs_come_first_then_inputs():
    found, _ = read(request(side("0.9"), side("1,2")))
    assert found == {"_c0": [0.9], "_c1": [1.0], "_c2": [2.0]}


def test_values_by_position_get_the_names_of_the_baseline():
    found, _ = read(request(side("0.9"), side("1,2")), baseline=numbers("score", "age", "income"))
    assert found == {"score": [0.9], "age": [1.0], "income": [2.0]}


def test_values_by_name_find_their_column_in_any_order():
    line = request(as_json({"score": 0.9}), as_json({"income": 2, "age": 1}))
    found, _ = read(line, baseline=numbers("score", "age", "income"))
    assert found == {"score": [0.9], "age": [1.0], "income": [2.0]}


def test_a_missing_output_shifts_no_input():
    lines = [request(side("0.5"), side("1,2"))] * 3 + [request(None, side("3,4"))]
    found, report = read(*lines, baseline=numbers("score", "age", "income"))
    assert found == {"score": [0.5] * 3, "age": [1, 1, 1, 3], "income": [2, 2, 2, 4]}
    assert report.without_output == 1


def test_an_empty_output_shifts_no_input():
    lines = [request(side("0.5,7"), side("1,2"))] * 3 + [request(side(""), side("3,4"))]
    found, report = read(*lines, baseline=numbers("score", "label", "age", "income"))
    assert found["age"] == [1, 1, 1, 3]
    assert report.other_width == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n"])
def test_line_ends_at_the_end_of_a_payload_are_no_rows(end: str):
    found, report = read(*[request(side("0.5" + end), side("1,2" + end))] * 2)
    assert found == {"_c0": [0.5, 0.5], "_c1": [1, 1], "_c2": [2, 2]}
    assert report.records == 2


def test_each_line_of_a_payload_is_a_record():
    found, report = read(request(side("0.1\n0.2"), side("1,2\n3,4\n")))
    assert found == {"_c0": [0.1, 0.2], "_c1": [1, 3], "_c2": [2, 4]}
    assert (report.read, report.records) == (1, 2)


def test_one_line_of_outputs_is_split_if_there_is_one_for_each_input():
    found, _ = read(*[request(side("0.5"), side("9,9"))] * 3, request(side("0.1,0.2"), side("1,2\n3,4")))
    assert found == {"_c0": [0.5, 0.5, 0.5, 0.1, 0.2], "_c1": [9, 9, 9, 1, 3], "_c2": [9, 9, 9, 2, 4]}


def test_outputs_that_do_not_agree_with_the_inputs_are_dropped_and_counted():
    lines = [request(side("0.5"), side("9,9"))] * 2 + [request(side("0.1\n0.2\n0.3"), side("1,2\n3,4"))]
    found, report = read(*lines)
    assert found == {"_c0": [0.5, 0.5], "_c1": [9, 9, 1, 3], "_c2": [9, 9, 2, 4]}
    assert report.dropped_outputs == 2


def test_instances_and_predictions_are_records():
    line = request(as_json({"predictions": [0.1, 0.2]}), as_json({"instances": [[1, 2], [3, 4]]}))
    found, _ = read(line)
    assert found == {"_c0": [0.1, 0.2], "_c1": [1, 3], "_c2": [2, 4]}


def test_nested_values_get_dotted_and_numbered_names():
    found, _ = read(request(None, as_json({"user": {"age": 3, "tags": ["a", "b"]}, "x": None})))
    assert found == {"user.age": [3.0], "user.tags_0": ["a"], "user.tags_1": ["b"], "x": []}


def test_records_of_shadow_variants_are_skipped_and_counted():
    shadow = request(side("9"), side("9"), invocationSource="ShadowExperiment")
    found, report = read(request(side("1"), side("2")), shadow)
    assert found == {"_c0": [1.0], "_c1": [2.0]}
    assert (report.read, report.shadow) == (1, 1)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [("1,2", "text/csv"), ("1,2", None), ("1,2", "text/html"), ([1, 2], "application/json"), ([1, 2], None)],
)
def test_base64_is_read_by_its_content_type_else_as_json_else_as_csv(data: object, content_type: str | None):
    found, _ = read(request(side("7"), side(data, "BASE64", content_type)))
    assert found == {"_c0": [7.0], "_c1": [1.0], "_c2": [2.0]}


def test_requests_of_all_encodings_in_one_object_give_the_same_columns():
    kinds = [
        request(side("0.5"), side("1,a")),
        request(as_json([0.5]), as_json([1, "a"])),
        request(side("0.5", "BASE64"), side("1,a", "BASE64")),
        request(side("0.5"), side("1,a", "BASE64")),
        request(side("0.5"), as_json({"age": 1, "plan": "a"})),
    ]
    found, report = read(*kinds * 3, baseline=schema(score="number", age="number", plan="text"))
    assert found == {"score": [0.5] * 15, "age": [1.0] * 15, "plan": ["a"] * 15}
    assert report.read == 15


def test_quotes_follow_rfc_4180():
    line = request(side("1"), side('"a,b","say ""hi""","two\nlines"'))
    found, _ = read(request(side("1"), side("x,y,z")), line)
    assert found == {"_c0": [1, 1], "_c1": ["x", "a,b"], "_c2": ["y", 'say "hi"'], "_c3": ["z", "two\nlines"]}


def test_an_open_quote_does_not_swallow_the_next_records():
    good = request(side("1"), side("2,x"))
    found, report = read(good, request(side("1"), side('3,"x')), good)
    assert found == {"_c0": [1, 1], "_c1": [2, 2], "_c2": ["x", "x"]}
    assert [str(place) for place in report.places] == [f"{KEY}, line 2: endpointInput: no CSV: unexpected end of data"]


def test_a_window_holds_its_start_and_not_its_end():
    times = ["2026-11-20T22:59:59.999Z", "2026-11-20T23:00:00Z", "2026-11-20T23:59:59.9Z", "2026-11-21T00:00:00Z"]
    lines = [request(side(str(number)), side("1"), time) for number, time in enumerate(times)]
    found, report = read(*lines, settings=CaptureSettings(window=HOUR))
    assert found["_c0"] == [1, 2]
    assert (report.read, report.outside) == (2, 2)


def test_a_record_without_a_time_belongs_to_the_hour_of_its_folder():
    line = request(side("1"), side("2"), None)
    later = CaptureWindow(start=datetime(2026, 11, 21, 0, tzinfo=UTC), end=datetime(2026, 11, 21, 1, tzinfo=UTC))
    assert read(line, settings=CaptureSettings(window=HOUR))[1].read == 1
    assert read(line, settings=CaptureSettings(window=later))[1].outside == 1


def test_columns_are_left_out_by_name_or_by_number():
    lines = request(side("0.5"), side("1,2"))
    settings = CaptureSettings(excluded=("0", "income"))
    assert read(lines, baseline=numbers("score", "age", "income"), settings=settings)[0] == {"age": [1.0]}


def test_a_column_to_leave_out_that_does_not_exist_is_an_error():
    with pytest.raises(ColumnsInvalid, match="'salary' is to be left out"):
        read(request(side("1"), side("2")), settings=CaptureSettings(excluded=("salary",)))


def test_one_side_alone_can_be_read():
    settings = CaptureSettings(sides=("endpointOutput",))
    binary = {"observedContentType": "image/png", "mode": "INPUT", "data": "/w==", "encoding": "BASE64"}
    found, report = read(*[request(side("0.5"), binary)] * 3, settings=settings)
    assert found == {"_c0": [0.5] * 3}
    assert report.unreadable == 0


def test_columns_that_only_the_records_have_are_measured_or_counted():
    baseline = numbers("score", "age")
    known = request(as_json({"score": 1}), as_json({"age": 2, "plan": "a"}))
    late = request(as_json({"score": 1}), as_json({"age": 2, "plan": "a", "late": 5}))
    found, report = read(*[known] * 70, late, baseline=baseline)
    assert set(found) == {"score", "age", "plan"}
    assert report.extra == {"late": 1}


def test_columns_that_no_record_has_are_told():
    found, report = read(request(side("1"), side("2")), baseline=numbers("score", "age", "income"))
    assert found["income"] == []
    assert report.absent(("score", "age", "income")) == ("income",)


def test_a_field_more_or_less_in_one_record_is_counted_and_loses_no_other():
    usual = request(side("1"), side("2,3"))
    found, report = read(*[usual] * 5, request(side("1"), side("2")), request(side("1"), side("2,3,4")))
    assert found == {"_c0": [1] * 7, "_c1": [2] * 7, "_c2": [3] * 6}
    assert (report.read, report.records, report.other_width) == (7, 7, 2)
    assert report.extra == {"_c2": 1}


def test_fields_of_another_number_are_found_after_quoted_rows_with_line_ends():
    quoted, short = request(side("1"), side('"a\nb",3')), request(side("1"), side("c"))
    found, report = read(request(side("1"), side("x,3")), quoted, short, request(side("1"), side("y,3")))
    assert sorted(found["_c1"]) == ["a\nb", "c", "x", "y"]
    assert report.records == 4


def test_a_line_that_cannot_be_read_is_counted_with_its_place():
    good = request(side("1"), side("2"))
    lines = [good, b"{\n", b"\n", b"[]\n", b'{"captureData": {}}\n', request(side("1", "XML"), side("2")), good]
    found, report = read(*lines)
    assert found == {"_c0": [1, 1], "_c1": [2, 2]}
    assert (report.lines, report.read, report.blank, report.unreadable) == (7, 2, 1, 4)
    assert [place.line for place in report.places] == [2, 4, 5, 6]


def test_too_many_unreadable_lines_fail_with_the_first_place():
    good, bad = request(side("1"), side("2")), b"{]\n"
    _, report = read(*[good] * 99, bad)
    check_readable(report, 0.01)
    _, report = read(*[good] * 98, bad, bad)
    with pytest.raises(CaptureUnreadable, match=rf"2 of 100 lines .* The first is {KEY}, line 99: "):
        check_readable(report, 0.01)


def test_a_time_that_cannot_be_read_makes_its_line_unreadable():
    _, report = read(
        request(side("1"), side("2"), "yesterday"), settings=CaptureSettings(window=HOUR, most_unreadable=1)
    )
    assert report.places[0].reason == "inferenceTime 'yesterday' is no time"


def test_the_objects_that_were_read_are_kept_with_their_etags():
    first = source(request(side("1"), side("2")), key="a", etag="x")
    second = source(*[request(side("1"), side("2"))] * 2, key="b", etag="y")
    _, report = read_objects([first, second])
    assert [(one.key, one.etag, one.lines) for one in report.objects] == [("a", "x", 1), ("b", "y", 2)]


def test_parts_read_by_themselves_give_the_report_of_the_whole():
    parts = [
        source(request(side("1"), side("2")), b"?\n", key="a"),
        source(request(side("1"), side("2")), request(side("1"), side("2"), "2020-01-01T00:00:00Z"), key="b"),
    ]
    settings = CaptureSettings(window=HOUR, most_unreadable=1)
    layout = survey_capture(parts, None, settings)
    reports = []
    for part in ([parts[0]], [parts[1]], parts):
        reader = CaptureReader(layout, settings)
        list(reader.read(part))
        reports.append(reader.report)
    assert join_reports(reports[:2]) == reports[2]


def test_a_batch_has_a_bounded_number_of_records():
    lines = [request(side("1"), side("2"))] * 70_000
    settings = CaptureSettings()
    reader = CaptureReader(survey_capture([source(*lines[:1])], None, settings), settings)
    sizes = [batch.records for batch in reader.read([source(*lines)])]
    assert sum(sizes) == 70_000
    assert max(sizes) < 40_000


def test_a_window_without_records_gives_no_batch():
    before = HOUR.start - timedelta(days=1)
    found, report = read(
        request(side("1"), side("2"), f"{before:%FT%TZ}"),
        baseline=numbers("a", "b"),
        settings=CaptureSettings(window=HOUR),
    )
    assert found == {"a": [], "b": []}
    assert report.outside == 1


def test_a_byte_order_mark_at_the_start_of_a_payload_is_no_part_of_a_value():
    lines = [request(side("1"), side("2"))] * 3 + [request(side("\ufeff1"), side("\ufeff2"))] * 2
    assert read(*lines)[0] == {"_c0": [1.0] * 5, "_c1": [2.0] * 5}


def test_values_are_the_same_whatever_the_size_of_the_pieces(monkeypatch: pytest.MonkeyPatch):
    lines = [request(side(f"{number}"), side(f"{number},x{number % 7}")) for number in range(3_000)]
    whole = read(*lines)
    settings = CaptureSettings(most_unreadable=1)
    monkeypatch.setattr("kedge_monitor.capture.reader._MOST_ROWS", 100)
    small = [source(*lines[start : start + 7]) for start in range(0, 3_000, 7)]
    reader = CaptureReader(survey_capture(small, None, settings), settings)
    assert values(list(reader.read(small)), reader.layout.schema.names) == whole[0]
