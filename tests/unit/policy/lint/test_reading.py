"""A policy out of its text; whatever the text, a place and a mend instead of an exception."""

import json
import time
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kedge.policy import lint
from kedge.policy.compiled import compile_policy, default_document

POLICIES = Path(__file__).parents[4] / "policies"
DEFAULT = (POLICIES / "default.yaml").read_text(encoding="utf-8")
EXAMPLES = sorted(path for path in (POLICIES / "examples").glob("*.yaml") if not path.name.endswith(".test.yaml"))


def test_the_default_policy_is_the_embedded_one():
    reading = lint.read(DEFAULT, "default.yaml")
    assert (reading.faults, reading.notes) == ((), ())
    assert reading.document == default_document()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_sound_and_named_as_its_file(path: Path):
    reading = lint.read(path.read_bytes(), path.name)
    assert (reading.faults, reading.notes) == ((), ())
    assert reading.document is not None
    assert reading.document.name == path.stem
    assert compile_policy(reading.document).label.startswith(f"{path.stem}@")


def test_there_are_examples():
    assert len(EXAMPLES) >= 4


def test_a_policy_is_read_from_json_as_from_yaml(small):
    as_json = json.dumps(yaml.safe_load(small))
    for text in (as_json, as_json.replace(" ", ""), json.dumps(yaml.safe_load(small), indent="\t")):
        reading = lint.read(text, "p.json")
        assert reading.faults == ()
        assert reading.document is not None
        assert reading.document.route.receiver == "ml-oncall"


def test_the_version_is_that_of_the_text_where_none_is_given(small):
    one, two = lint.read(small, "p").document, lint.read(small + "# another\n", "p").document
    assert one is not None and two is not None  # noqa: PT018  for the type checker
    assert len(one.version) == 8
    assert one.version != two.version
    assert one.version == lint.version_of(small)
    assert lint.read(small.encode(), "p").document == one


def test_a_version_that_is_given_stays(small):
    document = lint.read(small + "version: 2026.11\n", "p").document
    assert document is not None
    assert document.version == "2026.11"


def test_nothing_is_guessed_from_how_yaml_would_read_it():
    document = lint.read(
        """\
apiVersion: kedge/v1
name: no
version: 1e3
receivers:
  - {name: on, send_resolved: false}
route:
  receiver: on
  mute_time_intervals: [012]
mute_time_intervals:
  - name: 012
    time_intervals:
      - {times: [{start_time: 12:30, end_time: 22:00}], years: [2026], days_of_month: [24], months: [12], dates: [2026-12-24]}
""",
        "p",
    ).document
    assert document is not None
    assert (document.name, document.version, document.route.receiver) == ("no", "1e3", "on")
    (named,) = document.mute_time_intervals
    assert named.name == "012"
    (interval,) = named.time_intervals
    assert (interval.times[0].start_time, interval.years, interval.dates) == ("12:30", ("2026",), ("2026-12-24",))


def test_anchors_and_aliases_save_writing(small):
    text = (
        small
        + "  routes:\n    - {matchers: &all [team=x], continue: true}\n    - {matchers: *all, receiver: ml-oncall}\n"
    )
    document = lint.read(text, "p").document
    assert document is not None
    assert [route.matchers for route in document.route.routes] == [("team=x",), ("team=x",)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "1:1: there is nothing in it: begin with"),
        ("# nothing yet\n", "1:1: there is nothing in it"),
        ("---\n", "1:1: there is nothing in it"),
        ("null\n", "1:1: there is nothing in it"),
        ("- a\n", "1:1: a list stands where keys and values should"),
        ("kedge/v1\n", "1:1: a text stands where keys and values should"),
        ("a: 1\n---\nb: 2\n", "2:1: a second document begins here"),
        ("a:\n\tb: 1\n", "2:1: a tab where YAML wants spaces"),
        ("a: [1\n", "1:4: a bracket is not closed"),
        ("a: [1\nb: 2", "1:4: a bracket is not closed"),
        ("a: 'b\nc: 1\n", "1:4: a quote is not closed"),
        ('a: "\\d"\n', "1:5: a backslash in double quotes must be doubled"),
        ('a: endpoint=~"x: y"\n', "1:16: there is a `: ` where none can be"),
        ("a: *b\n", "1:4: *b stands for nothing"),
        ("a: &b [*b]\n", "1:8: *b stands for something that it is part of"),
        ("a: !!binary x\n", "1:4: tags such as"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3: merge keys (<<) are not read"),
        ("? [a]\n: b\n", "1:3: a list cannot be a key"),
        ("apiVersion kedge/v1\nname: x\n", "2:1: this key does not belong where it is"),
        ("a: b\n  c: d\n", "2:3: this key does not belong where it is"),
        ("a: [b:]\n", "1:6: a colon inside of brackets"),
        ("a: `b`\n", "1:4: a value cannot begin with this character"),
        ("a: \x1b[31m\n", "1:4: the character '\\x1b' is not allowed"),
        ("é: \ud800\n", "1:4: the character '\\ud800' is not allowed"),
        ("[" * 40, "1:33: nested more than 32 deep"),
        ("[" * 250_000, "1:33: nested more than 32 deep"),
        ("a: " + "x" * 300_000, "1:1: larger than 256 kB"),
        (b"apiVersion: kedge/v1\nname: M\xfcller\n", "2:8: this is not UTF-8: byte 0xfc"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_at_all_is_one_fault_with_its_place(text, fault, said):
    (found,) = said(text)
    assert found.startswith(fault)


def test_aliases_of_aliases_are_refused_before_they_are_followed(said):
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    (fault,) = said(bomb)
    assert "more than 10,000 keys and values" in fault


def test_a_byte_order_mark_and_foreign_line_ends_are_no_matter(small):
    text = "\ufeff" + small.replace("\n", "\r\n") + "nmae: x\r\n"
    for form in (text, text.encode()):
        (fault,) = lint.read(form, "p").faults
        assert (fault.line, fault.column, fault.source) == (6, 1, "nmae: x")


@given(st.text(max_size=300) | st.binary(max_size=300))
def test_no_text_is_too_odd_to_be_read(text):
    check(lint.read(text, "p"), text)


LINES = DEFAULT.splitlines()


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(["drop", "twice", "indent", "tail", "colon", "swap", "quote", "null"]),
            st.integers(0, len(LINES) - 1),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=300, deadline=None)
def test_no_mutation_of_the_default_policy_is_too_odd_to_be_read(changes):
    lines = list(LINES)
    for place, how, other in changes:
        line = lines[place]
        lines[place] = {
            "drop": "",
            "twice": f"{line}\n{line}",
            "indent": f"  {line}",
            "tail": line[: len(line) // 2],
            "colon": line.replace(":", "", 1),
            "swap": lines[other],
            "quote": line.replace('"', "'", 1),
            "null": line.partition(":")[0] + ":",
        }[how]
    text = "\n".join(lines)
    check(lint.read(text, "p"), text)


def check(reading: lint.LintResult, text: str | bytes) -> None:
    """Either a policy that works, or faults in order, each at a place that exists."""
    assert (reading.document is None) is bool(reading.faults)
    assert list(reading.faults) == sorted(reading.faults)
    for fault in (*reading.faults, *reading.notes):
        assert fault.why
        assert fault.line >= 1
        assert 1 <= fault.column <= len(fault.source) + 1
        assert str(fault).startswith(f"p:{fault.line}:{fault.column}: ")
        assert str(fault).isprintable() or "\n" in str(fault)
    if reading.document is not None:
        compile_policy(reading.document)


@pytest.mark.parametrize(
    "route",
    [
        "{{matchers: [endpoint=e{0}]}}",
        "{{matchers: ['endpoint=~e{0}.*']}}",
        "{{matchers: ['severity=~crit.*', team=t{0}]}}",
        "{{receiver: abcdefgh{0}}}",
    ],
)
def test_a_long_list_of_routes_is_read_in_a_moment(small, route):
    lines = "".join(f"    - {route.format(number)}\n" for number in range(1_000))
    started = time.process_time()
    reading = lint.read(f"{small}  routes:\n{lines}", "p")
    assert time.process_time() - started < 5
    assert len(reading.faults) in (0, 1_999)


@pytest.mark.parametrize("path", [POLICIES / "default.yaml", *EXAMPLES], ids=lambda path: path.stem)
def test_a_policy_that_is_written_down_again_is_the_same(path: Path):
    document = lint.read(path.read_bytes(), "p").document
    again = lint.read(msgspec.json.encode(document), "p")
    assert (again.faults, again.document) == ((), document)
    again = lint.read(yaml.safe_dump(msgspec.to_builtins(document)), "p")
    assert (again.faults, again.document) == ((), document)
