import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from kedge_monitor.batch import Classes, Schema
from kedge_monitor.capture.layout import ColumnsInvalid
from kedge_monitor.capture.parquet import ParquetUnreadable
from kedge_monitor.capture.read_report import ReadReport
from kedge_monitor.capture.tables import KindsChanged, TableFormat, TableReader, TableUnreadable
from kedge_monitor.engines.fitting import read_tables
from kedge_monitor.profile.dataset import DatasetState
from tests.support.capture import made_table, source
from tests.unit.monitor.capture.reading import numbers, values

if TYPE_CHECKING:
    from kedge_monitor.capture.source import Source


def read(
    data: bytes, form: TableFormat = TableFormat.CSV, baseline: Schema | None = None, excluded: Sequence[str] = ()
) -> tuple[dict[str, list[Any]], ReadReport]:
    """Return the values of a table by column, and the report."""

    def collect(reader: TableReader) -> tuple[dict[str, list[Any]], ReadReport]:
        return values(list(reader.read()), reader.schema.names), reader.report

    return read_tables([source(data, key="train")], form, collect, baseline, excluded)


def parquet(table: pa.Table) -> bytes:
    """Return a table as Parquet."""
    written = io.BytesIO()
    pyarrow.parquet.write_table(table, written, row_group_size=1_000)
    return written.getvalue()


def test_a_header_names_the_columns():
    found, report = read(b'age,"the plan"\r\n1,a\r\n2,"b, c"\r\n,\r\n')
    assert found == {"age": [1, 2], "the plan": ["a", "b, c"]}
    assert (report.lines, report.read, report.records) == (3, 3, 3)


def test_a_table_without_a_header_has_numbered_columns_or_those_of_the_baseline():
    assert read(b"1,a\n2,b", TableFormat.CSV_WITHOUT_HEADER)[0] == {"_c0": [1, 2], "_c1": ["a", "b"]}
    found, _ = read(b"1,2,x\n", TableFormat.CSV_WITHOUT_HEADER, numbers("score", "age"))
    assert found == {"score": [1], "age": [2], "_c2": ["x"]}


def test_a_header_finds_the_columns_of_the_baseline_in_any_order():
    found, report = read(b"age,new,score\n1,x,2\n", baseline=numbers("score", "income", "age"))
    assert found == {"score": [2], "income": [], "age": [1], "new": ["x"]}
    assert report.absent(("score", "income", "age")) == ("income",)


def test_a_late_word_makes_a_column_a_text_from_its_beginning():
    rows = b"".join(b"%d,1\n" % number for number in range(600_000)) + b"Unknown,1\n"
    found, report = read(b"zip,one\n" + rows)
    assert found["zip"][0] == "0"
    assert found["zip"][-1] == "Unknown"
    assert (report.records, len(found["one"])) == (600_001, 600_001)


def test_the_reader_itself_says_that_a_guess_was_wrong():
    rows = b"1\n" * 2_000 + b"true\n"
    reader = TableReader([source(b"a\n" + rows)], TableFormat.CSV)
    with pytest.raises(KindsChanged, match="a"):
        list(reader.read())


def test_quoted_line_ends_do_not_end_a_row_at_the_border_of_two_pieces():
    row = b'1,"' + b"x" * 3_000_000 + b"\n" + b"y" * 3_000_000 + b'"\n'
    found, _ = read(b"a,b\n" + row * 3)
    assert [len(text) for text in found["b"]] == [6_000_001] * 3


def test_a_row_of_another_number_of_fields_is_unreadable_with_its_line():
    _, report = read(b"a,b\n1,2\n3\n4,5,6\n7,8\n")
    assert (report.lines, report.read, report.unreadable) == (4, 2, 2)
    assert [str(place) for place in report.places] == ["train, line 3: not 2 fields", "train, line 4: not 2 fields"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_blank_line_is_no_record_and_the_lines_after_it_keep_their_numbers(end: bytes):
    _, report = read(end.join((b"a,b", b"", b"1,2", b"", b"", b'"x', b"", b'y",4', b"5", b"")))
    assert (report.read, report.blank, report.unreadable) == (2, 3, 1)
    assert report.lines == 6
    _, plain_report = read(end.join((b"a,b", b"1,2", b"", b"3", b"5,6", b"", b"")))
    assert [str(place) for place in plain_report.places] == ["train, line 4: not 2 fields"]
    assert (plain_report.read, plain_report.blank) == (2, 2)
    # In a table of one column, a blank line is a missing value.
    _, single = read(end.join((b"a", b"1", b"", b"3", b"")))
    assert (single.read, single.blank) == (3, 0)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "train is empty"),
        (b"a,a\n1,2\n", "columns have the same name: a"),
        (b"\n\n", "train, line 1: there are no names of columns. Begin with a header."),
        (b'a,b\n1,"x\n', "a quote that begins after line 1 does not end"),
        (b"a,b\n1,2\n3,\xff\n", "train, line 3: no UTF-8"),
        (b"a,b\n1,2\r3,4\n", "from line 2 on: 1 line has 2 rows"),
    ],
)
def test_a_table_that_cannot_be_read_says_where(data: bytes, problem: str):
    with pytest.raises(TableUnreadable, match=problem):
        read(data)


def test_columns_are_left_out_of_a_table():
    assert read(b"a,b,c\n1,2,3\n", excluded=("b", "0"))[0] == {"c": [3]}
    with pytest.raises(ColumnsInvalid, match="'d' is to be left out"):
        read(b"a,b\n1,2\n", excluded=("d",))


def test_json_lines_are_read_by_name():
    data = b'{"a": 1, "b": {"c": "x"}}\n\n{"b": {"c": "y"}}\nnonsense\n[1]\n'
    found, report = read(data, TableFormat.JSON_LINES)
    assert found == {"a": [1], "b.c": ["x", "y"]}
    assert (report.lines, report.read, report.blank, report.unreadable) == (5, 2, 1, 2)
    assert [place.line for place in report.places] == [4, 5]


def test_parquet_is_read_by_the_types_of_its_columns():
    moment = datetime(2026, 5, 6, tzinfo=UTC)
    table = pa.table(
        {
            "whole": pa.array([1, None, 3], pa.int32()),
            "real": [1.5, float("nan"), float("inf")],
            "flag": [True, False, None],
            "text": ["5", "", "x"],
            "when": [moment, None, moment],
            "user": [{"age": 1}, {"age": 2}, {"age": 3}],
        }
    )
    found, report = read(parquet(table), TableFormat.PARQUET)
    assert found["whole"] == [1, 3]
    assert found["real"] == [1.5, "Infinity"]
    assert found["flag"] == ["true", "false"]
    assert found["text"] == ["5", "x"]
    assert len(found["when"]) == 2
    assert found["user.age"] == [1, 2, 3]
    assert report.records == 3


def test_parquet_of_lists_names_the_column():
    with pytest.raises(ParquetUnreadable, match="column tags"):
        read(parquet(pa.table({"tags": [[1], [2]]})), TableFormat.PARQUET)


def test_a_file_that_is_no_parquet_is_named():
    with pytest.raises(ParquetUnreadable, match="train: no Parquet"):
        read(b"a,b\n1,2\n", TableFormat.PARQUET)


def test_csv_and_parquet_of_one_table_give_the_same_profile():
    table = made_table(3_000)
    written = io.BytesIO()
    pyarrow.csv.write_csv(table, written)

    def profile(data: bytes, form: TableFormat):
        def fill(reader: TableReader):
            state = DatasetState(reader.schema)
            for batch in reader.read():
                state.add(batch)
            return state.profile()

        return read_tables([source(data)], form, fill, None, ())

    from_csv, from_parquet = profile(written.getvalue(), TableFormat.CSV), profile(parquet(table), TableFormat.PARQUET)
    assert from_csv.schema == from_parquet.schema
    for ours, theirs in zip(from_csv.columns, from_parquet.columns, strict=True):
        assert (ours.classes.present, ours.missing) == (theirs.classes.present, theirs.missing)
        assert ours.categories.counts == theirs.categories.counts
        if ours.numbers and theirs.numbers:
            assert (ours.numbers.total, ours.numbers.minimum) == (theirs.numbers.total, theirs.numbers.minimum)
    assert from_parquet.columns[8].classes == Classes(integral=3_000)


def test_several_tables_are_one():
    sources: list[Source] = [source(b"a\n1\n", key="x"), source(b"a\n2\n", key="y")]
    reader = TableReader(sources, TableFormat.CSV)
    assert values(list(reader.read()), reader.schema.names) == {"a": [1, 2]}
    assert [one.key for one in reader.report.objects] == ["x", "y"]
