"""The table of rights is true: each row is played, or checked by a test that exists."""

import pytest

from tests.unit.docs.rights_table import NO, PAGE, ROOT, ROWS, Row, _played, page_with, table


def test_the_table_of_rights_is_what_came_of_playing_each():
    page = PAGE.read_text(encoding="utf-8")
    assert page == page_with(table(), page), "python -m tests.unit.docs.rights_table"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.right}: {row.does}")
def test_each_row_is_shown_by_a_scenario_or_by_a_test(row: Row):
    if not row.then:
        assert row.shown_by in _played()
        return
    file, _, name = row.shown_by.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")


def test_no_scenario_of_the_table_came_out_otherwise_than_its_file_expects():
    assert [name for name, result in _played().items() if not result.ok] == []


def test_the_table_has_rights_that_lead_to_nothing():
    assert any(row.then == NO for row in ROWS)
