"""docs/monitors.md: its keys are the code's, and its examples have no faults."""

import re

import pytest

from kedge.monitors import lint
from kedge.monitors.schedule_expressions import parse_schedule
from tests.unit.docs import monitors_table
from tests.unit.docs.pages import table, text_of
from workbench.cli.monitor.keys import MONITOR_KEYS

PAGE = monitors_table.PAGE
FENCES = re.findall(r"^```yaml\n(.*?)^```", text_of(PAGE), re.DOTALL | re.MULTILINE)


def test_the_tables_of_keys_are_the_codes():
    assert text_of(PAGE) == monitors_table.page_with(text_of(PAGE)), "python -m tests.unit.docs.monitors_table"
    assert set(monitors_table.HEADINGS) == set(MONITOR_KEYS)


@pytest.mark.parametrize("fence", [fence for fence in FENCES if not fence.startswith("#")])
def test_an_example_has_no_fault_and_no_note(fence):
    reading = lint.read(fence, "m")
    assert (reading.faults, reading.notes) == ((), ())


def test_each_schedule_of_the_page_is_one():
    rows = [row[0] for row in table(PAGE, "schedule", "runs")]
    assert [str(parse_schedule(text)) for row in rows for text in row.split(", ") if not text[0].isdigit()]
    assert len(rows) == 5


def test_the_fault_of_the_page_is_the_output_of_lint():
    said = re.findall(r"^monitors\.yaml:24:15: (.*)$", text_of(PAGE), re.MULTILINE)
    with pytest.raises(ValueError, match="cron") as refused:
        parse_schedule("0 * * * *")
    assert str(refused.value).startswith(said[0])
