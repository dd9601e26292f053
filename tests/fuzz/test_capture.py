from tests.fuzz import capture


def test_mutated_lines_of_capture_neither_crash_nor_vanish():
    counts = capture.run(5_000, seed=12)
    assert counts["lines"] >= 5_000
    assert counts["unreadable"] > 0
    assert counts["read"] > 0
