"""Regular expressions that could run too long are refused, and those that are let through cannot."""

import re

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from kedge.policy.matchers import LONGEST_VALUE
from kedge.policy.safe_regex import LONGEST_PATTERN, danger
from tests.support.cpu import at_most

# What a match may take of the processor, many times what the worst of them takes: a machine that is busy costs none of it.
SECONDS = 2.0

ATOMS = st.sampled_from(["a", "b", "[ab]", ".", r"\w", "ab", "[^b]", "^", "$", "", r"\b", "(?i:A)"])
REPEATS = st.sampled_from(["*", "+", "?", "{2}", "{0,3}", "{2,5}", "{0,31}", "{1,40}", "{3,}", "*?", "+?", "??", "++"])


def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(smaller, REPEATS).map(lambda both: f"(?:{both[0]}){both[1]}"),
        st.lists(smaller, min_size=2, max_size=4).map("".join),
        st.lists(smaller, min_size=2, max_size=3).map(lambda branches: f"(?:{'|'.join(branches)})"),
        smaller.map(lambda inner: f"(?>{inner})"),
    )


@given(
    pattern=st.recursive(ATOMS, larger, max_leaves=10),
    repeated=st.text("ab", min_size=1, max_size=3),
    last=st.sampled_from("ab!\n"),
)
@example(pattern=".*.*.*b", repeated="a", last="!")
@example(pattern="(?:.*a){3}b", repeated="a", last="!")
@example(pattern="(?:ab|a.*).*?.*?b", repeated="a", last="!")
@example(pattern="(?:a{0,5}){0,5}b", repeated="a", last="!")
@settings(max_examples=400, deadline=None)
def test_whatever_is_let_through_ends_soon_on_the_worst_of_values(pattern, repeated, last):
    assume(danger(pattern) is None)
    value = (repeated * LONGEST_VALUE)[: LONGEST_VALUE - 1] + last
    with at_most(SECONDS):
        re.compile(pattern).fullmatch(value)


def test_what_runs_for_ever_would_be_noticed():
    with pytest.raises(AssertionError, match="did not end"), at_most(0.2):
        re.fullmatch("(?:a+)+", "a" * 40 + "!")


@pytest.mark.parametrize(
    "pattern",
    [
        "", "churn-.*", ".*-prod", ".*fraud.*prod.*", "prod|staging|dev", "(?:churn|fraud)-(?:prod|dev)", "[a-z]+-[0-9]+",
        "(?i)churn.*", r"\d{1,3}(?:\.\d{1,3}){3}", "model-[0-9]{4}", "(a|b)*", "(?:ab|cd)*", "schema_break|input_drift|.*_fault",
    ],
)  # fmt: skip
def test_what_people_write_is_let_through(pattern):
    assert danger(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(a+)+", "run too long"),
        ("(a*)*", "run too long"),
        ("(?:a|ab)*c", "run too long"),
        ("(?:a|a)*", "run too long"),
        ("(?i)(?:ab|AB)*", "run too long"),
        ("(?:(?i:a)b|Ac)*", "run too long"),
        ("(?:a?){60}", "run too long"),
        ("(?:a?b?)*", "run too long"),
        (".*a.*b.*c.*", "more than three repeats"),
        ("a{0,200}b{0,200}c{0,200}d{0,200}", "more than three repeats"),
        ("a?" * 60 + "a" * 60, "more than three repeats"),
        (r"(a)\1", "refers back"),
        (r"(a)?(?(1)b|c)", "depends on a group"),
        ("(?=a)a", "looks ahead"),
        ("a(?!b)", "looks ahead"),
        ("(?<=a)b", "looks ahead"),
        ("(?<!a)b", "looks ahead"),
        ("(", "cannot be read"),
        ("a{99999999999}", "cannot be read"),
        ("(?L)a", "cannot be read"),
        ("[[a]", "cannot be read"),
        ("a" * (LONGEST_PATTERN + 1), "longer than 200"),
    ],
)
def test_what_could_run_for_ever_or_cannot_be_read_is_refused_with_the_reason(pattern, why):
    assert why in (danger(pattern) or "")


@given(st.text(st.sampled_from(list("ab01()[]{}|*+?^$.\\<>=!:,-&~PiLux#\n")), max_size=40) | st.text(max_size=20))
def test_no_text_is_too_odd_to_be_judged(pattern):
    why = danger(pattern)
    if why is None:
        re.compile(pattern)
    else:
        assert why
