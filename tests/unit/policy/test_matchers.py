"""Matchers on labels, as Alertmanager has them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kedge.policy.matchers import LONGEST_VALUE, Matcher, Operator, all_hold, matcher, matchers

LABELS = {"severity": ("critical",), "feature": ("age", "income"), "team": ("churn",)}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('severity="critical"', True),
        ("severity=critical", True),
        (' severity = "critical" ', True),
        ("severity=Critical", False),
        ("severity!=critical", False),
        ("severity!=warning", True),
        ('severity=~"crit.*"', True),
        ('severity=~"crit"', False),  # the whole value
        ('severity!~"crit"', True),
        ('severity=~"warning|critical"', True),
        ('severity!~"crit.*"', False),
        # of several values, one is enough for what asks, and none may be there for what forbids
        ("feature=income", True),
        ("feature!=income", False),
        ("feature!=tenure", True),
        ('feature=~"a.e"', True),
        ('feature!~"a.e"', False),
        # a label that is missing is the empty text
        ('owner=""', True),
        ('owner!=""', False),
        ("owner=me", False),
        ("owner!=me", True),
        ('owner=~".*"', True),
        ('owner!~".+"', True),
        # what a tag may be called
        ("kedge:owner!=x", True),
        ("team/sub.unit-1+a@b=x", False),
    ],
)
def test_a_matcher_holds_as_in_alertmanager(text, holds):
    assert matcher(text).holds(LABELS) is holds


def test_all_must_hold_and_of_none_all_do():
    assert all_hold(matchers(['severity="critical"', "team=churn"]), LABELS)
    assert not all_hold(matchers(['severity="critical"', "team=fraud"]), LABELS)
    assert all_hold((), LABELS)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'a="say \"no\""', 'say "no"'),
        (r'a="one\ntwo"', "one\ntwo"),
        (r'a="back\\slash"', "back\\slash"),
        (r'a=~"\d+"', r"\d+"),
        ('a="="', "="),
        ("a==b", "=b"),
        ('a=""', ""),
        ("a=", ""),
        ("a=two words", "two words"),
    ],
)
def test_values_are_quoted_as_in_go_or_not_at_all(text, value):
    assert matcher(text).value == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a matcher"),
        ("severity", "is not a matcher"),
        ('="critical"', "is not a matcher"),
        ("1a=b", "is not a matcher"),
        ("a b=c", "is not a matcher"),
        ("severity>3", "is not a matcher"),
        ('a="b', "no closing quote"),
        ('a="', "no closing quote"),
        ('a=b"', "put the whole value in quotes"),
        ('a="b"c"', "quote inside its value"),
        ('a=~"("', "cannot be read"),
        ('a!~"(a+)+"', "run too long"),
    ],
)
def test_what_is_no_matcher_is_refused_with_the_reason(text, says):
    with pytest.raises(ValueError, match=says):
        matcher(text)


def test_only_the_beginning_of_a_long_value_is_looked_at_by_an_expression():
    long = "a" * 10_000
    assert matcher(f'a=~"a{{{LONGEST_VALUE}}}"').holds({"a": (long,)})


@given(
    label=st.from_regex(r"[A-Za-z_][\w.:/@+-]{0,20}", fullmatch=True),
    operator=st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]),
    value=st.text(max_size=30),
)
def test_a_matcher_reads_what_it_writes(label, operator, value):
    written = Matcher(label, operator, value)
    assert matcher(str(written)) == written


@given(st.text(max_size=60))
def test_any_text_is_a_matcher_or_refused(text):
    with suppress(ValueError):
        assert matcher(text).holds(LABELS) in (True, False)


def test_a_long_text_is_read_as_soon_as_a_short_one():
    text = "a=" + " " * 200_000 + "b"
    assert matcher(text).value == "b"
