"""A finding says what it is about, and takes no more room than it is given."""

import math

import pytest

from kedge.domain.finding import Check, Finding, worst_first


def test_numbers_that_came_as_numbers_go_before_those_in_the_sentence():
    finding = Finding(check="custom", said="distance: 0.3 exceeds threshold: 0.1", measured=7.0, allowed=9.0)
    assert (finding.observed, finding.limit) == (7.0, 9.0)


@pytest.mark.parametrize(
    ("finding", "subject"),
    [
        (Finding(check=Check.DRIFT, feature="age"), "age"),
        (Finding(check=Check.BELOW, metric="gini"), "gini"),
        (Finding(check=Check.BIAS_DRIFT, facet="Age", facet_value="40", metric="CI"), "Age=40 CI"),
        (Finding(check=Check.BIAS_DRIFT, facet="Age", metric="CI"), "Age CI"),
        (Finding(check=Check.ATTRIBUTION_DRIFT, label="label0", metric="shap"), "label0 shap"),
        (Finding(check="freshness"), "freshness"),
        (Finding(check="freshness", feature="", facet="", label="", metric=""), "freshness"),
    ],
)
def test_a_finding_names_what_it_is_about(finding: Finding, subject: str):
    assert finding.subject == subject


def test_a_finding_is_shortened_in_every_text_and_keeps_its_numbers():
    long = "x" * 1000
    finding = Finding(
        check=long, said=long, feature=long, metric=long, facet=long, facet_value=long, label=10**900, measured=0.4
    )
    short = finding.shortened(100)
    texts = (short.check, short.said, short.feature, short.metric, short.facet, short.facet_value, short.label)
    assert {len(str(text)) for text in texts} == {100}
    assert short.measured == 0.4


def test_a_finding_that_is_short_enough_stays_as_it_is():
    finding = Finding(check=Check.BIAS_DRIFT, facet="Age", facet_value=40, label=True, said="x" * 100)
    assert finding.shortened(100) == finding


def off(feature, observed, limit, check=Check.DRIFT):
    return Finding(check=check, feature=feature, measured=observed, allowed=limit)


def test_the_worst_is_what_exceeds_its_limit_by_most_parts_of_it():
    loud, tight = off("loud", 0.9, 0.5), off("tight", 0.2, 0.01)
    assert worst_first([loud, tight]) == (tight, loud)


def test_broken_columns_come_before_all_that_drifted():
    drifted = off("age", 900.0, 0.1)
    broken = [Finding(check=check, feature=check) for check in (Check.EXTRA_COLUMN, Check.COMPLETENESS)]
    broken += [Finding(check=check, feature=check) for check in (Check.DATA_TYPE, Check.MISSING_COLUMN)]
    assert worst_first([drifted, *broken]) == (*broken[::-1], drifted)


@pytest.mark.parametrize("nothing", [math.nan, None])
def test_what_has_no_number_comes_last_among_its_like_and_keeps_the_order_of_the_report(nothing):
    one, two, known = off("one", nothing, 0.1), off("two", nothing, 0.1), off("known", 0.2, 0.1)
    assert worst_first([one, two, known]) == (known, one, two)


def test_a_broken_column_at_the_end_of_a_very_long_report_is_among_the_worst():
    many = [off(f"feature-{number}", 0.2, 0.1) for number in range(20_000)]
    gone = Finding(check=Check.MISSING_COLUMN, feature="plan")
    assert worst_first([*many, gone])[0] == gone
