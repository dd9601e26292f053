import json
import os
import stat
from datetime import UTC, datetime

import pytest

from workbench.cli.connection.ending import Unwise
from workbench.record.book import Book

TEN = datetime(2026, 11, 20, 10, tzinfo=UTC)


def lines(folder, name):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def test_signals_come_in_order_of_arrival_whenever_they_were_recorded(tmp_path):
    with Book(tmp_path) as book:
        book.signal("b", TEN.replace(hour=11), {"n": 2})
        book.signal("a", TEN, {"n": 1})
        book.finish()
    assert lines(tmp_path, "signals.jsonl") == [
        {"at": "2026-11-20T10:00:00Z", "event": {"n": 1}},
        {"at": "2026-11-20T11:00:00Z", "event": {"n": 2}},
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["signals.jsonl"]


def test_answers_lie_in_the_order_of_the_signals_that_ask_for_them(tmp_path):
    with Book(tmp_path) as book:
        for hour in (11, 10, 12):
            book.answer("x.Y", {"hour": hour}, response={})
            book.signal(str(hour), TEN.replace(hour=hour), {})
        book.finish()
    assert [line["request"]["hour"] for line in lines(tmp_path, "aws/x.Y.jsonl")] == [10, 11, 12]


def test_what_was_recorded_before_an_interruption_is_there_once(tmp_path):
    with Book(tmp_path) as book:
        book.signal("a", TEN, {"n": 1})
        book.answer("x.Y", {"b": 1, "a": 2}, response={"old": True})
        book.done("schedule")
    with Book(tmp_path) as book:
        assert book.has_signal("a")
        assert book.is_done("schedule")
        book.signal("a", TEN, {"n": 1})
        book.answer("x.Y", {"a": 2, "b": 1}, response={"new": True})
        book.finish()
    assert len(lines(tmp_path, "signals.jsonl")) == 1
    assert lines(tmp_path, "aws/x.Y.jsonl") == [{"request": {"a": 2, "b": 1}, "response": {"new": True}}]


def break_off(book):
    with book.together():
        book.signal("a", TEN, {})
        raise KeyboardInterrupt


def test_what_goes_wrong_halfway_leaves_nothing_half(tmp_path):
    with Book(tmp_path) as book:
        with pytest.raises(KeyboardInterrupt):
            break_off(book)
        assert not book.has_signal("a")


def test_the_first_run_that_recorded_anything_says_what_all_go_by(tmp_path):
    with Book(tmp_path) as book:
        assert book.agree(since="sunday")["since"] == "sunday"
    with Book(tmp_path) as book:
        assert book.agree(since="monday")["since"] == "monday"
        book.signal("a", TEN, {})
    with Book(tmp_path) as book:
        assert book.agree(since="tuesday")["since"] == "monday"


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(Unwise, match="is not empty"):
        Book(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_recording_is_for_its_owner_alone_also_while_it_is_made(tmp_path):
    before = os.umask(0)
    try:
        with Book(tmp_path / "out") as book:
            book.answer("x.Y", {}, response={})
            book.signal("a", TEN, {})
            book.write(tmp_path / "out" / "s3" / "reports" / "x", (b"1",))
            meanwhile = modes(tmp_path / "out")
            book.write(tmp_path / "out" / "s3" / "reports" / "x", (b"2",))
            book.finish()
    finally:
        os.umask(before)
    assert {name[:19] for name in meanwhile} >= {".", "s3", "s3/reports", "s3/reports/x", ".unfinished.sqlite3"}
    wrong = {name: oct(mode) for name, mode in (meanwhile | modes(tmp_path / "out")).items() if mode & 0o077}
    assert wrong == {}


def modes(folder):
    paths = (folder, *folder.rglob("*"))
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in paths}


def test_a_recording_that_was_broken_off_elsewhere_leads_nothing_out_of_its_folder(tmp_path):
    with Book(tmp_path / "out") as book:
        book.signal("a", TEN, {})
    (tmp_path / "out" / "s3").symlink_to(tmp_path)
    with pytest.raises(Unwise, match=r"out/s3 is a symbolic link"):
        Book(tmp_path / "out")
