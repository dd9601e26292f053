"""`make bench` says what was measured, and fails where a limit is broken."""

from types import SimpleNamespace

import pytest

from tests.benchmarks import __main__ as bench
from tests.benchmarks.ratios import Row, in_a_fresh_process, interleaved, table

FAST = Row("reading", "0.4 x", "< 1.0 x", ok=True)
SLOW = Row("decide", "9 a second", ">= 20,000", ok=False)


@pytest.mark.parametrize(("rows", "code"), [([FAST], 0), ([FAST, SLOW], 1)])
def test_a_broken_limit_makes_the_command_fail(rows, code, monkeypatch, capsys):
    monkeypatch.setattr(bench.importlib, "import_module", lambda name: SimpleNamespace(run=lambda: rows))
    assert bench.main(["reports"]) == code
    assert ("BROKEN" in capsys.readouterr().out) == bool(code)


def test_a_benchmark_that_does_not_exist_is_wrong_usage_and_the_others_are_named(capsys):
    assert bench.main(["nothing"]) == 2
    assert "reports" in capsys.readouterr().err


def test_a_row_shows_figure_and_limit_beside_each_other():
    assert table([FAST, SLOW]).splitlines()[1:] == [
        "reading       0.4 x    < 1.0 x  ok",
        "decide   9 a second  >= 20,000  BROKEN",
    ]


def test_two_ways_are_taken_in_turn_after_one_round_to_warm_up():
    taken: list[str] = []
    interleaved(lambda: taken.append("ours"), lambda: taken.append("theirs"), rounds=2)
    assert taken == ["ours", "theirs"] * 3


def test_a_fresh_process_has_held_nothing_before():
    held = bytearray(100 * 2**20)
    code = "from tests.benchmarks.ratios import peak_bytes; print(peak_bytes())"
    assert int(in_a_fresh_process(code)) < len(held)
