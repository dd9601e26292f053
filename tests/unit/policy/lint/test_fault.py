"""A fault as a person reads it."""

from kedge.policy import lint
from kedge.policy.lint.fault import Fault, near, parted, quoted


def test_a_fault_shows_its_line_a_caret_under_its_place_and_the_mend(small):
    (fault,) = lint.read(small.replace("receiver: ml-oncall", "receiver: ml-oncal"), "team/policy.yaml").faults
    assert str(fault) == (
        "team/policy.yaml:5:13: there is no receiver 'ml-oncal'\n"
        "      receiver: ml-oncal\n"
        "                ^\n"
        "    did you mean ml-oncall?"
    )


def shown(source: str, column: int) -> list[str]:
    fault = Fault(line=1, column=column, why="x", file="p", source=source)
    return list(fault.shown)


def test_the_caret_stands_under_its_place_where_characters_are_wide_or_none():
    assert shown("名前: x", 5) == ["名前: x", "      ^"]
    assert shown("e\u0301: x", 5) == ["e\u0301: x", "   ^"]
    assert shown("\ta: x", 2) == [" a: x", " ^"]


def test_a_long_line_is_cut_around_the_place():
    line, caret = shown("x" * 200 + "HERE" + "y" * 200, 201)
    assert len(line) < 110
    assert line[caret.index("^") :].startswith("HERE")
    assert line.startswith("…")
    assert line.endswith("…")


def test_what_a_terminal_would_obey_is_not_shown():
    text = """apiVersion: kedge/v1
receivers: [{name: "\\e[31m"}, {name: "\\e[31m"}]
route: {receiver: x, "\\e[31m": 1, "\\e[31m": 2, routes: [{matchers: ["a=\\e[31m", "a=b"]}]}
"""
    for form in (text, "name: \x1b[31mred\n"):
        faults = lint.read(form, "p").faults
        assert faults
        assert "\x1b" not in "".join(map(str, faults))


def test_what_is_quoted_is_short_and_safe():
    assert quoted("a\nb") == r"'a\nb'"
    assert len(quoted("x" * 1_000)) < 90


def test_a_near_word_is_found_whatever_its_case_and_a_far_one_is_not():
    assert near("Critcal", ("critical", "warning")) == "did you mean critical?"
    assert near("dataquality", ("DataQuality",)) == "did you mean DataQuality?"
    assert near("zebra", ("critical", "warning")) == ""


def test_why_and_mend_are_parted_outside_of_what_is_quoted():
    assert parted("'a: b' is wrong: write c") == ("'a: b' is wrong", "write c")
    assert parted("'a: b' is wrong") == ("'a: b' is wrong", "")
    assert parted('"it\'s: x" is wrong: write c') == ('"it\'s: x" is wrong', "write c")
